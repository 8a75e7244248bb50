"""The weekly push: a week closes on Friday at two, is frozen once, goes up by kind, and says from what it is counted."""

from __future__ import annotations

import random
from datetime import date, datetime, time, timedelta
from typing import Any, Final

import pytest

from yanbao.application.directory import SetSetting
from yanbao.application.exchange import ResendDeadLetters
from yanbao.application.jobs import OPEN_DAY, RECONCILE_WEEKLY, WEEK_SETTLES_IN, WEEKLY_PUSH
from yanbao.application.ports.outside import RecordKind
from yanbao.application.schedule import Job, Ran, Schedule, at_times
from yanbao.application.weekly import WeeklyFigures
from yanbao.domain.duty import Duty, DutyState, Topic
from yanbao.domain.inspection import Inspection
from yanbao.domain.inspection_form import InspectionKind
from yanbao.domain.notice import MessageKind
from yanbao.domain.policy import SettingKey
from yanbao.domain.problem import Problem
from yanbao.domain.problem_form import ProblemOrigin
from yanbao.domain.problem_workflow import Party, ProblemAction
from yanbao.domain.refusals import Forbidden, InvalidValue, NotFound
from yanbao.domain.values import RegionId
from yanbao.domain.week import Week, WeeklyRow

from ..contracts.inspections import (
    LINTONG_BUREAU,
    PUCHENG_BUREAU,
    a_record,
    an_automatic_record,
    keep_records,
    the_area_of,
    the_premises_of,
)
from ..contracts.weekly import from_sources
from ..domain.inspections import MICROSECOND, a_check_form, a_patrol_form, a_statement
from ..support.builders import PROVINCE, WEINAN, XIAN, YANGLING
from .rectification import RESPONSIBLE, Rectification, a_rectification, issued_as
from .stage import (
    CITY_DUTY,
    COUNTY_DUTY,
    DONGFENG,
    HONGXING,
    LOCAL,
    PROVINCE_DUTY,
    PROVINCE_HEAD,
    SYSTEM_ADMIN,
    WEINAN_DUTY,
    clock,
)

FRIDAY: Final = date(2026, 11, 27)
A_WEEK: Final = timedelta(days=7)
CLOSING: Final = clock("14:00", FRIDAY)
WEEK: Final = Week(CLOSING - A_WEEK, CLOSING)
PATROL: Final = InspectionKind.PATROL
SPOT_CHECK: Final = InspectionKind.SPOT_CHECK
Record = tuple[Inspection, tuple[Problem, ...]]


@pytest.fixture(autouse=True)
def _steady_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yanbao.application.pushes.random.random", lambda: 0.0)


def running(at: datetime = CLOSING - timedelta(days=3)) -> Rectification:
    """The schedule has run until this moment, on the Tuesday before."""
    stage = a_rectification(at)
    stage.world.app.schedule.tick()
    return stage


def a_check(at: datetime, *, problems: int = 1) -> Record:
    """A spot check of 东风 in 西安 by the city's bureau, submitted at that moment."""
    form = a_check_form(problems=tuple(a_statement() for _ in range(problems)))
    return a_record(the_premises_of(DONGFENG), at=at, form=form)


def tick(stage: Rectification, at: datetime) -> Rectification:
    """What the clock process does at that moment, most jobs apart: a standstill of weeks owes thousands of those."""
    stage.world.clock.moment = at
    weekly = stage.world.app.weekly

    def run(slot_at: datetime) -> Ran:
        return Ran(str(len(weekly.push(slot_at))))

    daily = Job(OPEN_DAY, "生成当日应报名单", at_times(time(0, 0)), lambda _: Ran("好"))
    push = Job(WEEKLY_PUSH, "每周推送", weekly.instants, run, settles_in=WEEK_SETTLES_IN)
    Schedule(stage.world.storage, stage.world.clock, [daily, push]).tick()
    return stage


