"""Handing a problem of the ministry over: who may, to whom, who is told and reminded, and what is allowed then."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from yanbao.application.ports.paging import Page
from yanbao.application.ports.problem import ProblemFilter
from yanbao.domain.deadlines import day_end
from yanbao.domain.directory.organisation import Person
from yanbao.domain.handling.terms import Phase
from yanbao.domain.notice.notice import MessageKind
from yanbao.domain.problem.check import MinistryTermExceeded, UnfitDepartment
from yanbao.domain.problem.workflow import ProblemAction, ProblemState
from yanbao.domain.refusals import Conflict, Forbidden, NotFound, Refused
from yanbao.domain.values import ProblemId

from ...support.builders import a_department
from ...support.dates import in_days
from ...support.rectification import (
    CITY_HEAD,
    COUNTY_INSPECTOR,
    PROVINCE_INSPECTOR,
    Rectification,
    a_rectification,
)
from ...support.world import (
    CITY_DUTY,
    COUNTY_DUTY,
    COUNTY_HEAD,
    DONGFENG,
    HEAD,
    LINTONG,
    PROVINCE_DUTY,
    PROVINCE_HEAD,
    PROVINCE_OFFICE,
    PUCHENG_OFFICE,
    XIAN,
)

A = ProblemAction


def a_stage(**stated: Any) -> tuple[Rectification, ProblemId]:
    world = a_rectification()
    _, id = world.state_problem(**stated)
    return world, id


def told(world: Rectification, kind: MessageKind) -> set[str]:
    people = world.state.people
    return {people[m.receiver_id].name for m in world.state.messages.values() if m.kind is kind}


def allowed(world: Rectification, person: Person, id: ProblemId) -> set[ProblemAction]:
    problems, actor = world.system.app.problems, world.actor(person)
    return set(problems.allowed_actions(actor, problems.rows(actor, [id])[id]))


def test_the_province_hands_it_over_and_the_department_goes_on() -> None:
    world, id = a_stage()
    assert A.HAND_OVER in allowed(world, PROVINCE_HEAD, id)
    row = world.do(A.HAND_OVER, PROVINCE_INSPECTOR, id, rectify_on=in_days(5))
    assert (row.state, row.addressee_name) == (ProblemState.ISSUED, LINTONG.name)
    assert (row.rectify_due, row.ministry_due) == (day_end(in_days(5)), day_end(in_days(10)))
    assert row.handed_over_at == world.system.clock.moment
    assert allowed(world, COUNTY_DUTY, id) == {A.ACKNOWLEDGE, A.REQUEST_EXTENSION}
    assert allowed(world, PROVINCE_INSPECTOR, id) == {A.HAND_OVER}
    world.do(A.ACKNOWLEDGE, COUNTY_DUTY, id)
    with pytest.raises(Forbidden):
        world.do(A.RECTIFY, PROVINCE_INSPECTOR, id)


def test_the_department_and_the_heads_of_the_province_are_told_but_not_who_did_it() -> None:
    world, id = a_stage()
    world.do(A.HAND_OVER, PROVINCE_INSPECTOR, id)
    assert told(world, MessageKind.PROBLEM_HANDED_OVER) == {COUNTY_HEAD.name, PROVINCE_HEAD.name}
    (message,) = [m for m in world.messages(COUNTY_HEAD) if m.kind is MessageKind.PROBLEM_HANDED_OVER]
    assert message.title == "部级平台问题转办至临潼区应急管理局：值班脱岗"
    assert "说明：由陕西省应急管理厅转办至临潼区应急管理局：请现场核实。" in message.body
    sent = dict(world.send())
    assert sent[COUNTY_HEAD.name].startswith(
        "陕西省应急管理厅将部级平台下发的1项一般问题（值班脱岗）转办给临潼区应急管理局，请于"
    )


def test_handed_over_again_the_department_before_is_told_too() -> None:
    world, id = a_stage()
    world.do(A.HAND_OVER, PROVINCE_HEAD, id)
    world.system.clock.moment += timedelta(hours=1)
    world.do(A.HAND_OVER, PROVINCE_INSPECTOR, id, to=XIAN)
    again = [m for m in world.state.messages.values() if m.created_at == world.system.clock.moment]
    names = {world.state.people[m.receiver_id].name for m in again}
    assert names == {CITY_HEAD.name, COUNTY_HEAD.name, PROVINCE_HEAD.name}
    assert allowed(world, COUNTY_DUTY, id) == set()
    assert A.ACKNOWLEDGE in allowed(world, CITY_DUTY, id)


def test_reminders_go_to_the_department_and_the_province_and_once_overdue_one_level_up() -> None:
    world, id = a_stage()
    world.do(A.HAND_OVER, PROVINCE_INSPECTOR, id)
    due = world.problem(id).term(Phase.ACKNOWLEDGE)
    world.remind(due.since + (due.due - due.since) / 2)
    assert told(world, MessageKind.PROBLEM_REMINDER) == {COUNTY_HEAD.name, PROVINCE_HEAD.name}
    world.remind(due.due)
    assert told(world, MessageKind.PROBLEM_OVERDUE) == {COUNTY_HEAD.name, PROVINCE_HEAD.name, CITY_DUTY.name}


@pytest.mark.parametrize(
    ("detail", "refusal", "field"),
    [
        ({"to": PUCHENG_OFFICE}, UnfitDepartment, "departmentId"),
        ({"to": PROVINCE_OFFICE}, UnfitDepartment, "departmentId"),
        ({"to": a_department("没有的部门")}, NotFound, "departmentId"),
        ({"rectify_on": in_days(11)}, MinistryTermExceeded, "rectifyOn"),
        ({"revision": 7}, Conflict, "revision"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_field(
    detail: dict[str, Any], refusal: type[Refused], field: str
) -> None:
    world, id = a_stage()
    with pytest.raises(refusal) as refused:
        world.do(A.HAND_OVER, PROVINCE_INSPECTOR, id, **detail)
    assert refused.value.field == field
    assert world.problem(id).revision == 1


@pytest.mark.parametrize("person", [COUNTY_INSPECTOR, CITY_HEAD, PROVINCE_DUTY, HEAD])
def test_nobody_else_hands_it_over(person: Person) -> None:
    world, id = a_stage()
    with pytest.raises(Refused):
        world.do(A.HAND_OVER, person, id)
    assert world.problem(id).revision == 1


def test_a_spot_check_problem_stays_with_the_enterprise() -> None:
    world, id = a_stage(enterprise=DONGFENG)
    assert A.HAND_OVER not in allowed(world, PROVINCE_HEAD, id)
    with pytest.raises(Refused):
        world.do(A.HAND_OVER, PROVINCE_HEAD, id)


def test_the_list_tells_what_was_handed_over() -> None:
    world, first = a_stage()
    _, second = world.state_problem("BJ-2")
    world.do(A.HAND_OVER, PROVINCE_INSPECTOR, first)

    def found(handed_over: bool | None) -> list[ProblemId]:
        where = ProblemFilter(handed_over=handed_over)
        page = world.system.app.problems.page(world.actor(PROVINCE_DUTY), where, Page(10))
        return [row.id for row in page.rows]

    assert (found(True), found(False), len(found(None))) == ([first], [second], 2)


def test_the_same_key_hands_over_once() -> None:
    world, id = a_stage()
    world.do(A.HAND_OVER, PROVINCE_INSPECTOR, id, key="zhuanban-1", revision=1)
    again = world.do(A.HAND_OVER, PROVINCE_INSPECTOR, id, key="zhuanban-1", revision=1)
    assert again.revision == world.problem(id).revision == 2
