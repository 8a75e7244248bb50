"""Statistics of problems: by state, category, severity, region, origin or kind, and by time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from enum import Enum
from typing import Any, Final

from ...domain.inspection.form import INSPECTION_KIND_NAMES
from ...domain.problem.form import CATEGORY_NAMES, PROBLEM_ORIGIN_NAMES, SEVERITY_NAMES
from ...domain.problem.groups import ProblemGroup
from ...domain.problem.workflow import PROBLEM_STATE_NAMES
from ..access import Actor, Permission, check
from ..ports.counts import ProblemCounts, ProblemDimension, Split
from ..ports.problem import ProblemFilter
from ..ports.readers import Readers
from ..ports.signals import Clock
from ..problem.problems import Problems
from .areas import Areas, areas_of
from .lines import Line, Table, days_of, instant_of, steps_of
from .periods import Step

ProblemLine = Line[ProblemFilter, ProblemCounts]
ProblemTable = Table[ProblemFilter, ProblemCounts]

VALUES: Final[Mapping[ProblemDimension, tuple[str, Mapping[Any, str]]]] = {
    ProblemDimension.STATE: ("states", PROBLEM_STATE_NAMES),
    ProblemDimension.CATEGORY: ("categories", CATEGORY_NAMES),
    ProblemDimension.SEVERITY: ("severities", SEVERITY_NAMES),
    ProblemDimension.ORIGIN: ("origins", PROBLEM_ORIGIN_NAMES),
    ProblemDimension.KIND: ("kinds", INSPECTION_KIND_NAMES),
}
"""Dimension → the field of the filter that asks for some of its values, and the names of the values."""


class ProblemStatistics:
    """Counts the problems issued on some days as they stand now."""

    def __init__(self, readers: Readers, problems: Problems, clock: Clock) -> None:
        self._readers = readers
        self._problems = problems
        self._clock = clock

    def table(
        self,
        actor: Actor,
        where: ProblemFilter,
        by: ProblemDimension | None = None,
        step: Step | None = None,
        *,
        at: datetime | None = None,
        overdue_only: bool = False,
        percentiles: bool = True,
    ) -> ProblemTable:
        """Count what the list with the same filter shows. Overdue is told by `at`, else by now.

        `overdue_only`: only what is overdue by then. `percentiles` False leaves the 90th percentiles out. Raises InvalidValue without both days, for more than five
        years, too many periods or an instant to come, and as the list refuses the filter.
        """
        # An enterprise has no statistics of others, but it counts its own problems.
        check(actor, Permission.READ_PROBLEMS if actor.enterprise_id else Permission.READ_STATISTICS)
        first, last = days_of(where.first_day, where.last_day)
        steps = steps_of(first, last, step)
        told = instant_of(at, self._clock.now())
        chosen = replace(where, overdue_at=told) if overdue_only else where
        self._problems.check_filter(actor, chosen)
        areas = None
        if by is ProblemDimension.REGION:
            areas = areas_of(self._readers.directory, actor, where.region_id)
        split = Split(
            by, areas.heads if areas else (), tuple(period.first_day for period, _ in steps), percentiles
        )
        found = self._readers.problems.statistics(chosen, actor.scope, split, at=told)

        def line(key: str | None, label: str, counts: ProblemCounts, where: ProblemFilter) -> ProblemLine:
            days = where.first_day or first, where.last_day or last
            return Line(key, label, *days, told, counts, where)

        return Table(
            whole=line(None, "合计", found.whole, chosen),
            lines=[
                line(key, label, found.by_key.get(key, ProblemCounts()), narrowed)
                for key, label, narrowed in _narrowed(chosen, by, areas, found.by_key)
            ],
            periods=[
                line(
                    period.first_day.isoformat(),
                    label,
                    found.by_period.get(number, ProblemCounts()),
                    replace(chosen, first_day=period.first_day, last_day=period.last_day),
                )
                for number, (period, label) in enumerate(steps)
            ],
        )


def rows_of(line: Line[ProblemFilter, Any], group: ProblemGroup) -> ProblemFilter:
    """Return the filter that lists exactly the problems which the line counts in this group."""
    return problems_in(line.where, group, line.at)


def problems_in(where: ProblemFilter, group: ProblemGroup, at: datetime) -> ProblemFilter:
    """Return the filter for the problems of the group."""
    if group is ProblemGroup.OVERDUE:
        return replace(where, group=group, overdue_at=at)
    return replace(where, group=group)


def _narrowed(
    where: ProblemFilter,
    by: ProblemDimension | None,
    areas: Areas | None,
    counted: Mapping[str | None, ProblemCounts],
) -> list[tuple[str, str, ProblemFilter]]:
    """Return key, label and filter of every line; values that the filter does not ask for have none."""
    if areas is not None:
        return [
            (
                area.region_id,
                area.label,
                replace(where, region_id=area.region_id, directly=area.directly),
            )
            for area in areas.lines(counted)
        ]
    if by is None:
        return []
    field, names = VALUES[by]
    asked: tuple[Enum, ...] = getattr(where, field)

    def of(value: Enum) -> ProblemFilter:
        only: Any = {field: (value,)}
        return replace(where, **only)

    return [(value.value, name, of(value)) for value, name in names.items() if not asked or value in asked]
