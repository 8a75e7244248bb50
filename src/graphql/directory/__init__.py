"""Archives in the API."""
