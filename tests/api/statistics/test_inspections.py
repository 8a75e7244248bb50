"""The statistics of patrols and spot checks through the API: areas, enterprises, records, problems, and their lists."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from yanbao.domain.inspection.groups import InspectionGroup
from yanbao.domain.problem.groups import ProblemGroup

from ...support.asking import TODAY, a_world, region_id
from ..inspection.inspecting import a_patrol, a_patrol_form, a_problem, a_spot_check

DAY = {"first": f"{TODAY}", "last": f"{TODAY}"}
COUNTS = "counts { inspected seenAutomatically manual automatic }"
LINE = f"""{{ key label firstDay lastDay {COUNTS} problemCounts {{ issued unfedBack fedBack closed withdrawn overdue
    meanFeedbackSeconds p90FeedbackSeconds }} }}"""
ARGUMENTS = "firstDay: $first, lastDay: $last, regionId: $region, step: $step, at: $at"

SCENE = a_world()
for number in range(2):
    problems = [a_problem()] * (2 * number)
    form = a_patrol_form(problems=problems) if problems else {}
    a_patrol(SCENE("city-inspector"), key=f"patrol-{number}", **form)
a_spot_check(SCENE("county-inspector"), SCENE.red, key="check-0000")
SCENE.at("20:00")


def asked(name: str, username: str = "province-head", **variables: Any) -> dict[str, Any]:
    found = SCENE(username).ask(document(name), **{**DAY, **variables})["found"]
    return dict(found)


def document(name: str, selection: str = "") -> str:
    return f"""query($first: Date!, $last: Date!, $region: ID, $step: Step, $at: DateTime) {{
        found: {name}({ARGUMENTS}) {{ at whole {LINE} lines {LINE} periods {LINE} {selection} }} }}"""


def test_patrols_are_counted_by_records_and_by_areas() -> None:
    found = asked("patrolStatistics", step="WEEK")
    assert found["whole"]["counts"] == {
        "inspected": 1,
        "seenAutomatically": 0,
        "manual": 2,
        "automatic": 0,
    }
    assert found["whole"]["problemCounts"]["issued"] == found["whole"]["problemCounts"]["unfedBack"] == 2
    (weinan,) = [line for line in found["lines"] if line["counts"]["manual"]]
    assert weinan["label"] == "渭南市" and weinan["counts"] == found["whole"]["counts"]
    (week,) = found["periods"]
    assert week["counts"] == found["whole"]["counts"] and week["label"].startswith(f"{TODAY.year}年第")


def test_spot_checks_are_counted_by_enterprises() -> None:
    found = asked("spotCheckStatistics", "county-head")
    assert found["whole"]["counts"]["inspected"] == found["whole"]["counts"]["manual"] == 1
    assert [(line["key"], line["label"]) for line in found["lines"]] == [("610526", "蒲城县")]


def test_nobody_counts_what_was_done_above() -> None:
    county = asked("patrolStatistics", "county-head")["whole"]
    assert county["counts"]["manual"] == 0 and county["problemCounts"]["issued"] == 0
    assert asked("patrolStatistics", "city-head")["whole"]["problemCounts"]["issued"] == 2


def test_an_enterprise_has_no_statistics_of_inspections() -> None:
    for name in ("patrolStatistics", "spotCheckStatistics"):
        assert SCENE("enterprise-head").error(document(name), **DAY)["code"] == "FORBIDDEN"


def test_each_figure_opens_its_list() -> None:
    records = " ".join(
        f"{g.value}: records(group: {g.value}, first: 50) {{ totalCount nodes {{ id }} }}"
        for g in InspectionGroup
    )
    problems = " ".join(
        f"P_{g.value}: problems(group: {g.value}, first: 50) {{ totalCount nodes {{ id }} }}"
        for g in ProblemGroup
    )
    query = f"""query($first: Date!, $last: Date!) {{ patrolStatistics(firstDay: $first, lastDay: $last) {{
        whole {{ {records} {problems} }} }} }}"""
    whole = SCENE("province-head").ask(query, **DAY)["patrolStatistics"]["whole"]
    assert whole["MANUAL"]["totalCount"] == whole["INSPECTED"]["totalCount"] == 2
    assert whole["AUTOMATIC"]["totalCount"] == whole["SEEN_AUTOMATICALLY"]["totalCount"] == 0
    assert len(whole["P_ISSUED"]["nodes"]) == whole["P_UNFED_BACK"]["totalCount"] == 2


def test_the_records_of_several_years_are_one_list() -> None:
    query = """query($first: Date!, $last: Date!) { patrolStatistics(firstDay: $first, lastDay: $last) {
        whole { records(group: MANUAL, first: 50) { nodes { id } } } } }"""
    years = {"first": f"{TODAY - timedelta(days=1500)}", "last": f"{TODAY}"}
    found = SCENE("province-head").ask(query, **years)["patrolStatistics"]["whole"]
    assert len(found["records"]["nodes"]) == 2


@pytest.mark.parametrize("name", ["patrolStatistics", "spotCheckStatistics"])
def test_what_makes_no_statistic_is_refused_with_what_is_wrong(name: str) -> None:
    head = SCENE("city-head")
    for changes, code, field, words in (
        ({"last": f"{TODAY - timedelta(days=1)}"}, "BAD_USER_INPUT", "lastDay", "早于"),
        ({"first": f"{TODAY - timedelta(days=1830)}"}, "BAD_USER_INPUT", "lastDay", "最多统计5年"),
        ({"first": f"{TODAY - timedelta(days=500)}", "step": "DAY"}, "BAD_USER_INPUT", "step", "最多400期"),
        ({"at": f"{TODAY}T20:00:01+08:00"}, "BAD_USER_INPUT", "at", "晚于现在"),
        ({"region": region_id("610100")}, "NOT_FOUND", "regionId", "区域"),
    ):
        error = head.error(document(name), **{**DAY, **changes})
        assert (error["code"], error["field"]) == (code, field)
        assert words in error["sentence"]
