"""Workbooks and CSV files: reading tables to import, writing templates and the rows that were refused."""

from .reading import read_table
from .refused import write_refused
from .template import write_template

__all__ = ["read_table", "write_refused", "write_template"]
