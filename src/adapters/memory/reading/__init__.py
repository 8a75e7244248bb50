"""Readers of the in-memory twin."""
