"""Small workbooks for the tests of the writer, written and read back with openpyxl."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

from openpyxl import load_workbook
from openpyxl.workbook.workbook import Workbook

from yanbao.adapters.excel.writing.writer import MOST_ROWS, ExcelWriter
from yanbao.application.ports.workbook import Book, Cell, Chart, Column, Sheet, no_progress

AT = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)
FIRST = 4
"""The row of the first row of data, if there are no groups."""


def a_sheet(
    columns: Sequence[Column],
    rows: Iterable[Sequence[Cell]],
    *,
    title: str = "企业",
    charts: Sequence[Chart] = (),
    totals: Sequence[Cell] | None = None,
    counted: str = "",
    notes: Sequence[str] = (),
) -> Sheet:
    return Sheet(title, columns, rows, charts, totals, counted, notes)


def a_book(
    *sheets: Sheet, title: str = "企业档案", conditions: str = "", prepared_by: str = "王某某"
) -> Book:
    return Book(title, "陕西省应急管理厅", "2026-11-01至2026-11-24", prepared_by, AT, sheets, conditions)


def written(
    book: Book, *, most_rows: int = MOST_ROWS, progress: Callable[[int], None] = no_progress
) -> bytes:
    file = io.BytesIO()
    ExcelWriter(most_rows=most_rows).write(book, file, progress)
    return file.getvalue()


def read(content: bytes) -> Workbook:
    return load_workbook(io.BytesIO(content))


def xml(content: bytes, name: str = "xl/worksheets/sheet1.xml") -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(name).decode()
