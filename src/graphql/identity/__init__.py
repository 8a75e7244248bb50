"""Logging in and accounts in the API."""
