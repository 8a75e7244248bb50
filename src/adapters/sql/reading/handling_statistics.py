"""Count problems or alerts by groups of states, and how long feedback took, in one statement."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from enum import Enum
from typing import Any, Final, TypeVar

from sqlalchemy import BigInteger, Integer, Select, Text, cast, func, literal, select, union_all

from ....application.ports.counts import Counted
from ....domain.handling.durations import mean_of
from .dividing import NO_KEY, percentile_of
from .paging import Reading

Counts = TypeVar("Counts")

_COUNTED, _WHOLE, _BY_KEY, _BY_PERIOD = range(4)
_TIMES: Final = ("mean_feedback_seconds", "p90_feedback_seconds")


def counted(
    reading: Reading,
    rows: Select[Any],
    groups: Mapping[str, Collection[Enum]],
    make: Callable[..., Counts],
    *,
    by_key: bool,
    by_period: bool,
) -> Counted[Counts]:
    """Count the rows; `make` takes the name of each group, `overdue`, and the two times.

    `rows` has the columns `key`, `period`, `state`, `overdue` (true or false) and `seconds` (of rows that are
    fed back). One statement, so that all figures are of the same moment.
    """
    answered = reading.rows(_statement(rows, groups, by_key=by_key, by_period=by_period))
    names = (*groups, "overdue")
    times = {(row.part, row.key, row.period): row for row in answered if row.part != _COUNTED}

    def counts(part: int, found: Sequence[Any], key: str | None = None, period: int | None = None) -> Counts:
        numbers = {name: sum(int(row[3 + at]) for row in found) for at, name in enumerate(names)}
        return make(**numbers, **_times(times.get((part, key, period))))

    keys: dict[str | None, list[Any]] = {}
    periods: dict[int, list[Any]] = {}
    lines = [row for row in answered if row.part == _COUNTED]
    for row in lines:
        keys.setdefault(row.key, []).append(row)
        periods.setdefault(row.period, []).append(row)
    return Counted(
        whole=counts(_WHOLE, lines),
        by_key={key: counts(_BY_KEY, found, key=key) for key, found in keys.items()} if by_key else {},
        by_period={at: counts(_BY_PERIOD, found, period=at) for at, found in periods.items()}
        if by_period
        else {},
    )


def _times(row: Any) -> dict[str, int | None]:
    """Mean and 90th percentile of the line with total, number and percentile; None without one."""
    if row is None or row[4] is None:
        return dict.fromkeys(_TIMES)
    return dict(zip(_TIMES, (mean_of(int(row[3]), int(row[4])), int(row[5])), strict=True))


def _statement(
    chosen: Select[Any], groups: Mapping[str, Collection[Enum]], *, by_key: bool, by_period: bool
) -> Any:
    """Select one line per key and period with its counts, then the times of all, of each key and each period.

    Counts add up, so only these lines are counted; the times do not, so each needs its own.
    """
    rows = chosen.subquery("rows")
    numbers = [
        *(func.count().filter(rows.c.state.in_(sorted(states, key=str))) for states in groups.values()),
        func.count().filter(rows.c.overdue),
    ]
    counts = select(
        literal(_COUNTED, Integer).label("part"),
        rows.c.key,
        rows.c.period,
        *(number.label(f"n{at}") for at, number in enumerate(numbers)),
    ).group_by(rows.c.key, rows.c.period)
    times = (
        select(rows.c.key, rows.c.period, rows.c.seconds, func.count().label("number"))
        .where(rows.c.state.in_(sorted(groups["fed_back"], key=str)), rows.c.seconds.is_not(None))
        .group_by(rows.c.key, rows.c.period, rows.c.seconds)
        .cte("times")
    )
    parts = [_timed(_WHOLE, percentile_of(times, ()), len(numbers))]
    if by_key:
        parts.append(_timed(_BY_KEY, percentile_of(times, ("key",)), len(numbers)))
    if by_period:
        parts.append(_timed(_BY_PERIOD, percentile_of(times, ("period",)), len(numbers)))
    return union_all(counts, *parts)


def _timed(part: int, found: Select[Any], width: int) -> Select[Any]:
    """Select the times as a line of the same form as that of the counts."""
    line = found.subquery()
    key = line.c.key if "key" in line.c else literal(None, Text)
    period = line.c.period if "period" in line.c else literal(None, Integer)
    times = [cast(line.c[name], BigInteger) for name in ("total", "number", "p90")]
    empty = [literal(0, BigInteger)] * (width - len(times))
    return select(literal(part, Integer), key, period, *times, *empty)


ONE_KEY: Final = literal(NO_KEY, Text)
