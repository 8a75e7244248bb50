"""The directory of enterprises over the API: what keepers change, and what looking at an enterprise leaves behind."""

from __future__ import annotations

from typing import Any

import pytest

from ...support.asking import World, a_world, id_of, region_id, unknown
from ...support.builders import a_credit_code
from ...support.dates import TODAY

KEY = "desk-1-00001"
NODE = """... on DirectorySaved { id node { __typename id
    ... on Enterprise { name creditCode active workshopsTotal powderWorkshopsTotal approvedPersons approvedPowderKg
        updatedAt seat: region { code } workshops { number name powder approvedPersons approvedPowderKg } } } }"""


@pytest.fixture
def world() -> World:
    return a_world()


# ---------------------------------------------------------------- enterprises


ENTERPRISE = """mutation($id: ID, $code: String!, $name: String!, $kind: EnterpriseKind!, $region: ID!, $address: String!,
    $workshops: [WorkshopInput!]!, $warehouses: [WarehouseInput!]!, $active: Boolean, $key: String) {
    saveEnterprise(id: $id, creditCode: $code, name: $name, kind: $kind, regionId: $region, address: $address,
        workshops: $workshops, warehouses: $warehouses, active: $active, clientMutationKey: $key) @ }"""
SHOP = {"number": "01", "name": "混药工房", "powder": True, "approvedPersons": 2, "approvedPowderKg": "7.5"}


def new_enterprise(**changes: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "code": a_credit_code("新厂"),
        "name": "蒲城县新厂",
        "kind": "PRODUCTION",
        "region": region_id("610526"),
        "address": "蒲城县新路1号",
        "workshops": [SHOP, SHOP | {"number": "02", "powder": False, "approvedPowderKg": 0}],
        "warehouses": [],
        "active": True,
    }
    return given | changes


def test_a_new_enterprise_comes_with_its_workshops_and_totals(world: World) -> None:
    saved = world("county-head").change(ENTERPRISE, NODE, **new_enterprise())
    node = saved["node"]
    assert (node["workshopsTotal"], node["powderWorkshopsTotal"]) == (2, 1)
    assert (node["approvedPersons"], node["approvedPowderKg"]) == (4, "7.5")
    assert node["updatedAt"] == f"{TODAY}T08:30:00+08:00"
    assert [shop["number"] for shop in node["workshops"]] == ["01", "02"]


def test_a_double_click_makes_one_enterprise(world: World) -> None:
    county = world("county-head")
    first = county.change(ENTERPRISE, NODE, **new_enterprise(), key=KEY)
    assert county.change(ENTERPRISE, NODE, **new_enterprise(), key=KEY) == first
    code, _, field = county.refusal(ENTERPRISE, **new_enterprise(name="另一家"), key=KEY)
    assert (code, field) == ("CONFLICT", "clientMutationKey")
    assert len(world.state.enterprises) == 25


def test_a_credit_code_belongs_to_one_enterprise(world: World) -> None:
    code, sentence, field = world("county-head").refusal(
        ENTERPRISE, **new_enterprise(code=world.red.credit_code.text)
    )
    assert (code, field) == ("CONFLICT", "creditCode") and world.red.credit_code.text in sentence


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"code": "123"}, "BAD_USER_INPUT", "creditCode"),
        ({"code": "91610000000000000I"}, "BAD_USER_INPUT", "creditCode"),
        ({"name": " "}, "BAD_USER_INPUT", "name"),
        ({"name": "名" * 81}, "BAD_USER_INPUT", "name"),
        ({"address": ""}, "BAD_USER_INPUT", "address"),
        ({"address": "址\x07"}, "BAD_USER_INPUT", "address"),
        ({"region": region_id("610100")}, "NOT_FOUND", "regionId"),
        ({"region": region_id("610199")}, "NOT_FOUND", "regionId"),
        ({"region": "x"}, "NOT_FOUND", "regionId"),
        ({"workshops": [SHOP, SHOP]}, "BAD_USER_INPUT", "workshops"),
        ({"workshops": [SHOP | {"approvedPersons": -1}]}, "BAD_USER_INPUT", "workshops.0.approvedPersons"),
        (
            {"workshops": [SHOP | {"approvedPowderKg": "1.2345"}]},
            "BAD_USER_INPUT",
            "workshops.0.approvedPowderKg",
        ),
        ({"workshops": [SHOP | {"powder": False}]}, "BAD_USER_INPUT", "workshops.0.approvedPowderKg"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else str(value),
)
def test_an_enterprise_that_makes_no_sense_is_refused_at_its_field(
    world: World, changes: dict[str, Any], code: str, field: str
) -> None:
    refused = world("county-head").refusal(ENTERPRISE, **new_enterprise(**changes))
    assert refused[::2] == (code, field)
    assert len(world.state.enterprises) == 24


