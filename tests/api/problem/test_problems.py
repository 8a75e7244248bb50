"""Problems over the API: every step by who may take it, refusals as data, lists, history, and what is not fed back."""

from __future__ import annotations

from typing import Any

import pytest

from ...support.asking import Somebody, World, a_world, unknown
from ...support.dates import TODAY, in_days
from .issuing import to_the_county, to_the_factory

PROBLEM = """
fragment Shown on Problem {
  id kind origin state revision category categoryName severity description addresseeName issuerName
  unfedBack overdue allowedActions extensionUntil
  department { name } enterprise { name } region { code } issuer { name }
  timeline { action label state by note } feedbacks { final late by situation outcome plannedOn }
  extensions { until reason outcome note requestedBy decidedBy }
}
"""
SAVED = "__typename ... on ProblemSaved { problem { id state revision allowedActions } }"
FEEDBACK = {"situation": "已核实", "measures": "加装护栏", "progress": "过半", "plannedOn": f"{in_days(6)}"}
FINAL = {"situation": "已核实", "measures": "加装护栏", "outcome": "已验收"}


@pytest.fixture
def world() -> World:
    return a_world()


def shown(by: Somebody, id: str) -> Any:
    return by.ask(f"query($id: ID!) {{ node(id: $id) {{ ...Shown }} }} {PROBLEM}", id=id)["node"]


def step(by: Somebody, name: str, id: str, revision: int, **more: Any) -> Any:
    """One mutation; what it answers."""
    kinds = {"feedback": "FeedbackInput!", "until": "Date!", "rectifyOn": "Date", "note": "String!"}
    declared = "".join(f", ${key}: {kinds.get(key, 'String!')}" for key in more)
    passed = "".join(f", {key}: ${key}" for key in more)
    document = f"""mutation($id: ID!, $revision: Int!{declared}) {{
      {name}(id: $id, revision: $revision{passed}) {{ {SAVED}
        ... on Refusal {{ code message field }} ... on InvalidFormRefusal {{ items {{ code field }} }} }} }}"""
    return by.ask(document, id=id, revision=revision, **more)[name]


def test_the_whole_way_of_a_problem(world: World) -> None:
    id = to_the_county(world)
    county, city = world("county-head"), world("city-head")
    assert shown(county, id)["allowedActions"] == ["ACKNOWLEDGE", "REQUEST_EXTENSION"]
    assert shown(city, id)["allowedActions"] == ["WITHDRAW"]
    assert step(county, "acknowledgeProblem", id, 1)["problem"]["state"] == "ACKNOWLEDGED"
    assert step(county, "rectifyProblem", id, 2)["problem"]["state"] == "RECTIFYING"
    assert step(county, "reportProblemProgress", id, 3, feedback=FEEDBACK)["problem"]["revision"] == 4
    assert step(county, "feedBackProblem", id, 4, feedback=FINAL)["problem"]["state"] == "FED_BACK"
    returned = step(city, "returnProblem", id, 5, reason="照片不清楚", rectifyOn=f"{in_days(4)}")
    assert returned["problem"]["state"] == "RETURNED"
    step(county, "rectifyProblem", id, 6)
    step(county, "feedBackProblem", id, 7, feedback=FINAL)
    assert step(city, "closeProblem", id, 8, note="已核实")["problem"]["allowedActions"] == []
    found = shown(county, id)
    assert (found["state"], found["unfedBack"], found["kind"]) == ("CLOSED", False, "PATROL")
    assert [line["label"] for line in found["timeline"]] == [
        "下发",
        "签收",
        "核实处置",
        "反馈整改进展",
        "反馈最终结果",
        "退回",
        "核实处置",
        "反馈最终结果",
        "办结",
    ]
    assert [feedback["final"] for feedback in found["feedbacks"]] == [False, True, True]
    assert found["feedbacks"][0]["plannedOn"] == f"{in_days(6)}"


def test_more_time_is_asked_for_refused_and_given(world: World) -> None:
    id = to_the_county(world)
    county, city = world("county-head"), world("city-inspector")
    until = f"{in_days(20)}"
    asked = step(county, "requestExtension", id, 1, until=until, reason="配件未到")
    assert asked["problem"]["revision"] == 2
    assert shown(city, id)["allowedActions"] == ["GRANT_EXTENSION", "REFUSE_EXTENSION", "WITHDRAW"]
    step(city, "refuseExtension", id, 2, reason="可以先行整改")
    step(county, "requestExtension", id, 3, until=until, reason="配件仍未到")
    step(city, "grantExtension", id, 4, note="同意")
    assert [one["outcome"] for one in shown(county, id)["extensions"]] == ["REFUSED", "GRANTED"]


