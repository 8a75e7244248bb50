"""GraphQL fields and types for messages and SMS."""
