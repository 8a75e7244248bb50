"""Messages and SMS in the API."""
