"""GraphQL fields and types for the directory (档案)."""
