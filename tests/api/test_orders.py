"""Lists are asked for in the order of the screen; a position belongs to the order in which it was given."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import permutations
from typing import Any

import pytest
from graphql import GraphQLEnumType, GraphQLField, GraphQLNonNull, GraphQLObjectType, get_named_type

from yanbao.domain.alert.form import AlertLevel
from yanbao.graphql.parts.scalars import LABELS

from ..support.asking import TODAY, World, a_world, pages, region_id
from ..support.dates import in_days
from ..support.system import schema
from .alert.alerting import opened
from .exchange.inboxing import received
from .export.asking import requested
from .problem.issuing import to_the_county, to_the_factory
from .test_paging import scene as full

DAY = f'where: {{firstDay: "{TODAY}", lastDay: "{TODAY}"}}'


@cache
def scene() -> World:
    """Reports at different times, on time and late."""
    world = a_world(40)
    for minute, of in enumerate(world.enterprises[:12]):
        world.at(f"{9 + minute // 6:02d}:{minute:02d}").submit(of)
    for number in range(4):
        to_the_county(world, number)
        to_the_factory(world, 10 + number)
        opened(world, f"W-{number}", list(AlertLevel)[number])
        received(world, number)
        requested(world("province-head"))
    return world.at("11:00")


def nodes(name: str, selection: str, arguments: str, username: str = "province-head") -> list[Any]:
    walked = list(pages(scene()(username), name, selection, first=7, arguments=arguments))
    assert walked == list(pages(scene()(username), name, selection, first=100, arguments=arguments))
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
    assert {node["enterprise"]["name"] for node in of_one} == {scene().red.name}


def test_problems_stand_by_their_deadline_as_asked() -> None:
    where = "where: {unfedBack: true} orderBy: RECTIFY_DUE"
    found = nodes("problems", "rectifyDue", where)
    assert len(found) == 8 and found == sorted(found, key=lambda node: node["rectifyDue"])
    error = scene()("province-head").error(
        "{ problems(first: 5, where: {}, orderBy: RECTIFY_DUE) { totalCount } }"
    )
    assert (error["code"], error["field"]) == ("BAD_USER_INPUT", "unfedBack") and "31天" in error["sentence"]


def test_departments_stand_by_region_as_asked_and_are_counted() -> None:
    query = "{ departments(first: 3, orderBy: REGION) { totalCount nodes { level jurisdiction { code } } } }"
    found = scene()("city-head").ask(query)["departments"]
    assert [node["level"] for node in found["nodes"]] == ["CITY", "COUNTY", "COUNTY"]
    counties = scene()("city-head").ask("{ departments(first: 1, where: {level: COUNTY}) { totalCount } }")
    assert found["totalCount"] == counties["departments"]["totalCount"] + 1


@pytest.mark.parametrize("order", ["REGION", "REPORTED", "LATENESS"])
def test_an_order_without_an_index_covers_31_days(order: str) -> None:
    who = scene()("province-head")
    for days, refused in ((30, False), (31, True)):
        where = f'where: {{firstDay: "{in_days(-days)}", lastDay: "{TODAY}"}}'
        answer = who.send(f"{{ commitments(first: 5, {where}, orderBy: {order}) {{ nodes {{ id }} }} }}")
        assert ("errors" in answer) is refused
    (error,) = answer["errors"]
    assert error["extensions"]["field"] == "lastDay" and "31天，现为32天" in error["extensions"]["sentence"]


LISTS: dict[str, tuple[str, str, list[str]]] = {
    # name -> (who, arguments, the orders, the default first)
    "commitments": ("province-head", DAY, ["NEWEST", "REGION", "REPORTED", "LATENESS"]),
    "problems": ("province-head", "where: {unfedBack: true}", ["NEWEST", "RECTIFY_DUE", "REGION"]),
    "alerts": ("province-head", "where: {unfedBack: true}", ["NEWEST", "GRAVEST", "FEED_BACK_DUE", "REGION"]),
    "problemsToMe": ("county-head", "unfedBack: true", ["NEWEST", "RECTIFY_DUE", "REGION"]),
    "problemsByMe": ("city-head", "unfedBack: true", ["NEWEST", "RECTIFY_DUE", "REGION"]),
    "inspections": ("province-head", DAY, ["NEWEST", "REGION", "PROBLEMS"]),
    "inspectionDrafts": ("city-inspector", "", ["OLDEST", "NEWEST"]),
    "certificates": ("province-head", "", ["EXPIRY", "LATEST_EXPIRY", "REGION"]),
    "departments": ("province-head", "", ["LEVEL", "REGION"]),
    "enterprises": ("province-head", "", ["REGION", "CREDIT_CODE", "UPDATED"]),
    "people": ("province-head", "", ["REGION", "ROLE", "NAME"]),
    "shutdownPeriods": ("province-head", "", ["NEWEST", "OLDEST", "ENDING"]),
    "exports": ("province-head", "", ["NEWEST", "OLDEST"]),
    "settingChanges": ("province-head", f'regionId: "{region_id("610000")}"', ["NEWEST", "OLDEST"]),
    "reports": ("province-head", "", ["NEWEST", "OLDEST"]),
    "smsRecords": ("province-head", "", ["NEWEST", "OLDEST"]),
    "exchangeEntries": ("province-head", "", ["NEWEST", "OLDEST"]),
    "inboxMessages": ("province-head", "", ["NEWEST", "OLDEST"]),
    "inboxRecords": ("province-head", "", ["NEWEST", "OLDEST"]),
    "exchangeAttempts": ("province-head", "", ["NEWEST", "OLDEST"]),
    "accounts": ("system-admin", "", ["USERNAME", "ROLE", "LOCKED"]),
    "scheduleSlots": ("system-admin", "", ["NEWEST", "OLDEST"]),
    "auditEntries": ("audit-admin", "", ["NEWEST", "OLDEST"]),
}
NESTED = {
    "Viewer.messages": "MessageOrder",
    "RegionFigures.commitments": "CommitmentOrder",
    "ProblemStatisticsLine.problems": "ProblemOrder",
    "AlertStatisticsLine.alerts": "AlertOrder",
    "InspectionStatisticsLine.records": "InspectionOrder",
    "InspectionStatisticsLine.problems": "ProblemOrder",
    "ProblemMarker.problems": "ProblemOrder",
    "AlertMarker.alerts": "AlertOrder",
    "CommitmentMarker.commitments": "CommitmentOrder",
}


def connections() -> Iterator[tuple[str, GraphQLField]]:
    """(Type.field, field) of every list with pages."""
    for kind in schema()._schema.type_map.values():
        if isinstance(kind, GraphQLObjectType):
            for name, field in kind.fields.items():
                if get_named_type(field.type).name.endswith("Connection"):
                    yield f"{kind.name}.{name}", field


def test_every_list_has_an_order_of_its_own_with_a_default_and_says_what_it_does() -> None:
    found = dict(connections())
    assert set(found) == {f"Query.{name}" for name in LISTS} | set(NESTED)
    for path, field in found.items():
        assert "orderBy" in field.args, path
        argument = field.args["orderBy"]
        order = get_named_type(argument.type)
        assert isinstance(order, GraphQLEnumType) and isinstance(argument.type, GraphQLNonNull), path
        assert order.name.endswith("Order") and order.name in LABELS, path
        assert order.description and "排序" in order.description
        values = list(order.values)
        assert argument.default_value.name in values, path
        if path in NESTED:
            assert order.name == NESTED[path]
        else:
            wanted = LISTS[path.partition(".")[2]][2]
            assert set(values) == set(wanted)
            assert argument.default_value.name == wanted[0], path
        for value in order.values.values():
            assert value.description and re.search("[一-鿿]", value.description)


def test_no_two_lists_of_different_things_share_an_order() -> None:
    things: dict[str, set[str]] = {}
    for _, field in connections():
        order = get_named_type(field.args["orderBy"].type).name
        things.setdefault(order, set()).add(get_named_type(field.type).name)
    assert all(len(of) == 1 for of in things.values()), things


@cache
def cursors(name: str, order: str) -> list[str]:
    """The positions of the whole list, by pages of seven."""
    username, arguments, _ = LISTS[name]
    asked = f"first: 7 {arguments} orderBy: {order}"
    found: list[str] = []
    after = None
    while True:
        query = f"query($after: String) {{ list: {name}({asked} after: $after) {{ edges {{ cursor }} pageInfo {{ hasNextPage endCursor }} }} }}"
        page = full()(username).ask(query, after=after)["list"]
        found += [edge["cursor"] for edge in page["edges"]]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


@pytest.mark.parametrize("name", LISTS)
def test_every_order_walks_through_the_same_rows_each_once(name: str) -> None:
    sizes = set()
    for order in LISTS[name][2]:
        found = cursors(name, order)
        assert len(set(found)) == len(found) >= 2, order
        sizes.add(len(found))
    assert len(sizes) == 1, "an order leaves nothing out"


@pytest.mark.parametrize("name", LISTS)
def test_a_position_of_one_order_is_refused_in_every_other(name: str) -> None:
    username, arguments, orders = LISTS[name]
    for one, other in permutations(orders, 2):
        after = cursors(name, one)[0]
        query = f'{{ {name}(first: 2 {arguments} orderBy: {other} after: "{after}") {{ totalCount }} }}'
        error = full()(username).error(query)
        assert (error["code"], error["field"]) == ("BAD_USER_INPUT", "after")