def test_a_closed_enterprise_leaves_the_list_but_not_the_directory(world: World) -> None:
    county = world("county-head")
    saved = county.change(ENTERPRISE, NODE, **new_enterprise())
    county.change(ENTERPRISE, NODE, **new_enterprise(active=False), id=saved["id"])
    listed = county.ask("{ enterprises(first: 50) { nodes { name } } }")["enterprises"]["nodes"]
    assert {"name": "蒲城县新厂"} not in listed
    closed = county.ask("{ enterprises(first: 50, where: {active: false}) { nodes { name } } }")
    assert closed["enterprises"]["nodes"] == [{"name": "蒲城县新厂"}]


def test_enterprises_are_found_by_text_kind_and_region(world: World) -> None:
    who = world("province-head")

    def found(where: str) -> set[str]:
        query = f"{{ enterprises(first: 50, where: {{{where}}}) {{ nodes {{ name }} totalCount }} }}"
        page = who.ask(query)["enterprises"]
        assert page["totalCount"] == len(page["nodes"])
        return {node["name"] for node in page["nodes"]}

    assert found('text: "红光"') == {world.red.name}
    assert found(f'text: "{world.red.credit_code.text[4:]}"') == {world.red.name}
    assert found("kinds: [PRODUCTION]") == {of.name for of in world.enterprises if of.workshops}
    assert found(f'regionId: "{region_id("610500")}"') == {
        of.name for of in world.enterprises if of.region_id.startswith("6105")
    }


@pytest.mark.parametrize("username", ["county-duty", "enterprise-head", "system-admin", "audit-admin"])
def test_enterprises_are_kept_by_heads_and_inspectors_only(world: World, username: str) -> None:
    assert world(username).refusal(ENTERPRISE, **new_enterprise())[0] == "FORBIDDEN"


# ---------------------------------------------------------------- looking at an enterprise


def test_a_department_that_opens_an_enterprises_page_is_remembered_once(world: World) -> None:
    who = world("county-duty")
    asked = f'{{ enterprise(id: "{id_of(world.red)}") {{ name commitment {{ state }} people {{ name }} }} }}'
    assert who.ask(asked)["enterprise"]["commitment"] == {"state": "OWED"}
    (view,) = world.state.views.values()
    me = next(p for p in world.state.people.values() if p.name == "周振梅")
    assert (view.enterprise_id, view.person_id, view.client.value) == (world.red.id, me.id, "APP")
    assert view.department_id == me.department_id and view.at == world.now


@pytest.mark.parametrize("username", ["enterprise-head", "enterprise-manager"])
def test_an_enterprise_that_looks_at_itself_is_not_remembered(world: World, username: str) -> None:
    assert world(username).ask(f'{{ enterprise(id: "{id_of(world.red)}") {{ name }} }}')["enterprise"]
    assert len(world.state.views) == 0


def test_lists_nodes_and_what_is_not_found_leave_nothing_behind(world: World) -> None:
    who = world("county-duty")
    who.ask("{ enterprises(first: 5) { nodes { name } } }")
    who.ask(f'{{ node(id: "{id_of(world.red)}") {{ id }} }}')
    who.error(f'{{ enterprise(id: "{id_of(world.enterprises[1])}") {{ name }} }}')
    who.error(f'{{ enterprise(id: "{unknown("Enterprise")}") {{ name }} }}')
    assert len(world.state.views) == 0
