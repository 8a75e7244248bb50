"""Who sees which inspection over the API: drafts of one's own, records from above, problems for the inspected."""

from __future__ import annotations

import pytest

from ...support.asking import TODAY, World, a_world, unknown
from .inspecting import (
    DISCARD,
    EDIT,
    NODE,
    RECORDS,
    REFRESH,
    SUBMIT_INSPECTION,
    a_patrol,
    a_problem,
    a_spot_check,
    drafts,
    open_patrol,
    open_spot_check,
    records,
    seen,
)


@pytest.fixture
def world() -> World:
    return a_world()


@pytest.mark.parametrize("username", ["city-head", "province-head", "county-inspector"])
def test_a_draft_is_nobodys_but_who_opened_it(world: World, username: str) -> None:
    inspector, other = world("city-inspector"), world(username)
    opened = [open_patrol(inspector), open_spot_check(inspector, world.red, key="phone-1-0002")]
    for draft in opened:
        assert seen(other, draft["id"]) is None
        for mutation in (EDIT, REFRESH, SUBMIT_INSPECTION, DISCARD):
            form = {"form": {}} if mutation == EDIT else {}
            foreign, none = (
                other.change(mutation, id=id, revision=1, **form)
                for id in (draft["id"], unknown("Inspection"))
            )
            assert foreign == none and foreign["code"] == "NOT_FOUND"
        assert seen(inspector, draft["id"]) == draft
    assert drafts(inspector) == [draft["id"] for draft in opened] and drafts(other) == []
    assert records(other) == [] and records(inspector) == [], "a draft is no record"


@pytest.mark.parametrize(
    ("username", "sees"),
    [
        *((name, True) for name in ("city-inspector", "city-duty", "city-head", "province-inspector")),
        *((name, False) for name in ("county-head", "duty-610523", "duty-610300", "duty-610302")),
    ],
)
def test_a_record_is_seen_from_above_and_never_from_below_or_beside(
    world: World, username: str, sees: bool
) -> None:
    ids = [
        a_patrol(world("city-inspector"))["id"],
        a_spot_check(world("city-inspector"), world.red, key="phone-1-0002")["id"],
    ]
    who = world(username)
    assert sorted(records(who)) == (sorted(ids) if sees else [])
    for id in ids:
        found = seen(who, id)
        assert (found is not None) is sees
        assert found is None or found["allowedActions"] == []


def test_an_enterprise_sees_its_problem_and_neither_the_draft_nor_the_record(world: World) -> None:
    record = a_spot_check(world("county-inspector"), world.red, problems=[a_problem()])
    draft = open_spot_check(world("county-inspector"), world.red, key="phone-1-0002")
    head = world("enterprise-head")
    query = "query($id: ID!) { node(id: $id) { ... on Problem { description inspection { id } } } }"
    problem = record["problems"][0]["id"]
    assert head.ask(query, id=problem)["node"] == {
        "description": a_problem()["description"],
        "inspection": None,
    }
    answers = [head.send(NODE, id=id) for id in (draft["id"], record["id"], unknown("Inspection"))]
    assert answers[0]["data"] == {"node": None} and answers[0] == answers[1] == answers[2]
    assert world.head_of(world.enterprises[17]).ask(query, id=problem)["node"] is None
    above = world("county-head").ask(query, id=problem)["node"]
    assert above["inspection"] == {"id": record["id"]}


def test_a_patrolled_department_sees_its_problem_and_not_the_record(world: World) -> None:
    record = a_patrol(world("city-inspector"), problems=[a_problem()])
    query = "query($id: ID!) { node(id: $id) { ... on Problem { description inspection { id } } } }"
    found = world("county-duty").ask(query, id=record["problems"][0]["id"])["node"]
    assert found == {"description": a_problem()["description"], "inspection": None}


@pytest.mark.parametrize("username", ["city-inspector", "province-head", "county-duty"])
def test_ids_of_nothing_are_null(world: World, username: str) -> None:
    for id in (unknown("Inspection"), "", "不是编号", "Inspection"):
        assert world(username).send(NODE, id=id) == {"data": {"node": None}}


@pytest.mark.parametrize("username", ["enterprise-head", "system-admin", "security-admin", "audit-admin"])
def test_who_may_not_read_inspections_reaches_none_by_any_way(world: World, username: str) -> None:
    record = a_patrol(world("city-inspector"))
    days = {"firstDay": f"{TODAY}", "lastDay": f"{TODAY}"}
    for query, variables in (
        (RECORDS, {"where": days, "first": 5}),
        ("{ inspectionDrafts(first: 5) { nodes { id } } }", {}),
    ):
        assert world(username).error(query, **variables)["code"] == "FORBIDDEN"
    assert world(username).ask(NODE, id=record["id"]) == {"node": None}
    nodes = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    assert world(username).ask(nodes, ids=[record["id"]]) == {"nodes": [None]}
