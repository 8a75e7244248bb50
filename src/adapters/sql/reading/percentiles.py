"""Find the 90th percentile of many durations without sorting them all."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Integer,
    Select,
    and_,
    case,
    cast,
    func,
    literal_column,
    select,
    tuple_,
    union_all,
)

from .dividing import LINE, Line, computed_once, divided_by, line_columns, per_line


def hour_of(seconds: ColumnElement[Any]) -> ColumnElement[int]:
    """The hour in which a duration ends: durations are counted by hours first."""
    return seconds // literal_column("3600", Integer)


def percentiles_of(
    rows: Select[Any], cells: CTE, lines: Sequence[Line], standings: Collection[int]
) -> Select[Any]:
    """Select `line`, `key`, `period`, and as `seconds` the 90th percentile of its durations, if it has any.

    `rows` has the columns `key`, `period`, `standing` and `seconds`. `cells` counts those that have seconds by
    `key`, `period`, `standing` and `hour`, as `timed`. Only rows of these standings are considered.

    The counts by hour show in which hour each percentile lies. Only the durations of that hour are read again and
    sorted; those of each other hour count as one. The result is what `percentile_disc(0.9)` gives.
    """
    among = sorted(standings)
    timed = select(cells).where(cells.c.standing.in_(among), cells.c.hour.is_not(None)).cte("timed")
    by_hour = _running(per_line(timed, lines, ("hour",), ("timed",)), "hour", "timed")
    reached = by_hour.c.upto * 10 >= by_hour.c.whole * 9
    before = (by_hour.c.upto - by_hour.c.timed) * 10 >= by_hour.c.whole * 9
    hours = select(by_hour, case((and_(reached, ~before), 1), else_=0).label("has_percentile")).cte("hours")
    again = _read_again(rows, hours, among)
    others = select(
        *(hours.c[name] for name in LINE),
        (hours.c.hour * literal_column("3600", Integer)).label("seconds"),
        hours.c.timed,
    ).where(hours.c.has_percentile == 0)
    exact = _running(union_all(others, *(_of_hour(again, hours, line) for line in lines)), "seconds", "timed")
    line = [exact.c[name] for name in LINE]
    return (
        select(*line, func.min(exact.c.seconds).label("seconds"))
        .where(exact.c.upto * 10 >= exact.c.whole * 9)
        .group_by(*line)
    )


def _running(counts: Any, by: str, number: str) -> Any:
    """Select the counts of each line as integers, with their running sum in this order and the sum of all."""
    counted = counts.subquery()
    line = [counted.c[name] for name in LINE]
    times = cast(counted.c[number], Integer)
    return select(
        *line,
        counted.c[by],
        times.label(number),
        func.sum(times).over(partition_by=line, order_by=counted.c[by]).label("upto"),
        func.sum(times).over(partition_by=line).label("whole"),
    ).subquery()


def _read_again(rows: Select[Any], hours: CTE, standings: Sequence[int]) -> CTE:
    """The rows of all hours in which any percentile lies.

    `IS true` and MATERIALIZED keep PostgreSQL from joining: it takes both sides for a few rows, and would read all
    rows anew for each line.
    """
    wanted = select(hours.c.hour).where(hours.c.has_percentile == 1)
    hour = hour_of(rows.selected_columns.seconds)
    row = computed_once(rows.where(hour.in_(wanted).is_(True))).subquery("row")
    again = select(row.c.key, row.c.period, row.c.seconds, hour_of(row.c.seconds).label("hour"))
    return (
        again.where(row.c.standing.in_(standings))
        .cte("again")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )


def _of_hour(again: CTE, hours: CTE, line: Line) -> Select[Any]:
    """Count equal durations of each line of this kind, in the hour of its percentile."""
    mine, theirs = ([*map(_known, divided_by(rows, line)), rows.c.hour] for rows in (again, hours))
    wanted = select(*theirs).where(hours.c.line == line, hours.c.has_percentile == 1)
    of_hour = tuple_(*mine).in_(wanted) if len(mine) > 1 else mine[0].in_(wanted)
    return (
        select(*line_columns(again, line), again.c.seconds, func.count().label("timed"))
        .where(of_hour.is_(True))
        .group_by(*divided_by(again, line), again.c.seconds)
    )


def _known(value: ColumnElement[Any]) -> ColumnElement[Any]:
    """The key with an empty text for NULL, which equals nothing; other columns are never NULL."""
    return func.coalesce(value, "") if value.name == "key" else value
