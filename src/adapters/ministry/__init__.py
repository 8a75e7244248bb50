"""The exchange with the ministry's platform (部级平台): record format, signatures, simulator and twin."""
