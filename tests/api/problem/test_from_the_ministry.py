"""Two stories of problems of the ministry over the API: what people see, who is told, and what goes up in which order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from yanbao.domain.exchange.duty import Duty, DutyState, Topic
from yanbao.domain.notice.notice import MessageKind
from yanbao.domain.problem.form import Severity

from ...support.asking import Somebody, World, a_world
from ...support.dates import in_days, month_day
from .issuing import department_of
from .stating import COUNTY, department, hand_over, stated
from .test_problems import FEEDBACK, FINAL, step

CITY = "610500"
SHOWN = """query($id: ID!) { node(id: $id) { ... on Problem {
  kind origin ministryNumber state revision addresseeName issuerName rectifyDue ministryDue ministryDueText
  handedOverAt allowedActions timeline { action label note } reported { revision state sentAt answer } } } }"""


@pytest.fixture
def world() -> World:
    return a_world()


def shown(by: Somebody, id: str) -> Any:
    return by.ask(SHOWN, id=id)["node"]


def going_up(world: World) -> list[Duty]:
    duties = [kept.duty for kept in world.state.duties.values() if kept.duty.topic is Topic.MINISTRY_PROBLEM]
    return sorted(duties, key=lambda duty: duty.revision)


def told(world: World, kind: MessageKind) -> set[str]:
    """Employers and roles of who has a message of this kind, such as 渭南市应急管理局 DEPARTMENT_HEAD."""
    receivers = {m.receiver_id for m in world.state.messages.values() if m.kind is kind}
    return {_who(world, world.state.people[id]) for id in receivers}


def _who(world: World, person: Any) -> str:
    if person.department_id is not None:
        return f"{world.state.departments[person.department_id].name} {person.role.value}"
    (enterprise,) = [one for one in world.enterprises if one.id == person.enterprise_id]
    return f"{enterprise.name} {person.role.value}"


def labels(found: Any) -> Sequence[str]:
    return [line["label"] for line in found["timeline"]]


def test_a_patrol_problem_is_handed_over_rectified_returned_and_closed(world: World) -> None:
    id = stated(world)
    province, county = world("province-head"), world("county-head")
    bureau = department_of(world, COUNTY).name
    office = department_of(world, "610000").name
    heads = f"{office} DEPARTMENT_HEAD"

    found = shown(province, id)
    assert (found["kind"], found["origin"], found["ministryNumber"]) == ("PATROL", "MINISTRY", "BJ-2026-7")
    assert (found["addresseeName"], found["issuerName"]) == (office, office)
    assert found["ministryDueText"] == f"{month_day(in_days(10))}24:00"
    assert found["allowedActions"] == ["ACKNOWLEDGE", "REQUEST_EXTENSION", "HAND_OVER"]
    assert shown(county, id)["allowedActions"] == [], "the bureau of the area sees it, and waits"
    assert told(world, MessageKind.PROBLEM_ISSUED) == {heads}

    answer = hand_over(province, id, 1, department(world, COUNTY), in_days(5))
    assert answer["problem"] == {"state": "ISSUED", "revision": 2, "addresseeName": bureau}
    found = shown(county, id)
    assert found["rectifyDue"] == f"{in_days(6)}T00:00:00+08:00"
    assert found["ministryDue"] == f"{in_days(11)}T00:00:00+08:00"
    assert found["timeline"][1] == {
        "action": "HAND_OVER",
        "label": "转办",
        "note": f"由{office}转办至{bureau}：请现场核实",
    }
    assert told(world, MessageKind.PROBLEM_HANDED_OVER) == {f"{bureau} DEPARTMENT_HEAD"}, "not who did it"

    for revision, name in enumerate(("acknowledgeProblem", "rectifyProblem"), start=2):
        assert step(county, name, id, revision)["__typename"] == "ProblemSaved"
    step(county, "reportProblemProgress", id, 4, feedback=FEEDBACK)
    step(county, "feedBackProblem", id, 5, feedback=FINAL)
    assert told(world, MessageKind.PROBLEM_FED_BACK) == {heads}
    step(province, "returnProblem", id, 6, reason="照片不清楚")
    assert told(world, MessageKind.PROBLEM_RETURNED) == {f"{bureau} DEPARTMENT_HEAD"}
    step(county, "rectifyProblem", id, 7)
    step(county, "feedBackProblem", id, 8, feedback=FINAL)
    closed = step(province, "closeProblem", id, 9, note="已核实")
    assert closed["problem"] == {"id": id, "state": "CLOSED", "revision": 10, "allowedActions": []}

    duties = going_up(world)
    assert [duty.facts["action"] for duty in duties] == [
        *("RECEIVED", "HAND_OVER", "ACKNOWLEDGE", "RECTIFY", "REPORT_PROGRESS", "FEED_BACK", "RETURN"),
        *("RECTIFY", "FEED_BACK", "CLOSE"),
    ]
    assert [duty.revision for duty in duties] == list(range(1, 11))
    assert [duty.facts["handler"] for duty in duties] == [office] + [bureau] * 9
    assert [duty.facts["measure"] for duty in duties] == [None] * 9 + ["加装护栏"]
    assert {duty.state for duty in duties} == {DutyState.PENDING}
    assert labels(shown(province, id)) == [
        *(
            "下发",
            "转办",
            "签收",
            "核实处置",
            "反馈整改进展",
            "反馈最终结果",
            "退回",
            "核实处置",
            "反馈最终结果",
        ),
        "办结",
    ]


def test_a_spot_check_problem_goes_to_the_enterprise_and_is_reviewed_by_the_province(world: World) -> None:
    id = stated(world, enterprise=world.red)
    province, head = world("province-head"), world("enterprise-head")
    office = department_of(world, "610000").name
    told_of = {f"{office} DEPARTMENT_HEAD", f"{world.red.name} ENTERPRISE_HEAD"}
    assert told(world, MessageKind.PROBLEM_ISSUED) == told_of
    assert "HAND_OVER" not in shown(province, id)["allowedActions"]
    for revision, name in enumerate(("acknowledgeProblem", "rectifyProblem"), start=1):
        step(head, name, id, revision)
    stated(world, enterprise=world.red, version=2, rectify_on=in_days(3), severity=Severity.MAJOR)
    assert told(world, MessageKind.PROBLEM_RESTATED) == told_of
    found = shown(head, id)
    assert (found["state"], found["revision"]) == ("RECTIFYING", 4)
    assert found["ministryDueText"] == f"{month_day(in_days(3))}24:00"
    assert found["timeline"][3]["note"] == f"由一般变为重大，整改期限改为{in_days(3)}"
    step(head, "feedBackProblem", id, 4, feedback=FINAL)
    assert told(world, MessageKind.PROBLEM_FED_BACK) == {f"{office} DEPARTMENT_HEAD"}
    step(province, "closeProblem", id, 5, note="")
    duties = going_up(world)
    assert [(duty.facts["action"], duty.facts["credit_code"]) for duty in duties] == [
        (action, world.red.credit_code.text)
        for action in ("RECEIVED", "ACKNOWLEDGE", "RECTIFY", "RESTATE", "FEED_BACK", "CLOSE")
    ]
    stated(world, enterprise=world.red, version=3, rectify_on=in_days(20))
    assert shown(head, id)["state"] == "ISSUED"
    assert going_up(world)[-1].facts["action"] == "REOPEN"


def test_the_province_sees_what_went_up_and_nobody_else_does(world: World) -> None:
    id = stated(world)
    (entry,) = shown(world("province-duty"), id)["reported"]
    assert entry == {"revision": 1, "state": "PENDING", "sentAt": None, "answer": ""}
    assert shown(world("city-head"), id)["reported"] == []
    assert shown(world("county-head"), id)["reported"] == []


def test_what_does_not_fit_comes_as_data_all_together(world: World) -> None:
    id = stated(world)
    province = world("province-head")
    refused = hand_over(province, id, 1, department(world, "610000"), in_days(11), "字" * 501)
    assert [(item["code"], item["field"]) for item in refused["items"]] == [
        ("DEPARTMENT_UNFIT", "departmentId"),
        ("BAD_USER_INPUT", "instruction"),
        ("MINISTRY_TERM_EXCEEDED", "rectifyOn"),
    ]
    assert hand_over(province, id, 1, "unreadable")["code"] == "NOT_FOUND"
    assert hand_over(province, id, 7, department(world, COUNTY))["code"] == "CONFLICT"
    assert hand_over(world("city-head"), id, 1, department(world, COUNTY))["code"] == "FORBIDDEN"
    assert shown(province, id)["revision"] == 1


def test_the_list_tells_handed_over_ones_apart(world: World) -> None:
    first, second = stated(world), stated(world, external_id="BJ-2026-8")
    province = world("province-head")
    hand_over(province, first, 1, department(world, CITY))
    asked = """query($over: Boolean) { problems(where: { handedOver: $over }, first: 10) {
      nodes { id } totalCount } }"""
    for over, expected in ((True, [first]), (False, [second])):
        found = province.ask(asked, over=over)["problems"]
        assert ([node["id"] for node in found["nodes"]], found["totalCount"]) == (expected, 1)
