"""GraphQL fields and types for attachments."""
