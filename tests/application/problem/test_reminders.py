"""Reminders of problems: at half, at four fifths, when it is over, then daily; merged, once, and not when it is done."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from yanbao.application.handling import matters
from yanbao.application.handling.reminding import RemindersMissing
from yanbao.application.ports.operations import SlotState
from yanbao.application.problem.jobs import PROBLEM_REMINDERS
from yanbao.domain.directory.organisation import Person
from yanbao.domain.exchange.duty import DutyState, Topic
from yanbao.domain.notice.notice import Message, MessageKind, SmsState
from yanbao.domain.policy import SettingKey
from yanbao.domain.problem.problem import Problem
from yanbao.domain.problem.workflow import ProblemAction, ProblemState
from yanbao.domain.values import ProblemId

from ...support.builders import DAY, LINTONG, NOW, a_setting
from ...support.dates import month_day
from ...support.inspections import TO_THE_COUNTY, TO_THE_FACTORY, a_problem_in, a_statement, issued
from ...support.rectification import (
    INSPECTOR,
    MORE_TIME,
    RESPONSIBLE,
    Rectification,
    a_rectification,
    issued_as,
)
from ...support.world import COUNTY_DUTY, HEAD, clock

A = ProblemAction
S = ProblemState
MINUTE, HOUR, WHOLE_DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TOMORROW = DAY + timedelta(days=1)
TO_THE_HEADS = a_statement(responsible=())


def with_an_issue(**detail: Any) -> tuple[Rectification, ProblemId]:
    """Issued at half past nine and told; whoever is told afterwards is reminded."""
    problem = issued(**detail)
    world = a_rectification().keep(problem)
    world.send()
    return world, problem.id


def with_problems(*problems: Problem) -> Rectification:
    """The issues told, so that what is sent from here on are reminders."""
    world = a_rectification().keep(*problems)
    world.send()
    return world


def reminders(world: Rectification, person: Person) -> list[Message]:
    kinds = (MessageKind.PROBLEM_REMINDER, MessageKind.PROBLEM_OVERDUE)
    return [message for message in world.messages(person) if message.kind in kinds]


def titles(world: Rectification, person: Person) -> list[str]:
    return [message.title.partition("：")[0] for message in reminders(world, person)]


def written(world: Rectification) -> tuple[int, int, int]:
    return len(world.state.messages), len(world.state.texts), len(world.duties(Topic.SMS))


# ---------------------------------------------------------------- when


@pytest.mark.parametrize(
    ("at", "told"),
    [
        (NOW, []),
        (NOW + HOUR - MINUTE, []),
        (NOW + HOUR, ["问题待签收"]),
        (NOW + timedelta(minutes=96) - MINUTE, ["问题待签收"]),
        (NOW + timedelta(minutes=96), ["问题待签收"]),
        (NOW + 2 * HOUR - MINUTE, ["问题待签收"]),
        (NOW + 2 * HOUR, ["问题逾期未签收"]),
    ],
)
def test_the_newest_mark_that_has_come_is_told(at: datetime, told: list[str]) -> None:
    world, _ = with_an_issue()
    assert world.remind(at) == len(told)
    assert titles(world, RESPONSIBLE) == told


def test_a_clock_that_goes_through_all_marks_of_an_acknowledged_problem() -> None:
    world, id = with_an_issue()
    world.do(A.ACKNOWLEDGE, HEAD, id)
    for _ in range(10 * 24 * 6):
        world.after(timedelta(minutes=10))
        world.remind()
    found = [
        (message.created_at - NOW, message.title.partition("：")[0])
        for message in reminders(world, RESPONSIBLE)
    ]
    expected = [
        *((12 * HOUR, "问题待反馈"), (19 * HOUR + 20 * MINUTE, "问题待反馈")),
        *((84 * HOUR, "问题待整改"), (134 * HOUR + 30 * MINUTE, "问题待整改")),
        *((days * WHOLE_DAY, "问题逾期未反馈") for days in range(1, 11)),
        *((days * WHOLE_DAY, "问题逾期未完成整改") for days in range(7, 11)),
    ]
    assert sorted(found) == sorted(expected)


def test_what_it_says() -> None:
    world, _ = with_an_issue()
    world.remind(NOW + HOUR)
    category = "现场违规"
    (message,) = reminders(world, RESPONSIBLE)
    assert (message.kind, message.subject_type) == (MessageKind.PROBLEM_REMINDER, "Problem")
    assert message.title == f"问题待签收：{category}"
    assert (
        message.body
        == f"东风烟花厂的“{category}”问题应于{month_day(DAY)}11:30前签收，时限已过50%，请尽快办理。"
    )
    assert world.send() == [(RESPONSIBLE.name, message.body)]
    world.remind(NOW + 2 * HOUR)
    _, overdue = reminders(world, RESPONSIBLE)
    assert (overdue.kind, overdue.title) == (MessageKind.PROBLEM_OVERDUE, f"问题逾期未签收：{category}")
    assert (
        overdue.body == f"东风烟花厂的“{category}”问题应于{month_day(DAY)}11:30前签收，现已逾期，请尽快办理。"
    )
    assert reminders(world, COUNTY_DUTY)[0].body.endswith("前签收，现已逾期，请督办。")
    owed = f"东风烟花厂的“{category}”问题应于{month_day(DAY)}11:30前签收，现已逾期"
    assert sorted(world.send()) == sorted(
        [(RESPONSIBLE.name, f"{owed}，请立即办理。"), (COUNTY_DUTY.name, f"{owed}，请督办。")]
    )


def test_the_percents_are_those_of_the_addressee_s_region() -> None:
    world = a_rectification().settle(
        a_setting("25,50,80", SettingKey.PROBLEM_REMINDER_PERCENTS, region=LINTONG),
    )
    world.keep(issued())
    assert world.remind(NOW + timedelta(minutes=29)) == 0
    assert world.remind(NOW + timedelta(minutes=30)) == 1
    assert "时限已过25%" in reminders(world, RESPONSIBLE)[0].body


# ---------------------------------------------------------------- merged


def test_what_is_due_of_several_problems_makes_one_sms_for_each_person_and_run() -> None:
    world = with_problems(*(issued_as(number) for number in range(3)))
    assert world.remind(NOW + 2 * HOUR) == 3
    assert [len(reminders(world, person)) for person in (RESPONSIBLE, COUNTY_DUTY)] == [3, 3]
    text = "3项问题待办理，均已逾期，请登录系统{}：东风烟花厂。"
    assert sorted(world.send()) == sorted(
        [(RESPONSIBLE.name, text.format("办理")), (COUNTY_DUTY.name, text.format("督办"))]
    )


def test_own_and_lower_problems_share_the_sms_and_parties_are_named_by_three() -> None:
    to_county = issued_as("县", to=TO_THE_COUNTY, statement=a_statement(responsible=(COUNTY_DUTY.id,)))
    parties = [replace(TO_THE_FACTORY, name=name) for name in ("甲厂", "乙厂", "丙厂")]
    world = with_problems(to_county, *(issued_as(to.name, to=to) for to in parties))
    world.remind(NOW + 2 * HOUR)
    (text,) = [text for who, text in world.send() if who == COUNTY_DUTY.name]
    assert text.startswith("4项问题待办理，均已逾期，请登录系统办理本单位的、督办其他的：")
    assert text.endswith("等。") and text.partition("：")[2].count("、") == 2


def test_two_terms_of_one_problem_are_one_problem_in_the_sms() -> None:
    world, _ = with_an_issue()
    world.remind(NOW + 24 * HOUR)
    assert sorted(titles(world, RESPONSIBLE)) == ["问题逾期未反馈", "问题逾期未签收"]
    assert (
        RESPONSIBLE.name,
        "1项问题待办理，已逾期，请登录系统办理：东风烟花厂。",
    ) in world.send()


# ---------------------------------------------------------------- once


@pytest.mark.parametrize("at", [NOW + HOUR, NOW + 2 * HOUR, NOW + 30 * HOUR])
def test_a_run_that_is_repeated_tells_nobody_twice(at: datetime) -> None:
    world = with_problems(issued(), issued_as("县", to=TO_THE_COUNTY))
    assert world.remind(at) == 2
    before = written(world)
    assert world.remind(at) == world.remind(at + MINUTE) == 0
    assert written(world) == before


def test_a_mark_that_was_told_is_not_told_again_after_the_problem_has_changed() -> None:
    world, id = with_an_issue()
    world.do(A.ACKNOWLEDGE, HEAD, id)
    world.remind(NOW + 12 * HOUR)
    before = written(world)
    world.do(A.RECTIFY, HEAD, id)
    assert world.remind(NOW + 12 * HOUR + MINUTE) == 0
    assert written(world) == before


def test_what_is_new_goes_out_without_what_was_told() -> None:
    first, second = issued_as("一"), issued_as("二")
    world = with_problems(first)
    world.remind(NOW + HOUR)
    world.keep(a_problem_in(S.ISSUED, at=NOW), second)
    world.remind(NOW + HOUR + MINUTE)
    newest = world.texts(RESPONSIBLE)[-1]
    assert first.id not in newest.topic.problem_ids and len(newest.topic.problem_ids) == 2


def test_two_runs_at_once_tell_once() -> None:
    world, _ = with_an_issue()
    world.system.clock.moment = NOW + HOUR
    assert world.remind() + world.remind() == 1


# ---------------------------------------------------------------- not when it is done


@pytest.mark.parametrize("state", [S.FED_BACK, S.CLOSED, S.WITHDRAWN])
def test_who_owes_nothing_is_never_reminded(state: ProblemState) -> None:
    world = a_rectification().keep(a_problem_in(state))
    for days in (1, 7, 30):
        assert world.remind(NOW + days * WHOLE_DAY) == 0
    assert world.told() == set()


def test_after_the_final_feedback_nobody_is_reminded_until_it_is_returned() -> None:
    world, id = with_an_issue()
    for action in (A.ACKNOWLEDGE, A.RECTIFY, A.FEED_BACK):
        world.do(action, HEAD, id)
    assert world.remind(NOW + 6 * WHOLE_DAY) == 0
    world.do(A.RETURN, INSPECTOR, id)
    assert world.problem(id).running_terms[0].due == NOW + 7 * WHOLE_DAY
    assert world.remind(NOW + 6 * WHOLE_DAY + 11 * HOUR) == 0
    assert world.remind(NOW + 6 * WHOLE_DAY + 12 * HOUR) == 1
    assert world.remind(NOW + 7 * WHOLE_DAY) == 1
    assert titles(world, RESPONSIBLE) == ["问题待整改", "问题逾期未完成整改"]


def test_more_time_begins_the_reminders_anew() -> None:
    world, id = with_an_issue()
    for action in (A.ACKNOWLEDGE, A.RECTIFY, A.REPORT_PROGRESS, A.REQUEST_EXTENSION):
        world.do(action, HEAD, id)
    world.system.clock.moment = NOW + 6 * WHOLE_DAY
    world.do(A.GRANT_EXTENSION, INSPECTOR, id)
    assert world.remind(NOW + 8 * WHOLE_DAY) == 0
    assert world.remind(clock("00:00", MORE_TIME + timedelta(days=1))) == 1
    assert titles(world, RESPONSIBLE)[-1] == "问题逾期未完成整改"


def test_a_reminder_of_what_was_done_before_it_went_out_is_dropped() -> None:
    world, id = with_an_issue()
    world.remind(NOW + HOUR)
    for action in (A.ACKNOWLEDGE, A.RECTIFY, A.FEED_BACK):
        world.do(action, HEAD, id)
    assert [who for who, _ in world.send()] == [INSPECTOR.name]
    sms = next(t for t in world.texts(RESPONSIBLE) if t.topic.kind is MessageKind.PROBLEM_REMINDER)
    (duty,) = [duty for duty in world.duties(Topic.SMS) if duty.id == sms.id]
    assert (sms.state, sms.note) == (SmsState.DROPPED, "发送前已办理或已有新的提醒")
    assert (duty.state, duty.answer_code) == (DutyState.DROPPED, "NOT_OWED")
    assert len(reminders(world, RESPONSIBLE)) == 1, "the message stays"


def test_a_merged_reminder_speaks_only_of_what_is_still_owed_when_it_goes_out() -> None:
    one, other = issued_as("一"), issued_as("二")
    world = with_problems(one, other)
    world.remind(NOW + HOUR)
    world.do(A.ACKNOWLEDGE, HEAD, one.id)
    ((who, text),) = world.send()
    assert who == RESPONSIBLE.name and f"应于{month_day(DAY)}11:30前签收" in text


# ---------------------------------------------------------------- quiet hours, and after a standstill


def test_what_came_in_the_night_goes_out_in_the_morning_as_it_stands_then() -> None:
    evening = clock("20:30")
    world = a_rectification(evening).keep(issued(at=evening))
    world.send()
    for at in (clock("21:30"), clock("22:06"), clock("22:30")):
        assert world.remind(at) == 1
        assert world.send() == []
    assert titles(world, RESPONSIBLE) == ["问题待签收", "问题待签收", "问题逾期未签收"]
    world.at("08:00", TOMORROW)
    sent = world.send()
    assert sorted(who for who, _ in sent) == sorted([RESPONSIBLE.name, COUNTY_DUTY.name])
    assert all("现已逾期" in text for _, text in sent)
    states = sorted(t.state.value for t in world.texts(RESPONSIBLE))
    assert states == ["ACCEPTED", "ACCEPTED", "DROPPED", "DROPPED"], "the issue and the newest went out"


def test_after_a_standstill_one_run_makes_up_for_all_with_the_newest_marks() -> None:
    world = a_rectification(clock("09:00"))
    world.system.app.schedule.tick()
    problem = issued(at=clock("09:05"))
    world.at("09:05").keep(problem)
    world.send()
    back = clock("15:03", DAY + timedelta(days=3))
    world.system.clock.moment = back
    world.system.app.schedule.tick()
    assert sorted(titles(world, RESPONSIBLE)) == ["问题逾期未反馈", "问题逾期未签收"]
    assert len(world.texts(RESPONSIBLE)) == 2, "the issue, and one reminder"
    slots = [kept.slot for kept in world.state.slots.values() if kept.slot.job == PROBLEM_REMINDERS]
    done = [slot for slot in slots if slot.state is SlotState.DONE and slot.slot_at > clock("09:00")]
    assert [slot.slot_at for slot in done] == [clock("15:00", DAY + timedelta(days=3))]
    assert done[0].note == "提醒问题1项"
    skipped = [slot for slot in slots if slot.state is SlotState.SKIPPED]
    passed_over = [slot for slot in skipped if slot.slot_at > clock("09:00")]
    assert len(passed_over) > 400 and all(slot.note and slot.finished_at == back for slot in passed_over)
    assert {slot.attempts for slot in passed_over} == {0}, "none of them was claimed"
    before = written(world)
    world.after(10 * MINUTE)
    world.system.app.schedule.tick()
    assert written(world) == before


def test_a_backlog_that_is_larger_than_one_transaction_is_worked_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yanbao.application.handling.reminding.CHUNK", 2)
    world = with_problems(*(issued_as(number) for number in range(5)))
    assert world.remind(NOW + HOUR) == 5
    assert len(reminders(world, RESPONSIBLE)) == 5
    assert world.remind() == 0


def test_a_problem_that_cannot_be_looked_at_keeps_nobody_else_from_being_reminded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = with_problems(issued_as(1), issued_as(2))
    once = iter([ZeroDivisionError])

    def marks(*args: Any) -> Any:
        for failure in once:
            raise failure
        return real(*args)

    real = matters.newest_marks
    monkeypatch.setattr(matters, "newest_marks", marks)
    with pytest.raises(
        RemindersMissing, match="1 problems could not be looked at, of 1 somebody was reminded"
    ):
        world.remind(NOW + HOUR)
    assert len(reminders(world, RESPONSIBLE)) == 1
    assert world.remind(NOW + HOUR + 9 * MINUTE) == 0
    assert world.remind(NOW + HOUR + 10 * MINUTE) == 1
    assert len({message.subject_id for message in reminders(world, RESPONSIBLE)}) == 2


def test_the_worker_is_rung_for_only_when_there_is_something_to_send() -> None:
    world, _ = with_an_issue()
    world.remind(NOW + MINUTE)
    assert Topic.SMS.value not in world.system.doorbell.rung
    world.remind(NOW + HOUR)
    assert Topic.SMS.value in world.system.doorbell.rung