def tick_everything(stage: Rectification, at: datetime) -> Rectification:
    stage.world.clock.moment = at
    stage.world.app.schedule.tick()
    return stage


def close(stage: Rectification, closing: datetime = CLOSING) -> Rectification:
    return tick(stage, closing + WEEK_SETTLES_IN)


def frozen(stage: Rectification, week: Week = WEEK) -> dict[tuple[InspectionKind, RegionId], WeeklyRow]:
    kept = stage.state.weeks.get(week.until)
    return {} if kept is None else {(row.kind, row.region_id): row for row in kept[1]}


def of_xian(stage: Rectification, week: Week = WEEK) -> WeeklyRow:
    return frozen(stage, week)[SPOT_CHECK, XIAN]


def owed(stage: Rectification, *topics: Topic) -> list[Duty]:
    chosen = topics or (Topic.MINISTRY_PATROL, Topic.MINISTRY_SPOT_CHECK)
    return [duty for topic in chosen for duty in stage.duties(topic)]


def push(stage: Rectification) -> None:
    for topic in (Topic.MINISTRY_PATROL, Topic.MINISTRY_SPOT_CHECK):
        while stage.world.app.pushes.push_due(topic):
            pass


def held(stage: Rectification, kind: RecordKind, day: date = FRIDAY) -> dict[str, dict[str, Any]]:
    return {row["extLocalAreaCode"]: row for row in stage.world.ministry.weekly(kind, day)}


# ---------------------------------------------------------------- the closing


@pytest.mark.parametrize(("late", "fed_back", "unfed_back"), [(False, 1, 0), (True, 0, 1)])
def test_feedback_a_microsecond_before_two_counts_and_at_two_it_does_not(
    late: bool, fed_back: int, unfed_back: int
) -> None:
    stage = running(at := CLOSING - timedelta(hours=5))
    problem = issued_as("超员", at=at)
    stage.keep(problem)
    for action in (ProblemAction.ACKNOWLEDGE, ProblemAction.RECTIFY):
        stage.do(action, RESPONSIBLE, problem.id)
    stage.world.clock.moment = CLOSING if late else CLOSING - MICROSECOND
    stage.do(ProblemAction.FEED_BACK, RESPONSIBLE, problem.id)
    close(stage)
    row = of_xian(stage)
    assert (row.issued, row.fed_back, row.unfed_back) == (1, fed_back, unfed_back)
    following = Week(CLOSING, CLOSING + A_WEEK)
    close(stage, following.until)
    row = of_xian(stage, following)
    assert (row.issued, row.fed_back, row.unfed_back) == (0, 1 - fed_back, 0)


@pytest.mark.parametrize(("at", "inspected"), [(CLOSING - MICROSECOND, 1), (CLOSING, 0), (WEEK.since, 1)])
def test_a_record_counts_in_the_week_in_which_it_was_submitted(at: datetime, inspected: int) -> None:
    stage = running()
    keep_records(stage.world.storage, a_check(at, problems=0))
    row = of_xian(close(stage))
    assert (row.inspected, row.with_problems) == (inspected, 0)


def test_what_was_on_its_way_at_two_has_landed_before_the_week_is_frozen() -> None:
    stage = tick_everything(running(), CLOSING)
    assert frozen(stage) == {}
    # Signed before two, stored after it.
    keep_records(stage.world.storage, a_check(CLOSING - MICROSECOND))
    assert frozen(tick_everything(stage, CLOSING + WEEK_SETTLES_IN - MICROSECOND)) == {}
    tick_everything(stage, CLOSING + WEEK_SETTLES_IN)
    assert of_xian(stage).inspected == 1
    assert [slot.note for slot in slots(stage, WEEKLY_PUSH)] == ["已生成推送周：2026-11-27"]


