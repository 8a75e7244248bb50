"""Drafts over the API that are sent twice, by two devices, or too late."""

from __future__ import annotations

import pytest

from ...support.asking import World, a_world
from .inspecting import (
    DISCARD,
    EDIT,
    REFRESH,
    REFRESHED,
    SAVED,
    SUBMIT_INSPECTION,
    a_patrol_form,
    a_problem,
    drafts,
    edit,
    open_patrol,
    refused,
    saved,
    seen,
)


@pytest.fixture
def world() -> World:
    return a_world()


def test_one_key_is_one_draft_however_often_it_is_sent(world: World) -> None:
    inspector = world("city-inspector")
    first = open_patrol(inspector)
    world.at("08:40")
    inspector = world("city-inspector")
    assert open_patrol(inspector)["id"] == first["id"]
    assert drafts(inspector) == [first["id"]]
    assert open_patrol(inspector, key="phone-1-0002")["id"] != first["id"]
    assert open_patrol(world("city-head"))["id"] != first["id"], "a key is its person's own"


@pytest.mark.parametrize("mutation", [EDIT, REFRESH, SUBMIT_INSPECTION, DISCARD])
def test_who_has_not_seen_the_last_change_gets_a_conflict(world: World, mutation: str) -> None:
    inspector = world("city-inspector")
    draft = open_patrol(inspector)
    now = edit(inspector, draft, a_patrol_form())
    form = {"form": a_patrol_form(observations="另一台设备写的。")} if mutation == EDIT else {}
    for revision in (draft["revision"], now["revision"] + 1):
        answer = inspector.change(mutation, id=draft["id"], revision=revision, **form)
        assert (answer["__typename"], answer["code"], answer["field"]) == (
            "ConflictRefusal",
            "CONFLICT",
            "revision",
        )
    assert seen(inspector, draft["id"]) == now


def test_a_change_that_is_sent_twice_is_made_once(world: World) -> None:
    inspector = world("city-inspector")
    draft = open_patrol(inspector)
    given = {
        "id": draft["id"],
        "revision": 1,
        "form": a_patrol_form(problems=[a_problem()]),
        "key": "tap-00001",
    }
    once, twice = (inspector.change(EDIT, SAVED, **given) for _ in range(2))
    assert once == twice and saved(once)["revision"] == 2
    sent = {"id": draft["id"], "revision": 2, "key": "tap-00002"}
    once, twice = (inspector.change(SUBMIT_INSPECTION, SAVED, **sent) for _ in range(2))
    assert once == twice and len(saved(twice)["problems"]) == 1
    changed = given | {"form": a_patrol_form()}
    assert refused(inspector, EDIT, **changed) == ("CONFLICT", "clientMutationKey")


def test_a_refresh_that_is_sent_twice_is_answered_with_the_draft(world: World) -> None:
    inspector = world("city-inspector")
    draft = open_patrol(inspector)
    world.submit(world.red)
    sent = {"id": draft["id"], "revision": 1, "key": "tap-00001"}
    once, twice = (inspector.change(REFRESH, REFRESHED, **sent) for _ in range(2))
    assert saved(once) == saved(twice)


@pytest.mark.parametrize("end", [SUBMIT_INSPECTION, DISCARD])
def test_what_is_submitted_or_discarded_never_changes_again(world: World, end: str) -> None:
    inspector = world("city-inspector")
    draft = edit(inspector, open_patrol(inspector), a_patrol_form())
    done = saved(inspector.change(end, SAVED, id=draft["id"], revision=draft["revision"]))
    assert done["allowedActions"] == [] and drafts(inspector) == []
    for mutation in (EDIT, REFRESH, SUBMIT_INSPECTION, DISCARD):
        form = {"form": a_patrol_form(observations="改写。")} if mutation == EDIT else {}
        code, _ = refused(inspector, mutation, id=done["id"], revision=done["revision"], **form)
        assert code == "ACTION_NOT_ALLOWED"
    assert seen(inspector, done["id"]) == done


def test_what_may_be_done_is_what_is_accepted(world: World) -> None:
    inspector = world("city-inspector")
    draft = edit(inspector, open_patrol(inspector), a_patrol_form())
    assert draft["allowedActions"] == ["EDIT", "REFRESH", "SUBMIT", "DISCARD"]
    for mutation, form in ((EDIT, {"form": a_patrol_form()}), (REFRESH, {}), (SUBMIT_INSPECTION, {})):
        given = {"id": draft["id"], "revision": draft["revision"]} | form
        selection = REFRESHED if mutation == REFRESH else SAVED
        draft = saved(inspector.change(mutation, selection, **given))
    assert draft["allowedActions"] == []
