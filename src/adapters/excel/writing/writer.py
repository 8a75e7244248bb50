"""The workbook writer of the system: .xlsx by XlsxWriter, which is loaded when the first workbook is written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Final

from ....application.ports.workbook import Book, no_progress
from .folders import own_folder, remove_left_overs, usual_folder

MOST_ROWS: Final = 1_000_000
"""Excel has 1,048,576 rows; the rest is for what stands above and below the table."""


class ExcelWriter:
    """Writes .xlsx files. Rows wait in temporary files, not in memory.

    `folder` is for these files alone; by default one of this user in the temporary folder of the system.
    """

    def __init__(self, *, most_rows: int = MOST_ROWS, folder: Path | None = None) -> None:
        self._most_rows = most_rows
        self._folder = folder or usual_folder()

    def write(self, book: Book, file: BinaryIO, progress: Callable[[int], None] = no_progress) -> None:
        """Write the workbook; a table of more than `most_rows` goes on in another worksheet."""
        from .book import BookWriter  # Loads XlsxWriter, which most processes never need.

        with own_folder(self._folder) as folder:
            writer = BookWriter(book, file, folder, self._most_rows)
            try:
                writer.write(progress)
            finally:
                writer.release()

    def clear(self) -> int:
        """Remove what killed processes of this machine have left in the folder; return of how many workbooks."""
        return remove_left_overs(self._folder)