def test_patrols_and_spot_checks_are_apart_and_every_region_of_city_rank_has_both() -> None:
    stage = running()
    keep_records(
        stage.world.storage,
        a_record(the_area_of(LINTONG_BUREAU), at=WEEK.since, form=a_patrol_form(problems=(a_statement(),))),
        a_record(the_area_of(PUCHENG_BUREAU), at=WEEK.since),
        a_check(WEEK.since, problems=2),
        a_record(the_premises_of(HONGXING), at=WEEK.since),
        a_record(the_premises_of(LOCAL), at=WEEK.since),
    )
    rows = frozen(close(stage))
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
    stage = running()
    stage.keep(issued_as("部级", at=WEEK.since, origin=ProblemOrigin.MINISTRY))
    row = of_xian(close(stage))
    assert (row.issued, row.unfed_back) == (0, 0)


def test_automatic_records_count() -> None:
    stage = running()
    stage.settle(an_automatic_record(the_premises_of(DONGFENG), day=FRIDAY - timedelta(days=2)))
    assert of_xian(close(stage)).inspected == 1


# ---------------------------------------------------------------- frozen


def test_later_feedback_leaves_the_frozen_week_and_what_is_owed_as_they_were() -> None:
    stage = running()
    problem = issued_as("超员", at=WEEK.since)
    stage.keep(problem)
    before, owed_before = frozen(close(stage)), owed(stage)
    stage.after(timedelta(hours=1))
    for action in (ProblemAction.ACKNOWLEDGE, ProblemAction.RECTIFY, ProblemAction.FEED_BACK):
        stage.do(action, RESPONSIBLE, problem.id)
    stage.world.app.weekly.push(CLOSING)
    assert frozen(stage) == before and owed(stage) == owed_before
    assert of_xian(stage).unfed_back == of_xian(stage).overdue == 1


def test_run_twice_is_pushed_once() -> None:
    stage = close(running())
    rings = list(stage.world.doorbell.rung)
    assert stage.world.app.weekly.push(CLOSING) == []
    assert len(owed(stage)) == 6
    assert stage.world.doorbell.rung == rings
    push(stage)
    stage.world.app.weekly.push(CLOSING)
    push(stage.after(timedelta(hours=1)))
    assert [len(ids) for _, ids in stage.world.ministry.pushes] == [3, 3]


