"""Regions, departments and people over the API: what administrators change, and what is seen of it at once."""

from __future__ import annotations

from typing import Any

import pytest

from ...support.asking import World, a_world, id_of, region_id

NODE = """... on DirectorySaved { id node { __typename id
    ... on Region { code name parent { code } } ... on Department { name jurisdiction { code } parent { name } }
    ... on Person { name role active phone department { name } enterprise { name } } } }"""


@pytest.fixture
def world() -> World:
    return a_world()


# ---------------------------------------------------------------- regions and departments


REGION = """mutation($code: String!, $name: String!, $level: Level!, $parent: ID, $key: String) {
    saveRegion(code: $code, name: $name, level: $level, parentId: $parent, clientMutationKey: $key) @ }"""
DEPARTMENT = """mutation($id: ID, $name: String!, $level: Level!, $over: [ID!]!, $parent: ID) {
    saveDepartment(id: $id, name: $name, level: $level, jurisdiction: $over, parentId: $parent) @ }"""


def test_a_new_region_is_there_at_once_and_can_be_renamed(world: World) -> None:
    admin = world("system-admin")
    new = {"code": "610599", "level": "COUNTY", "parent": region_id("610500")}
    saved = admin.change(REGION, NODE, name="高新区", **new)
    assert saved["id"] == region_id("610599")
    assert saved["node"]["parent"] == {"code": "610500"}
    admin.change(REGION, name="渭南高新区", **new)
    names = {r["code"]: r["name"] for r in world("county-duty").ask("{ regions { code name } }")["regions"]}
    assert names["610599"] == "渭南高新区" and len(names) == 121


def test_a_region_below_one_of_the_wrong_level_is_refused(world: World) -> None:
    for level, parent, sentence in (
        ("COUNTY", "610526", "县级区域的上级应为市级或省级区域，蒲城县为县级区域。"),
        ("CITY", "610500", "市级区域的上级应为省级区域，渭南市为市级区域。"),
    ):
        assert world("system-admin").refusal(
            REGION, code="610599", name="高新区", level=level, parent=region_id(parent)
        ) == ("BAD_USER_INPUT", sentence, "parentId")
    assert len(world.state.regions) == 120


def test_regions_and_departments_are_the_system_administrators(world: World) -> None:
    for username in ("province-head", "county-head", "security-admin", "audit-admin", "enterprise-head"):
        code, _, _ = world(username).refusal(
            REGION, code="610599", name="高新区", level="COUNTY", parent=region_id("610500")
        )
        assert code == "FORBIDDEN"
        code, _, _ = world(username).refusal(
            DEPARTMENT, name="新局", level="COUNTY", over=[region_id("610526")], parent=None
        )
        assert code == "FORBIDDEN"


def test_a_department_gets_its_jurisdiction_and_its_people_see_it_from_the_next_request_on(
    world: World,
) -> None:
    before = world("county-duty").ask("{ enterprises(first: 1) { totalCount } }")["enterprises"]["totalCount"]
    office = next(d for d in world.state.departments.values() if d.name == "蒲城县应急管理局")
    saved = world("system-admin").change(
        DEPARTMENT,
        NODE,
        id=id_of(office),
        name=office.name,
        level="COUNTY",
        over=[region_id("610526"), region_id("610528")],
        parent=_id_of_parent(world, office),
    )
    assert [r["code"] for r in saved["node"]["jurisdiction"]] == ["610526", "610528"]
    after = world("county-duty").ask("{ enterprises(first: 1) { totalCount } }")["enterprises"]["totalCount"]
    assert after == before + sum(of.region_id == "610528" for of in world.enterprises) > before


