"""Workbooks and CSV files: reads tables to import, writes templates and the refused rows."""
