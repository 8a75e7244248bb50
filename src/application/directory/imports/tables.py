"""Tables as read from a file, and the result of importing them."""

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
"""The extra column in a file of refused rows; it is ignored when the corrected file is imported."""


class BadTable(Refused):
    """The table cannot be read: a sheet or header is missing, unknown or there twice, or no rows exist."""

    code = "BAD_TABLE"


class UnsupportedFile(Refused):
    """A kind of file that cannot be read: an old .xls, an encrypted workbook, an unknown encoding."""

    code = "UNSUPPORTED_FILE"


class BrokenFile(Refused):
    """A workbook or CSV file that is damaged."""

    code = "BROKEN_FILE"


@dataclass(frozen=True, slots=True)
class Broken:
    """A cell without a usable value (a formula or an error): what it shows, and why it is refused."""

    shown: str
    reason: str


Value = str | int | float | bool | datetime | date | time | Broken | None


@dataclass(frozen=True, slots=True)
class Row:
    """One row with content. `number` is Excel's row number. Trailing empty cells may be missing."""

    number: int
    cells: tuple[Value, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet: its headers (the first row) and its rows. `name` is empty for a CSV file."""

    name: str
    headers: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """All sheets of a file that have a header."""

    sheets: tuple[Sheet, ...]


@dataclass(frozen=True, slots=True)
class Remark:
    """An error or warning about one cell: where it is, what it holds, and the reason in Chinese.

    `row` is Excel's row number.
    """

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
    """The result of an import. `added`, `updated`, `unchanged` count entries; `refused` counts rows.

    `imported` is false when nothing was written because of `errors`. Remarks quote what people typed, with
    personal data: show them to the person who imports, and never log them.
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
