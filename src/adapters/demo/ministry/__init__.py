"""Ten days of exchange with the ministry, played by the demo's accounts, and the comparison of both sides' books."""
