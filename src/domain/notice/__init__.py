"""In-app messages and SMS."""
