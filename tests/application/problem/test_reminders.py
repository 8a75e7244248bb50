"""Reminders of problems: at half, at four fifths, when it is over, then daily; merged, once, and not when it is done."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from yanbao.application.handling.reminding import RemindersMissing
from yanbao.application.ports.operations import SlotState
from yanbao.application.problem import reminders as problem_reminders
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
    stage = a_rectification().keep(problem)
    stage.send()
    return stage, problem.id


def with_problems(*problems: Problem) -> Rectification:
    """The issues told, so that what is sent from here on are reminders."""
    stage = a_rectification().keep(*problems)
    stage.send()
    return stage


def reminders(stage: Rectification, person: Person) -> list[Message]:
    kinds = (MessageKind.PROBLEM_REMINDER, MessageKind.PROBLEM_OVERDUE)
    return [message for message in stage.messages(person) if message.kind in kinds]


def titles(stage: Rectification, person: Person) -> list[str]:
    return [message.title.partition("：")[0] for message in reminders(stage, person)]


def written(stage: Rectification) -> tuple[int, int, int]:
    return len(stage.state.messages), len(stage.state.texts), len(stage.duties(Topic.SMS))


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
    stage, _ = with_an_issue()
    assert stage.remind(at) == len(told)
    assert titles(stage, RESPONSIBLE) == told


def test_a_clock_that_goes_through_all_marks_of_an_acknowledged_problem() -> None:
    stage, id = with_an_issue()
    stage.do(A.ACKNOWLEDGE, HEAD, id)
    for _ in range(10 * 24 * 6):
        stage.after(timedelta(minutes=10))
        stage.remind()
    found = [
        (message.created_at - NOW, message.title.partition("：")[0])
        for message in reminders(stage, RESPONSIBLE)
    ]
    expected = [
        *((12 * HOUR, "问题待反馈"), (19 * HOUR + 20 * MINUTE, "问题待反馈")),
        *((84 * HOUR, "问题待整改"), (134 * HOUR + 30 * MINUTE, "问题待整改")),
        *((days * WHOLE_DAY, "问题逾期未反馈") for days in range(1, 11)),
        *((days * WHOLE_DAY, "问题逾期未完成整改") for days in range(7, 11)),
    ]
    assert sorted(found) == sorted(expected)


def test_what_it_says() -> None:
    stage, _ = with_an_issue()
    stage.remind(NOW + HOUR)
    category = "现场违规"
    (message,) = reminders(stage, RESPONSIBLE)
    assert (message.kind, message.subject_type) == (MessageKind.PROBLEM_REMINDER, "Problem")
    assert message.title == f"问题待签收：{category}"
    assert (
        message.body
        == f"东风烟花厂的“{category}”问题应于{month_day(DAY)}11:30前签收，时限已过50%，请尽快办理。"
    )
    assert stage.send() == [(RESPONSIBLE.name, message.body)]
    stage.remind(NOW + 2 * HOUR)
    _, overdue = reminders(stage, RESPONSIBLE)
    assert (overdue.kind, overdue.title) == (MessageKind.PROBLEM_OVERDUE, f"问题逾期未签收：{category}")
    assert (
        overdue.body == f"东风烟花厂的“{category}”问题应于{month_day(DAY)}11:30前签收，现已逾期，请尽快办理。"
    )
    assert reminders(stage, COUNTY_DUTY)[0].body.endswith("前签收，现已逾期，请督办。")
    texts = {text for _, text in stage.send()}
    assert texts == {
        f"东风烟花厂的“{category}”问题应于{month_day(DAY)}11:30前签收，现已逾期，请立即办理或督办。"
    }


def test_the_percents_are_those_of_the_addressee_s_region() -> None:
    stage = a_rectification().settle(
        a_setting("25", SettingKey.PROBLEM_REMINDER_PERCENTS, region=LINTONG),
    )
    stage.keep(issued())
    assert stage.remind(NOW + timedelta(minutes=29)) == 0
    assert stage.remind(NOW + timedelta(minutes=30)) == 1
    assert stage.remind(NOW + HOUR) == 0
    assert "时限已过25%" in reminders(stage, RESPONSIBLE)[0].body


# ---------------------------------------------------------------- merged


def test_what_is_due_of_several_problems_makes_one_sms_for_each_person_and_run() -> None:
    stage = with_problems(*(issued_as(number) for number in range(3)))
    assert stage.remind(NOW + 2 * HOUR) == 3
    assert [len(reminders(stage, person)) for person in (RESPONSIBLE, COUNTY_DUTY)] == [3, 3]
    text = "3项问题待办理，均已逾期，请登录系统办理或督办：东风烟花厂。"
    assert sorted(stage.send()) == sorted([(RESPONSIBLE.name, text), (COUNTY_DUTY.name, text)])


def test_own_and_lower_problems_share_the_sms_and_parties_are_named_by_three() -> None:
    to_county = issued_as("县", to=TO_THE_COUNTY, statement=a_statement(responsible=(COUNTY_DUTY.id,)))
    parties = [replace(TO_THE_FACTORY, name=name) for name in ("甲厂", "乙厂", "丙厂")]
    stage = with_problems(to_county, *(issued_as(to.name, to=to) for to in parties))
    stage.remind(NOW + 2 * HOUR)
    (text,) = [text for who, text in stage.send() if who == COUNTY_DUTY.name]
    assert text.startswith("4项问题待办理，均已逾期，请登录系统办理或督办：")
    assert text.endswith("等。") and text.count("、") == 2


def test_two_terms_of_one_problem_are_one_problem_in_the_sms() -> None:
    stage, _ = with_an_issue()
    stage.remind(NOW + 24 * HOUR)
    assert sorted(titles(stage, RESPONSIBLE)) == ["问题逾期未反馈", "问题逾期未签收"]
    assert (
        RESPONSIBLE.name,
        "1项问题待办理，已逾期，请登录系统办理或督办：东风烟花厂。",
    ) in stage.send()


# ---------------------------------------------------------------- once


@pytest.mark.parametrize("at", [NOW + HOUR, NOW + 2 * HOUR, NOW + 30 * HOUR])
def test_a_run_that_is_repeated_tells_nobody_twice(at: datetime) -> None:
    stage = with_problems(issued(), issued_as("县", to=TO_THE_COUNTY))
    assert stage.remind(at) == 2
    before = written(stage)
    assert stage.remind(at) == stage.remind(at + MINUTE) == 0
    assert written(stage) == before


def test_a_mark_that_was_told_is_not_told_again_after_the_problem_has_changed() -> None:
    stage, id = with_an_issue()
    stage.do(A.ACKNOWLEDGE, HEAD, id)
    stage.remind(NOW + 12 * HOUR)
    before = written(stage)
    stage.do(A.RECTIFY, HEAD, id)
    assert stage.remind(NOW + 12 * HOUR + MINUTE) == 0
    assert written(stage) == before


def test_what_is_new_goes_out_without_what_was_told() -> None:
    first, second = issued_as("一"), issued_as("二")
    stage = with_problems(first)
    stage.remind(NOW + HOUR)
    stage.keep(a_problem_in(S.ISSUED, at=NOW), second)
    stage.remind(NOW + HOUR + MINUTE)
    newest = stage.texts(RESPONSIBLE)[-1]
    assert first.id not in newest.topic.problem_ids and len(newest.topic.problem_ids) == 2


def test_two_runs_at_once_tell_once() -> None:
    stage, _ = with_an_issue()
    stage.world.clock.moment = NOW + HOUR
    assert stage.remind() + stage.remind() == 1


# ---------------------------------------------------------------- not when it is done


@pytest.mark.parametrize("state", [S.FED_BACK, S.CLOSED, S.WITHDRAWN])
def test_who_owes_nothing_is_never_reminded(state: ProblemState) -> None:
    stage = a_rectification().keep(a_problem_in(state))
    for days in (1, 7, 30):
        assert stage.remind(NOW + days * WHOLE_DAY) == 0
    assert stage.told() == set()


def test_after_the_final_feedback_nobody_is_reminded_until_it_is_returned() -> None:
    stage, id = with_an_issue()
    for action in (A.ACKNOWLEDGE, A.RECTIFY, A.FEED_BACK):
        stage.do(action, HEAD, id)
    assert stage.remind(NOW + 6 * WHOLE_DAY) == 0
    stage.do(A.RETURN, INSPECTOR, id)
    assert stage.problem(id).running_terms[0].due == NOW + 7 * WHOLE_DAY
    assert stage.remind(NOW + 6 * WHOLE_DAY + 11 * HOUR) == 0
    assert stage.remind(NOW + 6 * WHOLE_DAY + 12 * HOUR) == 1
    assert stage.remind(NOW + 7 * WHOLE_DAY) == 1
    assert titles(stage, RESPONSIBLE) == ["问题待整改", "问题逾期未完成整改"]


def test_more_time_begins_the_reminders_anew() -> None:
    stage, id = with_an_issue()
    for action in (A.ACKNOWLEDGE, A.RECTIFY, A.REPORT_PROGRESS, A.REQUEST_EXTENSION):
        stage.do(action, HEAD, id)
    stage.world.clock.moment = NOW + 6 * WHOLE_DAY
    stage.do(A.GRANT_EXTENSION, INSPECTOR, id)
    assert stage.remind(NOW + 8 * WHOLE_DAY) == 0
    assert stage.remind(clock("00:00", MORE_TIME + timedelta(days=1))) == 1
    assert titles(stage, RESPONSIBLE)[-1] == "问题逾期未完成整改"


def test_a_reminder_of_what_was_done_before_it_went_out_is_dropped() -> None:
    stage, id = with_an_issue()
    stage.remind(NOW + HOUR)
    for action in (A.ACKNOWLEDGE, A.RECTIFY, A.FEED_BACK):
        stage.do(action, HEAD, id)
    assert [who for who, _ in stage.send()] == [INSPECTOR.name]
    sms = next(t for t in stage.texts(RESPONSIBLE) if t.topic.kind is MessageKind.PROBLEM_REMINDER)
    (duty,) = [duty for duty in stage.duties(Topic.SMS) if duty.id == sms.id]
    assert (sms.state, sms.note) == (SmsState.DROPPED, "发送前已办理或已有新的提醒")
    assert (duty.state, duty.answer_code) == (DutyState.DROPPED, "NOT_OWED")
    assert len(reminders(stage, RESPONSIBLE)) == 1, "the message stays"


def test_a_merged_reminder_speaks_only_of_what_is_still_owed_when_it_goes_out() -> None:
    one, other = issued_as("一"), issued_as("二")
    stage = with_problems(one, other)
    stage.remind(NOW + HOUR)
    stage.do(A.ACKNOWLEDGE, HEAD, one.id)
    ((who, text),) = stage.send()
    assert who == RESPONSIBLE.name and f"应于{month_day(DAY)}11:30前签收" in text


# ---------------------------------------------------------------- quiet hours, and after a standstill


def test_what_came_in_the_night_goes_out_in_the_morning_as_it_stands_then() -> None:
    evening = clock("20:30")
    stage = a_rectification(evening).keep(issued(at=evening))
    stage.send()
    for at in (clock("21:30"), clock("22:06"), clock("22:30")):
        assert stage.remind(at) == 1
        assert stage.send() == []
    assert titles(stage, RESPONSIBLE) == ["问题待签收", "问题待签收", "问题逾期未签收"]
    stage.at("08:00", TOMORROW)
    sent = stage.send()
    assert sorted(who for who, _ in sent) == sorted([RESPONSIBLE.name, COUNTY_DUTY.name])
    assert all("现已逾期" in text for _, text in sent)
    states = sorted(t.state.value for t in stage.texts(RESPONSIBLE))
    assert states == ["ACCEPTED", "ACCEPTED", "DROPPED", "DROPPED"], "the issue and the newest went out"


def test_after_a_standstill_one_run_makes_up_for_all_with_the_newest_marks() -> None:
    stage = a_rectification(clock("09:00"))
    stage.world.app.schedule.tick()
    problem = issued(at=clock("09:05"))
    stage.at("09:05").keep(problem)
    stage.send()
    back = clock("15:03", DAY + timedelta(days=3))
    stage.world.clock.moment = back
    stage.world.app.schedule.tick()
    assert sorted(titles(stage, RESPONSIBLE)) == ["问题逾期未反馈", "问题逾期未签收"]
    assert len(stage.texts(RESPONSIBLE)) == 2, "the issue, and one reminder"
    slots = [kept.slot for kept in stage.state.slots.values() if kept.slot.job == PROBLEM_REMINDERS]
    done = [slot for slot in slots if slot.state is SlotState.DONE and slot.slot_at > clock("09:00")]
    assert [slot.slot_at for slot in done] == [clock("15:00", DAY + timedelta(days=3))]
    assert done[0].note == "提醒问题1项"
    before = written(stage)
    stage.after(10 * MINUTE)
    stage.world.app.schedule.tick()
    assert written(stage) == before


def test_a_backlog_that_is_larger_than_one_transaction_is_worked_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yanbao.application.handling.reminding.CHUNK", 2)
    stage = with_problems(*(issued_as(number) for number in range(5)))
    assert stage.remind(NOW + HOUR) == 5
    assert len(reminders(stage, RESPONSIBLE)) == 5
    assert stage.remind() == 0


def test_a_problem_that_cannot_be_looked_at_keeps_nobody_else_from_being_reminded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stage = with_problems(issued_as(1), issued_as(2))
    once = iter([ZeroDivisionError])

    def marks(*args: Any) -> Any:
        for failure in once:
            raise failure
        return real(*args)

    real = problem_reminders.newest_marks
    monkeypatch.setattr(problem_reminders, "newest_marks", marks)
    with pytest.raises(
        RemindersMissing, match="1 problems could not be looked at, of 1 somebody was reminded"
    ):
        stage.remind(NOW + HOUR)
    assert len(reminders(stage, RESPONSIBLE)) == 1
    assert stage.remind(NOW + HOUR + 9 * MINUTE) == 0
    assert stage.remind(NOW + HOUR + 10 * MINUTE) == 1
    assert len({message.subject_id for message in reminders(stage, RESPONSIBLE)}) == 2


def test_the_worker_is_rung_for_only_when_there_is_something_to_send() -> None:
    stage, _ = with_an_issue()
    stage.remind(NOW + MINUTE)
    assert Topic.SMS.value not in stage.world.doorbell.rung
    stage.remind(NOW + HOUR)
    assert Topic.SMS.value in stage.world.doorbell.rung
