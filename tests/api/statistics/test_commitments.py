"""The statistics of commitments through the API: one query per screen, and every figure leads to its list."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from graphql import GraphQLInputObjectType, GraphQLObjectType, get_named_type, parse_value

from yanbao.adapters.workflow.figures import camel_case, condition_of
from yanbao.application.statistics.catalogue import CATALOGUE
from yanbao.application.statistics.commitment_figures import COMMITMENT_FIGURES
from yanbao.graphql.parts.enums import TallyGroup

from ...support.asking import TODAY, a_world, region_id, stopped_form
from ...support.system import schema

STOPPED = {**stopped_form(), "production": None, "wholesale": None}
SCENE = a_world(40)
SCENE.system.app.commitments.report_shutdowns(TODAY)
for number, of in enumerate(SCENE.enterprises[:12]):
    if number % 3:
        SCENE.submit(of, **STOPPED)
SCENE.submit(SCENE.red)
SCENE.at("10:30")
for of in SCENE.enterprises[12:16]:
    SCENE.submit(of, **STOPPED)

FIGURES = " ".join(camel_case(figure.field) for figure in COMMITMENT_FIGURES.figures)
COUNTS = [figure for figure in COMMITMENT_FIGURES.figures if figure.narrows is not None]
LINE = f"rank {{ place among }} figures {{ region {{ id code name }} directly tally {{ {FIGURES} }} }}"
SCREEN = f"""query($region: ID, $first: Date, $last: Date, $kinds: [EnterpriseKind!], $step: Step, $level: Level) {{
  commitmentStatistics(regionId: $region, firstDay: $first, lastDay: $last, kinds: $kinds, step: $step,
      regionLevel: $level) {{
    whole {{ region {{ id name }} firstDay lastDay tally {{ {FIGURES} }} }}
    periods {{ name firstDay lastDay tally {{ {FIGURES} }} }}
    regions {{ {LINE} periods {{ name tally {{ expected }} }} }} }} }}"""


def asked(username: str, **variables: Any) -> dict[str, Any]:
    return dict(SCENE(username).ask(SCREEN, **variables)["commitmentStatistics"])


def refusal(username: str, **variables: Any) -> dict[str, Any]:
    return SCENE(username).error(SCREEN, **variables)


def test_one_query_answers_the_screen_with_names_figures_rates_and_ranks() -> None:
    week = {"first": f"{TODAY - timedelta(days=6)}", "last": f"{TODAY}"}
    found = asked("province-head", **week, step="DAY", level="CITY")
    assert found["whole"]["region"]["name"] == "陕西省"
    whole = found["whole"]["tally"]
    assert whole["expected"] == 40 and whole["late"] > 0 and whole["unreported"] > 0
    assert [period["name"] for period in found["periods"]] == [
        f"{TODAY - timedelta(days=back)}" for back in range(6, -1, -1)
    ]
    for count in COUNTS:
        name = camel_case(count.field)
        assert sum(period["tally"][name] for period in found["periods"]) == whole[name]
        assert sum(line["figures"]["tally"][name] for line in found["regions"]) == whole[name]
    lines = found["regions"]
    codes = [line["figures"]["region"]["code"] for line in lines]
    assert codes == sorted(codes) and {"610100", "611100", "616900"} <= set(codes)
    for line in lines:
        assert sum(p["tally"]["expected"] for p in line["periods"]) == line["figures"]["tally"]["expected"]
    ranked = sorted((line for line in lines if line["rank"]), key=lambda line: line["rank"]["place"])
    rates = [line["figures"]["tally"]["onTimeRate"] for line in ranked]
    assert rates == sorted(rates, reverse=True) and rates[0] > 0
    assert {line["rank"]["among"] for line in ranked} == {
        sum(1 for line in lines if line["figures"]["tally"]["expected"])
    }


def test_today_and_my_own_region_are_meant_where_nothing_is_said() -> None:
    found = asked("city-head")
    assert (found["whole"]["region"]["name"], found["whole"]["firstDay"]) == ("渭南市", f"{TODAY}")
    assert found["periods"] == found["regions"] == []


@pytest.mark.parametrize("level", ["CITY", "COUNTY"])
@pytest.mark.parametrize("count", COUNTS, ids=lambda count: count.field)
def test_every_figure_of_a_line_opens_its_list_by_the_filter_of_the_page_of_figures(
    level: str, count: Any
) -> None:
    condition = condition_of(count.narrows).strip("{} ")
    group = TallyGroup[count.field.upper()].name
    rows = f"commitments(group: {group}, first: 100) {{ totalCount nodes {{ id }} }}"
    query = f"{{ commitmentStatistics(regionLevel: {level}) {{ regions {{ figures {{ region {{ id }} directly {rows}"
    query += f" tally {{ {FIGURES} }} }} }} }} }}"
    lines = SCENE("province-head").ask(query)["commitmentStatistics"]["regions"]
    assert len(lines) > 3
    for figures in (line["figures"] for line in lines):
        directly = "true" if figures["directly"] else "false"
        where = f'firstDay: "{TODAY}", lastDay: "{TODAY}", regionId: "{figures["region"]["id"]}", directly: {directly}'
        by_filter = SCENE("province-head").ask(
            f"{{ commitments(where: {{{where}, {condition}}}, first: 100) {{ totalCount nodes {{ id }} }} }}"
        )["commitments"]
        assert by_filter == figures["commitments"]
        figure = figures["tally"][camel_case(count.field)]
        assert figure == by_filter["totalCount"] == len(by_filter["nodes"])


@pytest.mark.parametrize(
    ("variables", "field", "sentence"),
    [
        (
            {"first": f"{TODAY}", "last": f"{TODAY - timedelta(days=1)}"},
            "lastDay",
            f"结束日期{TODAY - timedelta(days=1)}早于开始日期{TODAY}。",
        ),
        (
            {"first": "2020-01-01", "last": "2026-01-01"},
            "lastDay",
            "一次最多统计5年（1830天），现为2193天。",
        ),
        (
            {"first": "2024-01-01", "last": "2026-01-01", "step": "DAY"},
            "step",
            "按日统计时一次最多400期，现为732期，请缩短日期范围或改用更长的周期。",
        ),
        (
            {"region": region_id("610526"), "level": "CITY"},
            "regionLevel",
            "蒲城县为县级区域，不能按市级区域比较。",
        ),
    ],
)
def test_what_cannot_be_counted_is_refused_before_anything_is_read(
    variables: dict[str, Any], field: str, sentence: str
) -> None:
    error = refusal("province-head", **variables)
    assert (error["code"], error["field"], error["sentence"]) == ("BAD_USER_INPUT", field, sentence)


def test_a_level_that_there_is_not_is_refused() -> None:
    assert refusal("province-head", level="VILLAGE")["code"] == "BAD_USER_INPUT"


def test_nobody_has_statistics_of_a_region_beside_or_above() -> None:
    for code in ("610000", "610100"):
        error = refusal("city-head", region=region_id(code))
        assert (error["code"], error["field"]) == ("NOT_FOUND", "regionId")


def test_an_enterprise_has_no_statistics() -> None:
    for variables in ({}, {"region": region_id(SCENE.red.region_id)}):
        assert refusal("enterprise-head", **variables)["code"] == "FORBIDDEN"


@pytest.mark.parametrize("section", CATALOGUE, ids=lambda section: section.query)
def test_the_catalogue_names_what_the_schema_has(section: Any) -> None:
    core = schema()._schema
    assert core.query_type is not None
    assert section.query in core.query_type.fields
    row = core.type_map[section.row]
    assert isinstance(row, GraphQLObjectType)
    where = get_named_type(core.query_type.fields[section.rows].args["where"].type)
    assert isinstance(where, GraphQLInputObjectType)
    for figure in section.figures:
        assert camel_case(figure.field) in row.fields
        assert {camel_case(name) for name in figure.narrows or ()} <= set(where.fields)
        if figure.narrows is not None:
            parse_value(condition_of(figure.narrows))
    counted = {camel_case(figure.field) for figure in section.figures}
    assert counted == set(row.fields), "every figure of the type has its definition"
