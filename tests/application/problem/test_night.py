"""The inspector at night, and the operator after a standstill: who is told when, and what one SMS says."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta

from yanbao.adapters.sms.twin import Unreachable
from yanbao.application.commitment.jobs import COMMITMENT_REMINDERS
from yanbao.domain.deadlines import day_end
from yanbao.domain.handling.terms import Phase
from yanbao.domain.notice.notice import MessageKind, SmsState
from yanbao.domain.policy import Policy, SettingKey
from yanbao.domain.problem.form import Severity
from yanbao.domain.problem.workflow import ProblemAction, ProblemState
from yanbao.domain.values import ProblemId

from ...support.builders import DAY, a_setting
from ...support.dates import month_day
from ...support.inspections import TO_THE_COUNTY, a_problem_in, a_statement, issued
from ...support.rectification import INSPECTOR, RESPONSIBLE, Rectification, a_rectification, issued_as
from ...support.world import COUNTY_DUTY, DONGFENG, HEAD, World, a_world, clock

TOMORROW = DAY + timedelta(days=1)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
MAJOR = a_statement(severity=Severity.MAJOR)
LATE = clock("23:10")


def in_the_night(name: object = "夜", *, major: bool = False) -> tuple[Rectification, ProblemId]:
    problem = issued_as(name, at=LATE, statement=MAJOR if major else a_statement())
    return a_rectification(LATE).keep(problem), problem.id


# ---------------------------------------------------------------- at night


def test_a_major_problem_issued_at_23_10_is_told_at_23_10() -> None:
    world, id = in_the_night(major=True)
    ((who, text),) = world.send()
    assert who == RESPONSIBLE.name and f"请于{month_day(TOMORROW)}01:10前签收" in text
    assert {term.since for term in world.problem(id).terms} == {LATE}


def test_the_term_of_a_general_one_begins_at_8_and_it_is_told_then() -> None:
    world, id = in_the_night()
    assert world.send() == []
    acknowledge, feed_back, rectify = world.problem(id).terms
    eight = clock("08:00", TOMORROW)
    assert {acknowledge.since, feed_back.since, rectify.since} == {eight}
    assert acknowledge.due == clock("10:00", TOMORROW)
    assert feed_back.due == eight + timedelta(hours=24) and rectify.due == eight + timedelta(days=7)
    for _ in range(9 * 6):
        assert world.after(10 * MINUTE).remind() == 0 or world.system.clock.moment > eight
        if world.system.clock.moment < eight:
            assert world.send() == [] and not world.problem(id).overdue(world.system.clock.moment)
    ((_, text),) = world.at("08:00", TOMORROW).send()
    assert f"请于{month_day(TOMORROW, told=TOMORROW)}10:00前签收" in text


def test_nobody_is_overdue_before_being_told_even_if_the_day_ends_at_midnight() -> None:
    problem = issued(at=LATE, statement=a_statement(rectify_on=DAY))
    world = a_rectification(LATE).keep(problem)
    world.at("08:00", TOMORROW)
    assert not world.problem(problem.id).overdue(world.system.clock.moment)
    assert {term.due for term in world.problem(problem.id).terms} == {clock("10:00", TOMORROW)}


def test_who_gets_a_problem_back_at_night_for_today_is_told_before_it_is_overdue() -> None:
    returned = a_problem_in(ProblemState.FED_BACK)
    world = a_rectification(LATE).keep(returned)
    world.do(ProblemAction.RETURN, INSPECTOR, returned.id, reason="照片不清楚", rectify_on=DAY)
    assert world.send() == []
    assert world.problem(returned.id).term(Phase.RECTIFY).due == day_end(TOMORROW)
    world.at("08:00", TOMORROW)
    assert not world.problem(returned.id).overdue(world.system.clock.moment)
    assert any("照片不清楚" in text or "退回" in text for _, text in world.send())


def test_who_gets_it_back_by_day_has_until_the_day_that_was_named() -> None:
    returned = a_problem_in(ProblemState.FED_BACK)
    world = a_rectification(clock("20:00")).keep(returned)
    world.do(ProblemAction.RETURN, INSPECTOR, returned.id, reason="照片不清楚", rectify_on=DAY)
    assert world.problem(returned.id).term(Phase.RECTIFY).due == day_end(DAY)


def test_what_goes_out_at_night_takes_nothing_along_that_can_wait() -> None:
    world, _ = in_the_night("一般")
    world.send()
    world.after(MINUTE).keep(issued_as("重大", at=LATE + MINUTE, statement=MAJOR))
    ((who, text),) = world.send()
    assert who == RESPONSIBLE.name and "1项重大问题" in text and "一般" not in text
    assert [who for who, _ in world.at("08:00", TOMORROW).send()] == [RESPONSIBLE.name]


def test_major_ones_that_wait_at_night_for_the_gateway_are_one_sms() -> None:
    world, _ = in_the_night("一", major=True)
    world.system.sms.then(Unreachable())
    assert world.send() == []
    world.after(5 * MINUTE).keep(issued_as("二", at=world.system.clock.moment, statement=MAJOR))
    assert [text for _, text in world.send()] == [
        "西安市应急管理局向东风烟花厂下发2项问题，其中重大2项，请登录系统签收，按期整改并反馈结果。"
    ]


def test_of_a_major_problem_only_the_issue_wakes_people() -> None:
    world, id = in_the_night(major=True)
    assert len(world.send()) == 1
    for moment in (LATE + HOUR, LATE + 3 * HOUR):
        assert world.remind(moment) == 1
        assert world.send() == []
    world.do(ProblemAction.WITHDRAW, INSPECTOR, id)
    assert world.send() == []


def test_what_goes_out_at_once_is_not_dropped_by_the_daily_cap_of_a_number_and_counts_for_it() -> None:
    world, first = in_the_night("一", major=True)
    world.settle(a_setting("1", SettingKey.SMS_DAILY_CAP))
    assert len(world.send()) == 1
    world.after(5 * MINUTE).keep(issued_as("二", at=world.system.clock.moment, statement=MAJOR))
    ((who, text),) = world.send()
    assert who == RESPONSIBLE.name and "重大" in text
    world.do(ProblemAction.WITHDRAW, INSPECTOR, first)
    world.settle(a_setting("23:59", SettingKey.SMS_QUIET_FROM))
    assert world.send() == [], "an ordinary one gives way"


# ---------------------------------------------------------------- what waits for one person is one SMS


def test_issue_and_reminder_of_the_same_problem_are_one_sms_and_said_once() -> None:
    world = a_rectification().keep(issued())
    world.system.sms.then(Unreachable())
    assert world.send() == []
    world.remind(world.system.clock.moment + 2 * HOUR)
    sent = world.send()
    (text,) = [text for who, text in sent if who == RESPONSIBLE.name]
    assert "签收期限已过，请立即签收" in text and "应于" not in text and "待办理" not in text
    assert sorted(sms.state.value for sms in world.texts(RESPONSIBLE)) == ["ACCEPTED", "DROPPED"]


def test_a_reminder_of_another_problem_is_said_in_the_same_sms() -> None:
    told, new = issued_as("旧"), issued_as("新")
    world = a_rectification().keep(told)
    world.send()
    world.remind(world.system.clock.moment + HOUR)
    world.keep(new)
    ((who, text),) = world.send()
    assert who == RESPONSIBLE.name
    assert text.count("时限已过50%") == 1 and text.count("下发1项一般问题") == 1


def test_a_commitment_and_a_problem_that_wait_for_one_person_are_one_sms() -> None:
    world = a_rectification(clock("09:59"))
    world.system.app.commitments.open_day(DAY)
    world.keep(
        issued(to=TO_THE_COUNTY, at=clock("09:59"), statement=a_statement(responsible=(COUNTY_DUTY.id,)))
    )
    world.at("10:00").system.app.commitment_reminders.remind(clock("10:00"))
    (text,) = [text for who, text in world.send() if who == COUNTY_DUTY.name]
    assert "下发1项一般问题" in text and "未上报" in text


def test_an_sms_has_three_sentences_and_counts_the_rest() -> None:
    problems = [issued_as(number) for number in range(4)]
    world = a_rectification().keep(*problems)
    for problem in problems:
        world.do(ProblemAction.WITHDRAW, INSPECTOR, problem.id)
    ((_, text),) = world.send()
    assert text.count("撤回了") == 3 and text.endswith("另有1项，请登录系统查看。")


# ---------------------------------------------------------------- after a standstill


def standing_still(minutes: int) -> World:
    """The reminders' slots of the day as they are made up after a standstill until so long after the deadline."""
    world = a_world(enterprises=[DONGFENG])
    world.at("09:59").system.app.schedule.tick()
    world.system.clock.moment = clock("10:00") + timedelta(minutes=minutes)
    world.system.app.schedule.tick()
    return world


