"""The in-memory twin of the database: the same ports and guarantees, without storage on disk."""
