"""The workbook writer of the system: .xlsx by XlsxWriter, which is loaded when the first workbook is written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, Final

from ....application.ports.workbook import Book, no_progress

MOST_ROWS: Final = 1_000_000
"""Excel has 1,048,576 rows; the rest is for what stands above and below the table."""


class ExcelWriter:
    """Writes .xlsx files; rows wait in temporary files of `folder`, by default the system's, not in memory."""

    def __init__(self, *, most_rows: int = MOST_ROWS, folder: Path | None = None) -> None:
        self._most_rows = most_rows
        self._folder = folder

    def write(self, book: Book, file: BinaryIO, progress: Callable[[int], None] = no_progress) -> None:
        """Write the workbook; a table of more than `most_rows` goes on in another worksheet."""
        from .book import BookWriter  # Loads XlsxWriter, which most processes never need.

        with TemporaryDirectory(prefix="yanbao-workbook-", dir=self._folder) as folder:
            writer = BookWriter(book, file, folder, self._most_rows)
            try:
                writer.write(progress)
            finally:
                writer.release()
