"""The history of problems over the API: every filter finds what it says, alone and together."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import pytest

from yanbao.domain.handling.feedback import Addressee
from yanbao.domain.problem.form import ProblemCategory, Severity
from yanbao.domain.values import RegionId

from ...support.asking import TODAY, World, a_world, id_of, region_id
from .issuing import department_of, issue, to_the_county, to_the_factory

YESTERDAY: Final = TODAY - timedelta(days=1)


def three_problems() -> tuple[World, dict[str, str]]:
    """To the county of the day before; to its factory, withdrawn; a major one to a factory of another city."""
    world = a_world().at("06:30", YESTERDAY)
    found = {"county": to_the_county(world, 1)}
    world.at("08:30")
    found["factory"] = to_the_factory(world, 2)
    mutation = 'mutation($id: ID!) { withdrawProblem(id: $id, revision: 1, reason: "下发有误") @ }'
    assert world("county-head").change(mutation, id=found["factory"])["__typename"] == "ProblemSaved"
    other = world.enterprises[1]
    found["other"] = issue(
        world,
        to=Addressee(None, other.id, other.name, other.region_id, RegionId("610400")),
        by=department_of(world, "610400"),
        number=3,
        category=ProblemCategory.CERTIFICATE,
        severity=Severity.MAJOR,
        description="许可证过期",
    )
    return world, found


SCENE, IDS = three_problems()
COUNTY = department_of(SCENE, "610526")
A_YEAR: Final = {"firstDay": f"{TODAY - timedelta(days=365)}", "lastDay": f"{TODAY}"}
FILTERS: Final[list[tuple[dict[str, Any], set[str]]]] = [
    ({}, {"county", "factory", "other"}),
    ({"firstDay": f"{TODAY}"}, {"factory", "other"}),
    ({"lastDay": f"{YESTERDAY}"}, {"county"}),
    ({"firstDay": f"{YESTERDAY}", "lastDay": f"{TODAY}"}, {"county", "factory", "other"}),
    ({"departmentId": id_of(COUNTY)}, {"county"}),
    ({"enterpriseId": id_of(SCENE.red)}, {"factory"}),
    ({"issuerId": id_of(COUNTY)}, {"factory"}),
    ({"regionId": region_id("610400")}, {"other"}),
    ({"regionId": region_id("610500")}, {"county", "factory"}),
    ({"kinds": ["PATROL"]}, {"county"}),
    ({"kinds": ["SPOT_CHECK"]}, {"factory", "other"}),
    ({"origins": ["DEPARTMENT"]}, {"county", "factory", "other"}),
    ({"origins": ["MINISTRY"]}, set()),
    ({"states": ["ISSUED"]}, {"county", "other"}),
    ({"states": ["WITHDRAWN", "CLOSED"]}, {"factory"}),
    ({"categories": ["CERTIFICATE", "OTHER"]}, {"other"}),
    ({"severities": ["MAJOR"]}, {"other"}),
    ({"unfedBack": True}, {"county", "other"}),
    ({"unfedBack": False}, {"factory"}),
    ({"overdue": True}, {"county"}),
    ({"text": "许可证"} | A_YEAR, {"other"}),
    ({"text": SCENE.red.name} | A_YEAR, {"factory"}),
    ({"text": "  "}, {"county", "factory", "other"}),
    ({"kinds": ["SPOT_CHECK"], "unfedBack": True, "firstDay": f"{TODAY}"}, {"other"}),
    ({"enterpriseId": id_of(SCENE.red), "text": "许可证"} | A_YEAR, set()),
]


@pytest.mark.parametrize(("where", "expected"), FILTERS, ids=lambda part: "+".join(sorted(part)))
def test_problems_are_found_by_what_they_are_about(where: dict[str, Any], expected: set[str]) -> None:
    query = """query($where: ProblemFilterInput!) {
        problems(where: $where, first: 50) { totalCount nodes { id } } }"""
    found = SCENE("province-duty").ask(query, where=where)["problems"]
    names = {id: name for name, id in IDS.items()}
    assert {names[node["id"]] for node in found["nodes"]} == expected
    assert found["totalCount"] == len(found["nodes"]) == len(expected)


@pytest.mark.parametrize(
    ("days", "field", "sentence"),
    [
        ({}, "firstDay", "按文字查询时须指定开始日期和结束日期，最多366天。"),
        ({"firstDay": f"{TODAY}"}, "lastDay", "按文字查询时须指定开始日期和结束日期，最多366天。"),
        (
            {"firstDay": f"{TODAY - timedelta(days=366)}", "lastDay": f"{TODAY}"},
            "lastDay",
            "一次最多查询366天，现为367天。",
        ),
    ],
)
def test_words_are_looked_for_in_a_year_at_most(days: dict[str, str], field: str, sentence: str) -> None:
    query = "query($where: ProblemFilterInput!) { problems(where: $where, first: 5) { totalCount } }"
    error = SCENE("province-duty").error(query, where={"text": "许可证", **days})
    assert (error["code"], error["field"], error["sentence"]) == ("BAD_USER_INPUT", field, sentence)


def test_days_that_end_before_they_begin_are_refused_by_their_field() -> None:
    where = f'{{firstDay: "{TODAY}", lastDay: "{YESTERDAY}"}}'
    error = SCENE("province-duty").error(f"{{ problems(where: {where}, first: 5) {{ totalCount }} }}")
    assert (error["code"], error["field"]) == ("BAD_USER_INPUT", "lastDay")


def test_the_past_of_a_problem_says_who_and_when() -> None:
    query = "query($id: ID!) { node(id: $id) { ... on Problem { timeline { label by at note state } } } }"
    issued, withdrawn = SCENE("province-duty").ask(query, id=IDS["factory"])["node"]["timeline"]
    assert (issued["label"], issued["by"], issued["at"]) == ("下发", "程军平", f"{TODAY}T08:30:00+08:00")
    assert (withdrawn["label"], withdrawn["state"], withdrawn["note"]) == ("撤回", "WITHDRAWN", "下发有误")
    person = SCENE("county-head").ask("{ viewer { person { name } } }")["viewer"]["person"]
    assert (withdrawn["by"], withdrawn["at"]) == (person["name"], f"{TODAY}T08:30:00+08:00")
