"""Count problems or alerts by groups of states, and how long feedback took, in one statement."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    case,
    cast,
    func,
    literal,
    literal_column,
    select,
    union_all,
)

from ....application.ports.counts import Counted
from ....domain.handling.durations import mean_of
from .dividing import Line, computed_once, per_line
from .paging import Reading
from .percentiles import hour_of, percentiles_of

Counts = TypeVar("Counts")
At = tuple[Line, str | None, int | None]
"""A line, with its key or the number of its period."""

_COUNTED, _OVERDUE, _PERCENTILE = range(3)


@dataclass(frozen=True, slots=True)
class Standings:
    """States that count for the same groups have the same standing, numbered from 0.

    A number is compared and hashed faster than the name of a state.
    """

    states: Sequence[Sequence[Enum]]
    """The states of each standing. The last one has the most: it needs no comparison."""
    of_group: Mapping[str, frozenset[int]]
    """Name of a group → its standings."""

    @classmethod
    def of(cls, groups: Mapping[str, Collection[Enum]]) -> Standings:
        """Tell apart the states that these groups tell apart."""
        alike: dict[tuple[str, ...], list[Enum]] = {}
        for state in sorted({state for states in groups.values() for state in states}, key=str):
            alike.setdefault(tuple(name for name in groups if state in groups[name]), []).append(state)
        # Most rows are closed, and those count for more groups than others: they are compared first.
        names = sorted(alike, key=lambda names: (len(alike[names]), -len(names), names))
        return cls(
            [alike[each] for each in names],
            {group: frozenset(at for at, each in enumerate(names) if group in each) for group in groups},
        )

    def number(self, state: ColumnElement[Any]) -> ColumnElement[int]:
        """The standing of a row, by its state."""
        *compared, _ = self.states
        whens = []
        for at, states in enumerate(compared):
            names = [literal(each, state.type, literal_execute=True) for each in states]
            whens.append((state == names[0] if len(names) == 1 else state.in_(names), _constant(at)))
        return case(*whens, else_=_constant(len(compared)))


def counted(
    reading: Reading,
    rows: Select[Any],
    overdue: Select[Any],
    standings: Standings,
    make: Callable[..., Counts],
    *,
    by_key: bool,
    by_period: bool,
    percentiles: bool,
) -> Counted[Counts]:
    """Count the rows; `make` takes the name of each group, `overdue`, and the two times.

    `rows` has the columns `key`, `period`, `standing` and `seconds` (of rows that are fed back), `overdue` the
    first two of rows that are overdue. One statement, so that all figures are of the same moment.
    """
    lines = [Line.WHOLE, *[Line.BY_KEY] * by_key, *[Line.BY_PERIOD] * by_period]
    found: dict[At, list[Any]] = {}
    for row in reading.rows(_statement(rows, overdue, standings, lines, percentiles=percentiles)):
        found.setdefault((Line(row.line), row.key, row.period), []).append(row)
    made = {at: _counts(rows, standings, make) for at, rows in found.items()}
    return Counted(
        whole=made.get((Line.WHOLE, None, None)) or _counts([], standings, make),
        by_key={key: counts for (line, key, _), counts in made.items() if line is Line.BY_KEY},
        by_period={period: counts for (_, _, period), counts in made.items() if period is not None},
    )


def _counts(rows: Sequence[Any], standings: Standings, make: Callable[..., Counts]) -> Counts:
    """Make the counts of one line from its rows."""
    counted = [row for row in rows if row.part == _COUNTED]
    timed = [row for row in counted if row.standing in standings.of_group["fed_back"]]
    return make(
        **{
            group: sum(int(row.number) for row in counted if row.standing in of_group)
            for group, of_group in standings.of_group.items()
        },
        overdue=sum(int(row.number or 0) for row in rows if row.part == _OVERDUE),
        mean_feedback_seconds=mean_of(
            sum(int(row.seconds or 0) for row in timed), sum(int(row.timed) for row in timed)
        ),
        p90_feedback_seconds=next((int(row.seconds) for row in rows if row.part == _PERCENTILE), None),
    )


def _statement(
    chosen: Select[Any],
    overdue: Select[Any],
    standings: Standings,
    lines: Sequence[Line],
    *,
    percentiles: bool,
) -> Any:
    """Select the counts of each line by standing, then what is overdue, then the percentiles.

    All rows are grouped into few cells once, and every line is summed up from these. What is overdue is read
    apart: few rows are, and the deadlines are in no index that the others are counted from.
    """
    rows, late = computed_once(chosen).subquery("rows"), overdue.subquery("late")
    # Cells by the hour of the duration are needed for the percentiles only.
    by = [rows.c.key, rows.c.period, rows.c.standing, *[hour_of(rows.c.seconds).label("hour")] * percentiles]
    cells = (
        select(
            *by,
            func.count().label("number"),
            func.count(rows.c.seconds).label("timed"),
            func.sum(rows.c.seconds).label("seconds"),
        )
        .group_by(*by)
        .cte("cells")
    )
    overdue_cells = (
        select(late.c.key, late.c.period, func.count().label("number"))
        .group_by(late.c.key, late.c.period)
        .cte("overdue_cells")
    )
    counts = per_line(cells, lines, ("standing",), ("number", "timed", "seconds")).subquery("counts")
    of_overdue = per_line(overdue_cells, lines, (), ("number",)).subquery("of_overdue")
    none = literal(0, BigInteger)
    parts = [
        _part(_COUNTED, counts, counts.c.standing, counts.c.number, counts.c.timed, counts.c.seconds),
        _part(_OVERDUE, of_overdue, literal(None, Integer), of_overdue.c.number, none, none),
    ]
    if percentiles:
        fed_back = standings.of_group["fed_back"]
        p90 = percentiles_of(chosen, cells, lines, fed_back).subquery("p90")
        parts.append(_part(_PERCENTILE, p90, literal(None, Integer), none, none, p90.c.seconds))
    return union_all(*parts)


def _part(part: int, lines: Any, standing: Any, number: Any, timed: Any, seconds: Any) -> Select[Any]:
    return select(
        _constant(part).label("part"),
        *(lines.c.line, lines.c.key, lines.c.period, standing.label("standing")),
        cast(number, BigInteger).label("number"),
        cast(timed, BigInteger).label("timed"),
        cast(seconds, BigInteger).label("seconds"),
    )


def _constant(number: int) -> ColumnElement[int]:
    return literal_column(str(number), Integer)
