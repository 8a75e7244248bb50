"""One worksheet from top to bottom: title, line of facts, headers, rows, totals, notes; and how it is printed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from math import ceil
from typing import Final, cast

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name

from ....application.ports.workbook import Cell, CellKind, Column
from ..texts import width_of
from .cells import CellXml, cell_xml
from .charts import Place
from .formats import A4, FOOTER, Formats
from .rows import RowSheet, index_of

_LINE_HEIGHT: Final = 16.0
_ROW_HEIGHT: Final = 18
_MOST_LINES: Final = 24
"""Excel allows a row a height of 409 points."""
_NARROWEST: Final = 108
"""A table is made at least so wide, in characters, that the line of facts fits above it."""


class Page:
    """Writes one worksheet; call the methods in their order, `add` for every row of the table."""

    def __init__(self, book: Workbook, formats: Formats, name: str, columns: Sequence[Column]) -> None:
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
        stretch = max(1.0, _NARROWEST / sum(column.width for column in columns))
        self._widths = [column.width * stretch for column in columns]
        for place, width in enumerate(self._widths):
            self._sheet.set_column(place, place, width)
        self._sheet.set_default_row(_ROW_HEIGHT)
        texts = (place for place, column in enumerate(columns) if column.kind is CellKind.TEXT)
        self._texts = [(place, self._widths[place]) for place in texts]

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
        cells = [cell(number, value) for cell, value in zip(self._cells, row, strict=True)]
        self._sheet.add_row(self._next, cells, self._height(row))
        self._next = number

    def close(self, totals: Sequence[Cell] | None, lines: Sequence[str]) -> Place:
        """Write everything below the table; `lines` are sentences across the page. Return where the rows are."""
        last = self._next - 1
        if totals is not None:
            cells = [cell(self._next + 1, value) for cell, value in zip(self._totals, totals, strict=True)]
            self._sheet.add_row(self._next, cells, 1.3 * _LINE_HEIGHT)
            self._next += 1
        for line in lines:
            self._write_across(line, self._formats.line, 1.2 * _LINE_HEIGHT)
        self._sheet.autofilter(self._first - 1, 0, max(last, self._first - 1), self._last)
        self._set_up()
        return Place(self._name, self._columns, self._first - 1, self._first, last)

    def _set_up(self) -> None:
        sheet = self._sheet
        sheet.freeze_panes(self._first, 0)
        sheet.repeat_rows(self._headers, self._first - 1)
        sheet.set_landscape()
        sheet.set_paper(A4)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.center_horizontally()
        sheet.set_footer(FOOTER, {"margin": 0.3})
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
        lines = _lines(text, sum(self._widths) / size - 2)
        row = self._next
        self._write([text, *[None] * self._last], style, height + (lines - 1) * _LINE_HEIGHT * size)
        self._sheet.join_cells(row, 0, row, self._last)

    def _write(self, values: Sequence[Cell], style: Format, height: float) -> None:
        index = index_of(style)
        cells = [
            cell_xml(xl_col_to_name(place), CellKind.TEXT, index, index)(self._next + 1, value)
            for place, value in enumerate(values)
        ]
        self._sheet.add_row(self._next, cells, height)
        self._next += 1

    def _height(self, row: Sequence[Cell]) -> float | None:
        """What the longest text of the row needs: not every program fits a row to its texts by itself."""
        most = 1
        for place, width in self._texts:
            text = row[place]
            # No character is wider than two: most texts need no closer look.
            if isinstance(text, str) and (2 * len(text) > width or "\n" in text):
                most = max(most, _lines(text, width))
        return None if most == 1 else most * _LINE_HEIGHT + 4

    def _height_of_titles(self) -> float:
        """Room for the longest title, and for the button of the filter beside it."""
        lines = max(
            _lines(column.title, width - 3) for column, width in zip(self._columns, self._widths, strict=True)
        )
        return _LINE_HEIGHT * lines + 6

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


def _lines(text: str, width: float) -> int:
    """How many lines the text takes in a cell of this width, at most _MOST_LINES."""
    wide = max(width, 2)
    needed = 0
    for line in text[: int(_MOST_LINES * wide)].split("\n"):
        needed += max(1, ceil(width_of(line) / wide))
    return min(needed, _MOST_LINES)


def _runs(columns: Sequence[Column]) -> Iterator[tuple[int, int]]:
    """First and last index of each run of neighbours with the same group."""
    first = 0
    for _, run in groupby(columns, key=lambda column: column.group):
        last = first + len(list(run)) - 1
        yield first, last
        first = last + 1
