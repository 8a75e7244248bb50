"""One worksheet from top to bottom: title, line of facts, headers, rows, totals, notes, charts, print settings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final, cast

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name

from ....application.ports.workbook import Cell, CellKind, Chart, Column
from ..texts import width_of
from .cells import CellXml, cell_xml
from .charts import Place, draw
from .formats import FONT, Formats
from .rows import RowSheet, index_of

_A4: Final = 9
_LINE_HEIGHT: Final = 16.0
_MOST_LINES: Final = 20
_FOOTER: Final = f'&C&"{FONT}"&9第 &P 页  共 &N 页'


class Page:
    """Writes one worksheet; call the methods in their order, `add` for every row of the table."""

    def __init__(self, book: Workbook, formats: Formats, name: str, columns: Sequence[Column]) -> None:
        self._book = book
        self._formats = formats
        self._columns = columns
        self._last = len(columns) - 1
        self._next = 0
        self._headers = 0
        self._first = 0
        self._name = name
        self._sheet = cast("RowSheet", book.add_worksheet(name, RowSheet))
        self._cells = self._cells_of(formats.numbers, formats.texts)
        self._totals = self._cells_of(formats.total_numbers, formats.total_texts)
        for index, column in enumerate(columns):
            self._sheet.set_column(index, index, column.width)

    def open(self, title: str, facts: str) -> None:
        """Write everything above the table."""
        self._write_across(title, self._formats.title, 2 * _LINE_HEIGHT, size=1.6)
        self._write_across(facts, self._formats.line, 1.4 * _LINE_HEIGHT)
        self._headers = self._next
        if any(column.group for column in self._columns):
            self._write_groups()
        self._write(
            [column.title for column in self._columns], self._formats.header, self._height_of_titles()
        )
        self._first = self._next

    def add(self, row: Sequence[Cell]) -> None:
        """Write the next row. Raises ValueError for another width, or a value that a column does not take."""
        number = self._next + 1
        self._sheet.add_row(
            self._next, [cell(number, value) for cell, value in zip(self._cells, row, strict=True)]
        )
        self._next = number

    def close(self, totals: Sequence[Cell] | None, lines: Sequence[str], charts: Sequence[Chart]) -> None:
        """Write everything below the table; `lines` are sentences across the page."""
        last = self._next - 1
        if totals is not None:
            cells = [cell(self._next + 1, value) for cell, value in zip(self._totals, totals, strict=True)]
            self._sheet.add_row(self._next, cells, 1.3 * _LINE_HEIGHT)
            self._next += 1
        for line in lines:
            self._write_across(line, self._formats.line, 1.2 * _LINE_HEIGHT)
        place = Place(self._name, self._columns, self._first - 1, self._first, last)
        at = self._next + 1
        for chart in charts if last >= self._first else ():
            at = draw(self._book, self._sheet, chart, place, at)
        self._sheet.autofilter(self._first - 1, 0, max(last, self._first - 1), self._last)
        self._set_up()

    def _set_up(self) -> None:
        sheet = self._sheet
        sheet.freeze_panes(self._first, 0)
        sheet.repeat_rows(self._headers, self._first - 1)
        sheet.set_landscape()
        sheet.set_paper(_A4)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.center_horizontally()
        sheet.set_footer(_FOOTER, {"margin": 0.3})
        sheet.hide_gridlines(2)

    def _write_groups(self) -> None:
        columns, upper = self._columns, self._next
        self._write(
            [column.group or column.title for column in columns], self._formats.header, _LINE_HEIGHT * 1.4
        )
        for first, last in _runs(columns):
            if columns[first].group:
                self._sheet.join_cells(upper, first, upper, last)
            else:
                for place in range(first, last + 1):
                    self._sheet.join_cells(upper, place, upper + 1, place)

    def _write_across(self, text: str, style: Format, height: float, *, size: float = 1.0) -> None:
        """Write a text over the whole width, as high as its lines need; `size` is that of its letters."""
        width = max(1.0, sum(column.width for column in self._columns) / size - 2)
        lines = sum(max(1, -int(-width_of(line) // width)) for line in text.split("\n"))
        row = self._next
        self._write(
            [text, *[None] * self._last], style, height + (min(lines, _MOST_LINES) - 1) * _LINE_HEIGHT * size
        )
        self._sheet.join_cells(row, 0, row, self._last)

    def _write(self, values: Sequence[Cell], style: Format, height: float) -> None:
        index = index_of(style)
        cells = [
            cell_xml(xl_col_to_name(place), CellKind.TEXT, index, index)(self._next + 1, value)
            for place, value in enumerate(values)
        ]
        self._sheet.add_row(self._next, cells, height)
        self._next += 1

    def _height_of_titles(self) -> float:
        """Room for the longest title, and for the button of the filter beside it."""
        lines = max(-(-(width_of(column.title) + 3) // max(1, column.width)) for column in self._columns)
        return _LINE_HEIGHT * min(max(lines, 1), 6) + 6

    def _cells_of(self, numbers: dict[CellKind, Format], texts: dict[CellKind, Format]) -> list[CellXml]:
        return [
            cell_xml(
                xl_col_to_name(place),
                column.kind,
                index_of(numbers[column.kind]),
                index_of(texts[column.kind]),
            )
            for place, column in enumerate(self._columns)
        ]


def _runs(columns: Sequence[Column]) -> Iterator[tuple[int, int]]:
    """First and last index of each run of neighbours with the same group."""
    first = 0
    for _, run in groupby(columns, key=lambda column: column.group):
        last = first + len(list(run)) - 1
        yield first, last
        first = last + 1
