"""Statistics of problems and records over a year: what regulators' screens ask for, beside SQL by hand."""

from __future__ import annotations

from dataclasses import astuple
from datetime import date, timedelta
from typing import Final

from yanbao.application.access import Scope
from yanbao.application.ports.counts import Counted, RecordCounts
from yanbao.application.ports.inspection import InspectionFilter
from yanbao.application.statistics.periods import Step, periods
from yanbao.domain.deadlines import day_end, day_start
from yanbao.domain.inspection.form import InspectionKind
from yanbao.domain.problem.form import ProblemCategory
from yanbao.domain.values import RegionId

from . import counting_floor, documents
from .asking import Read
from .inspection_reads import Viewer, department_viewer
from .reads import VIEWERS, Case, request
from .stage import Stage

YEAR: Final = 365
_CATEGORIES: Final = tuple(category.value for category in ProblemCategory)


def cases(stage: Stage) -> list[Case]:
    """A year by month: problems as each level sees them, by category and by region, the province's records, and the wall."""
    first = stage.day - timedelta(days=YEAR - 1)
    found = [_problems(stage, department_viewer(stage, level), first, None, ()) for level in VIEWERS]
    province = department_viewer(stage, "PROVINCE")
    found.append(_problems(stage, province, first, "category", _CATEGORIES))
    found.append(_problems(stage, province, first, "REGION", _below(stage, province.region)))
    found += [_records(stage, first, kind) for kind in InspectionKind]
    found += [_owed(stage, level) for level in VIEWERS]
    return found


def _problems(stage: Stage, viewer: Viewer, first: date, by: str | None, keys: tuple[str, ...]) -> Case:
    starts = months_of(first, stage.day)
    months = [start.isoformat() for start in starts]
    asked = request(
        documents.PROBLEM_STATISTICS,
        viewer.token,
        where={"firstDay": first.isoformat(), "lastDay": stage.day.isoformat()},
        by=None if by is None else by.upper(),
    )
    return Case(
        name="problems of a year by month" + ("" if by is None else f" and {by.lower()}"),
        level=viewer.level,
        rows=None,
        asked=asked,
        floors=counting_floor.problems(viewer.level, by),
        params={
            "region": viewer.region,
            "first_day": first,
            "first_at": day_start(first),
            "until": day_end(stage.day),
            "starts": [day_start(start) for start in starts],
            "months": months,
            "now": stage.system.clock.now(),
        },
        answer=lambda rows: counting_floor.problems_answer(rows, keys, months),
    )


def _records(stage: Stage, first: date, kind: InspectionKind) -> Case:
    reader = stage.system.storage.readers().inspections
    where = InspectionFilter(first, stage.day, kinds=(kind,), region_id=RegionId("610000"))
    scope = Scope(regions=frozenset({RegionId("610000")}))
    starts = months_of(first, stage.day)
    heads = [RegionId(id) for id in _below(stage, "610000")]
    return Case(
        name=f"records of a year by month and region, {kind.value.lower()}",
        level="PROVINCE",
        rows=None,
        asked=Read(lambda: _shown(reader.statistics(where, scope, heads, starts))),
        floors=counting_floor.records(kind.value),
        params={"first_day": first, "last_day": stage.day},
        answer=lambda rows: counting_floor.records_answer(rows, starts),
    )


def _owed(stage: Stage, level: str) -> Case:
    """What the wall screen of a region counts anew all the time."""
    reader = stage.system.storage.readers().wall
    region, now = RegionId(VIEWERS[level][1]), stage.system.clock.now()
    return Case(
        name="problems owed, on the wall screen",
        level=level,
        rows=None,
        asked=Read(
            lambda: {
                severity.value: [owed.unfed_back, owed.overdue]
                for severity, owed in reader.problems_owed(region, now).items()
            }
        ),
        floors=counting_floor.owed(),
        params={"region": region, "now": now},
        answer=counting_floor.owed_answer,
    )


def _shown(counted: Counted[RecordCounts]) -> dict[str, list[int]]:
    periods = {str(number): list(astuple(counts)) for number, counts in sorted(counted.by_period.items())}
    regions = {str(key): list(astuple(counts)) for key, counts in counted.by_key.items()}
    return {"": list(astuple(counted.whole))} | periods | regions


def months_of(first: date, last: date) -> list[date]:
    """The first day of each month, and of the range itself."""
    return [period.first_day for period in periods(first, last, Step.MONTH)]


def _below(stage: Stage, region: str) -> tuple[str, ...]:
    rows = stage.connection.execute("SELECT id FROM region WHERE parent_id = %s ORDER BY id", (region,))
    return tuple(id for (id,) in rows.fetchall())
