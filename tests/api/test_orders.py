"""Lists are asked for in the order of the screen; a position belongs to the order in which it was given."""

from __future__ import annotations

from typing import Any

import pytest

from ..support.asking import TODAY, World, a_world, pages
from ..support.dates import in_days
from .problem.issuing import to_the_county, to_the_factory

SCENE = a_world(40)
DAY = f'where: {{firstDay: "{TODAY}", lastDay: "{TODAY}"}}'


def _busy(world: World) -> None:
    """Reports at different times, on time and late."""
    for minute, of in enumerate(world.enterprises[:12]):
        world.at(f"{9 + minute // 6:02d}:{minute:02d}").submit(of)
    for number in range(4):
        to_the_county(world, number)
        to_the_factory(world, 10 + number)
    world.at("11:00")


_busy(SCENE)


def nodes(name: str, selection: str, arguments: str, username: str = "province-head") -> list[Any]:
    walked = list(pages(SCENE(username), name, selection, first=7, arguments=arguments))
    assert walked == list(pages(SCENE(username), name, selection, first=100, arguments=arguments))
    return walked


def test_commitments_of_a_day_stand_by_time_and_not_by_id() -> None:
    found = nodes("commitments", "reportedAt dueAt", DAY)
    times = [node["reportedAt"] or node["dueAt"] for node in found]
    assert times == sorted(times, reverse=True) and len(set(times)) > 10


def test_commitments_stand_by_region_reported_time_or_lateness_as_asked() -> None:
    found = nodes("commitments", "region { code }", f"{DAY} orderBy: REGION")
    codes = [node["region"]["code"] for node in found]
    assert codes == sorted(codes)
    found = nodes("commitments", "reportedAt", f"{DAY} orderBy: REPORTED")
    times = [node["reportedAt"] for node in found]
    assert times[:12] == sorted(times[:12], reverse=True) and set(times[12:]) == {None}
    found = nodes("commitments", "reportedAt late", f"{DAY} orderBy: LATENESS")
    assert [node["late"] for node in found] == [None] * 28 + [True] * 6 + [False] * 6
    times = [node["reportedAt"] for node in found[28:]]
    assert times == sorted(times, reverse=True)


def test_certificates_stand_by_expiry_with_enterprise_and_region_beside_them() -> None:
    selection = "expiresOn daysLeft enterprise { name } region { code }"
    found = nodes("certificates", selection, "")
    days = [node["expiresOn"] for node in found]
    assert len(days) > 40 and days == sorted(days) and all(node["enterprise"] for node in found)
    found = nodes("certificates", selection, "orderBy: LATEST_EXPIRY")
    assert [node["expiresOn"] for node in found] == sorted(days, reverse=True)
    found = nodes("certificates", selection, "orderBy: REGION")
    assert [n["region"]["code"] for n in found] == sorted(n["region"]["code"] for n in found)
    soon = nodes("certificates", "expiresOn", f'where: {{lastExpiry: "{days[9]}"}}')
    assert [node["expiresOn"] for node in soon] == [day for day in days if day <= days[9]]
    of_one = nodes("certificates", "enterprise { name }", "", "enterprise-head")
    assert {node["enterprise"]["name"] for node in of_one} == {SCENE.red.name}


def test_problems_stand_by_their_deadline_as_asked() -> None:
    where = "where: {unfedBack: true} orderBy: RECTIFY_DUE"
    found = nodes("problems", "rectifyDue", where)
    assert len(found) == 8 and found == sorted(found, key=lambda node: node["rectifyDue"])
    error = SCENE("province-head").error(
        "{ problems(first: 5, where: {}, orderBy: RECTIFY_DUE) { totalCount } }"
    )
    assert (error["code"], error["field"]) == ("BAD_USER_INPUT", "unfedBack") and "31天" in error["sentence"]


def test_departments_stand_by_region_as_asked_and_are_counted() -> None:
    query = "{ departments(first: 3, orderBy: REGION) { totalCount nodes { level jurisdiction { code } } } }"
    found = SCENE("city-head").ask(query)["departments"]
    assert [node["level"] for node in found["nodes"]] == ["CITY", "COUNTY", "COUNTY"]
    counties = SCENE("city-head").ask("{ departments(first: 1, where: {level: COUNTY}) { totalCount } }")
    assert found["totalCount"] == counties["departments"]["totalCount"] + 1


@pytest.mark.parametrize("order", ["REGION", "REPORTED", "LATENESS"])
def test_an_order_without_an_index_covers_31_days(order: str) -> None:
    who = SCENE("province-head")
    for days, refused in ((30, False), (31, True)):
        where = f'where: {{firstDay: "{in_days(-days)}", lastDay: "{TODAY}"}}'
        answer = who.send(f"{{ commitments(first: 5, {where}, orderBy: {order}) {{ nodes {{ id }} }} }}")
        assert ("errors" in answer) is refused
    (error,) = answer["errors"]
    assert error["extensions"]["field"] == "lastDay" and "31天，现为32天" in error["extensions"]["sentence"]


LISTS = {
    "commitments": (DAY, ["NEWEST", "REGION"]),
    "problems": ("where: {unfedBack: true}", ["NEWEST", "RECTIFY_DUE"]),
    "inspections": (DAY, ["NEWEST", "PROBLEMS"]),
    "certificates": ("", ["EXPIRY", "LATEST_EXPIRY"]),
    "departments": ("", ["LEVEL", "REGION"]),
    "smsRecords": ("", ["NEWEST", "OLDEST"]),
    "exchangeEntries": ("", ["NEWEST", "OLDEST"]),
}


@pytest.mark.parametrize("name", ["commitments", "problems", "certificates", "departments"])
def test_a_position_of_one_order_is_refused_in_another(name: str) -> None:
    arguments, (one, other) = LISTS[name]
    who = SCENE("province-head")
    query = f"{{ {name}(first: 2 {arguments} orderBy: {one}) {{ pageInfo {{ endCursor }} }} }}"
    after = who.ask(query)[name]["pageInfo"]["endCursor"]
    error = who.error(
        f'{{ {name}(first: 2 {arguments} orderBy: {other} after: "{after}") {{ totalCount }} }}'
    )
    assert (error["code"], error["field"]) == ("BAD_USER_INPUT", "after")


def test_every_value_of_every_order_says_in_chinese_what_it_does() -> None:
    for name in LISTS:
        field = '{ __type(name: "Query") { fields { name args { name type { ofType { name } } } } } }'
        found = SCENE("province-head").ask(field)["__type"]["fields"]
        (arguments,) = [field["args"] for field in found if field["name"] == name]
        (order,) = [
            argument["type"]["ofType"]["name"] for argument in arguments if argument["name"] == "orderBy"
        ]
        values = SCENE("province-head").ask(
            f'{{ __type(name: "{order}") {{ enumValues {{ name description }} }} }}'
        )["__type"]["enumValues"]
        assert set(LISTS[name][1]) <= {value["name"] for value in values}
        assert all(any("一" <= character <= "鿿" for character in v["description"]) for v in values)
