"""The SQL database adapter: SQLite for one machine, PostgreSQL for a province, with the same guarantees."""
