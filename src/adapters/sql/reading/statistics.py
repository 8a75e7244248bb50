"""Sum the roll-up of commitments over periods and regions, and compare it with the rows that it counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any, Final

from sqlalchemy import (
    CTE,
    ColumnElement,
    Integer,
    String,
    and_,
    bindparam,
    case,
    func,
    literal,
    literal_column,
    null,
    select,
    true,
    type_coerce,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY

from ....application.access import Scope
from ....application.ports.commitment import Tally
from ....application.ports.statistics import TallyDifference, TallyMargins, TallyQuestion
from ....domain.directory.enterprise import EnterpriseKind
from ....domain.values import RegionId
from ..scope import below
from ..tables.commitment import commitment, commitment_tally
from ..tables.directory import region_closure
from ..tally import COUNTED_FROM_ROWS, COUNTS
from .commitments import tally_of, tally_source
from .paging import Reading

_ROLL_UP: Final = (
    select(
        literal("kept").label("source"),
        commitment_tally.c.region_id,
        commitment_tally.c.kind,
        *(commitment_tally.c[name] for name in COUNTS),
    )
    .where(commitment_tally.c.business_date == bindparam("day"))
    .union_all(
        select(literal("counted"), commitment.c.region_id, commitment.c.kind, *COUNTED_FROM_ROWS)
        .where(commitment.c.business_date == bindparam("day"))
        .group_by(commitment.c.region_id, commitment.c.kind)
    )
)
_SPANS: Final = tuple(
    select(func.min(table.c.business_date).label("first"), func.max(table.c.business_date).label("last"))
    for table in (commitment, commitment_tally)
)


class SqlStatisticsReader(Reading):
    """Sums the roll-up; for the scope of one enterprise, counts its rows."""

    def commitment_cells(self, question: TallyQuestion, scope: Scope) -> Mapping[tuple[RegionId, int], Tally]:
        placed = _placed(question, scope, on_postgresql=self.on_postgresql)
        statement = select(placed.c.line, placed.c.period, *_sums(placed)).group_by(
            placed.c.line, placed.c.period
        )
        return {(row.line, row.period): tally_of(row) for row in self.rows(statement)}

    def commitment_margins(self, question: TallyQuestion, scope: Scope) -> TallyMargins:
        placed = _placed(question, scope, on_postgresql=self.on_postgresql)
        # One statement sees one moment, so that lines and periods add up to the same.
        statement = union_all(
            select(placed.c.line, type_coerce(null(), Integer).label("period"), *_sums(placed)).group_by(
                placed.c.line
            ),
            select(type_coerce(null(), String), placed.c.period, *_sums(placed)).group_by(placed.c.period),
        )
        lines: dict[RegionId, Tally] = {}
        periods: dict[int, Tally] = {}
        for row in self.rows(statement):
            if row.line is None:
                periods[row.period] = tally_of(row)
            else:
                lines[row.line] = tally_of(row)
        return TallyMargins(lines, periods)


class SqlRollUpReader(Reading):
    """Compares the roll-up with the rows that it counts, day by day."""

    def span(self) -> tuple[date, date] | None:
        found = [row for statement in _SPANS for row in self.rows(statement) if row.first is not None]
        return (min(row.first for row in found), max(row.last for row in found)) if found else None

    def differences(self, day: date) -> Sequence[TallyDifference]:
        found: dict[str, dict[tuple[RegionId, EnterpriseKind], Tally]] = {"kept": {}, "counted": {}}
        for row in self.rows(_ROLL_UP, {"day": day}):
            found[row.source][row.region_id, row.kind] = tally_of(row)
        kept, counted = found["kept"], found["counted"]
        keys = sorted(kept.keys() | counted.keys(), key=lambda key: (key[0], key[1].value))
        return [
            TallyDifference(region_id, day, kind, kept=before, counted=now)
            for region_id, kind in keys
            if (before := kept.get((region_id, kind), Tally()))
            != (now := counted.get((region_id, kind), Tally()))
        ]


def _placed(question: TallyQuestion, scope: Scope, *, on_postgresql: bool) -> CTE:
    """Select sums by line and period; lines come twice where several regions lie below one."""
    numbered = partial(period_number, starts=question.starts, on_postgresql=on_postgresql)
    source, sums, visible = tally_source(
        question.starts[0], question.last_day, scope, question.kinds, within=question.region_id
    )
    inside = true() if question.everywhere else below(source.c.region_id, [question.region_id])
    if question.lines == (question.region_id,):
        # One line has everything: summed by day first, the period is found for each day and not for each row.
        by_day = (
            select(source.c.business_date, *sums)
            .where(inside, *visible)
            .group_by(source.c.business_date)
            .subquery("by_day")
        )
        return select(
            literal(question.region_id).label("line"),
            numbered(by_day.c.business_date).label("period"),
            *(by_day.c[name] for name in COUNTS),
        ).cte("placed")
    period = numbered(source.c.business_date).label("period")
    # Summed by region first: the table of lines is then joined to few rows.
    by_region = (
        select(source.c.region_id, period, *sums)
        .where(inside, *visible)
        .group_by(source.c.region_id, "period")
        .subquery("by_region")
    )
    line = and_(
        region_closure.c.descendant == by_region.c.region_id,
        region_closure.c.ancestor.in_(question.lines),
    )
    return (
        select(
            func.coalesce(region_closure.c.ancestor, by_region.c.region_id).label("line"),
            by_region.c.period,
            *(by_region.c[name] for name in COUNTS),
        )
        .select_from(by_region.outerjoin(region_closure, line))
        .cte("placed")
    )


def _sums(placed: CTE) -> list[ColumnElement[Any]]:
    return [func.sum(placed.c[name]).label(name) for name in COUNTS]


def period_number(
    day: ColumnElement[Any], starts: Sequence[date], *, on_postgresql: bool
) -> ColumnElement[int]:
    """Return the number of the period in which the day lies: by a function of PostgreSQL, or by halving."""
    if on_postgresql:
        borders = literal(list(starts), ARRAY(day.type))
        return func.width_bucket(day, borders, type_=Integer) - literal_column("1", Integer)

    def between(low: int, high: int) -> ColumnElement[int]:
        if high - low == 1:
            return literal_column(str(low), Integer)
        middle = (low + high) // 2
        return case((day < starts[middle], between(low, middle)), else_=between(middle, high))

    return between(0, len(starts))