def test_when_rows_and_duties_cannot_be_stored_together_nothing_is(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = running()

    def broken(*_: object) -> dict[str, object]:
        raise ConnectionError("the database went away")

    monkeypatch.setattr("yanbao.application.weekly.weekly_facts", broken)
    close(stage)
    assert frozen(stage) == {} and owed(stage) == []
    monkeypatch.undo()
    tick(stage, CLOSING + timedelta(minutes=2))
    assert len(frozen(stage)) == len(owed(stage)) == 6


# ---------------------------------------------------------------- weeks that were missed


def test_every_week_of_a_standstill_is_made_up_for_itself_oldest_first() -> None:
    stage = running()
    weeks = [Week(CLOSING + n * A_WEEK - A_WEEK, CLOSING + n * A_WEEK) for n in range(3)]
    for number, week in enumerate(weeks):
        keep_records(stage.world.storage, a_check(week.until - MICROSECOND, problems=number + 1))
    tick(stage, weeks[-1].until + timedelta(days=2))
    assert [of_xian(stage, week).issued for week in weeks] == [1, 2, 3]
    # The oldest is still unfed-back in every later week.
    assert [of_xian(stage, week).unfed_back for week in weeks] == [1, 3, 6]
    assert [slot.slot_at for slot in slots(stage, WEEKLY_PUSH)] == [week.until for week in weeks]
    stage.world.ministry.batch_size = 3
    push(stage)
    sent = [ids for _, ids in stage.world.ministry.pushes][:3]
    days = {duty.id: duty.business_date for duty in owed(stage)}
    assert [{days[id] for id in ids} for ids in sent] == [{week.closes_on} for week in weeks]


def test_after_more_than_a_month_no_week_is_left_out() -> None:
    stage = close(running())
    tick(stage, CLOSING + 8 * A_WEEK + timedelta(days=1))
    assert sorted(stage.state.weeks) == [CLOSING + n * A_WEEK for n in range(9)]
    assert {week.until - week.since for week, *_ in stage.state.weeks.values()} == {A_WEEK}


def test_the_first_week_of_all_is_the_one_that_closed_last() -> None:
    stage = running(CLOSING + timedelta(hours=1))
    assert list(stage.state.weeks) == [CLOSING]


def test_after_a_change_of_the_closing_one_week_is_shorter_and_nothing_is_lost() -> None:
    stage = running()
    for key, value in ((SettingKey.WEEKLY_PUSH_WEEKDAY, "3"), (SettingKey.WEEKLY_PUSH_AT, "09:30")):
        command = SetSetting(PROVINCE, key, value, FRIDAY + timedelta(days=1))
        stage.world.app.directory.set_setting(stage.actor(SYSTEM_ADMIN), command)
    close(stage)
    wednesday = clock("09:30", FRIDAY + timedelta(days=5))
    keep_records(stage.world.storage, a_check(wednesday - MICROSECOND))
    close(stage, wednesday)
    shorter = Week(CLOSING, wednesday)
    assert stage.state.weeks[wednesday][0] == shorter
    assert of_xian(stage, shorter).issued == 1
    figures = stage.world.app.weekly.figures(stage.actor(PROVINCE_DUTY), shorter.closes_on)
    assert figures.week == shorter and figures.frozen_at == wednesday + WEEK_SETTLES_IN


def test_the_closing_is_set_for_the_whole_province() -> None:
    stage = running()
    command = SetSetting(XIAN, SettingKey.WEEKLY_PUSH_AT, "15:00", FRIDAY)
    with pytest.raises(InvalidValue, match="全省统一"):
        stage.world.app.directory.set_setting(stage.actor(SYSTEM_ADMIN), command)


# ---------------------------------------------------------------- up to the ministry


def test_what_the_ministry_holds_is_what_was_frozen() -> None:
    stage = running()
    keep_records(stage.world.storage, a_check(WEEK.since, problems=2))
    push(close(stage))
    assert {duty.state for duty in owed(stage)} == {DutyState.DONE}
    checks, patrols = held(stage, RecordKind.SPOT_CHECK), held(stage, RecordKind.PATROL)
    assert set(checks) == set(patrols) == {"610100", "610500", "611100"}
    assert checks["611100"]["genAreaCode"] == patrols["611100"]["areaCode"] == "610403"
    sent = checks["610100"]
    assert (sent["extWeekStart"], sent["extWeekEnd"]) == ("20261120140000", "20261127140000")
    assert (sent["extInspectedNumber"], sent["extIssuedNumber"], sent["extUnfedBackNumber"]) == (1, 2, 2)
    assert sent["extContent"] == (
        "抽查企业1个，其中1个发现问题；下发问题2个，反馈0个；截至2026-11-27 14:00未反馈2个，其中逾期2个。"
    )


def test_a_refused_row_is_a_dead_letter_and_is_sent_again_unchanged() -> None:
    stage = running()
    problem = issued_as("超员", at=WEEK.since)
    stage.keep(problem)
    close(stage).world.ministry.refuse([XIAN], code="R103", sentence="区域编码未备案", times=2)
    push(stage)
    dead = [duty for duty in owed(stage) if duty.state is DutyState.REFUSED]
    assert [(duty.topic, duty.facts["region_code"]) for duty in dead] == [
        (Topic.MINISTRY_PATROL, XIAN),
        (Topic.MINISTRY_SPOT_CHECK, XIAN),
    ]
    for action in (ProblemAction.ACKNOWLEDGE, ProblemAction.RECTIFY, ProblemAction.FEED_BACK):
        stage.do(action, RESPONSIBLE, problem.id)
    command = ResendDeadLetters(tuple(duty.id for duty in dead))
    assert stage.world.app.exchange.resend(stage.actor(PROVINCE_HEAD), command) == 2
    push(stage.after(timedelta(days=3)))
    assert {duty.state for duty in owed(stage)} == {DutyState.DONE}
    sent = held(stage, RecordKind.SPOT_CHECK)["610100"]
    assert (sent["extFedBackNumber"], sent["extUnfedBackNumber"]) == (0, 1)


def test_after_an_outage_and_a_wish_to_wait_every_row_arrives_once() -> None:
    stage = close(running())
    stage.world.ministry.fail_next(2)
    stage.world.ministry.fail_next(answered=429, reason="HTTP 429", retry_after=600.0)
    stage.world.ministry.lose_answers()
    for _ in range(40):
        push(stage)
        stage.after(timedelta(minutes=1))
    assert {duty.state for duty in owed(stage)} == {DutyState.DONE}
    assert len(held(stage, RecordKind.PATROL)) == len(held(stage, RecordKind.SPOT_CHECK)) == 3


def test_what_the_ministry_lost_is_found_the_same_night_and_sent_again() -> None:
    stage = close(running())
    stage.world.ministry.lose_next()
    push(stage)
    assert held(stage, RecordKind.PATROL) == {}
    tick_everything(stage, clock("23:45", FRIDAY))
    (slot,) = [one for one in slots(stage, RECONCILE_WEEKLY) if one.slot_at == clock("23:45", FRIDAY)]
    assert slot.note == "近31日已推送6条，部级平台持有3条，缺少3条"
    (alarm,) = [m for m in stage.messages(PROVINCE_DUTY) if m.kind is MessageKind.EXCHANGE_ALARM]
    assert alarm.title == "部级平台缺少3条2026-11-27的每周巡查情况"
    push(stage)
    assert len(held(stage, RecordKind.PATROL)) == 3


def slots(stage: Rectification, job: str) -> list[Any]:
    found = [row.slot for row in stage.state.slots.values() if row.slot.job == job]
    return sorted(found, key=lambda slot: slot.slot_at)


# ---------------------------------------------------------------- shown, with its sources


def shown(stage: Rectification, day: date = FRIDAY, by: Any = PROVINCE_DUTY) -> WeeklyFigures:
    return stage.world.app.weekly.figures(stage.actor(by), day)


def test_an_open_week_is_counted_anew_and_preliminary() -> None:
    stage = running()
    first = shown(stage)
    assert (first.week, first.closed, first.frozen_at) == (WEEK, False, None)
    assert len(first.lines) == 6 and {line.duty for line in first.lines} == {None}
    keep_records(stage.world.storage, a_check(WEEK.since))
    assert sum(line.row.issued for line in shown(stage).lines) == 1


def test_a_frozen_week_shows_what_became_of_each_row() -> None:
    stage = close(running())
    assert {line.duty.state for line in shown(stage).lines if line.duty} == {DutyState.PENDING}
    push(stage)
    lines = shown(stage).lines
    assert {line.duty.state for line in lines if line.duty} == {DutyState.DONE}
    assert [(line.row.kind, line.region_name) for line in lines[:3]] == [
        (PATROL, "西安市"),
        (PATROL, "渭南市"),
        (PATROL, "杨凌示范区"),
    ]


def test_a_closed_week_that_is_not_frozen_yet_says_so() -> None:
    figures = shown(tick(running(), CLOSING))
    assert figures.closed and figures.frozen_at is None


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        (FRIDAY - timedelta(days=1), "2026-11-26是星期四，不是每周推送日（星期五）。"),
        (FRIDAY + timedelta(days=2), "2026-11-29是星期日，不是每周推送日（星期五）。"),
        (FRIDAY + A_WEEK, "推送日2026-12-04所在的推送周尚未开始。"),
    ],
)
def test_a_day_on_which_no_week_closes_and_a_week_to_come_are_refused(day: date, sentence: str) -> None:
    with pytest.raises(InvalidValue) as no:
        shown(running(), day)
    assert (no.value.sentence, no.value.field) == (sentence, "weekEnding")


