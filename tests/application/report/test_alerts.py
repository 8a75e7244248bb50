"""The alerts of a month: those opened in it, as they stood at its end, and what was still open from before."""

from __future__ import annotations

from contextlib import suppress
from copy import deepcopy
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yanbao.adapters.memory.reading.alerts import alert_row
from yanbao.application.access import EVERYTHING
from yanbao.application.ports.alert import AlertFilter
from yanbao.application.ports.counts import Split
from yanbao.application.report.alerts import (
    MOST_LISTED,
    AlertAsOf,
    PeriodOfAlerts,
    alert_as_of,
    alert_section,
)
from yanbao.application.report.places import places_of
from yanbao.domain.alert.alert import Alert
from yanbao.domain.alert.form import AlertKind, AlertLevel
from yanbao.domain.alert.workflow import AlertAction, AlertState
from yanbao.domain.deadlines import day_start
from yanbao.domain.handling.terms import Phase
from yanbao.domain.refusals import Refused
from yanbao.domain.report.figures import AlertFigures, AlertSection, MonthlyReportFigures
from yanbao.domain.report.report import ReportKind
from yanbao.domain.values import RegionId

from ...contracts.alert.alerts import take
from ...support.alerting import Alerting, an_alerting, of_the_ministry
from ...support.alerts import an_alert
from ...support.builders import PROVINCE, XIAN
from ...support.inspections import MICROSECOND

SINCE, UNTIL = day_start(date(2026, 11, 1)), day_start(date(2026, 12, 1))
NOVEMBER = UNTIL - timedelta(days=12)
ALL_OF_NOVEMBER = AlertFilter(date(2026, 11, 1), date(2026, 11, 30))
A, H, F = AlertAction.ACKNOWLEDGE, AlertAction.HANDLE, AlertAction.FEED_BACK


def opened(name: str, at: datetime, *steps: tuple[datetime, AlertAction], **detail: object) -> Alert:
    alert = of_the_ministry(external_id=name, at=at, **detail)
    for moment, action in steps:
        take(action, moment)(alert)
    return alert


def section(world: Alerting, region: RegionId = PROVINCE) -> AlertSection:
    world.system.clock.moment = UNTIL + timedelta(days=3)
    found = world.system.app.report_making.preview(ReportKind.MONTHLY, NOVEMBER.date(), region).report.figures
    assert isinstance(found, MonthlyReportFigures) and found.alerts is not None
    assert (found.alerts.since, found.alerts.until) == (SINCE, UNTIL)
    return found.alerts


def counted(line: AlertFigures) -> dict[str, object]:
    return {each.name: getattr(line, each.name) for each in fields(line) if getattr(line, each.name)}


@pytest.fixture
def world() -> Alerting:
    """In November: one unanswered, one closed, one ended, one fed back that is closed in December."""
    steps = [(NOVEMBER + timedelta(minutes=n), action) for n, action in enumerate((A, H, F), start=1)]
    return an_alerting(SINCE).keep(
        opened("unanswered", NOVEMBER),
        opened("closed", NOVEMBER, *steps, (UNTIL - MICROSECOND, AlertAction.CLOSE)),
        opened("ended", NOVEMBER, (UNTIL - MICROSECOND, AlertAction.END), level=AlertLevel.RED),
        opened("fed back", NOVEMBER, *steps, (UNTIL, AlertAction.CLOSE)),
    )


def test_they_are_counted_as_they_stood_at_the_end_of_the_month(world: Alerting) -> None:
    assert counted(section(world).whole) == {
        "name": "陕西省",
        "opened": 4,
        "fed_back": 2,
        "closed": 1,
        "ended": 1,
        "still_open": 2,
        "unfed_back": 1,
        "overdue": 1,
        "rate": "66.7",
    }


def test_levels_kinds_and_parts_add_up_to_the_whole(world: Alerting) -> None:
    for region in (PROVINCE, XIAN):
        found = section(world, region)
        for name in [each.name for each in fields(AlertFigures)][1:-2]:
            for lines in (found.levels, found.kinds, found.parts):
                assert sum(getattr(line, name) for line in lines) == getattr(found.whole, name), name
    assert [(line.name, line.opened) for line in section(world).levels] == [
        ("红色（重大）", 1),
        ("橙色（较大）", 3),
        ("黄色（一般）", 0),
        ("蓝色（低）", 0),
    ]


def test_cities_are_ranked_by_what_was_fed_back_and_one_without_alerts_is_not(world: Alerting) -> None:
    assert [(line.name, line.opened, line.rate, line.place) for line in section(world).parts] == [
        ("西安市", 4, "66.7", 1),
        ("渭南市", 0, None, None),
        ("杨凌示范区", 0, None, None),
    ]
    assert section(world, RegionId("610500")).whole.opened == 0