def test_a_department_does_not_come_below_its_own_subordinate(world: World) -> None:
    offices = {d.name: d for d in world.state.departments.values()}
    city, county = offices["渭南市应急管理局"], offices["蒲城县应急管理局"]
    change = {"name": city.name, "over": [region_id("610500")], "id": id_of(city)}
    for level, over, parent, sentence, field in (
        ("CITY", "610500", county, "上级部门不能是本部门的下级。", "parentId"),
        ("CITY", "610000", offices["陕西省应急管理厅"], "市级部门不能管辖省级区域“陕西省”。", "jurisdiction"),
    ):
        assert world("system-admin").refusal(
            DEPARTMENT, **(change | {"level": level, "over": [region_id(over)], "parent": id_of(parent)})
        ) == ("BAD_USER_INPUT", sentence, field)
    assert world.state.departments[city.id] == city


def _id_of_parent(world: World, office: Any) -> str:
    return id_of(world.state.departments[office.parent_id])


# ---------------------------------------------------------------- people


PERSON = """mutation($id: ID, $name: String!, $phone: String!, $role: Role!, $employer: EmployerInput!, $active: Boolean,
    $key: String) { savePerson(id: $id, name: $name, phone: $phone, role: $role, employer: $employer,
    active: $active, clientMutationKey: $key) @ }"""


def test_a_county_registers_a_new_safety_manager_of_an_enterprise(world: World) -> None:
    saved = world("county-head").change(
        PERSON,
        NODE,
        name="许新来",
        phone="+86 139-0000-0077",
        role="SAFETY_MANAGER",
        employer={"enterpriseId": id_of(world.red)},
        active=True,
    )
    assert saved["node"] == {
        "__typename": "Person",
        "id": saved["id"],
        "name": "许新来",
        "role": "SAFETY_MANAGER",
        "active": True,
        "phone": "139****0077",
        "department": None,
        "enterprise": {"name": world.red.name},
    }


@pytest.mark.parametrize(
    "employer", [{}, {"departmentId": "a", "enterpriseId": "b"}, {"departmentId": None}], ids=str
)
def test_a_person_has_exactly_one_employer(world: World, employer: dict[str, Any]) -> None:
    code, sentence, field = world("county-head").refusal(
        PERSON,
        name="许新来",
        phone="13900000077",
        role="INSPECTOR",
        employer=employer,
        active=True,
    )
    assert (code, field) == ("BAD_USER_INPUT", "employer")
    assert sentence.endswith("须在“部门”、“企业”中填写一项，且只能填写一项。")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"phone": "12345"}, "phone"),
        ({"phone": ""}, "phone"),
        ({"name": ""}, "name"),
        ({"name": "名" * 31}, "name"),
        ({"name": "许\n新来"}, "name"),
        ({"name": "许\u202e新来"}, "name"),
        ({"name": "\u200b\u2060\u200d\ufeff"}, "name"),
        ({"role": "INSPECTOR"}, "role"),
    ],
)
def test_a_person_that_makes_no_sense_is_refused_at_its_field(
    world: World, changes: dict[str, str], field: str
) -> None:
    good = {"name": "许新来", "phone": "13900000077", "role": "SAFETY_MANAGER"}
    before = len(world.state.people)
    code, _, where = world("county-head").refusal(
        PERSON, **(good | changes), employer={"enterpriseId": id_of(world.red)}, active=True
    )
    assert (code, where) == ("BAD_USER_INPUT", field)
    assert len(world.state.people) == before


def test_nobody_makes_themselves_an_administrator(world: World) -> None:
    head = world("province-inspector")
    me = head.ask("{ viewer { person { id name phone } department { id } } }")["viewer"]
    code, sentence, field = head.refusal(
        PERSON,
        id=me["person"]["id"],
        name=me["person"]["name"],
        phone=me["person"]["phone"],
        role="SYSTEM_ADMINISTRATOR",
        employer={"departmentId": me["department"]["id"]},
        active=True,
    )
    assert (code, field) == ("FORBIDDEN", "role") and "自己的角色" in sentence
    assert head.ask("{ viewer { role } }")["viewer"]["role"] == "INSPECTOR"
