"""Writes a workbook of refused rows, with the reason in the last column; corrected, it can be imported."""

from __future__ import annotations

from datetime import date, datetime, time
from itertools import groupby
from pathlib import Path

from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from ...application.directory.imports.columns import FORMS
from ...application.directory.imports.tables import REASON_HEADER, Broken, ImportResult, RefusedRow, Value
from .looks import (
    HEADER_FILL,
    REASON_FILL,
    REASON_WIDTH,
    fit_to_page,
    put_header,
    put_reason,
    put_text,
    put_value,
)
from .texts import width_of

_WIDEST = 60


def write_refused(result: ImportResult, path: Path) -> None:
    """Write the refused rows of the result, sheet by sheet; an existing file is replaced."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in groupby(result.refused_rows, key=lambda row: row.sheet):
        _write_sheet(book.create_sheet(name), list(rows))
    if not book.worksheets:
        book.create_sheet(FORMS[result.kind][0].name)
    book.save(path)


def _write_sheet(sheet: Worksheet, rows: list[RefusedRow]) -> None:
    headers = rows[0].headers
    kept = [place for place, header in enumerate(headers) if header.strip() != REASON_HEADER]
    width = max(len(headers), *(len(row.cells) for row in rows))
    kept += range(len(headers), width)  # Also show cells that have no header.
    for column, place in enumerate(kept, start=1):
        header = headers[place] if place < len(headers) else ""
        put_header(sheet, column, header, HEADER_FILL)
        longest = width_of(header)
        for number, row in enumerate(rows, start=2):
            value = row.cells[place] if place < len(row.cells) else None
            _put(sheet, number, column, value)
            longest = max(longest, width_of(value[:_WIDEST]) if isinstance(value, str) else 12)
        sheet.column_dimensions[get_column_letter(column)].width = min(longest + 3, _WIDEST)
    last = len(kept) + 1
    put_header(sheet, last, REASON_HEADER, REASON_FILL)
    for number, row in enumerate(rows, start=2):
        put_reason(sheet, number, last, row.reason)
    sheet.column_dimensions[get_column_letter(last)].width = REASON_WIDTH
    sheet.row_dimensions[1].height = 26
    sheet.freeze_panes = "A2"
    fit_to_page(sheet)


def _put(sheet: Worksheet, row: int, column: int, value: Value) -> None:
    match value:
        case None:
            return
        case Broken():
            put_text(sheet, row, column, value.shown)
        case str():
            put_text(sheet, row, column, value)
        case datetime() | date() | time() | bool() | int() | float():
            put_value(sheet, row, column, value)
