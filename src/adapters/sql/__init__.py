"""The database: SQLite for one machine, PostgreSQL for a province, the same promises on both."""

from .engine import make_engine
from .storage import SqlStorage

__all__ = ["SqlStorage", "make_engine"]
