"""Check, limit and execute GraphQL documents."""
