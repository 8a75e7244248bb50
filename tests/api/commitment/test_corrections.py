"""Correcting and re-opening over the API, and what each may do now."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ...support.asking import (
    CORRECT,
    REOPEN,
    SAVED,
    SUBMIT,
    TODAY,
    World,
    a_world,
    commitment_of,
    form_for,
    id_of,
    submit,
)

TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture
def world() -> World:
    return a_world()


def test_every_version_is_kept_newest_first(world: World) -> None:
    submit(world, world.red, form_for(world.red))
    head = world("enterprise-head")
    for revision in (1, 2):
        answer = head.change(
            CORRECT,
            SAVED,
            id=commitment_of(world.red),
            revision=revision,
            form=form_for(world.red, topTemperature=28 + revision),
        )
        assert answer["commitment"]["revision"] == revision + 1
    query = """query($id: ID!) { node(id: $id) { ... on Commitment { revision
        versions { revision reportedAt form { topTemperature } } } } }"""
    found = head.ask(query, id=commitment_of(world.red))["node"]
    assert found["revision"] == 3
    assert [(v["revision"], v["form"]["topTemperature"]) for v in found["versions"]] == [
        (3, 30),
        (2, 29),
        (1, 28),
    ]


def test_who_corrects_another_version_than_the_newest_is_told_which_it_is(world: World) -> None:
    submit(world, world.red, form_for(world.red))
    correct = {"id": commitment_of(world.red), "form": form_for(world.red, topTemperature=31)}
    world("enterprise-head").change(CORRECT, revision=1, **correct)
    code, sentence, field = world("enterprise-manager").refusal(CORRECT, revision=1, **correct)
    assert (code, field) == ("CONFLICT", "revision")
    assert "第2版" in sentence and "第1版" in sentence


def test_from_the_deadline_on_only_the_county_can_open_it_again(world: World) -> None:
    submit(world, world.red, form_for(world.red))
    world.at("10:00")
    correct = {"id": commitment_of(world.red), "revision": 1, "form": form_for(world.red)}
    code, sentence, _ = world("enterprise-head").refusal(CORRECT, **correct)
    assert code == "CORRECTION_CLOSED" and "所在地应急管理部门" in sentence
    reopen = {"id": commitment_of(world.red), "reason": "在岗人数有误"}
    for username, expected in (
        ("city-duty", "FORBIDDEN"),
        ("province-head", "FORBIDDEN"),
        ("enterprise-head", "FORBIDDEN"),
        ("duty-610528", "NOT_FOUND"),
    ):
        assert world(username).refusal(REOPEN, **reopen)[0] == expected
    answer = world("county-duty").change(REOPEN, SAVED, **reopen)["commitment"]
    assert (answer["state"], answer["allowedActions"]) == ("REOPENED", [])
    again = world("enterprise-head").change(CORRECT, SAVED, **correct)["commitment"]
    assert (again["state"], again["revision"], again["late"]) == ("REPORTED", 2, False)


def test_a_region_without_a_county_department_is_opened_again_by_its_own_city() -> None:
    world = a_world(160)
    local = next(of for of in world.enterprises if of.region_id == "611100")
    submit(world, local, form_for(local))
    submit(world, world.red, form_for(world.red))
    world.at("10:00")
    query = "query($id: ID!) { node(id: $id) { ... on Commitment { allowedActions } } }"
    for username, of, expected in (
        ("duty-611100", local, ["REOPEN"]),
        ("province-duty", local, []),
        ("city-duty", world.red, []),
        ("county-duty", world.red, ["REOPEN"]),
    ):
        assert world(username).ask(query, id=commitment_of(of))["node"]["allowedActions"] == expected
    reopen = {"id": commitment_of(local), "reason": "库存数量有误"}
    assert world("city-duty").refusal(REOPEN, **reopen)[0] == "NOT_FOUND"
    code, sentence, _ = world("city-duty").refusal(REOPEN, **reopen | {"id": commitment_of(world.red)})
    assert code == "FORBIDDEN" and "县级部门" in sentence
    answer = world("duty-611100").change(REOPEN, SAVED, **reopen)["commitment"]
    assert (answer["state"], answer["allowedActions"]) == ("REOPENED", [])


def test_a_reason_is_needed_and_the_refusal_says_where(world: World) -> None:
    submit(world, world.red, form_for(world.red))
    world.at("10:00")
    code, sentence, field = world("county-duty").refusal(REOPEN, id=commitment_of(world.red), reason="")
    assert (code, field) == ("BAD_USER_INPUT", "reason") and "至少2个字" in sentence


def test_before_the_deadline_there_is_nothing_to_reopen(world: World) -> None:
    submit(world, world.red, form_for(world.red))
    code, sentence, _ = world("county-duty").refusal(REOPEN, id=commitment_of(world.red), reason="看错了")
    assert code == "ACTION_NOT_ALLOWED" and "上报时限未过" in sentence


def test_what_each_may_do_now_follows_the_day(world: World) -> None:
    query = "query($id: ID!) { node(id: $id) { ... on Commitment { allowedActions } } }"

    def allowed(username: str) -> list[str]:
        found = world(username).ask(query, id=commitment_of(world.red))["node"]["allowedActions"]
        return list(found)

    people = ("enterprise-head", "enterprise-manager", "county-duty", "city-duty", "province-head")
    assert [allowed(who) for who in people] == [["SUBMIT"], ["SUBMIT"], [], [], []]
    submit(world, world.red, form_for(world.red))
    assert [allowed(who) for who in people] == [["CORRECT"], ["CORRECT"], [], [], []]
    world.at("10:00")
    assert [allowed(who) for who in people] == [[], [], ["REOPEN"], [], []]
    world("county-duty").change(REOPEN, id=commitment_of(world.red), reason="在岗人数有误")
    assert [allowed(who) for who in people] == [["CORRECT"], ["CORRECT"], [], [], []]
    world.at("09:00", TOMORROW)
    opened_for_a_day = "re-opened for that one day only; then it takes another re-opening"
    assert [allowed(who) for who in people] == [[], [], ["REOPEN"], [], []], opened_for_a_day
    world("county-duty").change(REOPEN, id=commitment_of(world.red), reason="昨日未更正")
    assert [allowed(who) for who in people] == [["CORRECT"], ["CORRECT"], [], [], []]


def test_whatever_is_allowed_succeeds_and_whatever_is_not_is_refused(world: World) -> None:
    """`allowedActions` and the mutations agree at every step of a day, for the enterprise and its county."""
    query = "query($id: ID!) { node(id: $id) { ... on Commitment { allowedActions revision } } }"
    commitment, form = commitment_of(world.red), form_for(world.red)

    def agree(username: str, action: str, mutation: str, **variables: Any) -> None:
        seen = world(username).ask(query, id=commitment)["node"]
        if "revision: $revision" in mutation:
            variables["revision"] = seen["revision"]
        answer = world(username).change(mutation, **variables)
        assert (answer["__typename"] == "CommitmentSaved") is (action in seen["allowedActions"]), answer

    for text in ("09:00", "09:59:59", "10:00", "15:00"):
        world.at(text)
        for _ in range(2):
            agree("enterprise-head", "CORRECT", CORRECT, id=commitment, form=form)
            agree("county-duty", "REOPEN", REOPEN, id=commitment, reason="数字有误")
            agree("enterprise-head", "SUBMIT", SUBMIT, id=id_of(world.red), day=f"{TODAY}", form=form)
