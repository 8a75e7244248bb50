"""The list of people, and that of accounts with the person of each: one query per screen."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from ...support.asking import a_world, id_of, pages, region_id

SCENE = a_world()
SHOWN = """id name role active phone department { name jurisdiction { code } }
    enterprise { name region { code name } }"""


def people(username: str, where: str = "{}", order: str = "REGION") -> list[dict[str, Any]]:
    arguments = f"where: {where} orderBy: {order}"
    return list(pages(SCENE(username), "people", SHOWN, first=40, arguments=arguments))


def _region(node: dict[str, Any]) -> str:
    if node["enterprise"] is not None:
        return str(node["enterprise"]["region"]["code"])
    return min(region["code"] for region in node["department"]["jurisdiction"])


def test_a_department_sees_the_people_of_its_jurisdiction_one_employer_after_the_other() -> None:
    found = people("city-head")
    regions = [_region(node) for node in found]
    assert regions == sorted(regions) and {region[:4] for region in regions} == {"6105"}
    employers = [(node["department"] or node["enterprise"])["name"] for node in found]
    changes = sum(one != other for one, other in pairwise(employers))
    assert changes == len(set(employers)) - 1, "nobody stands among the people of another employer"
    assert all("*" in node["phone"] for node in found if node["enterprise"])


def test_people_are_found_by_name_role_employer_and_region() -> None:
    red = SCENE.red
    of_red = people("city-head", f'{{enterpriseId: "{id_of(red)}"}}')
    assert of_red and {node["enterprise"]["name"] for node in of_red} == {red.name}
    heads = people("city-head", f'{{enterpriseId: "{id_of(red)}", roles: [ENTERPRISE_HEAD]}}')
    assert [node["role"] for node in heads] == ["ENTERPRISE_HEAD"]
    assert heads == people("city-head", f'{{text: "{heads[0]["name"]}", enterpriseId: "{id_of(red)}"}}')
    county = people("city-head", f'{{regionId: "{region_id("610526")}"}}', "ROLE")
    assert {_region(node) for node in county} == {"610526"}
    roles = [node["role"] for node in county]
    assert roles == sorted(roles, key=list(dict.fromkeys(roles)).index)
    names = [node["name"] for node in people("city-head", order="NAME")]
    assert names == sorted(names)


def test_an_enterprise_sees_its_own_people_only() -> None:
    found = people("enterprise-head")
    assert {node["enterprise"]["name"] for node in found} == {SCENE.red.name}
    counted = SCENE("enterprise-head").ask("{ people(first: 1) { totalCount } }")
    assert counted["people"]["totalCount"] == len(found)


def test_the_system_administrator_finds_whom_to_give_an_account_and_who_has_one() -> None:
    asked = "{ people(first: 1, where: {roles: [ENTERPRISE_HEAD]}) { nodes { id name role phone } } }"
    (person,) = SCENE("system-admin").ask(asked)["people"]["nodes"]
    assert "*" in person["phone"]
    query = "query($id: ID!) { accounts(first: 5, personId: $id) { totalCount nodes { personName person { id } } } }"
    found = SCENE("system-admin").ask(query, id=person["id"])["accounts"]
    assert found == {
        "totalCount": 1,
        "nodes": [{"personName": person["name"], "person": {"id": person["id"]}}],
    }
    assert SCENE("security-admin").ask(query, id=person["id"])["accounts"]["nodes"] == [
        {"personName": person["name"], "person": None}
    ]
    enabled = SCENE("security-admin").ask(
        "{ accounts(first: 100, role: INSPECTOR, disabled: false, orderBy: LOCKED) { nodes { role disabled } } }"
    )["accounts"]["nodes"]
    assert enabled and all(node == {"role": "INSPECTOR", "disabled": False} for node in enabled)


def test_who_may_not_read_the_directory_is_refused() -> None:
    assert SCENE("audit-admin").error("{ people(first: 1) { totalCount } }")["code"] == "FORBIDDEN"
