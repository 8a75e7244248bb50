"""GraphQL fields and types for log-in and accounts."""
