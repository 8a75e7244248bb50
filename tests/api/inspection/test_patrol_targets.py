"""Whom I may patrol, with the regions to name and what was done there today: one query for the screen."""

from __future__ import annotations

from typing import Any

import pytest

from ...support.asking import Somebody, World, a_world
from .inspecting import PUCHENG, a_patrol, open_patrol

TARGETS = """{ patrolTargets { department { name level parent { name } } regions { id code name } patrolled
    patrols { id origin submittedAt } drafts { id revision } } }"""


@pytest.fixture
def world() -> World:
    return a_world()


def targets(who: Somebody) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = who.ask(TARGETS)["patrolTargets"]
    return found


def test_a_city_may_patrol_its_counties_and_each_region_named_opens_a_patrol(world: World) -> None:
    inspector = world("city-inspector")
    found = targets(inspector)
    codes = [region["code"] for target in found for region in target["regions"]]
    assert len(codes) > 5 and codes == sorted(codes) and all(code.startswith("6105") for code in codes)
    assert not any(target["patrolled"] or target["patrols"] or target["drafts"] for target in found)
    for number, target in enumerate(found[:3]):
        draft = open_patrol(inspector, target["regions"][0]["id"], key=f"target-{number}-0001")
        assert draft["targetName"] == target["department"]["name"]


def test_what_was_done_today_is_beside_the_department(world: World) -> None:
    inspector = world("city-inspector")
    record = a_patrol(inspector)
    draft = open_patrol(inspector, key="another-draft")
    by_region = {target["regions"][0]["id"]: target for target in targets(inspector)}
    done = by_region.pop(PUCHENG)
    assert done["patrolled"] and [patrol["id"] for patrol in done["patrols"]] == [record["id"]]
    assert [found["id"] for found in done["drafts"]] == [draft["id"]]
    assert not any(target["patrols"] or target["drafts"] for target in by_region.values())
    colleague = {target["regions"][0]["id"]: target for target in targets(world("city-head"))}[PUCHENG]
    assert colleague["patrolled"] and colleague["drafts"] == [], "drafts are one's own"


def test_an_automatic_record_is_shown_and_is_no_patrol(world: World) -> None:
    world("city-inspector")
    world.at("23:30").system.app.automatic_inspections.record(world.now)
    done = {target["regions"][0]["id"]: target for target in targets(world("city-inspector"))}[PUCHENG]
    assert [patrol["origin"] for patrol in done["patrols"]] == ["AUTO"] and not done["patrolled"]


def test_a_province_may_patrol_everybody_below_and_a_county_nobody(world: World) -> None:
    found = targets(world("province-inspector"))
    levels = {target["department"]["level"] for target in found}
    assert levels == {"CITY", "COUNTY"} and len(found) > 100
    assert targets(world("county-inspector")) == []


@pytest.mark.parametrize("username", ["city-duty", "enterprise-head", "audit-admin"])
def test_who_may_not_patrol_is_told_so(world: World, username: str) -> None:
    assert world(username).error(TARGETS)["code"] == "FORBIDDEN"
