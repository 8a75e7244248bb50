"""GraphQL of the statistics."""
