"""Shared parts of use cases for whatever people handle within terms, such as problems."""
