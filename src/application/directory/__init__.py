"""Use cases of the directory."""
