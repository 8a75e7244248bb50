"""A whole workbook by XlsxWriter in constant-memory mode; a table too long for one worksheet goes on in the next."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import chain, islice
from typing import Any, BinaryIO, Final, TextIO

from xlsxwriter import Workbook

from ....application.ports.workbook import PROGRESS_ROWS, Book, Cell, Chart, Column, Sheet
from ....domain.values import SHANGHAI
from ..texts import clean_text
from .formats import Formats
from .names import sheet_names
from .page import Page

_GAP: Final = "　　"


class BookWriter:
    """Writes one workbook, once."""

    def __init__(self, book: Book, file: BinaryIO, folder: str, most_rows: int) -> None:
        self._book = book
        self._most_rows = most_rows
        self._written = 0
        self._target = Workbook(file, {"constant_memory": True, "tmpdir": folder})
        self._target.use_zip64()
        self._formats = Formats(self._target)
        self._name = sheet_names()
        prepared_at = book.prepared_at.astimezone(SHANGHAI).replace(tzinfo=None, microsecond=0)
        facts = (
            ("单位", book.unit),
            ("期间", book.period),
            ("制表人", book.prepared_by),
            ("制表时间", f"{prepared_at:%Y-%m-%d %H:%M}"),
        )
        self._facts = _GAP.join(f"{name}：{fact}" for name, fact in facts)
        if book.conditions:
            self._facts += f"\n查询条件：{book.conditions}"
        self._target.set_properties(
            {
                "title": clean_text(book.title),
                "author": clean_text(book.prepared_by),
                "company": clean_text(book.unit),
                "created": prepared_at,
            }
        )

    def write(self, progress: Callable[[int], None]) -> None:
        """Pull all rows and write the file; see `WorkbookWriter.write`."""
        for sheet in self._book.sheets:
            self._write_sheet(sheet, progress)
        self._target.close()
        progress(self._written)

    def release(self) -> None:
        """Close the temporary files of a workbook that could not be finished."""
        for sheet in self._target.worksheets():
            rows: TextIO | None = sheet.row_data_fh
            if rows is not None:
                with suppress(OSError):  # The disk may be full: then closing cannot write the rest either.
                    rows.close()

    def _write_sheet(self, sheet: Sheet, progress: Callable[[int], None]) -> None:
        sums = Sums(sheet.columns)
        parts = _parts(iter(sheet.rows), self._most_rows)
        count, part = 0, next(parts)
        number = 1
        while True:
            page = self._page(sheet, number)
            for row in part:
                page.add(row)
                sums.add(row)
                count += 1
                self._written += 1
                if self._written % PROGRESS_ROWS == 0:
                    progress(self._written)
            following = next(parts, None)
            if following is None:
                page.close(*self._end(sheet, sums, count))
                return
            page.close(None, ["（接下一工作表）"], ())
            part, number = following, number + 1

    def _page(self, sheet: Sheet, number: int) -> Page:
        name = sheet.title if number == 1 else f"{sheet.title}（{number}）"
        title = self._book.title
        if len(self._book.sheets) > 1 or number > 1:
            title = f"{title}：{name}"
        page = Page(self._target, self._formats, self._name(name), sheet.columns)
        page.open(title, self._facts)
        return page

    def _end(
        self, sheet: Sheet, sums: Sums, count: int
    ) -> tuple[Sequence[Cell] | None, list[str], Sequence[Chart]]:
        totals = (
            sums.row()
            if sheet.totals is None
            else [
                "合计" if place == 0 and value is None else value for place, value in enumerate(sheet.totals)
            ]
        )
        lines = [f"共{count}{sheet.counted}"] if sheet.counted else []
        return totals, [*lines, *sheet.notes], sheet.charts


class Sums:
    """Adds up the columns that have a total, while their rows pass by."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._sums: dict[int, Any] = {place: None for place, column in enumerate(columns) if column.total}
        self._width = len(columns)

    def add(self, row: Sequence[Cell]) -> None:
        """Add a row; empty cells and texts do not count."""
        for place, total in self._sums.items():
            value: Any = row[place]
            if value is not None and not isinstance(value, str):
                self._sums[place] = value if total is None else total + value

    def row(self) -> list[Cell] | None:
        """The row of totals; None if no column has one."""
        if not self._sums:
            return None
        totals: list[Cell] = [self._sums.get(place) for place in range(self._width)]
        if totals[0] is None:
            totals[0] = "合计"
        return totals


def _parts(rows: Iterator[Sequence[Cell]], most: int) -> Iterator[Iterator[Sequence[Cell]]]:
    """The rows in parts of at most `most`; the first part may be empty, no later one is."""
    yield islice(rows, most)
    for row in rows:
        yield chain((row,), islice(rows, most - 1))
