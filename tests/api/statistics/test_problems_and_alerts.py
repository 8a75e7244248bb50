"""The statistics of problems and alerts through the API: labelled lines, refusals, and a list behind every figure."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from yanbao.adapters.workflow.figures import camel_case
from yanbao.application.statistics.alert_figures import ALERT_FIGURES
from yanbao.application.statistics.problem_figures import PROBLEM_FIGURES
from yanbao.domain.alert.form import AlertLevel
from yanbao.domain.alert.groups import AlertGroup
from yanbao.domain.problem.form import Severity
from yanbao.domain.problem.groups import ProblemGroup
from yanbao.graphql.context import MOST_LISTS

from ...support.asking import TODAY, a_world, id_of, region_id
from ..alert.alerting import opened, restate
from ..problem.issuing import to_the_county, to_the_factory

DAY = {"firstDay": f"{TODAY}", "lastDay": f"{TODAY}"}
WEEK = {"firstDay": f"{TODAY - timedelta(days=6)}", "lastDay": f"{TODAY}"}
COUNTS = {
    "problemStatistics": " ".join(camel_case(figure.field) for figure in PROBLEM_FIGURES.figures),
    "alertStatistics": " ".join(camel_case(figure.field) for figure in ALERT_FIGURES.figures),
}
DIMENSIONS = {"problemStatistics": "ProblemDimension", "alertStatistics": "AlertDimension"}
INPUTS = {"problemStatistics": "ProblemFilterInput", "alertStatistics": "AlertFilterInput"}
GROUPS: dict[str, list[Any]] = {
    "problemStatistics": list(ProblemGroup),
    "alertStatistics": list(AlertGroup),
}
STATISTICS = list(COUNTS)

SCENE = a_world()
for number in range(3):
    to_the_county(SCENE, number, severity=list(Severity)[number % 2])
    to_the_factory(SCENE, 10 + number)
    opened(SCENE, f"W-{number}", list(AlertLevel)[number])
restate(SCENE, "W-2", ended="人员已撤离")
SCENE.at("20:00")


def document(name: str) -> str:
    line = f"{{ key label firstDay lastDay counts {{ {COUNTS[name]} }} }}"
    return f"""query($where: {INPUTS[name]}!, $by: {DIMENSIONS[name]}, $step: Step, $at: DateTime) {{
      found: {name}(where: $where, by: $by, step: $step, at: $at) {{
        at whole {line} lines {line} periods {line} }} }}"""


def asked(
    name: str, username: str = "province-head", where: dict[str, Any] = DAY, **variables: Any
) -> dict[str, Any]:
    return dict(SCENE(username).ask(document(name), where=where, **variables)["found"])


def refusal(name: str, where: dict[str, Any] = DAY, **variables: Any) -> tuple[str, str | None, str]:
    error = SCENE("province-head").error(document(name), where=where, **variables)
    return error["code"], error.get("field"), error.get("sentence", "")


def test_a_line_has_its_label_and_its_figures() -> None:
    found = asked("problemStatistics", by="SEVERITY", step="MONTH")
    assert [(line["key"], line["label"]) for line in found["lines"]] == [
        ("GENERAL", "一般"),
        ("MAJOR", "重大"),
    ]
    assert found["whole"]["label"] == "合计" and found["whole"]["counts"]["issued"] == 6
    assert [period["label"] for period in found["periods"]] == [f"{TODAY.year}年{TODAY.month}月"]
    assert found["whole"]["counts"]["meanFeedbackSeconds"] is None
    assert [line["counts"]["issued"] for line in found["lines"]] == [5, 1]


@pytest.mark.parametrize("name", STATISTICS)
def test_every_dimension_has_labels_in_chinese_and_adds_up(name: str) -> None:
    values = SCENE("province-head").ask(
        f'{{ __type(name: "{DIMENSIONS[name]}") {{ enumValues {{ name }} }} }}'
    )
    for value in values["__type"]["enumValues"]:
        found = asked(name, by=value["name"], step="DAY", where=WEEK)
        for line in (*found["lines"], found["whole"]):
            assert re.search("[一-鿿]", line["label"]), line
        count = "issued" if name == "problemStatistics" else "opened"
        for lines in (found["lines"], found["periods"]):
            assert sum(line["counts"][count] for line in lines) == found["whole"]["counts"][count] > 0


def test_regions_have_their_lines_with_zeros_and_what_lies_directly_in_one_has_its_own() -> None:
    city = asked("problemStatistics", "city-head", by="REGION")
    counted = {line["label"]: line["counts"]["issued"] for line in city["lines"]}
    assert counted["蒲城县"] == 6 and 0 in counted.values()
    county = asked("problemStatistics", "county-head", by="REGION")
    assert [(line["key"], line["label"]) for line in county["lines"]] == [("610526", "蒲城县")]


def test_certificate_alerts_are_a_line_among_the_risk_types() -> None:
    lines = asked("alertStatistics", by="CATEGORY")["lines"]
    assert (lines[-1]["key"], lines[-1]["label"]) == ("CERTIFICATE", "证书报警")
    only = asked("alertStatistics", by="CATEGORY", where={**DAY, "kinds": ["RISK"]})["lines"]
    assert [line["key"] for line in only] == [line["key"] for line in lines[:-1]]


def test_a_filter_leaves_out_the_lines_that_it_does_not_ask_for() -> None:
    lines = asked("problemStatistics", by="STATE", where={**DAY, "states": ["CLOSED", "ISSUED"]})["lines"]
    assert [line["key"] for line in lines] == ["ISSUED", "CLOSED"]


@pytest.mark.parametrize("name", STATISTICS)
def test_each_figure_opens_its_list(name: str) -> None:
    rows = "problems" if name == "problemStatistics" else "alerts"
    groups = GROUPS[name]
    lists = " ".join(
        f"{group.value}: {rows}(group: {group.value}, first: 100) {{ totalCount nodes {{ id }} }}"
        for group in groups
    )
    query = f"""query($where: {INPUTS[name]}!) {{ {name}(where: $where) {{ whole {{ counts {{ {COUNTS[name]} }}
        {lists} }} }} }}"""
    whole = SCENE("province-head").ask(query, where=DAY)[name]["whole"]
    for group in groups:
        figure = whole["counts"][camel_case(group.value.lower())]
        assert figure == whole[group.value]["totalCount"] == len(whole[group.value]["nodes"]), group
    assert whole["counts"]["overdue"] > 0


def test_a_list_goes_on_where_its_page_ended_by_the_same_instant() -> None:
    query = """query($where: ProblemFilterInput!, $at: DateTime, $after: String) {
        problemStatistics(where: $where, at: $at) { at whole { counts { overdue }
            problems(group: OVERDUE, first: 4, after: $after) { nodes { id } pageInfo { endCursor hasNextPage } } } } }"""
    seen, at, after = [], None, None
    for _ in range(2):
        found = SCENE("province-head").ask(query, where=DAY, at=at, after=after)["problemStatistics"]
        at, page = found["at"], found["whole"]["problems"]
        seen += [node["id"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
    assert not page["pageInfo"]["hasNextPage"]
    assert len(set(seen)) == len(seen) == found["whole"]["counts"]["overdue"] == 6


def test_overdue_is_told_by_the_instant_that_is_asked_for_and_stated() -> None:
    morning = f"{TODAY}T09:00:00+08:00"
    found = asked("problemStatistics", at=morning)
    assert found["at"] == morning and found["whole"]["counts"]["overdue"] == 0
    only = asked("problemStatistics", where={**DAY, "overdue": True}, at=morning)
    assert only["whole"]["counts"]["issued"] == 0
    now = asked("problemStatistics", where={**DAY, "overdue": True})
    assert now["whole"]["counts"]["issued"] == now["whole"]["counts"]["overdue"] == 6


@pytest.mark.parametrize("figure", ["issued", "meanFeedbackSeconds", "p90FeedbackSeconds"])
def test_percentiles_are_counted_only_when_they_are_asked_for(
    figure: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = SCENE.system.app.problem_statistics._readers.problems
    splits: list[Any] = []
    count = type(reader).statistics

    def counting(self: Any, where: Any, scope: Any, split: Any, **more: Any) -> Any:
        splits.append(split)
        return count(self, where, scope, split, **more)

    monkeypatch.setattr(type(reader), "statistics", counting)
    query = f"""query($where: ProblemFilterInput!) {{ problemStatistics(where: $where) {{ ...Whole }} }}
        fragment Whole on ProblemStatistics {{ whole {{ counts {{ {figure} }} }} }}"""
    SCENE("province-head").ask(query, where=DAY)
    assert [split.percentiles for split in splits] == [figure == "p90FeedbackSeconds"]


def test_an_enterprise_counts_its_own_and_no_other() -> None:
    own = asked("problemStatistics", "enterprise-head", by="REGION")
    assert own["whole"]["counts"]["issued"] == 3
    assert [line["label"] for line in own["lines"]] == ["蒲城县"]
    assert asked("alertStatistics", "enterprise-head")["whole"]["counts"]["opened"] == 3
    other = SCENE.head_of(SCENE.enterprises[1])
    assert other.ask(document("problemStatistics"), where=DAY)["found"]["whole"]["counts"]["issued"] == 0
    error = other.error(document("problemStatistics"), where={**DAY, "enterpriseId": id_of(SCENE.red)})
    assert error["code"] == "NOT_FOUND"


@pytest.mark.parametrize("name", STATISTICS)
def test_what_makes_no_statistic_is_refused_with_what_is_wrong(name: str) -> None:
    code, field, sentence = refusal(name, {"lastDay": f"{TODAY}"})
    assert (code, field) == ("BAD_USER_INPUT", "firstDay") and "开始日期和结束日期" in sentence
    code, field, sentence = refusal(name, {"firstDay": f"{TODAY}"})
    assert (code, field) == ("BAD_USER_INPUT", "lastDay")
    code, field, sentence = refusal(name, {"firstDay": f"{TODAY}", "lastDay": f"{TODAY - timedelta(days=1)}"})
    assert (code, field) == ("BAD_USER_INPUT", "lastDay") and "早于" in sentence
    long_ago = {"firstDay": f"{TODAY - timedelta(days=5 * 366)}", "lastDay": f"{TODAY}"}
    code, field, sentence = refusal(name, long_ago)
    assert (code, field) == ("BAD_USER_INPUT", "lastDay") and "最多统计5年" in sentence
    years = {"firstDay": f"{TODAY - timedelta(days=800)}", "lastDay": f"{TODAY}"}
    code, field, sentence = refusal(name, years, step="DAY")
    assert (code, field) == ("BAD_USER_INPUT", "step") and "最多400期" in sentence
    code, field, sentence = refusal(name, at=f"{TODAY}T20:00:01+08:00")
    assert (code, field) == ("BAD_USER_INPUT", "at") and "晚于现在" in sentence
    assert refusal(name, by="COLOUR")[0] == "BAD_USER_INPUT"
    foreign = {**DAY, "regionId": region_id("610100")}
    error = SCENE("county-head").error(document(name), where=foreign)
    assert (error["code"], error["field"]) == ("NOT_FOUND", "regionId")


def test_one_request_opens_a_bounded_number_of_lists() -> None:
    query = """query($where: ProblemFilterInput!) { problemStatistics(where: $where, step: DAY) {
        periods { problems(group: ISSUED, first: 1) { nodes { id } } } } }"""
    few = {"firstDay": f"{TODAY - timedelta(days=MOST_LISTS - 1)}", "lastDay": f"{TODAY}"}
    assert len(SCENE("province-head").ask(query, where=few)["problemStatistics"]["periods"]) == MOST_LISTS
    many = {"firstDay": f"{TODAY - timedelta(days=MOST_LISTS)}", "lastDay": f"{TODAY}"}
    errors = SCENE("province-head").send(query, where=many)["errors"]
    assert {error["extensions"]["code"] for error in errors} == {"BAD_USER_INPUT"}
    assert f"{MOST_LISTS}个" in errors[0]["extensions"]["sentence"]
