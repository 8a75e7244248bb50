"""GraphQL of written reports."""
