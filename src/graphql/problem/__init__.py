"""GraphQL fields and types for problems."""
