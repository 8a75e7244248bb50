"""Exports of lists and statistics as workbooks."""
