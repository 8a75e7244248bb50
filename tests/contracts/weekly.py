"""The figures of a weekly row, counted a second time: from the single records and problems that it says it comes from."""

from __future__ import annotations

from dataclasses import replace

from yanbao.application.ports.reading import Readers
from yanbao.application.weekly_sources import sources_of
from yanbao.domain.week import Week, WeeklyRow


def from_sources(readers: Readers, row: WeeklyRow, week: Week) -> WeeklyRow:
    """Must be the row itself, on every storage and however much later it is asked."""
    records, problems = readers.inspections.weekly_sources(week, row.region_id, row.kind)
    found = sources_of(week, records, problems, readers.problems.histories([one.id for one in problems]))
    assert list(records) == sorted(records, key=lambda one: (one.submitted_at, one.id))
    return replace(
        row,
        inspected=found.inspected,
        with_problems=found.with_problems,
        issued=found.issued,
        fed_back=found.fed_back,
        unfed_back=found.unfed_back,
        overdue=found.overdue,
    )