def test_what_is_addressed_to_me_issued_by_me_and_not_fed_back(world: World) -> None:
    ids = [to_the_county(world, number) for number in (1, 2, 3)]
    step(world("city-head"), "withdrawProblem", ids[0], 1, reason="下发有误")
    lists = """query { toMe: problemsToMe(first: 10) { nodes { id } totalCount }
      owed: problemsToMe(first: 10, unfedBack: true) { totalCount } unfedBackProblems { patrol spotCheck } }"""
    county = world("county-duty").ask(lists)
    assert {node["id"] for node in county["toMe"]["nodes"]} == set(ids)
    assert (county["toMe"]["totalCount"], county["owed"]["totalCount"]) == (3, 2)
    assert county["unfedBackProblems"] == {"patrol": 2, "spotCheck": 0}
    mine = world("city-head").ask("{ problemsByMe(first: 2) { nodes { id } pageInfo { hasNextPage } } }")
    assert len(mine["problemsByMe"]["nodes"]) == 2
    assert mine["problemsByMe"]["pageInfo"]["hasNextPage"]
    assert world("city-head").ask("{ unfedBackProblems { patrol } }")["unfedBackProblems"] == {"patrol": 0}


def test_a_factory_sees_its_problem_and_no_others(world: World) -> None:
    own, foreign = to_the_factory(world), to_the_county(world, 2)
    head = world("enterprise-head")
    assert shown(head, own)["enterprise"]["name"] == world.red.name
    assert shown(head, own)["issuer"] is None
    assert shown(head, foreign) is None
    everything = "query { problems(where: {}, first: 10) { nodes { id } totalCount } }"
    assert head.ask(everything)["problems"] == {"nodes": [{"id": own}], "totalCount": 1}
    assert world("province-duty").ask(everything)["problems"]["totalCount"] == 2
    refused = step(head, "acknowledgeProblem", foreign, 1)
    assert (refused["__typename"], refused["code"]) == ("NotFoundRefusal", "NOT_FOUND")


@pytest.mark.parametrize(
    ("name", "username", "more", "code"),
    [
        ("acknowledgeProblem", "city-head", {}, "FORBIDDEN"),
        ("closeProblem", "county-head", {"note": ""}, "FORBIDDEN"),
        ("feedBackProblem", "county-head", {"feedback": FINAL}, "ACTION_NOT_ALLOWED"),
        ("withdrawProblem", "city-head", {"reason": ""}, "BAD_USER_INPUT"),
        ("requestExtension", "county-head", {"until": f"{TODAY}", "reason": "配件未到"}, "BAD_USER_INPUT"),
    ],
)
def test_what_the_rules_refuse_comes_as_data(
    world: World, name: str, username: str, more: dict[str, Any], code: str
) -> None:
    id = to_the_county(world)
    assert step(world(username), name, id, 1, **more)["code"] == code
    assert shown(world("county-head"), id)["revision"] == 1


def test_of_two_who_decide_one_is_told_that_the_other_was_first(world: World) -> None:
    id = to_the_county(world)
    assert step(world("county-head"), "acknowledgeProblem", id, 1)["__typename"] == "ProblemSaved"
    second = step(world("county-inspector"), "acknowledgeProblem", id, 1)
    assert (second["__typename"], second["code"], second["field"]) == (
        "ConflictRefusal",
        "CONFLICT",
        "revision",
    )


def test_an_unknown_problem_is_not_found(world: World) -> None:
    assert shown(world("city-head"), unknown("Problem")) is None
    assert step(world("city-head"), "closeProblem", unknown("Problem"), 1, note="")["code"] == "NOT_FOUND"


def test_everything_wrong_with_a_feedback_is_said_together(world: World) -> None:
    id = to_the_county(world)
    county = world("county-head")
    step(county, "acknowledgeProblem", id, 1)
    step(county, "rectifyProblem", id, 2)
    wrong = step(county, "reportProblemProgress", id, 3, feedback={"situation": "", "measures": ""})
    assert wrong["__typename"] == "InvalidFormRefusal"
    assert {item["field"] for item in wrong["items"]} == {"situation", "measures", "progress", "plannedOn"}
