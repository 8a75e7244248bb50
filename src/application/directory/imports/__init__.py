"""Importing directory entries from tables: all rows are checked first, then all are written, or none."""
