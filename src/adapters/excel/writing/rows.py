"""A worksheet of XlsxWriter that also takes whole rows as XML, which is several times quicker than cell by cell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO, cast

from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet


class RowSheet(Worksheet):
    """Used in constant-memory mode only: rows come in order, and each is written before the next one.

    This builds on how XlsxWriter 3 keeps rows: a change there fails tests/adapters/excel/writing/test_rows.py,
    which compares the XML of both. The library's own text cells are not used: in this mode it takes a text
    from <r> to </r> for markup.
    """

    def add_row(self, row: int, cells: Sequence[str], height: float | None = None) -> None:
        """Write the row with this index, counted from 0; `cells` are the XML of its cells from left to right.

        `height` is in points; without one, Excel makes the row as high as its texts need.
        """
        if row > self.previous_row:
            self._write_single_row(row)
        self._check_dimensions(row, len(cells) - 1)
        high = "" if height is None else f' ht="{height:g}" customHeight="1"'
        cast("TextIO", self.row_data_fh).write(f'<row r="{row + 1}"{high}>{"".join(cells)}</row>')

    def join_cells(self, first_row: int, first_column: int, last_row: int, last_column: int) -> None:
        """Merge cells that are written by themselves; `merge_range` cannot reach back to an earlier row."""
        if (first_row, first_column) != (last_row, last_column):
            self.merge.append([first_row, first_column, last_row, last_column])


def index_of(style: Format) -> int:
    """The index by which the cells of the workbook refer to the format."""
    index: int = style._get_xf_index()  # type: ignore[no-untyped-call]
    return index
