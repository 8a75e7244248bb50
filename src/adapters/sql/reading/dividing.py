"""Divide the rows of a statistic in SQL: by the regions of its lines, by periods, and by how long things took."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Text,
    and_,
    case,
    cast,
    extract,
    func,
    literal,
    select,
    type_coerce,
)

from ....domain.values import RegionId
from ..tables.directory import region_closure
from .statistics import period_number

NO_KEY: Final = ""
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
        return cast(func.floor(extract("epoch", until - since)), BigInteger)
    first, last = (type_coerce(column, Text) for column in (since, until))
    # `strftime` rounds 59.9995 up to the next second: it gets the text without the fraction.
    whole = [cast(func.strftime("%s", func.substr(text, 1, _SECONDS)), Integer) for text in (first, last)]
    begun = func.substr(last, _SECONDS + 2) < func.substr(first, _SECONDS + 2)
    return whole[1] - whole[0] - case((begun, 1), else_=0)


def percentile_of(times: Any, by: Sequence[str]) -> Select[Any]:
    """Select the 90th percentile of durations, by these columns.

    `times` has the columns `seconds` and `number` (how many lasted so long) beside those of `by`. The 90th
    percentile is what `percentile_disc(0.9)` gives, but equal durations are counted before they are sorted.
    """
    columns = [times.c[name] for name in by]
    ranked = select(
        *columns,
        times.c.seconds,
        times.c.number,
        func.sum(times.c.number).over(partition_by=columns, order_by=times.c.seconds).label("upto"),
        func.sum(times.c.number).over(partition_by=columns).label("among"),
    ).subquery()
    kept = [ranked.c[name] for name in by]
    return select(
        *kept,
        func.min(ranked.c.seconds).filter(and_(ranked.c.upto * 10 >= ranked.c.among * 9)).label("p90"),
    ).group_by(*kept)
