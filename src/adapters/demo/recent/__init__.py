"""What the ministry has stated in the last days before the demo starts, and how it was handled."""
