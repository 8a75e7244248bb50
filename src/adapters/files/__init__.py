"""Stores attachments in a folder or an S3-compatible store, checks their content, and serves them by HTTP."""
