"""What the ministry states of problems: received, restated, withdrawn, reopened; and who is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from yanbao.application.access import SYSTEM
from yanbao.application.ports.problem import ProblemFilter
from yanbao.domain.deadlines import day_end
from yanbao.domain.directory.organisation import Person
from yanbao.domain.exchange.duty import Topic
from yanbao.domain.handling.terms import Phase
from yanbao.domain.handling.updates import UpdateOutcome
from yanbao.domain.notice.notice import MessageKind
from yanbao.domain.problem.form import Severity
from yanbao.domain.problem.workflow import ProblemAction, ProblemState
from yanbao.domain.refusals import Conflict, InvalidValue, NotFound
from yanbao.domain.values import RegionId

from ...support.builders import CHANGAN as CHANGAN_REGION
from ...support.builders import LINTONG as LINTONG_REGION
from ...support.builders import XIAN as XIAN_REGION
from ...support.dates import in_days
from ...support.rectification import Rectification, a_rectification
from ...support.world import (
    COUNTY_DUTY,
    DONGFENG,
    HEAD,
    HONGXING,
    PROVINCE_DUTY,
    PROVINCE_HEAD,
    PROVINCE_OFFICE,
)

A = ProblemAction


def told(world: Rectification, kind: MessageKind) -> set[str]:
    people = world.state.people
    return {people[m.receiver_id].name for m in world.state.messages.values() if m.kind is kind}


def listed(world: Rectification, person: Person) -> int:
    return world.system.app.problems.count(world.actor(person), ProblemFilter())


def test_a_patrol_problem_is_addressed_to_the_province_and_seen_by_the_bureaus_of_its_area() -> None:
    world = a_rectification()
    outcome, id = world.state_problem()
    problem = world.problem(id)
    assert outcome is UpdateOutcome.APPLIED
    assert (problem.addressee.department_id, problem.addressee.name) == (
        PROVINCE_OFFICE.id,
        PROVINCE_OFFICE.name,
    )
    assert (problem.addressee.region_id, problem.addressee.city_id) == (LINTONG_REGION, XIAN_REGION)
    assert (problem.issuer.id, problem.source_version) == (PROVINCE_OFFICE.id, 1)
    assert problem.ministry_due == problem.term(Phase.RECTIFY).due == day_end(in_days(10))
    assert [listed(world, one) for one in (COUNTY_DUTY, PROVINCE_DUTY)] == [1, 1]
    assert told(world, MessageKind.PROBLEM_ISSUED) == {PROVINCE_HEAD.name}


def test_a_spot_check_problem_is_addressed_to_the_enterprise_and_reviewed_by_the_province() -> None:
    world = a_rectification()
    _, id = world.state_problem(enterprise=DONGFENG)
    problem = world.problem(id)
    assert (problem.addressee.enterprise_id, problem.issuer.id) == (DONGFENG.id, PROVINCE_OFFICE.id)
    assert told(world, MessageKind.PROBLEM_ISSUED) == {HEAD.name, PROVINCE_HEAD.name}


def test_a_newer_version_is_told_and_an_older_or_equal_one_has_no_effect() -> None:
    world = a_rectification()
    _, id = world.state_problem(version=5)
    assert world.state_problem(version=4, withdrawn="误发") == (UpdateOutcome.OLDER, id)
    assert world.state_problem(version=5, severity=Severity.MAJOR) == (UpdateOutcome.SAME, id)
    assert world.problem(id).revision == 1
    assert world.state_problem(version=6, rectify_on=in_days(3)) == (UpdateOutcome.APPLIED, id)
    assert world.problem(id).revision == 2
    assert told(world, MessageKind.PROBLEM_RESTATED) == {PROVINCE_HEAD.name}
    (message,) = [m for m in world.state.messages.values() if m.kind is MessageKind.PROBLEM_RESTATED]
    assert message.title == "部级平台更新了问题：值班脱岗"
    assert f"说明：整改期限改为{in_days(3)}。" in message.body


def test_nobody_is_told_of_what_was_withdrawn_before_it_came() -> None:
    world = a_rectification()
    _, id = world.state_problem(version=2, withdrawn="误发")
    assert world.problem(id).state is ProblemState.WITHDRAWN
    assert world.state_problem(version=1) == (UpdateOutcome.OLDER, id)
    assert not list(world.state.messages.values())
    assert not list(world.state.texts.values())
    assert [duty.facts["action"] for duty in world.duties(Topic.MINISTRY_PROBLEM)] == ["RECEIVED", "WITHDRAW"]
    world.state_problem(version=3)
    assert world.problem(id).state is ProblemState.ISSUED
    assert told(world, MessageKind.PROBLEM_REOPENED) == {PROVINCE_HEAD.name}


def test_what_the_ministry_withdraws_after_feedback_is_over_and_told() -> None:
    world = a_rectification()
    _, id = world.state_problem(enterprise=DONGFENG)
    for action in (A.ACKNOWLEDGE, A.RECTIFY, A.FEED_BACK):
        world.do(action, HEAD, id)
    world.state_problem(version=2, enterprise=DONGFENG, withdrawn="重复下发")
    assert world.problem(id).state is ProblemState.WITHDRAWN
    assert told(world, MessageKind.PROBLEM_WITHDRAWN) == {HEAD.name, PROVINCE_HEAD.name}
    before = len(list(world.state.messages.values()))
    world.state_problem(version=3, enterprise=DONGFENG, withdrawn="仍为重复")
    assert len(list(world.state.messages.values())) == before, "it stays over: nobody has anything to do"


def test_a_newer_version_about_another_party_is_refused_for_a_person_to_look_at() -> None:
    world = a_rectification()
    _, id = world.state_problem()
    with pytest.raises(InvalidValue):
        world.state_problem(version=2, area=CHANGAN_REGION)
    with pytest.raises(InvalidValue):
        world.state_problem(version=2, enterprise=DONGFENG)
    world.state_problem("BJ-2", enterprise=DONGFENG)
    with pytest.raises(InvalidValue):
        world.state_problem("BJ-2", 2, enterprise=HONGXING)
    assert world.problem(id).source_version == 1


def test_an_area_without_a_department_of_the_province_is_not_found() -> None:
    with pytest.raises(NotFound):
        a_rectification().state_problem(area=RegionId("999999"))


def test_two_who_state_the_same_at_once_conflict_and_the_second_finds_it_known() -> None:
    world = a_rectification()
    _, id = world.state_problem()
    problem = world.problem(id)
    with pytest.raises(Conflict), world.system.storage.work(SYSTEM) as work:
        work.problems.save(replace(problem, version=0))
    assert world.state_problem() == (UpdateOutcome.SAME, id)
