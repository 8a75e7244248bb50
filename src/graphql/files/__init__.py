"""Attachments in the API."""
