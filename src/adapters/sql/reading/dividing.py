"""Divide the rows of a statistic in SQL: by the regions of its lines, by periods, and by how long things took."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import IntEnum
from typing import Any, Final

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    CompoundSelect,
    FromClause,
    Integer,
    Select,
    Text,
    case,
    cast,
    func,
    literal,
    literal_column,
    select,
    type_coerce,
    union_all,
)

from ....domain.values import RegionId
from ..tables.directory import region_closure
from .statistics import period_number

ONE_KEY: Final = literal("", Text)
"""The key of every row of a statistic that is not divided by keys."""

_SECONDS: Final = 19
"""The length of `YYYY-MM-DD HH:MM:SS` in the text of an instant on SQLite; microseconds follow a point."""


def period_of(
    column: ColumnElement[Any], starts: Sequence[date], *, on_postgresql: bool
) -> ColumnElement[int]:
    """The number of the period in which the column lies, from 0; `starts` ascend. 0 if there are no periods.

    `starts` are instants where the column is one.
    """
    return period_number(column, starts, on_postgresql=on_postgresql) if starts else literal(0, Integer)


def by_head(
    rows: FromClause, region_id: ColumnElement[Any], heads: Sequence[RegionId]
) -> tuple[FromClause, ColumnElement[str]]:
    """Join each row to the head at or above its region; its key is the head, or its region without one."""
    if not heads:
        return rows, cast(region_id, Text)
    head = (
        select(region_closure.c.descendant, region_closure.c.ancestor)
        .where(region_closure.c.ancestor.in_(sorted(heads)))
        .subquery("head")
    )
    joined = rows.outerjoin(head, head.c.descendant == region_id)
    return joined, cast(func.coalesce(head.c.ancestor, region_id), Text)


def seconds_between(
    since: ColumnElement[Any], until: ColumnElement[Any], *, on_postgresql: bool
) -> ColumnElement[int]:
    """The whole seconds that have passed between two columns of instants; one that has begun does not count."""
    if on_postgresql:
        # `extract` gives a numeric, which takes much longer; the double of `date_part` has room for microseconds.
        return cast(func.floor(func.date_part("epoch", until - since)), BigInteger)
    first, last = (type_coerce(column, Text) for column in (since, until))
    # `strftime` rounds 59.9995 up to the next second: it gets the text without the fraction.
    whole = [cast(func.strftime("%s", func.substr(text, 1, _SECONDS)), Integer) for text in (first, last)]
    begun = func.substr(last, _SECONDS + 2) < func.substr(first, _SECONDS + 2)
    return whole[1] - whole[0] - case((begun, 1), else_=0)


def computed_once(rows: Select[Any]) -> Select[Any]:
    """The same rows, whose columns PostgreSQL computes once for each, and not again wherever they are used."""
    return rows.offset(literal_column("0", Integer))


class Line(IntEnum):
    """What a line of a statistic counts: all rows, those of one key, or those of one period."""

    WHOLE = 0
    BY_KEY = 1
    BY_PERIOD = 2


LINE: Final = ("line", "key", "period")
"""The columns that say which line a row belongs to."""


def per_line(
    cells: CTE, lines: Sequence[Line], by: Sequence[str], sums: Sequence[str]
) -> CompoundSelect[Any]:
    """Sum up the cells for each line, and there for each value of these columns.

    `cells` has the columns `key` and `period`. Cells are few, so they may be read once for each kind of line.
    """
    return union_all(*(_of_line(cells, line, by, sums) for line in lines))


def line_columns(rows: Any, line: Line) -> list[Any]:
    """The columns that say which line of this kind a row belongs to."""
    key = rows.c.key if line is Line.BY_KEY else literal(None, Text)
    period = rows.c.period if line is Line.BY_PERIOD else literal(None, Integer)
    number = literal_column(str(int(line)), Integer)
    return [number.label("line"), key.label("key"), period.label("period")]


def divided_by(rows: Any, line: Line) -> list[Any]:
    """The columns whose values make the lines of this kind."""
    return {Line.WHOLE: [], Line.BY_KEY: [rows.c.key], Line.BY_PERIOD: [rows.c.period]}[line]


def _of_line(cells: CTE, line: Line, by: Sequence[str], sums: Sequence[str]) -> Select[Any]:
    columns = [cells.c[name] for name in by]
    return select(
        *line_columns(cells, line), *columns, *(func.sum(cells.c[name]).label(name) for name in sums)
    ).group_by(*divided_by(cells, line), *columns)
