"""Use cases of the outbox and the exchange ledger."""
