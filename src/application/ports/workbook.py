"""Port of workbooks: tables with typed cells, in our words, and what writes them to a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import BinaryIO, Final, Protocol

Cell = str | int | float | Decimal | date | datetime | timedelta | None
"""The content of a cell; None leaves it empty. Which type a column takes, `CellKind` says."""

LONGEST_TEXT: Final = 32_767
"""The most characters that a cell of a workbook can hold."""
PROGRESS_ROWS: Final = 1_000
"""After so many rows the writer reports its progress."""


class CellKind(Enum):
    """What the cells of a column hold.

    TEXT takes str, INTEGER int, DECIMAL int, float or Decimal. PERCENT takes a share as float or Decimal: 0.25
    is shown as 25.0%. DATE takes date, TIME an aware datetime, shown in Asia/Shanghai. DURATION takes
    timedelta, shown as hours and minutes. A str is allowed in every column and stays text: “—” for example.
    """

    TEXT = "TEXT"
    INTEGER = "INTEGER"
    DECIMAL = "DECIMAL"
    PERCENT = "PERCENT"
    DATE = "DATE"
    TIME = "TIME"
    DURATION = "DURATION"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table. `width` is in characters of Latin text; a Chinese character takes two.

    Neighbours with the same `group` share an upper header. `total`: the last row has the sum of the column,
    unless the sheet brings its own `totals`.
    """

    title: str
    kind: CellKind = CellKind.TEXT
    width: int = 12
    group: str = ""
    total: bool = False


class ChartKind(Enum):
    """LINE shows a course over time; COLUMN (upright) and BAR (lying) compare."""

    LINE = "LINE"
    COLUMN = "COLUMN"
    BAR = "BAR"


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart of all rows of its sheet, without the totals. `labels` and `series` are indices of columns."""

    kind: ChartKind
    title: str
    labels: int
    series: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table with its charts. `rows` are pulled once, while they are written, each as wide as `columns`.

    `totals`: what the row of totals shows instead of sums, for figures that cannot be added up; as wide as
    `columns`, None in the first column becomes 合计. `counted`: the measure word with which the sheet ends, as
    in 共12条; empty: no such line. `notes` are sentences below the table.
    """

    title: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Cell]]
    charts: Sequence[Chart] = ()
    totals: Sequence[Cell] | None = None
    counted: str = ""
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Book:
    """A workbook. `unit` is the department for which it is made, `period` the days or the moment it is about.

    `prepared_by` is the person who asked for it (制表人), `prepared_at` an aware instant. `conditions` says what
    else restricts the rows; empty if nothing does.
    """

    title: str
    unit: str
    period: str
    prepared_by: str
    prepared_at: datetime
    sheets: Sequence[Sheet]
    conditions: str = ""


def no_progress(rows: int) -> None:
    """Report the progress to nobody."""


class WorkbookWriter(Protocol):
    """Writes workbooks to files, in memory that does not grow with the rows."""

    def write(self, book: Book, file: BinaryIO, progress: Callable[[int], None] = no_progress) -> None:
        """Write the whole workbook; the caller opens and closes the file.

        `progress` is called with the number of rows written so far, after every PROGRESS_ROWS rows and at the
        end; what it raises ends the writing. Text never becomes a formula. Control characters are replaced; a
        text longer than LONGEST_TEXT is cut and says so. Raises ValueError for a row of another width or a
        value that its column does not take.
        """
        ...

    def clear(self) -> int:
        """Remove what killed processes have left here; return of how many workbooks.

        Others may be writing. Every `write` does this first, for the machine on which it runs.
        """
        ...
