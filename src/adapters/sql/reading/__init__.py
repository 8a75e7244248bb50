"""The read side: SELECT statements in SQLAlchemy Core, in batches and within a scope."""
