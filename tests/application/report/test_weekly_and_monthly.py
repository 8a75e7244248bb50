"""周报 and 月报: patrols, spot checks and problems as they stood when the period closed, and a month of commitments."""

from __future__ import annotations

from dataclasses import fields
from datetime import date, datetime, timedelta

import pytest

from yanbao.application.access import SYSTEM
from yanbao.application.report.jobs import MONTHLY_REPORTS, WEEKLY_REPORTS, report_jobs
from yanbao.application.report.making import ReportMaking
from yanbao.domain.deadlines import day_start
from yanbao.domain.inspection.form import InspectionKind
from yanbao.domain.problem.workflow import ProblemAction
from yanbao.domain.refusals import InvalidValue
from yanbao.domain.report.figures import (
    FeedbackFigures,
    InspectionFigures,
    MonthlyReportFigures,
    WeeklyReportFigures,
)
from yanbao.domain.report.report import ReportKind, report_id
from yanbao.domain.values import RegionId

from ...contracts.inspection.inspections import LINTONG_BUREAU, a_record, keep_records, the_area_of
from ...support.builders import PROVINCE, XIAN
from ...support.closing import CLOSING, FRIDAY, WEEK, a_check, close, running
from ...support.dates import in_days
from ...support.inspections import a_patrol_form, a_statement
from ...support.rectification import RESPONSIBLE, Rectification, issued_as
from ...support.world import DONGFENG, ENTERPRISES, HEAD, World, a_world, clock

COUNTS = [each.name for each in fields(InspectionFigures) if each.name != "name"]


@pytest.fixture
def busy() -> Rectification:
    """A patrol with a problem and two spot checks with a problem each, in 西安, at the beginning of the week."""
    world = running()
    patrol = a_record(
        the_area_of(LINTONG_BUREAU), at=WEEK.since, form=a_patrol_form(problems=(a_statement(),))
    )
    keep_records(
        world.system.storage, patrol, *(a_check(WEEK.since + timedelta(hours=hour)) for hour in (1, 2))
    )
    return world


def weekly(world: Rectification, region: RegionId = PROVINCE) -> WeeklyReportFigures:
    found = world.system.app.report_making.preview(ReportKind.WEEKLY, FRIDAY, region).report.figures
    assert isinstance(found, WeeklyReportFigures)
    return found


def shown(line: InspectionFigures | FeedbackFigures) -> tuple[object, ...]:
    return tuple(getattr(line, each.name) for each in fields(line))


def test_the_province_shows_the_rows_of_the_push(busy: Rectification) -> None:
    close(busy)
    section = weekly(busy).inspections
    rows = {
        (line.region_name, line.row.kind): line.row
        for line in busy.system.app.weekly.figures(SYSTEM, FRIDAY).lines
    }
    for kind, parts in (
        (InspectionKind.PATROL, section.patrol_parts),
        (InspectionKind.SPOT_CHECK, section.spot_check_parts),
    ):
        for line in parts:
            assert [getattr(line, name) for name in COUNTS] == [
                getattr(rows[line.name, kind], name) for name in COUNTS
            ]
    assert (section.since, section.until) == (WEEK.since, WEEK.until)


def test_cities_are_ranked_by_what_was_fed_back_and_one_without_a_problem_is_not(busy: Rectification) -> None:
    close(busy)
    ranked = [
        (line.name, line.issued, line.unfed_back, line.rate, line.place)
        for line in weekly(busy).inspections.feedback_parts
    ]
    assert ranked == [
        ("西安市", 3, 3, "0.0", 1),
        ("渭南市", 0, 0, None, None),
        ("杨凌示范区", 0, 0, None, None),
    ]


@pytest.mark.parametrize("region", [PROVINCE, XIAN])
def test_the_parts_of_a_place_add_up_to_its_whole(busy: Rectification, region: RegionId) -> None:
    close(busy)
    section = weekly(busy, region).inspections
    for whole, parts in (
        (section.patrols, section.patrol_parts),
        (section.spot_checks, section.spot_check_parts),
    ):
        for name in COUNTS:
            assert sum(getattr(part, name) for part in parts) == getattr(whole, name), name
    for name in ("issued", "fed_back", "unfed_back", "overdue"):
        assert sum(getattr(part, name) for part in section.feedback_parts) == getattr(section.feedback, name)


def test_a_city_counts_its_counties_as_the_push_counts_the_city(busy: Rectification) -> None:
    close(busy)
    section = weekly(busy, XIAN).inspections
    (lintong, changan) = section.spot_check_parts
    assert (lintong.name, lintong.inspected, lintong.issued) == ("临潼区", 1, 2)
    assert shown(changan)[1:] == (0,) * len(COUNTS)
    (of_the_province,) = [line for line in weekly(busy).inspections.spot_check_parts if line.name == "西安市"]
    assert shown(section.spot_checks) == shown(of_the_province)


def test_the_overdue_problems_are_listed_the_oldest_first(busy: Rectification) -> None:
    close(busy)
    section = weekly(busy).inspections
    assert section.overdue_count == section.feedback.overdue == len(section.overdue) == 3
    assert [one.number for one in section.overdue] == [1, 2, 3]
    assert section.overdue[1].addressee == DONGFENG.name
    assert {one.region for one in section.overdue} == {"西安市"}
    assert {one.region for one in weekly(busy, XIAN).inspections.overdue} == {"临潼区"}


