"""The database: SQLite for one machine, PostgreSQL for a province, the same promises on both."""