def test_a_city_sees_its_own_rows_without_the_ledger_and_a_county_none() -> None:
    stage = close(running())
    own = shown(stage, by=WEINAN_DUTY).lines
    assert [(line.row.region_id, line.row.kind, line.duty) for line in own] == [
        (WEINAN, PATROL, None),
        (WEINAN, SPOT_CHECK, None),
    ]
    for person in (COUNTY_DUTY, RESPONSIBLE, SYSTEM_ADMIN):
        with pytest.raises(Forbidden):
            shown(stage, by=person)
    with pytest.raises(NotFound):
        stage.world.app.weekly.sources(stage.actor(CITY_DUTY), FRIDAY, WEINAN, PATROL)


def test_the_sources_of_a_row_add_up_to_it_also_after_it_was_frozen() -> None:
    stage = running()
    checks = [a_check(WEEK.since - timedelta(days=2)), a_check(WEEK.since), a_check(CLOSING - MICROSECOND)]
    patrol = a_record(
        the_area_of(LINTONG_BUREAU), at=WEEK.since, form=a_patrol_form(problems=(a_statement(),))
    )
    keep_records(stage.world.storage, *checks, patrol, a_check(CLOSING))
    (old,), (new,), (fresh,) = (problems for _, problems in checks)
    for action in (ProblemAction.ACKNOWLEDGE, ProblemAction.RECTIFY, ProblemAction.FEED_BACK):
        stage.do(action, RESPONSIBLE, old.id)
    close(stage)
    for action in (ProblemAction.ACKNOWLEDGE, ProblemAction.RECTIFY, ProblemAction.FEED_BACK):
        stage.do(action, RESPONSIBLE, new.id)
    actor = stage.actor(PROVINCE_DUTY)
    found = stage.world.app.weekly.sources(actor, FRIDAY, XIAN, SPOT_CHECK)
    assert [record.id for record in found.records] == [record.id for record, _ in checks[1:]]
    assert [
        (one.problem.id, one.issued, one.fed_back, one.unfed_back, one.overdue) for one in found.problems
    ] == [
        (old.id, False, True, False, False),
        (new.id, True, False, True, True),
        (fresh.id, True, False, True, False),
    ]
    assert_agree(stage)


