"""Measurements against real processes and a real PostgreSQL: figures to be read, never a test that fails."""
