"""An id or region outside the scope is NOT_FOUND in every query: not zero in one and an error in another."""

from __future__ import annotations

from typing import Any

import pytest

from ..support.asking import TODAY, Somebody, a_world, id_of, region_id, unknown
from ..support.system import schema
from .test_filters import taken

SCENE = a_world()
FOREIGN = SCENE.enterprises[1]
"""In another city than those who ask."""
DAYS = f'firstDay: "{TODAY}", lastDay: "{TODAY}"'


def _named(kind: str) -> str:
    """The id of something in another city."""
    if kind == "Region":
        return region_id(FOREIGN.region_id)
    if kind == "Enterprise":
        return id_of(FOREIGN)
    if kind == "Person":
        return id_of(next(p for p in SCENE.state.people.values() if p.enterprise_id == FOREIGN.id))
    return id_of(next(d for d in SCENE.state.departments.values() if FOREIGN.region_id in d.jurisdiction))


# (the query, the field that names the id) -> what kind of id; `@` stands for the id.
QUERIES: dict[tuple[str, str], str] = {
    (f"commitments(first: 5, where: {{{DAYS}, regionId: @}})", "regionId"): "Region",
    (f"commitments(first: 5, where: {{{DAYS}, enterpriseId: @}})", "enterpriseId"): "Enterprise",
    (f"inspections(first: 5, where: {{{DAYS}, regionId: @}})", "regionId"): "Region",
    (f"inspections(first: 5, where: {{{DAYS}, departmentId: @}})", "departmentId"): "Department",
    (f"inspections(first: 5, where: {{{DAYS}, targetDepartmentId: @}})", "targetDepartmentId"): "Department",
    (f"inspections(first: 5, where: {{{DAYS}, targetEnterpriseId: @}})", "targetEnterpriseId"): "Enterprise",
    ("problems(first: 5, where: {regionId: @})", "regionId"): "Region",
    ("problems(first: 5, where: {departmentId: @})", "departmentId"): "Department",
    ("problems(first: 5, where: {enterpriseId: @})", "enterpriseId"): "Enterprise",
    ("problems(first: 5, where: {issuerId: @})", "issuerId"): "Department",
    (f"problems(first: 5, where: {{{DAYS}, responsibleId: @}})", "responsibleId"): "Person",
    ("alerts(first: 5, where: {regionId: @})", "regionId"): "Region",
    ("alerts(first: 5, where: {enterpriseId: @})", "enterpriseId"): "Enterprise",
    ("alerts(first: 5, where: {reviewerId: @})", "reviewerId"): "Department",
    ("enterprises(first: 5, where: {regionId: @})", "regionId"): "Region",
    ("people(first: 5, where: {departmentId: @})", "departmentId"): "Department",
    ("people(first: 5, where: {enterpriseId: @})", "enterpriseId"): "Enterprise",
    ("people(first: 5, where: {regionId: @})", "regionId"): "Region",
    ("settingChanges(first: 5, regionId: @)", "regionId"): "Region",
    ("shutdownPeriods(first: 5, enterpriseId: @)", "enterpriseId"): "Enterprise",
    ("shutdownPeriods(first: 5, regionId: @)", "regionId"): "Region",
    ("departments(first: 5, where: {parentId: @})", "parentId"): "Department",
    ("departments(first: 5, where: {regionId: @})", "regionId"): "Region",
    ("certificates(first: 5, where: {regionId: @})", "regionId"): "Region",
    ("certificates(first: 5, where: {enterpriseId: @})", "enterpriseId"): "Enterprise",
    ("certificates(first: 5, where: {personId: @})", "personId"): "Person",
    ("smsRecords(first: 5, where: {personId: @})", "personId"): "Person",
    ("smsRecords(first: 5, where: {enterpriseId: @})", "enterpriseId"): "Enterprise",
}
SINGLE: dict[tuple[str, str, str], str] = {
    # (the query, the field that names the id, what to select) -> what kind of id
    ("enterprise(id: @)", "id", "name"): "Enterprise",
    ("commitmentPrefill(enterpriseId: @)", "enterpriseId", "suggestedGrade"): "Enterprise",
    ("policy(regionId: @)", "regionId", "commitmentDeadline"): "Region",
    ("commitmentOverview(regionId: @)", "regionId", "whole { tally { late } }"): "Region",
    ("commitmentStatistics(regionId: @)", "regionId", "whole { tally { late } }"): "Region",
    **{
        (f"{name}Statistics(regionId: @, {DAYS})", "regionId", "whole { label }"): "Region"
        for name in ("patrol", "spotCheck")
    },
    **{
        (f"{query}Statistics(where: {{{DAYS}, {field}: @}})", field, "whole { label }"): kind
        for query, field, kind in (
            ("problem", "regionId", "Region"),
            ("problem", "departmentId", "Department"),
            ("problem", "enterpriseId", "Enterprise"),
            ("problem", "issuerId", "Department"),
            ("problem", "responsibleId", "Person"),
            ("alert", "regionId", "Region"),
            ("alert", "enterpriseId", "Enterprise"),
            ("alert", "reviewerId", "Department"),
        )
    },
    ("wall(regionId: @)", "regionId", "today { tally { late } }"): "Region",
    (f"commitmentDays(regionId: @, {DAYS})", "regionId", "date"): "Region",
    (f"inspectionCounts(where: {{{DAYS}, regionId: @}})", "regionId", "manual"): "Region",
    (f"inspectionCounts(where: {{{DAYS}, departmentId: @}})", "departmentId", "manual"): "Department",
    (
        f"inspectionCounts(where: {{{DAYS}, targetDepartmentId: @}})",
        "targetDepartmentId",
        "manual",
    ): "Department",
    (
        f"inspectionCounts(where: {{{DAYS}, targetEnterpriseId: @}})",
        "targetEnterpriseId",
        "manual",
    ): "Enterprise",
}
ELSEWHERE = {
    "node.id": "answers null, see test_foreign_ids",
    "nodes.ids": "answers null, see test_foreign_ids",
    "reports.regionId": "not for counties, see tests/api/report",
    "report.id": "answers null, see tests/api/report",
    "accounts.personId": "for administrators only, see below",
    "inboxRecords.messageId": "for the province only, which sees every message",
    "rawMessage.id": "for the province only, which sees every message",
    "export.id": "of its owner only, see test_exports",
}
every_query = pytest.mark.parametrize(("query", "field"), QUERIES)


