"""Alerts over the API: every step by who may take it, refusals as data, lists, history, and what is not fed back."""

from __future__ import annotations

from typing import Any

import pytest

from yanbao.domain.alert.form import AlertLevel

from ...support.asking import Somebody, World, a_world, id_of, unknown
from ...support.dates import TODAY
from .alerting import opened

ALERT = """
fragment Shown on Alert {
  id kind kindName origin level levelName state stateName riskType riskTypeName description value revision
  ministryNumber enterpriseName reviewerName verification verificationName unfedBack overdue allowedActions
  feedBackDueText acknowledgeDueOn dueOn dueKind certificate { number }
  enterprise { name } region { code } reviewer { name }
  timeline { action label state level by note } feedbacks { final late by situation outcome }
}
"""
SAVED = "__typename ... on AlertSaved { alert { id state revision verification allowedActions } }"
FINAL = {"situation": "已核实", "measures": "人员撤离", "outcome": "已恢复定员"}
LIST = """query($where: AlertFilterInput!, $by: AlertOrder!) {
  alerts(where: $where, first: 20, orderBy: $by) { totalCount nodes { id level } } }"""


@pytest.fixture
def world() -> World:
    return a_world()


def shown(by: Somebody, id: str) -> Any:
    return by.ask(f"query($id: ID!) {{ node(id: $id) {{ ...Shown }} }} {ALERT}", id=id)["node"]


def step(by: Somebody, name: str, id: str, revision: int, **more: Any) -> Any:
    """One mutation; what it answers."""
    kinds = {"feedback": "FeedbackInput!", "verification": "Verification!"}
    declared = "".join(f", ${key}: {kinds.get(key, 'String!')}" for key in more)
    passed = "".join(f", {key}: ${key}" for key in more)
    document = f"""mutation($id: ID!, $revision: Int!{declared}) {{
      {name}(id: $id, revision: $revision{passed}) {{ {SAVED}
        ... on Refusal {{ code message field }} ... on InvalidFormRefusal {{ items {{ code field }} }} }} }}"""
    return by.ask(document, id=id, revision=revision, **more)[name]


def test_the_whole_way_of_an_alert(world: World) -> None:
    id = opened(world)
    head, county = world("enterprise-head"), world("county-head")
    assert shown(head, id)["allowedActions"] == ["ACKNOWLEDGE"]
    assert shown(county, id)["allowedActions"] == ["ESCALATE"]
    assert step(head, "acknowledgeAlert", id, 1)["alert"]["state"] == "ACKNOWLEDGED"
    refused = step(head, "handleAlert", id, 2, verification="DRILL")
    assert (refused["code"], refused["field"]) == ("BAD_USER_INPUT", "note")
    handled = step(head, "handleAlert", id, 2, verification="TRUE", note="现场多4人")
    assert handled["alert"]["verification"] == "TRUE"
    assert step(head, "feedBackAlert", id, 3, feedback=FINAL)["alert"]["state"] == "FED_BACK"
    assert step(county, "returnAlert", id, 4, reason="照片不清楚")["alert"]["state"] == "RETURNED"
    step(head, "handleAlert", id, 5, verification="TRUE", note="")
    step(head, "feedBackAlert", id, 6, feedback=FINAL)
    assert step(county, "closeAlert", id, 7, note="已核实")["alert"]["allowedActions"] == []
    found = shown(head, id)
    assert (found["stateName"], found["levelName"], found["riskTypeName"]) == (
        "已办结",
        "橙色（较大）",
        "超员",
    )
    assert (found["unfedBack"], found["overdue"], found["verificationName"]) == (False, False, "真实")
    assert (found["enterprise"]["name"], found["region"]["code"]) == (world.red.name, "610526")
    labels = ["报警", "签收", "核实处置", "反馈最终结果", "退回", "核实处置", "反馈最终结果", "办结"]
    assert [line["label"] for line in found["timeline"]] == labels
    assert [feedback["final"] for feedback in found["feedbacks"]] == [True, True]


def test_an_answer_of_another_person_and_of_an_older_revision_is_refused_as_data(world: World) -> None:
    id = opened(world)
    head, county, far = world("enterprise-head"), world("county-head"), world("ent-0002")
    assert step(county, "acknowledgeAlert", id, 1)["code"] == "FORBIDDEN"
    assert step(head, "acknowledgeAlert", id, 9)["code"] == "CONFLICT"
    assert step(head, "feedBackAlert", id, 1, feedback=FINAL)["code"] == "ACTION_NOT_ALLOWED"
    assert step(far, "acknowledgeAlert", id, 1)["code"] == "NOT_FOUND"
    assert step(head, "acknowledgeAlert", unknown("Alert"), 1)["code"] == "NOT_FOUND"
    assert shown(far, id) is None
    missing = step(head, "reportAlertProgress", id, 1, feedback={"situation": "", "measures": ""})
    assert missing["code"] == "ACTION_NOT_ALLOWED"


def test_escalation_hands_the_review_to_the_city(world: World) -> None:
    id = opened(world)
    assert step(world("county-head"), "escalateAlert", id, 1, reason="逾期未处置")["alert"]["revision"] == 2
    found = shown(world("city-head"), id)
    assert found["timeline"][-1]["label"] == "提级督办"
    assert found["reviewerName"] == found["reviewer"]["name"]
    assert found["allowedActions"] == ["ESCALATE"]


def test_lists_filter_count_and_sort_within_the_scope(world: World) -> None:
    red, orange = opened(world, "W-1", AlertLevel.RED), opened(world, "W-2", AlertLevel.ORANGE)

    def listed(by: str, order: str = "NEWEST", **where: Any) -> Any:
        found = world(by).ask(LIST, where=where, by=order)["alerts"]
        assert found["totalCount"] == len(found["nodes"])
        return {node["id"] for node in found["nodes"]}

    assert listed("county-head", "GRAVEST", unfedBack=True) == {red, orange}
    assert listed("province-head", levels=["RED"]) == {red}
    assert listed("enterprise-head", enterpriseId=id_of(world.red)) == {red, orange}
    assert listed("ent-0002") == set()
    assert listed("city-head", text="核定", firstDay=f"{TODAY}", lastDay=f"{TODAY}") == {red, orange}
    world.at("08:50")
    assert listed("county-head", overdue=True) == {red}
    refused = world("county-head").error(LIST, where={"regionId": unknown("Region")}, by="NEWEST")
    assert refused["code"] == "NOT_FOUND"
    assert world.nobody.error(LIST, where={}, by="NEWEST")["code"] == "UNAUTHENTICATED"
    assert world("system-admin").error(LIST, where={}, by="NEWEST")["code"] == "FORBIDDEN"
