"""One folder or file for each outside system: databases, the ministry, SMS gateways, files, clocks."""
