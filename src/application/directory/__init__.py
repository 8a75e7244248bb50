"""Use cases of the archives."""
