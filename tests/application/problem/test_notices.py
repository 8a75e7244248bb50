"""Who is told what of a problem: in the app and by SMS, in the change's own transaction, and only what is still so."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from yanbao.application.access import SYSTEM
from yanbao.application.notice.nudges import heard_by, nudged_by
from yanbao.domain.directory.organisation import Person
from yanbao.domain.exchange.duty import DutyState, Topic
from yanbao.domain.inspection.inspection import Inspection
from yanbao.domain.notice.notice import MessageKind, SmsState
from yanbao.domain.policy import Policy, SettingKey
from yanbao.domain.problem.form import ProblemOrigin, Severity
from yanbao.domain.problem.problem import Problem
from yanbao.domain.problem.workflow import ProblemAction, ProblemState
from yanbao.domain.refusals import ActionNotAllowed

from ...support.builders import DAY, a_setting
from ...support.dates import in_days, month_day
from ...support.inspections import (
    TO_THE_COUNTY,
    TO_THE_FACTORY,
    a_check_form,
    a_draft,
    a_problem_in,
    a_statement,
    asking_for_more_time,
    by,
    issued,
)
from ...support.rectification import (
    CITY_HEAD,
    COUNTY_INSPECTOR,
    INSPECTOR,
    RESPONSIBLE,
    Rectification,
    a_rectification,
    issued_as,
)
from ...support.world import (
    CITY_DUTY,
    COUNTY_DUTY,
    COUNTY_HEAD,
    HEAD,
    MANAGER,
    PROVINCE_DUTY,
    PROVINCE_HEAD,
    clock,
)

A = ProblemAction
S = ProblemState
TOMORROW = DAY + timedelta(days=1)
TO_THE_HEADS = a_statement(responsible=())

READY = {
    A.FEED_BACK: S.RECTIFYING,
    A.CLOSE: S.FED_BACK,
    A.RETURN: S.FED_BACK,
    A.RECTIFY: S.ACKNOWLEDGED,
    A.REPORT_PROGRESS: S.RECTIFYING,
}


def ready_for(action: A, **detail: Any) -> Problem:
    """A problem to which this can be done now; nothing left to announce."""
    problem = a_problem_in(READY.get(action, S.ISSUED), **detail)
    return asking_for_more_time(problem) if action in (A.GRANT_EXTENSION, A.REFUSE_EXTENSION) else problem


def told_both_ways(world: Rectification, kind: MessageKind) -> set[str]:
    """Who has one message and one SMS about it, and nobody has the one without the other."""
    state = world.state
    in_app = [state.people[m.receiver_id].name for m in state.messages.values() if m.kind is kind]
    by_sms = [state.people[t.receiver_id].name for t in state.texts.values() if t.topic.kind is kind]
    assert sorted(in_app) == sorted(by_sms) == sorted(set(in_app))
    return set(in_app)


def names(*people: Person) -> set[str]:
    return {person.name for person in people}


# ---------------------------------------------------------------- who


def test_an_issue_is_told_to_the_responsible_persons_in_the_app_and_by_sms() -> None:
    world = a_rectification().keep(issued(), by=INSPECTOR)
    assert told_both_ways(world, MessageKind.PROBLEM_ISSUED) == names(RESPONSIBLE)
    (message,) = world.messages(RESPONSIBLE)
    assert (message.subject_type, message.subject_id) == ("Problem", str(issued().id))
    assert message.title == "西安市应急管理局下发一般问题：现场违规"
    assert f"3号工房在岗5人，超过核定4人。请于{month_day(DAY)}11:30前签收" in message.body
    assert world.send() == [
        (
            RESPONSIBLE.name,
            "西安市应急管理局向东风烟花厂下发1项一般问题（现场违规），"
            f"请于{month_day(DAY)}11:30前签收，{month_day(in_days(7))}09:30前完成整改并反馈结果。",
        )
    ]


def test_where_nobody_is_named_the_heads_are_told() -> None:
    world = a_rectification().keep(issued(statement=TO_THE_HEADS))
    assert told_both_ways(world, MessageKind.PROBLEM_ISSUED) == names(HEAD)
    world = a_rectification().keep(issued(to=TO_THE_COUNTY, statement=TO_THE_HEADS))
    assert told_both_ways(world, MessageKind.PROBLEM_ISSUED) == names(COUNTY_HEAD)


def test_who_is_named_and_has_left_is_stood_in_for_by_the_heads() -> None:
    world = a_rectification().settle(replace(RESPONSIBLE, active=False)).keep(issued())
    assert told_both_ways(world, MessageKind.PROBLEM_ISSUED) == names(HEAD)


def test_a_department_without_a_head_is_told_through_its_duty_persons() -> None:
    world = a_rectification().settle(replace(COUNTY_HEAD, active=False))
    world.keep(issued(to=TO_THE_COUNTY, statement=TO_THE_HEADS))
    assert told_both_ways(world, MessageKind.PROBLEM_ISSUED) == names(COUNTY_DUTY)


def test_where_a_party_has_nobody_the_department_above_is_told() -> None:
    world = a_rectification().settle(*(replace(p, active=False) for p in (HEAD, RESPONSIBLE)))
    world.keep(issued())
    assert told_both_ways(world, MessageKind.PROBLEM_ISSUED) == names(COUNTY_DUTY)
    nobody = (COUNTY_HEAD, COUNTY_DUTY, COUNTY_INSPECTOR)
    world = a_rectification().settle(*(replace(p, active=False) for p in nobody))
    world.keep(issued(to=TO_THE_COUNTY, statement=TO_THE_HEADS))
    assert told_both_ways(world, MessageKind.PROBLEM_ISSUED) == names(CITY_DUTY)


def test_where_there_is_nobody_at_all_the_issue_stands_and_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = a_rectification()
    world.settle(*(replace(person, active=False) for person in world.state.people.values()))
    world.keep(issued())
    assert world.told() == set() and "nobody to tell" in caplog.text
    assert world.problem(issued().id).state is S.ISSUED


@pytest.mark.parametrize(
    ("to", "people"),
    [(TO_THE_FACTORY, (HEAD, PROVINCE_HEAD)), (TO_THE_COUNTY, (PROVINCE_HEAD,))],
    ids=["spot check", "patrol"],
)
def test_a_problem_of_the_ministry_is_told_to_the_province_and_the_enterprise_s_head(
    to: Any, people: Collection[Person]
) -> None:
    world = a_rectification().keep(issued(to=to, origin=ProblemOrigin.MINISTRY))
    assert told_both_ways(world, MessageKind.PROBLEM_ISSUED) == names(*people)
    assert all(text.startswith(f"部级平台向{to.name}下发1项一般问题") for _, text in world.send())


@pytest.mark.parametrize(
    ("action", "person", "kind", "told"),
    [
        (A.FEED_BACK, RESPONSIBLE, MessageKind.PROBLEM_FED_BACK, INSPECTOR),
        (A.REQUEST_EXTENSION, RESPONSIBLE, MessageKind.EXTENSION_REQUESTED, INSPECTOR),
        (A.CLOSE, INSPECTOR, MessageKind.PROBLEM_CLOSED, RESPONSIBLE),
        (A.RETURN, INSPECTOR, MessageKind.PROBLEM_RETURNED, RESPONSIBLE),
        (A.GRANT_EXTENSION, INSPECTOR, MessageKind.EXTENSION_GRANTED, RESPONSIBLE),
        (A.REFUSE_EXTENSION, INSPECTOR, MessageKind.EXTENSION_REFUSED, RESPONSIBLE),
        (A.WITHDRAW, INSPECTOR, MessageKind.PROBLEM_WITHDRAWN, RESPONSIBLE),
    ],
)
def test_the_other_side_is_told_what_was_done(
    action: A, person: Person, kind: MessageKind, told: Person
) -> None:
    problem = ready_for(action)
    world = a_rectification().keep(problem)
    world.do(action, person, problem.id)
    assert told_both_ways(world, kind) == world.told() == names(told)
    assert [who for who, _ in world.send()] == [told.name]
    assert Topic.SMS.value not in world.system.doorbell.rung, "the storage rings once it has landed"


@pytest.mark.parametrize("action", [A.ACKNOWLEDGE, A.RECTIFY, A.REPORT_PROGRESS])
def test_steps_that_ask_nothing_of_anybody_tell_nobody(action: A) -> None:
    problem = ready_for(action)
    world = a_rectification().keep(problem)
    world.do(action, RESPONSIBLE, problem.id)
    assert world.told() == set() and world.duties(Topic.SMS) == []


def test_when_the_inspector_has_left_the_department_s_head_reviews() -> None:
    problem = ready_for(A.FEED_BACK)
    world = a_rectification().settle(replace(INSPECTOR, active=False)).keep(problem)
    world.do(A.FEED_BACK, HEAD, problem.id)
    assert told_both_ways(world, MessageKind.PROBLEM_FED_BACK) == names(CITY_HEAD)


def test_nobody_is_told_what_they_did_themselves() -> None:
    problem = ready_for(A.CLOSE, origin=ProblemOrigin.MINISTRY)
    world = a_rectification().keep(problem)
    world.do(A.CLOSE, PROVINCE_HEAD, problem.id)
    assert told_both_ways(world, MessageKind.PROBLEM_CLOSED) == names(HEAD)


def test_what_was_returned_twice_is_told_twice() -> None:
    problem = a_problem_in(S.FED_BACK)
    world = a_rectification().keep(problem)
    for action, person in (
        (A.RETURN, INSPECTOR),
        (A.RECTIFY, HEAD),
        (A.FEED_BACK, HEAD),
        (A.RETURN, INSPECTOR),
    ):
        world.after(timedelta(minutes=5)).do(action, person, problem.id)  # type: ignore[attr-defined]
    returned = [m for m in world.messages(RESPONSIBLE) if m.kind is MessageKind.PROBLEM_RETURNED]
    assert len(returned) == len(world.texts(RESPONSIBLE)) == 2


# ---------------------------------------------------------------- with the change, or not at all


def test_a_step_that_is_refused_tells_nobody() -> None:
    world = a_rectification().keep(a_problem_in(S.CLOSED))
    with pytest.raises(ActionNotAllowed):
        world.do(A.RETURN, INSPECTOR, issued().id)
    assert world.told() == set() and world.duties(Topic.SMS) == []


def test_a_change_that_is_not_committed_tells_nobody() -> None:
    world = a_rectification()
    with world.system.storage.work(SYSTEM) as work:
        work.problems.save(issued())
    assert world.told() == set() and len(world.state.texts) == 0


# ---------------------------------------------------------------- issued together


def submitted(number: int) -> tuple[Inspection, tuple[Problem, ...]]:
    """A spot check that issues so many problems, the first of them major."""
    statements = [a_statement(description=f"第{n}项问题。") for n in range(number)]
    statements[0] = replace(statements[0], severity=Severity.MAJOR, responsible=(RESPONSIBLE.id, HEAD.id))
    inspection = a_draft(form=a_check_form(problems=tuple(statements)))
    people = frozenset({RESPONSIBLE.id, HEAD.id})
    return inspection, inspection.submit(by=by(), people=people, policy=Policy())


def keep_submitted(world: Rectification, number: int) -> tuple[Problem, ...]:
    inspection, problems = submitted(number)
    with world.system.storage.work(world.actor(INSPECTOR)) as work:
        work.inspections.save(inspection)
        for problem in problems:
            work.problems.save(problem)
        work.commit()
    return problems


def test_what_is_issued_together_makes_one_sms_for_each_person_and_a_message_for_each_problem() -> None:
    world = a_rectification()
    problems = keep_submitted(world, 3)
    assert len(world.messages(RESPONSIBLE)) == 3 and len(world.messages(HEAD)) == 1
    (to_responsible,), (to_head,) = world.texts(RESPONSIBLE), world.texts(HEAD)
    assert set(to_responsible.topic.problem_ids) == {problem.id for problem in problems}
    assert to_head.topic.problem_ids == (problems[0].id,)
    assert dict(world.send()) == {
        RESPONSIBLE.name: "西安市应急管理局向东风烟花厂下发3项问题，其中重大1项，请登录系统签收，按期整改并反馈结果。",
        HEAD.name: "西安市应急管理局向东风烟花厂下发1项重大问题（现场违规），"
        f"请于{month_day(DAY)}11:30前签收，{month_day(in_days(7))}09:30前完成整改并反馈结果。",
    }


def test_an_sms_about_several_says_only_what_is_still_so_when_it_goes_out() -> None:
    world = a_rectification()
    first, second, third = keep_submitted(world, 3)
    for gone in (first, third):
        world.do(A.WITHDRAW, INSPECTOR, gone.id)
    sent = [text for who, text in world.send() if who == RESPONSIBLE.name]
    assert len(sent) == 1 and sent[0].count("下发1项一般问题") == 1
    assert sent[0].count("撤回了") == 2
    assert world.problem(second.id).state is S.ISSUED


def test_two_inspections_make_two_sms() -> None:
    world = a_rectification()
    keep_submitted(world, 1)
    world.keep(issued(), by=INSPECTOR)
    assert len(world.texts(RESPONSIBLE)) == 2


# ---------------------------------------------------------------- still so when it goes out


@pytest.mark.parametrize(
    ("action", "person", "kind", "afterwards"),
    [
        (None, None, MessageKind.PROBLEM_ISSUED, [(A.WITHDRAW, INSPECTOR)]),
        (
            None,
            None,
            MessageKind.PROBLEM_ISSUED,
            [(A.ACKNOWLEDGE, HEAD), (A.RECTIFY, HEAD), (A.FEED_BACK, HEAD)],
        ),
        (A.FEED_BACK, HEAD, MessageKind.PROBLEM_FED_BACK, [(A.CLOSE, CITY_HEAD)]),
        (A.FEED_BACK, HEAD, MessageKind.PROBLEM_FED_BACK, [(A.RETURN, CITY_HEAD)]),
        (A.RETURN, INSPECTOR, MessageKind.PROBLEM_RETURNED, [(A.RECTIFY, HEAD), (A.FEED_BACK, HEAD)]),
        (A.REQUEST_EXTENSION, HEAD, MessageKind.EXTENSION_REQUESTED, [(A.REFUSE_EXTENSION, CITY_HEAD)]),
        (A.GRANT_EXTENSION, INSPECTOR, MessageKind.EXTENSION_GRANTED, [(A.WITHDRAW, INSPECTOR)]),
        (A.REFUSE_EXTENSION, INSPECTOR, MessageKind.EXTENSION_REFUSED, [(A.WITHDRAW, INSPECTOR)]),
    ],
)
def test_an_sms_about_what_is_no_longer_so_is_dropped_and_its_message_stays(
    action: A | None, person: Person, kind: MessageKind, afterwards: list[tuple[A, Person]]
) -> None:
    problem = issued() if action is None else ready_for(action)
    world = a_rectification().keep(problem)
    if action is not None:
        world.do(action, person, problem.id)
    for step, who in afterwards:
        world.after(timedelta(seconds=1))
        world.do(step, who, problem.id)
    world.send()
    (sms,) = [text for text in world.state.texts.values() if text.topic.kind is kind]
    (duty,) = [duty for duty in world.duties(Topic.SMS) if duty.id == sms.id]
    assert (sms.state, sms.note, sms.text) == (SmsState.DROPPED, "发送前已办理或已撤回", None)
    assert (duty.state, duty.answer_code) == (DutyState.DROPPED, "NOT_OWED")
    assert [message.kind for message in world.state.messages.values()].count(kind) == 1


@pytest.mark.parametrize("steps", [[A.ACKNOWLEDGE], [A.ACKNOWLEDGE, A.RECTIFY]])
def test_an_issue_is_still_told_after_somebody_else_has_acknowledged_it(steps: list[A]) -> None:
    world = a_rectification().keep(issued())
    for step in steps:
        world.do(step, HEAD, issued().id)
    ((who, text),) = world.send()
    assert who == RESPONSIBLE.name
    assert text.endswith(f"请于{month_day(in_days(7))}09:30前完成整改并反馈结果。"), (
        "to acknowledge it is asked of nobody any more"
    )


# ---------------------------------------------------------------- quiet hours and the daily cap


def test_in_quiet_hours_the_sms_waits_for_the_morning_and_the_message_does_not() -> None:
    world = a_rectification(clock("22:00")).keep(issued(at=clock("22:00")))
    assert len(world.messages(RESPONSIBLE)) == 1
    assert world.send() == []
    world.at("07:59", TOMORROW)
    assert world.send() == []
    world.at("08:00", TOMORROW)
    assert [who for who, _ in world.send()] == [RESPONSIBLE.name]


def test_an_sms_about_problems_counts_against_the_daily_cap_of_its_number() -> None:
    world = a_rectification().settle(a_setting(key=SettingKey.SMS_DAILY_CAP, value="2"))
    sent = [world.keep(issued_as(number)).send() for number in range(3)]
    assert [len(texts) for texts in sent] == [1, 1, 0]
    assert sorted(sms.state.value for sms in world.texts(RESPONSIBLE)) == ["ACCEPTED", "ACCEPTED", "DROPPED"]


# ---------------------------------------------------------------- nudges


def test_a_change_nudges_both_parties_and_a_message_its_receiver() -> None:
    problem = issued()
    (event,) = problem.events
    heard = {
        person.name: bool(nudged_by(event) & heard_by(a_rectification().actor(person)))
        for person in (HEAD, MANAGER, INSPECTOR, CITY_DUTY, COUNTY_DUTY, PROVINCE_DUTY)
    }
    assert heard == {
        HEAD.name: True,
        MANAGER.name: True,
        INSPECTOR.name: True,
        CITY_DUTY.name: True,
        COUNTY_DUTY.name: False,
        PROVINCE_DUTY.name: False,
    }
    assert heard_by(SYSTEM) == frozenset()
