"""Tables as they come from a file, and what is said about them afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Final

from ....domain.refusals import FileTooLarge as FileTooLarge
from ....domain.refusals import Refused
from .columns import ImportKind

MOST_ROWS: Final = 50_000
"""Rows with content in one file, all sheets together, the header rows not counted."""
REASON_HEADER: Final = "原因"
"""The column that the refused rows carry; it is ignored when they come back mended."""


class BadTable(Refused):
    """The table as a whole cannot be read: a sheet or header is missing, unknown or there twice, or there are no rows."""

    code = "BAD_TABLE"


class UnsupportedFile(Refused):
    """Not a kind of file that is read: an old .xls, an encrypted workbook, an unknown encoding."""

    code = "UNSUPPORTED_FILE"


class BrokenFile(Refused):
    """A workbook or CSV file that is damaged."""

    code = "BROKEN_FILE"


@dataclass(frozen=True, slots=True)
class Broken:
    """A cell that says nothing one could believe, a formula or an error: what it shows, and why it is refused."""

    shown: str
    reason: str


Value = str | int | float | bool | datetime | date | time | Broken | None


@dataclass(frozen=True, slots=True)
class Row:
    """One row with content; `number` is the one that Excel shows at its left. Trailing empty cells may be missing."""

    number: int
    cells: tuple[Value, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet, its headers (the first row) and its rows. The name is empty for a file that has no sheets (CSV)."""

    name: str
    headers: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """All sheets of a file that have a header."""

    sheets: tuple[Sheet, ...]


@dataclass(frozen=True, slots=True)
class Remark:
    """What is wrong (or odd) with one cell: sheet, Excel's row number, column, what stands there, and why, in Chinese."""

    sheet: str
    row: int
    column: str
    value: str = field(repr=False)
    reason: str = field(repr=False)

    def __str__(self) -> str:
        return f"工作表“{self.sheet}”第{self.row}行“{self.column}”：{self.reason}"


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that was not imported, as it stood in the file."""

    sheet: str
    row: int
    headers: tuple[str, ...]
    cells: tuple[Value, ...] = field(repr=False)
    reason: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What came of an import. Added, updated and unchanged count entries of the directory, `refused` counts rows.

    `imported` is false when nothing was written because of `errors`. Remarks quote what people typed, personal data
    too: they are for the person who imports, never for a log.
    """

    kind: ImportKind
    rows: int
    imported: bool
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0
    refused_rows: tuple[RefusedRow, ...] = ()
    errors: tuple[Remark, ...] = ()
    warnings: tuple[Remark, ...] = ()
