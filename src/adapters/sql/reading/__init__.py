"""The read side: rows by Core statements, in batches, within a scope."""
