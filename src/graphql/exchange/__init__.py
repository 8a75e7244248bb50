"""GraphQL fields and types for the exchange ledger."""
