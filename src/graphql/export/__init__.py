"""GraphQL of exports."""
