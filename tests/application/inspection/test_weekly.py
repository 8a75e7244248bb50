"""A week closes on Friday at two, is frozen once, and none is left out."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from yanbao.application.directory.settings import SetSetting
from yanbao.application.inspection.jobs import WEEK_SETTLES_IN, WEEKLY_PUSH
from yanbao.domain.deadlines import business_date
from yanbao.domain.inspection.form import InspectionKind
from yanbao.domain.inspection.week import Week
from yanbao.domain.policy import SettingKey
from yanbao.domain.problem.form import ProblemOrigin
from yanbao.domain.problem.workflow import ProblemAction
from yanbao.domain.refusals import InvalidValue

from ...contracts.inspection.inspections import (
    LINTONG_BUREAU,
    PUCHENG_BUREAU,
    a_record,
    an_automatic_record,
    keep_records,
    the_area_of,
    the_premises_of,
)
from ...support.builders import PROVINCE, WEINAN, XIAN, YANGLING, a_setting
from ...support.closing import (
    A_WEEK,
    CLOSING,
    FRIDAY,
    PATROL,
    SPOT_CHECK,
    WEEK,
    a_check,
    close,
    frozen,
    of_xian,
    owed,
    push,
    running,
    slots,
    tick,
    tick_everything,
)
from ...support.inspecting import CITY_INSPECTOR, an_inspection_day
from ...support.inspections import MICROSECOND, a_patrol_form, a_statement
from ...support.rectification import RESPONSIBLE, issued_as
from ...support.world import DONGFENG, HONGXING, LOCAL, PROVINCE_DUTY, SYSTEM_ADMIN, clock

LAST_SLOT = clock("23:30", FRIDAY - timedelta(days=1))
"""Of the automatic records in the week."""


@pytest.fixture(autouse=True)
def _steady_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yanbao.application.exchange.pushes.random.random", lambda: 0.0)


# ---------------------------------------------------------------- the closing


@pytest.mark.parametrize(("late", "fed_back", "unfed_back"), [(False, 1, 0), (True, 0, 1)])
def test_feedback_a_microsecond_before_two_counts_and_at_two_it_does_not(
    late: bool, fed_back: int, unfed_back: int
) -> None:
    world = running(at := CLOSING - timedelta(hours=5))
    problem = issued_as("超员", at=at)
    world.keep(problem)
    for action in (ProblemAction.ACKNOWLEDGE, ProblemAction.RECTIFY):
        world.do(action, RESPONSIBLE, problem.id)
    world.system.clock.moment = CLOSING if late else CLOSING - MICROSECOND
    world.do(ProblemAction.FEED_BACK, RESPONSIBLE, problem.id)
    close(world)
    row = of_xian(world)
    assert (row.issued, row.fed_back, row.unfed_back) == (1, fed_back, unfed_back)
    following = Week(CLOSING, CLOSING + A_WEEK)
    close(world, following.until)
    row = of_xian(world, following)
    assert (row.issued, row.fed_back, row.unfed_back) == (0, 1 - fed_back, 0)


@pytest.mark.parametrize(("at", "inspected"), [(CLOSING - MICROSECOND, 1), (CLOSING, 0), (WEEK.since, 1)])
def test_a_record_counts_in_the_week_in_which_it_was_submitted(at: datetime, inspected: int) -> None:
    world = running()
    keep_records(world.system.storage, a_check(at, problems=0))
    row = of_xian(close(world))
    assert (row.inspected, row.with_problems) == (inspected, 0)


def test_what_was_on_its_way_at_two_has_landed_before_the_week_is_frozen() -> None:
    world = tick_everything(running(), CLOSING)
    assert frozen(world) == {}
    # Signed before two, stored after it.
    keep_records(world.system.storage, a_check(CLOSING - MICROSECOND))
    assert frozen(tick_everything(world, CLOSING + WEEK_SETTLES_IN - MICROSECOND)) == {}
    tick_everything(world, CLOSING + WEEK_SETTLES_IN)
    assert of_xian(world).inspected == 1
    assert [slot.note for slot in slots(world, WEEKLY_PUSH)] == [f"已生成推送周：{FRIDAY}"]


def test_patrols_and_spot_checks_are_apart_and_every_region_of_city_rank_has_both() -> None:
    world = running()
    keep_records(
        world.system.storage,
        a_record(the_area_of(LINTONG_BUREAU), at=WEEK.since, form=a_patrol_form(problems=(a_statement(),))),
        a_record(the_area_of(PUCHENG_BUREAU), at=WEEK.since),
        a_check(WEEK.since, problems=2),
        a_record(the_premises_of(HONGXING), at=WEEK.since),
        a_record(the_premises_of(LOCAL), at=WEEK.since),
    )
    rows = frozen(close(world))
    assert set(rows) == {(kind, city) for kind in InspectionKind for city in (XIAN, WEINAN, YANGLING)}
    figures = {key: (row.inspected, row.with_problems, row.issued) for key, row in rows.items()}
    assert figures == {
        (PATROL, XIAN): (1, 1, 1),
        (PATROL, WEINAN): (1, 0, 0),
        (PATROL, YANGLING): (0, 0, 0),
        (SPOT_CHECK, XIAN): (2, 1, 2),
        (SPOT_CHECK, WEINAN): (0, 0, 0),
        (SPOT_CHECK, YANGLING): (1, 0, 0),
    }


def test_problems_of_the_ministry_are_not_reported_back_to_it() -> None:
    world = running()
    world.keep(issued_as("部级", at=WEEK.since, origin=ProblemOrigin.MINISTRY))
    row = of_xian(close(world))
    assert (row.issued, row.unfed_back) == (0, 0)


def test_automatic_records_count_apart() -> None:
    world = running()
    world.settle(an_automatic_record(the_premises_of(DONGFENG), day=FRIDAY - timedelta(days=2)))
    row = of_xian(close(world))
    assert (row.inspected, row.automatic) == (0, 1)


@pytest.mark.parametrize(
    ("made_at", "signed_at", "counted"),
    [
        (LAST_SLOT, LAST_SLOT, (1, 0)),
        (CLOSING - MICROSECOND, LAST_SLOT, (1, 0)),
        (CLOSING, CLOSING, (0, 1)),
        (CLOSING + WEEK_SETTLES_IN, CLOSING, (0, 1)),
        (CLOSING + timedelta(minutes=30), CLOSING, (0, 1)),
    ],
)
def test_an_automatic_record_that_comes_late_counts_in_one_week_and_speaks_of_its_own_day(
    made_at: datetime, signed_at: datetime, counted: tuple[int, int]
) -> None:
    world = an_inspection_day()
    world.at("15:00", business_date(LAST_SLOT)).views(CITY_INSPECTOR)
    if made_at > CLOSING:
        world.at("14:01", FRIDAY).system.app.weekly.push(CLOSING)
    world.system.clock.moment = made_at
    assert world.system.app.automatic_inspections.record(LAST_SLOT).spot_checks == 1
    for closing in (CLOSING, CLOSING + A_WEEK):
        world.system.clock.moment = max(world.system.clock.moment, closing + WEEK_SETTLES_IN)
        world.system.app.weekly.push(closing)
    (record,) = [kept.inspection for kept in world.state.inspections.values()]
    assert record.submitted is not None and record.submitted.at == signed_at
    assert record.business_date == business_date(LAST_SLOT)
    weeks = [world.state.weeks[closing][1] for closing in (CLOSING, CLOSING + A_WEEK)]
    assert tuple(sum(row.automatic or 0 for row in rows) for rows in weeks) == counted


def test_a_week_that_was_frozen_takes_no_late_record_though_its_closing_has_been_put_off_since() -> None:
    world = an_inspection_day()
    world.at("15:00", business_date(LAST_SLOT)).views(CITY_INSPECTOR)
    world.at("14:01", FRIDAY).system.app.weekly.push(CLOSING)
    world.settle(a_setting("18:00", SettingKey.WEEKLY_PUSH_AT, since=FRIDAY)).at("14:30", FRIDAY)
    world.system.app.automatic_inspections.record(LAST_SLOT)
    (kept,) = world.state.inspections.values()
    assert kept.inspection.submitted is not None and kept.inspection.submitted.at == CLOSING


# ---------------------------------------------------------------- frozen


def test_later_feedback_leaves_the_frozen_week_and_what_is_owed_as_they_were() -> None:
    world = running()
    problem = issued_as("超员", at=WEEK.since)
    world.keep(problem)
    before, owed_before = frozen(close(world)), owed(world)
    world.after(timedelta(hours=1))
    for action in (ProblemAction.ACKNOWLEDGE, ProblemAction.RECTIFY, ProblemAction.FEED_BACK):
        world.do(action, RESPONSIBLE, problem.id)
    world.system.app.weekly.push(CLOSING)
    assert frozen(world) == before and owed(world) == owed_before
    assert of_xian(world).unfed_back == of_xian(world).overdue == 1


def test_run_twice_is_pushed_once() -> None:
    world = close(running())
    rings = list(world.system.doorbell.rung)
    assert world.system.app.weekly.push(CLOSING) == []
    assert len(owed(world)) == 6
    assert world.system.doorbell.rung == rings
    push(world)
    world.system.app.weekly.push(CLOSING)
    push(world.after(timedelta(hours=1)))
    assert [len(ids) for _, ids in world.system.ministry.pushes] == [3, 3]


def test_when_rows_and_duties_cannot_be_stored_together_nothing_is(monkeypatch: pytest.MonkeyPatch) -> None:
    world = running()

    def broken(*_: object) -> dict[str, object]:
        raise ConnectionError("the database went away")

    monkeypatch.setattr("yanbao.application.inspection.weekly.weekly_facts", broken)
    close(world)
    assert frozen(world) == {} and owed(world) == []
    monkeypatch.undo()
    tick(world, CLOSING + timedelta(minutes=2))
    assert len(frozen(world)) == len(owed(world)) == 6


# ---------------------------------------------------------------- weeks that were missed


def test_every_week_of_a_standstill_is_made_up_for_itself_oldest_first() -> None:
    world = running()
    weeks = [Week(CLOSING + n * A_WEEK - A_WEEK, CLOSING + n * A_WEEK) for n in range(3)]
    for number, week in enumerate(weeks):
        keep_records(world.system.storage, a_check(week.until - MICROSECOND, problems=number + 1))
    tick(world, weeks[-1].until + timedelta(days=2))
    assert [of_xian(world, week).issued for week in weeks] == [1, 2, 3]
    # The oldest is still unfed-back in every later week.
    assert [of_xian(world, week).unfed_back for week in weeks] == [1, 3, 6]
    assert [slot.slot_at for slot in slots(world, WEEKLY_PUSH)] == [week.until for week in weeks]
    world.system.ministry.batch_size = 3
    push(world)
    sent = [ids for _, ids in world.system.ministry.pushes][:3]
    days = {duty.id: duty.business_date for duty in owed(world)}
    assert [{days[id] for id in ids} for ids in sent] == [{week.closes_on} for week in weeks]


def test_after_more_than_a_month_no_week_is_left_out() -> None:
    world = close(running())
    tick(world, CLOSING + 8 * A_WEEK + timedelta(days=1))
    assert sorted(world.state.weeks) == [CLOSING + n * A_WEEK for n in range(9)]
    assert {week.until - week.since for week, *_ in world.state.weeks.values()} == {A_WEEK}


def test_the_first_week_of_all_is_the_one_that_closed_last() -> None:
    world = running(CLOSING + timedelta(hours=1))
    assert list(world.state.weeks) == [CLOSING]


def test_after_a_change_of_the_closing_one_week_is_shorter_and_nothing_is_lost() -> None:
    world = running()
    for key, value in ((SettingKey.WEEKLY_PUSH_WEEKDAY, "3"), (SettingKey.WEEKLY_PUSH_AT, "09:30")):
        command = SetSetting(PROVINCE, key, value, FRIDAY + timedelta(days=1))
        world.system.app.settings.set(world.actor(SYSTEM_ADMIN), command)
    close(world)
    wednesday = clock("09:30", FRIDAY + timedelta(days=5))
    keep_records(world.system.storage, a_check(wednesday - MICROSECOND))
    close(world, wednesday)
    shorter = Week(CLOSING, wednesday)
    assert world.state.weeks[wednesday][0] == shorter
    assert of_xian(world, shorter).issued == 1
    figures = world.system.app.weekly.figures(world.actor(PROVINCE_DUTY), shorter.closes_on)
    assert figures.week == shorter and figures.frozen_at == wednesday + WEEK_SETTLES_IN


def test_the_closing_is_set_for_the_whole_province() -> None:
    world = running()
    command = SetSetting(XIAN, SettingKey.WEEKLY_PUSH_AT, "15:00", FRIDAY)
    with pytest.raises(InvalidValue, match="全省统一"):
        world.system.app.settings.set(world.actor(SYSTEM_ADMIN), command)
