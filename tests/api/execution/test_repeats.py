"""A request that was asked before is answered as if it were new: data, errors, scope, and what has changed meanwhile."""

from __future__ import annotations

from typing import Any, Final

import orjson
import pytest

from yanbao.application.identity.log_in import LogIn
from yanbao.domain.values import Client
from yanbao.graphql.execution import repeats
from yanbao.graphql.execution.repeats import MOST_BYTES, Repeats

from ...support.asking import Somebody, World, a_world, id_of, unknown
from ...support.system import PASSWORD, schema

PAGE: Final = """query Page($first: Int!, $where: CommitmentFilterInput!, $named: Boolean!) {
  commitments(where: $where, first: $first) {
    nodes { id status enterprise @include(if: $named) { name region { name } } } totalCount
  }
  commitmentOverview { whole { tally { reported unreported } } parts { region { id name } } }
}"""
NODE: Final = (
    "query One($id: ID!) { node(id: $id) { __typename id ... on Commitment { status } } viewer { name } }"
)


@pytest.fixture
def world() -> World:
    return a_world()


def known() -> Repeats:
    found = schema().repeats
    assert found is not None, "the product's schema has them"
    return found


def body_of(query: str, **variables: Any) -> bytes:
    return orjson.dumps({"query": query, "variables": variables})


def asked(who: Somebody, body: bytes) -> Any:
    return who.post(content=body).json()


def three_times(who: Somebody, body: bytes) -> list[Any]:
    """The first time it is noted, the second time it is kept, the third time it is a repeat."""
    answers = [asked(who, body) for _ in range(2)]
    assert known().find(body) is not None, "it is known by now"
    return [*answers, asked(who, body)]


def page(world: World, *, first: int = 5, named: bool = True) -> bytes:
    where = {"firstDay": f"{world.today}", "lastDay": f"{world.today}"}
    return body_of(PAGE, first=first, where=where, named=named)


@pytest.mark.parametrize("named", [True, False])
def test_the_answer_is_the_same(world: World, named: bool) -> None:
    first, second, third = three_times(world("province-head"), page(world, named=named))
    assert first == second == third
    assert ("enterprise" in third["data"]["commitments"]["nodes"][0]) is named


def test_each_sees_its_own_scope(world: World) -> None:
    body = page(world, first=50)
    whole = three_times(world("province-head"), body)[-1]["data"]
    own = asked(world("county-head"), body)["data"]
    assert 0 < own["commitments"]["totalCount"] < whole["commitments"]["totalCount"]
    assert own == asked(world("county-head"), body)["data"]


def test_what_has_changed_is_seen(world: World) -> None:
    body = page(world)
    before = three_times(world("province-head"), body)[-1]["data"]["commitmentOverview"]["whole"]["tally"]
    world.submit(world.red)
    after = asked(world("province-head"), body)["data"]["commitmentOverview"]["whole"]["tally"]
    assert after["reported"] == before["reported"] + 1


def test_errors_of_fields_have_their_codes_and_places_each_time(world: World) -> None:
    first, second, third = three_times(world("county-head"), body_of(NODE, id=unknown("Commitment")))
    assert first == second == third
    assert third["data"] is not None or third["errors"][0]["path"]
    assert {error["extensions"]["code"] for error in third.get("errors", ())} <= {"NOT_FOUND"}


def test_an_error_of_a_root_field_is_the_same_each_time(world: World) -> None:
    body = body_of(
        "query E($id: ID!) { enterprise(id: $id) { name } viewer { name } }", id=id_of(world.red)[:-3]
    )
    answers = [asked(world("county-head"), body) for _ in range(4)]
    assert all(answer == answers[0] for answer in answers)
    assert answers[0]["errors"][0]["extensions"]["code"] == "NOT_FOUND"


def test_whoever_is_not_logged_in_is_refused_as_ever(world: World) -> None:
    body = page(world)
    three_times(world("province-head"), body)
    assert asked(world.nobody, body)["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    ended = world.system.app.identity.log_in(LogIn("province-head", PASSWORD, Client.WEB)).token
    there = Somebody(world.system, ended)
    assert "errors" not in asked(there, body)
    there.ask("mutation { logOut { __typename } }")
    assert asked(there, body)["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


def test_other_variables_are_another_request(world: World) -> None:
    three_times(world("province-head"), page(world, first=2))
    assert len(asked(world("province-head"), page(world, first=3))["data"]["commitments"]["nodes"]) == 3


def test_only_short_queries_are_kept(world: World) -> None:
    who = world("province-head")
    long = body_of("{ viewer { name } } #" + "x" * MOST_BYTES)
    change = body_of("mutation { markMessagesRead { __typename } }")
    for body in (long, change):
        for _ in range(3):
            assert "data" in asked(who, body), "it is answered all the same"
        assert known().find(body) is None


def test_a_request_goes_with_its_document(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    body = page(world)
    three_times(world("province-head"), body)
    documents = known()._documents
    monkeypatch.setattr(documents, "_entries", 1)
    world("province-head").ask("{ mine: viewer { name } }")
    assert known().find(body) is None
    assert "data" in asked(world("province-head"), body)


def test_so_many_are_kept_and_no_more(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeats, "_MOST", 3)
    for first in range(1, 8):
        three_times(world("province-head"), page(world, first=first))
    kept = known()
    assert set(kept._kept) == {body for bodies in kept._bodies.values() for body in bodies}
    assert kept.find(page(world, first=7)) is not None
    assert kept.find(page(world, first=1)) is None
