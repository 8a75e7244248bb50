"""A week, its rows, and their figures counted a second time: from the single records and problems that they say they come from."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from yanbao.application.inspection.weekly_sources import sources_of
from yanbao.application.ports.readers import Readers
from yanbao.domain.inspection.form import InspectionKind
from yanbao.domain.inspection.week import Week, WeeklyRow
from yanbao.domain.values import RegionId

from ...support.builders import CHANGAN, PUCHENG, XIAN, a_wholesaler, an_enterprise
from ...support.dates import FRIDAY
from ...support.inspections import USUAL, at

CLOSING = at("14:00", FRIDAY)
WEEK = Week.ending(FRIDAY, USUAL)
BEFORE, AFTER = Week(WEEK.since - timedelta(days=7), WEEK.since), WEEK.following(USUAL)
TUESDAY = at("10:00", FRIDAY - timedelta(days=3))
PATROL, SPOT_CHECK = InspectionKind.PATROL, InspectionKind.SPOT_CHECK
FACTORY, SECOND = an_enterprise(), an_enterprise("西风烟花厂", region=CHANGAN)
PUCHENG_FACTORY, WHOLESALER = an_enterprise("蒲城烟花厂", region=PUCHENG), a_wholesaler()


def from_sources(readers: Readers, row: WeeklyRow, week: Week) -> WeeklyRow:
    """Must be the row itself, on every storage and however much later it is asked."""
    records, problems = readers.inspections.weekly_sources(week, row.region_id, row.kind)
    found = sources_of(week, records, problems, readers.problems.histories([one.id for one in problems]))
    assert list(records) == sorted(records, key=lambda one: (one.submitted_at, one.id))
    return replace(
        row,
        inspected=found.inspected,
        automatic=found.automatic,
        rectified_on_site=found.rectified_on_site,
        withdrawn=found.withdrawn,
        with_problems=found.with_problems,
        issued=found.issued,
        fed_back=found.fed_back,
        unfed_back=found.unfed_back,
        overdue=found.overdue,
    )


def row(
    readers: Readers, kind: InspectionKind = SPOT_CHECK, city: RegionId = XIAN, week: Week = WEEK
) -> WeeklyRow:
    (found,) = [row for row in readers.inspections.weekly(week) if row.kind is kind and row.region_id == city]
    assert from_sources(readers, found, week) == found
    return found


def figures(readers: Readers, week: Week = WEEK) -> tuple[int, int, int, int]:
    """Issued, fed back, unfed-back, overdue of spot checks in Xi'an."""
    found = row(readers, week=week)
    return found.issued, found.fed_back, found.unfed_back, found.overdue
