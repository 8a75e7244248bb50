"""One folder or file per thing outside: databases, the ministry, SMS gateways, files, clocks."""
