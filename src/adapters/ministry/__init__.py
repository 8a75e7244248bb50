"""The exchange with the ministry's platform (部级平台): its words, its signatures, and stand-ins for it."""
