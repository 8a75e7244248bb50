"""Importing directory from tables: every row is checked first, then everything is written, or nothing."""
