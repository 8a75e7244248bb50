"""The in-memory twin of the database: the same ports, the same promises, nothing kept after the process."""
