"""Logging in, accounts and sessions."""
