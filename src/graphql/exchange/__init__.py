"""The exchange ledger in the API."""
