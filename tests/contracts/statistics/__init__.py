"""Statistics on the twin, on SQLite and on PostgreSQL."""