def test_what_comes_after_the_closing_does_not_change_it(busy: Rectification) -> None:
    problem = issued_as("超员", at=WEEK.since)
    busy.keep(problem)
    close(busy)
    told = weekly(busy)
    for action in (ProblemAction.ACKNOWLEDGE, ProblemAction.RECTIFY, ProblemAction.FEED_BACK):
        busy.do(action, RESPONSIBLE, problem.id)
    assert weekly(busy) == told


def test_a_week_that_has_not_closed_and_a_day_without_a_closing_are_refused(busy: Rectification) -> None:
    making = busy.system.app.report_making
    with pytest.raises(InvalidValue, match="尚未截止"):
        making.preview(ReportKind.WEEKLY, FRIDAY)
    with pytest.raises(InvalidValue, match="不是每周推送日"):
        making.preview(ReportKind.WEEKLY, in_days(-1, FRIDAY))


def test_the_weekly_one_follows_the_push_in_the_schedule(busy: Rectification) -> None:
    busy.system.clock.moment = CLOSING + timedelta(minutes=2)
    while busy.system.app.schedule.tick():
        pass
    state = busy.system.storage.landed
    with busy.system.storage.work(SYSTEM) as work:
        stored = work.region_reports.find(report_id(ReportKind.WEEKLY, FRIDAY, PROVINCE))
    assert stored is not None and stored.file is not None and stored.figures == weekly(busy)
    (slot,) = [row.slot for row in state.slots.values() if row.slot.job == WEEKLY_REPORTS]
    assert (slot.slot_at, slot.note) == (CLOSING, "生成周报4份")


# ---------------------------------------------------------------- a month

FIRST, LAST = date(2026, 11, 1), date(2026, 11, 30)


@pytest.fixture
def november() -> World:
    """Two days of November were owed: on the 24th 东风 has reported and the rest has not, on the 25th nobody."""
    world = a_world(opened=False)
    for day in (24, 25):
        world.at("08:00", date(2026, 11, day)).system.app.commitments.open_day(date(2026, 11, day))
    world.at("09:00", date(2026, 11, 24)).submit(HEAD, DONGFENG, day=date(2026, 11, 24))
    return world.at("09:00", date(2026, 12, 1))


def monthly(world: World) -> MonthlyReportFigures:
    found = world.system.app.report_making.preview(ReportKind.MONTHLY, date(2026, 11, 14)).report
    assert (found.first_day, found.last_day, found.signed_on) == (FIRST, LAST, date(2026, 12, 1))
    assert isinstance(found.figures, MonthlyReportFigures)
    return found.figures


def test_a_month_counts_every_day_apart(november: World) -> None:
    found = monthly(november)
    assert (found.days, found.whole.expected, found.whole.reported, found.whole.unreported) == (30, 10, 1, 9)
    assert [(line.name, line.expected, line.on_time_rate, line.place) for line in found.parts] == [
        ("西安市", 6, "16.7", 1),
        ("渭南市", 2, "0.0", 2),
        ("杨凌示范区", 2, "0.0", 2),
    ]
    assert sum(line.expected for line in found.kinds) == 10


def test_who_left_out_most_days_stands_first(november: World) -> None:
    found = monthly(november)
    assert found.silent_count == len(ENTERPRISES)
    assert [one.days for one in found.silent] == [2, 2, 2, 2, 1]
    assert found.silent[-1].name == DONGFENG.name


def test_a_month_is_that_of_the_calendar_in_shanghai(november: World) -> None:
    section = monthly(november).inspections
    assert (section.since, section.until) == (day_start(FIRST), day_start(date(2026, 12, 1)))


@pytest.mark.parametrize(
    ("day", "slots"),
    [(date(2026, 12, 1), 1), (date(2026, 11, 30), 0), (date(2027, 1, 1), 1), (date(2028, 2, 29), 0)],
)
def test_the_monthly_one_is_due_on_the_first_at_eight(november: World, day: date, slots: int) -> None:
    (job,) = [
        each
        for each in report_jobs(november.system.app.report_making, november.system.app.weekly)
        if each.name == MONTHLY_REPORTS
    ]
    assert list(job.instants(day)) == [clock("08:00", day)] * slots


def test_the_slot_of_the_first_makes_the_month_before(
    november: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[ReportKind, date]] = []
    monkeypatch.setattr(ReportMaking, "make", lambda self, kind, day: asked.append((kind, day)) or 0)
    (job,) = [
        each
        for each in report_jobs(november.system.app.report_making, november.system.app.weekly)
        if each.name == MONTHLY_REPORTS
    ]
    job.run(clock("08:00", date(2026, 12, 1)))
    job.run(clock("08:00", date(2027, 1, 1)))
    assert asked == [(ReportKind.MONTHLY, LAST), (ReportKind.MONTHLY, date(2026, 12, 31))]


@pytest.mark.parametrize("moment", [day_start(date(2026, 12, 1)) - timedelta.resolution])
def test_a_month_is_over_at_its_last_midnight(november: World, moment: datetime) -> None:
    november.system.clock.moment = moment
    with pytest.raises(InvalidValue, match="尚未截止"):
        monthly(november)
    november.system.clock.moment += timedelta.resolution
    assert monthly(november).whole.expected == 10