def test_whatever_happens_the_sources_add_up_to_the_rows() -> None:
    fed_back = 0
    for seed in range(12):
        chance = random.Random(seed)
        stage = running(WEEK.since - 2 * A_WEEK)
        problems: list[Problem] = []
        moment = stage.world.clock.moment
        while moment < CLOSING + timedelta(days=2):
            moment += timedelta(hours=chance.randint(1, 30))
            stage.world.clock.moment = moment
            if chance.random() < 0.3:
                record = a_check(moment, problems=chance.randint(0, 2))
                keep_records(stage.world.storage, record)
                problems += record[1]
            elif problems:
                problem = stage.problem(chance.choice(problems[-3:]).id)
                steps = [step for step in STEPS if step in problem.allowed_actions(PARTIES, moment)]
                if steps:
                    stage.do(chance.choice(steps), RESPONSIBLE, problem.id)
        assert_agree(stage, FRIDAY - A_WEEK, FRIDAY)
        fed_back += sum(line.row.fed_back for line in shown(stage).lines)
    assert fed_back > 0


STEPS: Final = (ProblemAction.ACKNOWLEDGE, ProblemAction.RECTIFY, ProblemAction.FEED_BACK)
PARTIES: Final = frozenset({Party.ADDRESSEE})


def assert_agree(stage: Rectification, *days: date) -> None:
    """Of every row: the figures counted by storage and the same ones counted from the sources."""
    for day in days or (FRIDAY,):
        figures = shown(stage, day)
        for line in figures.lines:
            assert from_sources(stage.world.readers, line.row, figures.week) == line.row
