"""Who may inspect whom over the API: those below oneself, and nobody beside or above."""

from __future__ import annotations

from dataclasses import replace

import pytest

from yanbao.application.access import SYSTEM
from yanbao.domain.values import RegionId

from ...support.asking import TODAY, World, a_world, id_of, region_id, unknown
from ...support.settling import settle_in
from .inspecting import (
    DISCARD,
    EDIT,
    KEY,
    NODE,
    OPEN_PATROL,
    OPEN_SPOT_CHECK,
    PUCHENG,
    RECORDS,
    REFRESH,
    SUBMIT_INSPECTION,
    a_check_form,
    a_patrol_form,
    drafts,
    edit,
    open_patrol,
    open_spot_check,
    refused,
)


@pytest.fixture
def world() -> World:
    return a_world()


@pytest.mark.parametrize(
    ("username", "code"),
    [
        *(("city-inspector", code) for code in ("610425", "610400", "610000", "610199")),
        *(("county-inspector", code) for code in ("610528", "610500")),
    ],
)
def test_a_region_elsewhere_or_above_cannot_be_patrolled(world: World, username: str, code: str) -> None:
    who = world(username)
    assert refused(who, OPEN_PATROL, region=region_id(code), key=KEY) == ("NOT_FOUND", "regionId")
    assert drafts(who) == []


@pytest.mark.parametrize(("username", "code"), [("city-inspector", "610500"), ("county-inspector", "610526")])
def test_ones_own_department_cannot_be_patrolled(world: World, username: str, code: str) -> None:
    answer = refused(world(username), OPEN_PATROL, region=region_id(code), key=KEY)
    assert answer == ("OUTSIDE_JURISDICTION", "regionId")


@pytest.mark.parametrize("username", ["city-inspector", "county-inspector"])
def test_an_enterprise_elsewhere_cannot_be_checked_and_is_not_told_from_none(
    world: World, username: str
) -> None:
    who = world(username)
    foreign, none = (
        who.change(OPEN_SPOT_CHECK, enterprise=id, key=KEY)
        for id in (id_of(world.enterprises[1]), unknown("Enterprise"))
    )
    assert foreign == none and drafts(who) == []
    assert (foreign["code"], foreign["field"]) == ("NOT_FOUND", "enterpriseId")


@pytest.mark.parametrize("username", ["enterprise-head", "enterprise-manager", "system-admin", "audit-admin"])
def test_who_is_of_no_department_or_administers_inspects_nobody(world: World, username: str) -> None:
    who = world(username)
    assert refused(who, OPEN_PATROL, region=PUCHENG, key=KEY) == ("FORBIDDEN", None)
    assert refused(who, OPEN_SPOT_CHECK, enterprise=id_of(world.red), key=KEY) == ("FORBIDDEN", None)


def test_nobody_opens_or_reads_anything_without_logging_in(world: World) -> None:
    days = {"firstDay": f"{TODAY}", "lastDay": f"{TODAY}"}
    for query, variables in (
        (OPEN_PATROL.replace("@", "{ __typename }"), {"region": PUCHENG, "key": KEY}),
        (RECORDS, {"where": days, "first": 5}),
        ("{ inspectionDrafts(first: 5) { nodes { id } } }", {}),
        ("{ checklist(kind: PRODUCTION) { code } }", {}),
    ):
        assert world.nobody.error(query, **variables)["code"] == "UNAUTHENTICATED"


def test_of_a_draft_on_an_enterprise_that_has_moved_away_nothing_is_learnt_and_nothing_is_left_but_to_discard_it(
    world: World,
) -> None:
    who, id = world("county-inspector"), id_of(world.red)
    draft = edit(who, open_spot_check(who, world.red), a_check_form())
    assert draft["allowedActions"] == ["EDIT", "REFRESH", "SUBMIT", "DISCARD"]
    moved = replace(world.red, region_id=RegionId("610502"))
    settle_in(world.system.storage, SYSTEM, moved)
    assert who.ask("query($id: ID!) { node(id: $id) { id } }", id=id) == {"node": None}
    draft = who.ask(NODE, id=draft["id"])["node"]
    assert (draft["targetEnterprise"], draft["allowedActions"]) == (None, ["DISCARD"])
    for document in (EDIT, REFRESH, SUBMIT_INSPECTION):
        form = {"form": a_check_form()} if document is EDIT else {}
        code, sentence, field = who.refusal(document, id=draft["id"], revision=draft["revision"], **form)
        assert (code, field) == ("OUTSIDE_JURISDICTION", "target")
        assert sentence.endswith("已不在您的管辖范围内，该草稿只能作废。")
    assert who.change(DISCARD, id=draft["id"], revision=draft["revision"])["__typename"] == "InspectionSaved"


def test_of_a_draft_on_a_department_with_another_superior_nothing_is_left_but_to_discard_it(
    world: World,
) -> None:
    who = world("city-inspector")
    draft = edit(who, open_patrol(who, PUCHENG), a_patrol_form())
    assert draft["allowedActions"] == ["EDIT", "REFRESH", "SUBMIT", "DISCARD"]
    with world.system.storage.work(SYSTEM) as work:
        county = work.departments.answering_for(RegionId("610526"))
        city = work.departments.answering_for(RegionId("610500"))
        assert county is not None and city is not None
    settle_in(world.system.storage, SYSTEM, replace(county, parent_id=city.parent_id))
    assert who.ask(NODE, id=draft["id"])["node"]["allowedActions"] == ["DISCARD"]
    answer = refused(who, SUBMIT_INSPECTION, id=draft["id"], revision=draft["revision"])
    assert answer == ("OUTSIDE_JURISDICTION", "target")
