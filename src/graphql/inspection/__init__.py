"""GraphQL fields and types for patrols, spot checks and the weekly push."""
