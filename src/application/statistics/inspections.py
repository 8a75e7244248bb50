"""Statistics of patrols and spot checks: records, inspected areas or enterprises, and the problems issued."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from ...domain.inspection.form import InspectionKind
from ...domain.inspection.groups import InspectionGroup
from ...domain.problem.form import ProblemOrigin
from ...domain.problem.groups import ProblemGroup
from ...domain.values import RegionId
from ..access import Actor, Permission, check
from ..day_range import check_sorted_range
from ..ports.counts import ProblemCounts, ProblemDimension, RecordCounts, Split
from ..ports.inspection import InspectionFilter, InspectionOrder, InspectionRow
from ..ports.paging import Page, Slice
from ..ports.problem import ProblemFilter
from ..ports.readers import Readers
from ..ports.signals import Clock
from ..within import check_region
from .areas import areas_of
from .lines import Line, Table, days_of, instant_of, steps_of
from .periods import Step
from .problems import problems_in


@dataclass(frozen=True, slots=True)
class InspectionCounts:
    """What was inspected, and what became of the problems that were issued."""

    records: RecordCounts
    problems: ProblemCounts


@dataclass(frozen=True, slots=True)
class InspectionRows:
    """The filters behind a line: of the records that it counts, and of the problems."""

    records: InspectionFilter
    problems: ProblemFilter

    def on(self, first_day: date, last_day: date) -> InspectionRows:
        """The same of other days."""
        return InspectionRows(
            replace(self.records, first_day=first_day, last_day=last_day),
            replace(self.problems, first_day=first_day, last_day=last_day),
        )

    def within(self, region_id: RegionId, *, directly: bool) -> InspectionRows:
        """The same of a region, or of what lies directly in it."""
        return InspectionRows(
            replace(self.records, region_id=region_id, directly=directly),
            replace(self.problems, region_id=region_id, directly=directly),
        )


InspectionLine = Line[InspectionRows, InspectionCounts]
InspectionTable = Table[InspectionRows, InspectionCounts]


@dataclass(frozen=True, slots=True)
class InspectionStatisticsQuery:
    """What is counted: inspections of one kind on some days; `region_id` None: everything the actor sees.

    `percentiles` False leaves the 90th percentiles out.
    """

    kind: InspectionKind
    first_day: date
    last_day: date
    region_id: RegionId | None = None
    step: Step | None = None
    at: datetime | None = None
    percentiles: bool = True


class InspectionStatistics:
    """Counts records and problems of the actor's department and those below it, by the inspected region.

    The problems are those that these departments have issued on the same days; the ministry's do not count.
    """

    def __init__(self, readers: Readers, clock: Clock) -> None:
        self._readers = readers
        self._clock = clock

    def table(self, actor: Actor, asked: InspectionStatisticsQuery) -> InspectionTable:
        """Count by region, and by period if a step is asked for.

        Raises InvalidValue for more than five years, too many periods or an instant to come, and NotFound for
        a region outside the scope.
        """
        check(actor, Permission.READ_STATISTICS)
        first, last = days_of(asked.first_day, asked.last_day)
        steps = steps_of(first, last, asked.step)
        at = instant_of(asked.at, self._clock.now())
        check_region(self._readers.directory, actor, asked.region_id)
        areas = areas_of(self._readers.directory, actor, asked.region_id)
        rows = _rows(asked)
        starts = tuple(period.first_day for period, _ in steps)
        records = self._readers.inspections.statistics(rows.records, actor.scope, areas.heads, starts)
        split = Split(ProblemDimension.REGION, areas.heads, starts, asked.percentiles)
        problems = self._readers.problems.statistics(rows.problems, actor.scope, split, at=at)

        def line(
            key: str | None,
            label: str,
            counts: tuple[RecordCounts | None, ProblemCounts | None],
            where: InspectionRows,
        ) -> InspectionLine:
            found = InspectionCounts(counts[0] or RecordCounts(), counts[1] or ProblemCounts())
            days = where.records.first_day, where.records.last_day
            return Line(key, label, *days, at, found, where)

        return Table(
            whole=line(None, "合计", (records.whole, problems.whole), rows),
            lines=[
                line(
                    area.region_id,
                    area.label,
                    (records.by_key.get(area.region_id), problems.by_key.get(area.region_id)),
                    rows.within(area.region_id, directly=area.directly),
                )
                for area in areas.lines([*records.by_key, *problems.by_key])
            ],
            periods=[
                line(
                    period.first_day.isoformat(),
                    label,
                    (records.by_period.get(number), problems.by_period.get(number)),
                    rows.on(period.first_day, period.last_day),
                )
                for number, (period, label) in enumerate(steps)
            ],
        )

    def page(
        self,
        actor: Actor,
        where: InspectionFilter,
        page: Page,
        order: InspectionOrder = InspectionOrder.NEWEST,
    ) -> Slice[InspectionRow]:
        """A page of the records behind a figure, also of several years; other orders cover at most 31 days."""
        check(actor, Permission.READ_INSPECTIONS)
        if order is not InspectionOrder.NEWEST:
            check_sorted_range(where.first_day, where.last_day)
        return self._readers.inspections.page(where, actor.scope, page, order)

    def count(self, actor: Actor, where: InspectionFilter) -> int:
        """Count the records behind a figure."""
        check(actor, Permission.READ_INSPECTIONS)
        return self._readers.inspections.count(where, actor.scope)


def records_of(line: InspectionLine, group: InspectionGroup) -> InspectionFilter:
    """Return the filter that lists exactly the records of the group which the line counts."""
    return replace(line.where.records, group=group)


def problems_of(line: InspectionLine, group: ProblemGroup) -> ProblemFilter:
    """Return the filter that lists exactly the problems of the group which the line counts."""
    return problems_in(line.where.problems, group, line.at)


def _rows(asked: InspectionStatisticsQuery) -> InspectionRows:
    kinds: Sequence[InspectionKind] = (asked.kind,)
    return InspectionRows(
        InspectionFilter(asked.first_day, asked.last_day, tuple(kinds), region_id=asked.region_id),
        ProblemFilter(
            asked.first_day,
            asked.last_day,
            region_id=asked.region_id,
            kinds=tuple(kinds),
            origins=(ProblemOrigin.DEPARTMENT,),
            issued_in_scope=True,
        ),
    )
