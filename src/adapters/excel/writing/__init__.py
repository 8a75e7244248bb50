"""Writes workbooks (.xlsx) row by row; only `writer` may be imported before a workbook is written."""
