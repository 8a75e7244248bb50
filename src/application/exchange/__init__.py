"""The outbox and the exchange ledger."""
