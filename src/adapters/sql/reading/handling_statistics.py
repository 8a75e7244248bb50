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

_COUNTED, _OVERDUE, _WHOLE, _BY_KEY, _BY_PERIOD = range(5)
_NUMBERS: Final = 3
"""Where the numbers begin, behind part, key and period."""


def counted(
    reading: Reading,
    rows: Select[Any],
    overdue: Select[Any],
    groups: Mapping[str, Collection[Enum]],
    make: Callable[..., Counts],
    *,
    by_key: bool,
    by_period: bool,
    percentiles: bool,
) -> Counted[Counts]:
    """Count the rows; `make` takes the name of each group, `overdue`, and the two times.

    `rows` has the columns `key`, `period`, `state` and `seconds` (of rows that are fed back), `overdue` the
    first two of rows that are overdue. One statement, so that all figures are of the same moment.
    """
    statement = _statement(rows, overdue, groups, by_key=by_key, by_period=by_period, percentiles=percentiles)
    answered: Sequence[Any] = reading.rows(statement)
    p90s = {
        (row.part, row.key, row.period): int(row[_NUMBERS])
        for row in answered
        if row.part >= _WHOLE and row[_NUMBERS] is not None
    }

    def counts(part: int, found: Sequence[Any], key: str | None = None, period: int | None = None) -> Counts:
        lines = [row for row in found if row.part == _COUNTED]
        *numbers, total, timed = (
            sum(int(row[at] or 0) for row in lines) for at in range(_NUMBERS, _NUMBERS + len(groups) + 2)
        )
        return make(
            **dict(zip(groups, numbers, strict=True)),
            overdue=sum(int(row[_NUMBERS]) for row in found if row.part == _OVERDUE),
            mean_feedback_seconds=mean_of(total, timed),
            p90_feedback_seconds=p90s.get((part, key, period)),
        )

    keys: dict[str | None, list[Any]] = {}
    periods: dict[int, list[Any]] = {}
    lines = [row for row in answered if row.part in (_COUNTED, _OVERDUE)]
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


def _statement(
    chosen: Select[Any],
    overdue: Select[Any],
    groups: Mapping[str, Collection[Enum]],
    *,
    by_key: bool,
    by_period: bool,
    percentiles: bool,
) -> Any:
    """Select one line per key and period with its counts, then the percentiles of all, each key and each period.

    Counts add up, so only these lines are counted; percentiles do not, so each needs its own. What is overdue
    is read apart: few rows are, and the deadlines are in no index that the others are counted from.
    """
    rows, late = chosen.subquery("rows"), overdue.subquery("late")
    fed_back = rows.c.state.in_(sorted(groups["fed_back"], key=str))
    numbers = [
        *(func.count().filter(rows.c.state.in_(sorted(states, key=str))) for states in groups.values()),
        func.sum(rows.c.seconds).filter(fed_back),
        func.count(rows.c.seconds).filter(fed_back),
    ]
    width = len(numbers)
    counts = select(
        literal(_COUNTED, Integer).label("part"),
        rows.c.key,
        rows.c.period,
        *(number.label(f"n{at}") for at, number in enumerate(numbers)),
    ).group_by(rows.c.key, rows.c.period)
    parts = [
        select(
            literal(_OVERDUE, Integer), late.c.key, late.c.period, func.count(), *_empty(width - 1)
        ).group_by(late.c.key, late.c.period)
    ]
    if percentiles:
        times = (
            select(rows.c.key, rows.c.period, rows.c.seconds, func.count().label("number"))
            .where(fed_back, rows.c.seconds.is_not(None))
            .group_by(rows.c.key, rows.c.period, rows.c.seconds)
            .cte("times")
        )
        parts.append(_percentiles(_WHOLE, times, (), width))
        if by_key:
            parts.append(_percentiles(_BY_KEY, times, ("key",), width))
        if by_period:
            parts.append(_percentiles(_BY_PERIOD, times, ("period",), width))
    return union_all(counts, *parts)


def _percentiles(part: int, times: Any, by: Sequence[str], width: int) -> Select[Any]:
    """Select the percentiles as lines of the same form as those of the counts."""
    line = percentile_of(times, by).subquery()
    key = line.c.key if "key" in by else literal(None, Text)
    period = line.c.period if "period" in by else literal(None, Integer)
    return select(literal(part, Integer), key, period, cast(line.c.p90, BigInteger), *_empty(width - 1))


def _empty(number: int) -> list[Any]:
    return [literal(0, BigInteger)] * number


ONE_KEY: Final = literal(NO_KEY, Text)
