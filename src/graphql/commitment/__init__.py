"""GraphQL fields and types for commitments."""