def ask(who: Somebody, query: str, id: str, selection: str = "totalCount") -> dict[str, Any]:
    asked = query.replace("@", "$id")
    return who.send(f"query($id: ID!) {{ {asked} {{ {selection} }} }}", id=id)


@every_query
@pytest.mark.parametrize("selection", ["totalCount", "nodes { __typename }"])
@pytest.mark.parametrize("username", ["city-head", "county-head"])
def test_what_lies_elsewhere_is_not_found_like_what_never_was(
    username: str, selection: str, query: str, field: str
) -> None:
    kind = QUERIES[query, field]
    foreign, nothing = (ask(SCENE(username), query, id, selection) for id in (_named(kind), unknown(kind)))
    assert foreign == nothing
    (error,) = foreign["errors"]
    assert (error["extensions"]["code"], error["extensions"]["field"]) == ("NOT_FOUND", field)


@pytest.mark.parametrize(("query", "field", "selection"), SINGLE)
@pytest.mark.parametrize("username", ["city-head", "county-head"])
def test_a_query_of_one_thing_says_so_too(username: str, query: str, field: str, selection: str) -> None:
    kind = SINGLE[query, field, selection]
    foreign, nothing = (ask(SCENE(username), query, id, selection) for id in (_named(kind), unknown(kind)))
    assert foreign == nothing
    (error,) = foreign["errors"]
    assert error["extensions"]["code"] == "NOT_FOUND"
    assert error["extensions"].get("field", field) == field
    assert "errors" not in ask(SCENE("province-head"), query, _named(kind), selection)


def test_no_argument_that_takes_an_id_is_missing_here() -> None:
    query = schema()._schema.query_type
    assert query is not None
    ids = {
        f"{name}.{path.removeprefix('where.')}"
        for name, field in query.fields.items()
        for path, kind in taken(field)
        if kind == "ID"
    }
    tested = {f"{query.partition('(')[0]}.{field}" for query, field, *_ in (*QUERIES, *SINGLE)}
    assert ids == tested | set(ELSEWHERE)


def test_an_account_of_nobody_is_not_found() -> None:
    query = "accounts(first: 5, personId: @)"
    (error,) = ask(SCENE("system-admin"), query, unknown("Person"))["errors"]
    assert (error["extensions"]["code"], error["extensions"]["field"]) == ("NOT_FOUND", "personId")
    found = ask(SCENE("security-admin"), query, _named("Person"), "totalCount nodes { personName }")
    assert found["data"]["accounts"]["totalCount"] == len(found["data"]["accounts"]["nodes"]) <= 1


@every_query
def test_the_province_finds_it(query: str, field: str) -> None:
    assert "errors" not in ask(SCENE("province-head"), query, _named(QUERIES[query, field]))


def test_an_enterprise_finds_its_own_region_and_not_the_one_beside_or_above() -> None:
    query = f"commitments(first: 5, where: {{{DAYS}, regionId: @}})"
    head = SCENE("enterprise-head")
    assert ask(head, query, region_id(SCENE.red.region_id))["data"]["commitments"] == {"totalCount": 1}
    for code in (FOREIGN.region_id, "610500", "610000"):
        (error,) = ask(head, query, region_id(code))["errors"]
        assert error["extensions"]["code"] == "NOT_FOUND"