def test_after_a_standstill_only_the_second_stage_is_sent_and_shown() -> None:
    world = standing_still(180)
    slots = [kept.slot for kept in world.state.slots.values() if kept.slot.job == COMMITMENT_REMINDERS]
    assert len([slot for slot in slots if slot.slot_at <= world.system.clock.moment]) >= 2
    (message,) = world.messages(HEAD)
    assert "第2次提醒" in message.title
    assert [sms.topic.stage for sms in world.texts(HEAD)] == [2]
    assert [m.kind for m in world.messages(COUNTY_DUTY)] == [MessageKind.COMMITMENT_ESCALATED]


def test_a_standstill_that_ends_before_the_second_stage_sends_the_first() -> None:
    world = standing_still(119)
    assert [sms.topic.stage for sms in world.texts(HEAD)] == [1]


def test_of_two_stages_that_wait_for_the_gateway_only_the_newest_is_said() -> None:
    world = a_world(enterprises=[DONGFENG])
    for text in ("10:00", "12:00"):
        world.at(text).system.app.commitment_reminders.remind(clock(text))
    while world.system.app.texts.send_due():
        pass
    (text,) = [sms.text for sms in world.system.sms.sent if sms.phone == HEAD.phone.text]
    assert text.startswith("再次提醒：东风烟花厂") and text.count("。") == 1
    assert sorted(sms.state.value for sms in world.texts(HEAD)) == ["ACCEPTED", "DROPPED"]


def test_on_monday_the_operator_finds_one_sms_for_each_person_about_all_of_the_weekend() -> None:
    friday = clock("17:00")
    world = a_rectification(friday).keep(*(issued_as(number, at=friday) for number in range(4)))
    world.at("09:00", DAY + timedelta(days=3))
    world.remind()
    sent = world.send()
    assert sorted(who for who, _ in sent) == sorted([RESPONSIBLE.name, COUNTY_DUTY.name])
    assert "下发4项问题" in dict(sent)[RESPONSIBLE.name]
    assert len([sms for sms in world.texts(RESPONSIBLE) if sms.state is SmsState.ACCEPTED]) == 1


def test_the_quiet_hours_of_the_addressee_s_region_decide_when_its_terms_begin() -> None:
    world = a_rectification(LATE).settle(a_setting("06:00", SettingKey.SMS_QUIET_UNTIL))
    problem = issued(at=LATE, policy=replace(Policy(), sms_quiet_until=time(6)))
    world.keep(problem)
    assert world.problem(problem.id).terms[0].since == clock("06:00", TOMORROW)
    assert len(world.at("06:00", TOMORROW).send()) == 1
