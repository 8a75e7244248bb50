"""Counts the patrols, spot checks and problems of written reports, in the way of the weekly push."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from ...domain.deadlines import business_date
from ...domain.inspection.form import InspectionKind
from ...domain.inspection.week import Week, WeeklyRow
from ...domain.problem.form import CATEGORY_NAMES, SEVERITY_NAMES
from ...domain.report.figures import (
    FeedbackFigures,
    InspectionFigures,
    InspectionSection,
    OverdueProblem,
    percent,
)
from ...domain.values import RegionId
from ..inspection.weekly_sources import CountedProblem, WeeklySources, sources_of
from ..ports.inspection import InspectionRow
from ..ports.readers import Readers
from .commitments import MOST_LISTED, place_of
from .places import ReportPlace
from .words import one_line

_COUNTS: Final = (
    *("inspected", "automatic", "with_problems", "rectified_on_site"),
    *("issued", "withdrawn", "fed_back", "unfed_back", "overdue"),
)


@dataclass(frozen=True, slots=True)
class PeriodOfInspections:
    """What one period found in the whole province: the rows of city rank, and the facts behind each."""

    week: Week
    rows: Sequence[WeeklyRow]
    sources: Mapping[tuple[RegionId, InspectionKind], WeeklySources]


def period_of_inspections(readers: Readers, week: Week, rows: Sequence[WeeklyRow]) -> PeriodOfInspections:
    """Read the facts behind the rows, once for the reports of all places."""
    sources = {}
    for row in rows:
        records, problems = readers.inspections.weekly_sources(week, row.region_id, row.kind)
        histories = readers.problems.histories([problem.id for problem in problems])
        sources[row.region_id, row.kind] = sources_of(week, records, problems, histories)
    return PeriodOfInspections(week, rows, sources)


def inspection_section(place: ReportPlace, period: PeriodOfInspections) -> InspectionSection:
    """The figures of one place. The province shows the rows of the push, a city its parts, counted alike."""
    of_province = place.region.parent_id is None
    count = _of_the_rows if of_province else _of_the_facts
    patrols = _named(place, count(place, period, InspectionKind.PATROL))
    spot_checks = _named(place, count(place, period, InspectionKind.SPOT_CHECK))
    wholes = {kind: _whole(place, period, kind) for kind in InspectionKind}
    overdue = _overdue(place, period)
    return InspectionSection(
        since=period.week.since,
        until=period.week.until,
        patrols=wholes[InspectionKind.PATROL],
        patrol_parts=patrols,
        spot_checks=wholes[InspectionKind.SPOT_CHECK],
        spot_check_parts=spot_checks,
        feedback=_feedback(wholes.values()),
        feedback_parts=_ranked(place, patrols, spot_checks),
        overdue_count=len(overdue),
        overdue=tuple(overdue[:MOST_LISTED]),
    )


Counted = Mapping[RegionId | None, InspectionFigures]


def _of_the_rows(place: ReportPlace, period: PeriodOfInspections, kind: InspectionKind) -> Counted:
    rows = [row for row in period.rows if row.kind is kind]
    return {_part(place, row.region_id): _figures("", row) for row in rows}


def _of_the_facts(place: ReportPlace, period: PeriodOfInspections, kind: InspectionKind) -> Counted:
    found = period.sources.get((place.region.id, kind))
    if found is None:
        return {}
    records: dict[RegionId | None, list[InspectionRow]] = {}
    problems: dict[RegionId | None, list[CountedProblem]] = {}
    for record in found.records:
        records.setdefault(_part(place, record.target_region_id), []).append(record)
    for counted in found.problems:
        problems.setdefault(_part(place, counted.problem.region_id), []).append(counted)
    return {
        part: _figures("", WeeklySources(records.get(part, ()), problems.get(part, ())))
        for part in (*records.keys(), *problems.keys())
    }


def _part(place: ReportPlace, region_id: RegionId) -> RegionId | None:
    """The part in which the region lies; None: the place itself. A region that has been moved away is in none."""
    return place.part_of.get(region_id)


def _named(place: ReportPlace, counted: Counted) -> tuple[InspectionFigures, ...]:
    """One line for each part by code, zeros included, and for the region itself if there is anything."""
    nothing = _figures("", WeeklySources((), ()))
    lines = [replace(counted.get(part.id, nothing), name=part.name) for part in place.parts]
    own = counted.get(None)
    if own is not None and any(getattr(own, name) for name in _COUNTS):
        lines.append(replace(own, name=place.part_names[None]))
    return tuple(lines)


def _whole(place: ReportPlace, period: PeriodOfInspections, kind: InspectionKind) -> InspectionFigures:
    """The sum of the rows for the province; for a city, its own row."""
    rows = [row for row in period.rows if row.kind is kind]
    if place.region.parent_id is not None:
        rows = [row for row in rows if row.region_id == place.region.id]
    counts = {name: [getattr(row, name) for row in rows] for name in _COUNTS}
    sums: dict[str, Any] = {name: None if None in found else sum(found) for name, found in counts.items()}
    return InspectionFigures(name=place.region.name, **sums)


def _figures(name: str, counted: WeeklyRow | WeeklySources) -> InspectionFigures:
    return InspectionFigures(name=name, **{each: getattr(counted, each) for each in _COUNTS})


def _feedback(kinds: Iterable[InspectionFigures]) -> FeedbackFigures:
    """The problems of patrols and spot checks of the same line together."""
    lines = list(kinds)
    fed_back, unfed_back = (sum(getattr(line, name) for line in lines) for name in ("fed_back", "unfed_back"))
    return FeedbackFigures(
        name=lines[0].name,
        issued=sum(line.issued for line in lines),
        fed_back=fed_back,
        unfed_back=unfed_back,
        overdue=sum(line.overdue for line in lines),
        rate=percent(fed_back, fed_back + unfed_back),
    )


def _ranked(
    place: ReportPlace, patrols: Sequence[InspectionFigures], spot_checks: Sequence[InspectionFigures]
) -> tuple[FeedbackFigures, ...]:
    """The best rate first; lines where nothing was to be fed back come unranked, that of the region itself last."""
    own = place.part_names[None]
    by_name: dict[str, list[InspectionFigures]] = {}
    for line in (*patrols, *spot_checks):
        by_name.setdefault(line.name, []).append(line)
    lines = [_feedback(both) for both in by_name.values()]
    rates = [Decimal(line.rate) for line in lines if line.rate is not None and line.name != own]
    placed = [
        replace(
            line, place=place_of(line.rate, rates) if line.rate is not None and line.name != own else None
        )
        for line in lines
    ]
    return tuple(sorted(placed, key=lambda line: (line.name == own, line.place is None, line.place or 0)))


def _overdue(place: ReportPlace, period: PeriodOfInspections) -> list[OverdueProblem]:
    """The overdue problems of the place, the oldest issue first."""
    of_place: Callable[[RegionId], bool] = (
        (lambda region: True)
        if place.region.parent_id is None
        else (lambda region: region == place.region.id)
    )
    found: list[CountedProblem] = [
        counted
        for (region, _), sources in period.sources.items()
        if of_place(region)
        for counted in sources.problems
        if counted.overdue
    ]
    found.sort(key=lambda counted: (counted.problem.issued_at, counted.problem.id))
    names = place.part_names
    return [
        OverdueProblem(
            number=number,
            addressee=counted.problem.addressee_name,
            region=names.get(_part(place, counted.problem.region_id), place.region.name),
            category=CATEGORY_NAMES[counted.problem.category],
            severity=SEVERITY_NAMES[counted.problem.severity],
            description=one_line(counted.problem.description),
            issued_on=business_date(counted.problem.issued_at),
        )
        for number, counted in enumerate(found, start=1)
    ]
