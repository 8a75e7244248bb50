"""Workbooks and CSV files: reading tables to import, writing templates and the rows that were refused."""