def test_the_month_begins_and_ends_at_midnight_in_shanghai() -> None:
    world = an_alerting(SINCE)
    world.keep(
        *(opened(str(n), at) for n, at in enumerate((SINCE - MICROSECOND, SINCE, UNTIL - MICROSECOND, UNTIL)))
    )
    found = section(world)
    assert (found.whole.opened, found.earlier_open) == (2, 1)


def test_what_was_opened_before_counts_apart_while_it_was_open(world: Alerting) -> None:
    before = SINCE - timedelta(days=40)
    answered = [(before + timedelta(minutes=n), action) for n, action in enumerate((A, H, F), start=1)]
    world.keep(
        opened("old", before),
        opened("old, waits for its review", before, *answered),
        opened("old, over", before, (before, AlertAction.END)),
        opened("old, over in December", before, (UNTIL, AlertAction.END)),
        opened("old, over in November", before, (UNTIL - MICROSECOND, AlertAction.END)),
        opened("old, over and raised in December", before, *answered, (UNTIL, AlertAction.RAISE)),
    )
    found = section(world)
    assert (found.whole.opened, found.earlier_open, found.earlier_overdue) == (4, 4, 2)
    assert found.overdue_count == len(found.overdue) == 3
    assert [(one.number, one.opened_on.month) for one in found.overdue] == [(1, 9), (2, 9), (3, 11)]
    assert found.overdue[0].kind == "超员" and found.overdue[0].region == "西安市"
    assert section(world, XIAN).overdue[0].region == "临潼区"


def test_the_level_is_that_at_the_end_of_the_month(world: Alerting) -> None:
    world.keep(
        opened("raised", NOVEMBER, (UNTIL - MICROSECOND, AlertAction.RAISE), (UNTIL, AlertAction.LOWER))
    )
    assert [line.opened for line in section(world).levels] == [2, 3, 0, 0]


def test_certificates_are_a_kind_of_their_own(world: Alerting) -> None:
    world.keep(opened("permit", NOVEMBER, kind=AlertKind.CERTIFICATE, risk_type=None))
    assert [(line.name, line.opened) for line in section(world).kinds] == [("证书报警", 1), ("风险报警", 4)]


def test_the_statistic_of_that_instant_says_the_same(world: Alerting) -> None:
    """`alertStatistics` of the month, asked before anything else happens."""
    as_they_are = [replace(alert, version=0) for alert in world.alerts() if alert.external_id != "fed back"]
    world = an_alerting(SINCE).keep(*as_they_are)
    told = world.system.readers.alerts.statistics(ALL_OF_NOVEMBER, EVERYTHING, Split(), at=UNTIL).whole
    whole = section(world).whole
    for name in ("opened", "unfed_back", "fed_back", "closed", "ended", "overdue"):
        assert getattr(told, name) == getattr(whole, name), name


def test_a_long_list_is_cut_and_its_number_stays(world: Alerting) -> None:
    (place, *_) = places_of(world.system.readers.directory)
    one = AlertAsOf(alert_row(opened("one", NOVEMBER)), AlertState.OPEN, AlertLevel.RED, overdue=True)
    found = alert_section(place, PeriodOfAlerts(SINCE, UNTIL, [one] * 250, []))
    assert (found.overdue_count, len(found.overdue), found.overdue[-1].number) == (
        250,
        MOST_LISTED,
        MOST_LISTED,
    )


PATHS = [
    (),
    (A, H, AlertAction.RAISE),
    (A, H, F, AlertAction.CLOSE, AlertAction.RAISE, A, AlertAction.LOWER),
    (A, H, F, AlertAction.RETURN, H, F, AlertAction.CLOSE),
    (AlertAction.RAISE, A, AlertAction.END, AlertAction.REOPEN, A),
    (A, AlertAction.END, AlertAction.REOPEN, AlertAction.RAISE),
]
hours = st.sampled_from([0, 1, 3, 9, 25, 200])


@given(
    st.sampled_from(PATHS), st.lists(hours, min_size=8, max_size=8), st.sampled_from(AlertLevel), st.data()
)
def test_an_alert_of_any_later_time_tells_how_it_stood(
    path: tuple[AlertAction, ...], gaps: list[int], level: AlertLevel, data: st.DataObject
) -> None:
    start = datetime(2026, 11, 5, tzinfo=UTC)
    alert, moment = an_alert(level, at=start), start
    stood = [(moment, deepcopy(alert))]
    for action, gap in zip(path, gaps, strict=False):
        moment += timedelta(hours=gap)
        with suppress(Refused):
            take(action, moment)(alert)
            stood.append((moment, deepcopy(alert)))
    at = start + timedelta(hours=data.draw(st.integers(1, 500)))
    before = [then for moment, then in stood if moment < at][-1]
    found = alert_as_of(alert_row(alert), alert.timeline, at)
    assert (found.state, found.level) == (before.state, before.level)
    if before.state is AlertState.OPEN and alert.term(Phase.ACKNOWLEDGE).since >= at:
        # A new round has begun since: nothing keeps the old term to acknowledge.
        assert before.overdue(at) or not found.overdue
    else:
        assert found.overdue == before.overdue(at)
