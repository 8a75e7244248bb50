"""The figures of the day and of longer, each equal to its list; and the history, by everything one can ask for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import cache
from typing import Any

import pytest

from yanbao.domain.directory.enterprise import Enterprise

from ...support.asking import (
    TODAY,
    World,
    a_world,
    commitment_of,
    form_for,
    id_of,
    pages,
    region_id,
    stopped_form,
)

YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)
GROUPS = ("EXPECTED", "REPORTED", "IN_PRODUCTION", "STOPPED", "UNREPORTED", "ON_TIME", "LATE", "AUTOMATIC")
FIELDS = {
    "EXPECTED": "expected",
    "REPORTED": "reported",
    "IN_PRODUCTION": "inProduction",
    "STOPPED": "stopped",
    "UNREPORTED": "unreported",
    "ON_TIME": "onTime",
    "LATE": "late",
    "AUTOMATIC": "automatic",
}
TALLY = "tally { expected reported inProduction stopped unreported onTime late automatic rate onTimeRate }"
LISTS = " ".join(
    f"{group}: commitments(group: {group}, first: 100) {{ totalCount nodes {{ id }} }}" for group in GROUPS
)


@cache
def scene() -> World:
    """160 enterprises; today some report in time, some late, some stand still, some exceed; tomorrow only few."""
    world = a_world(160)
    world.system.app.commitments.report_shutdowns(TODAY)
    valid = [of for of in world.enterprises if _may_produce(world, of)]
    for number, of in enumerate(valid):
        match number % 5:
            case 0:
                world.submit(of)
            case 1:
                world.submit(of, **{**stopped_form(), "production": None, "wholesale": None})
            case 2:
                form = form_for(of)
                figures = form.get("production") or form["wholesale"]
                figures["presentPersons"] = of.approved_persons + 1
                world.submit(of, **form, explanation="交接班重叠")
    world.at("10:00")
    for number, of in enumerate(valid):
        if number % 5 == 3:
            world.submit(of)
    world.at("08:30", TOMORROW)
    world.system.app.commitments.open_day(TOMORROW)
    for of in valid[:6]:
        world.submit(of)
    return world


def _may_produce(world: World, of: Enterprise) -> bool:
    permits = [
        c for c in world.state.certificates.values() if c.enterprise_id == of.id and "PERMIT" in c.kind.value
    ]
    return max(permits, key=lambda c: c.expires_on).valid_on(TODAY) and (
        max(permits, key=lambda c: c.expires_on).valid_on(TOMORROW)
    )


RED = a_world(160).red
CITIES = ("610100", "610300", "610500", "611100", "616900")


def rows() -> list[Any]:
    """The truth: every owed day that is stored."""
    return list(scene().state.commitments.values())


def overview(username: str, arguments: str, selection: str) -> dict[str, Any]:
    given = f"({arguments})" if arguments else ""
    found = scene()(username).ask(f"{{ commitmentOverview{given} {{ {selection} }} }}")
    return dict(found["commitmentOverview"])


# ---------------------------------------------------------------- the overview


def check_figures(figures: dict[str, Any]) -> None:
    """Every number is the length of its list, and the numbers add up."""
    tally = figures["tally"]
    for group, name in FIELDS.items():
        assert figures[group]["totalCount"] == tally[name], group
        assert len(figures[group]["nodes"]) == min(tally[name], 100), group
        assert len({node["id"] for node in figures[group]["nodes"]}) == min(tally[name], 100)
    assert tally["inProduction"] + tally["stopped"] + tally["unreported"] == tally["expected"]
    assert tally["onTime"] + tally["late"] == tally["reported"] == tally["expected"] - tally["unreported"]
    expected = tally["expected"]
    assert tally["rate"] == (round(tally["reported"] / expected, 4) if expected else None)
    assert tally["onTimeRate"] == (round(tally["onTime"] / expected, 4) if expected else None)


@pytest.mark.parametrize(
    "days",
    [
        "",
        f'firstDay: "{TODAY}"',
        f'firstDay: "{TODAY}", lastDay: "{TOMORROW}"',
        f'firstDay: "{TODAY}", lastDay: "{TODAY}", kinds: [PRODUCTION]',
        f'firstDay: "{TODAY}", lastDay: "{TOMORROW}", kinds: [WHOLESALE]',
    ],
)
def test_every_number_of_the_province_is_the_length_of_its_list(days: str) -> None:
    found = overview("province-head", days, f"whole {{ {TALLY} {LISTS} }}")
    check_figures(found["whole"])
    assert found["whole"]["tally"]["expected"] > 0


@pytest.mark.parametrize("username", ["province-head", "city-head", "county-duty"])
def test_every_number_of_every_part_is_the_length_of_its_list(username: str) -> None:
    days = f'firstDay: "{TODAY}", lastDay: "{TOMORROW}"'
    for part in overview(username, days, f"parts {{ region {{ code }} {TALLY} {LISTS} }}")["parts"]:
        check_figures(part)


@pytest.mark.parametrize("code", CITIES)
def test_every_number_below_every_city_is_the_length_of_its_list(code: str) -> None:
    found = overview(
        "province-head",
        f'regionId: "{region_id(code)}", firstDay: "{TODAY}", lastDay: "{TODAY}"',
        f"whole {{ {TALLY} {LISTS} }} parts {{ {TALLY} {LISTS} }}",
    )
    check_figures(found["whole"])
    for part in found["parts"]:
        check_figures(part)


@pytest.mark.parametrize("code", ["610000", *CITIES, "610526"])
def test_the_parts_add_up_to_the_whole(code: str) -> None:
    found = overview(
        "province-head",
        f'regionId: "{region_id(code)}", firstDay: "{TODAY}", lastDay: "{TODAY}"',
        f"whole {{ {TALLY} }} parts {{ {TALLY} }}",
    )
    if found["parts"]:
        for name in FIELDS.values():
            assert found["whole"]["tally"][name] == sum(part["tally"][name] for part in found["parts"])


def test_the_numbers_are_what_is_stored() -> None:
    tally = overview("province-head", f'firstDay: "{TODAY}"', f"whole {{ {TALLY} }}")["whole"]["tally"]
    today = [c for c in rows() if c.business_date == TODAY]
    reports = [c.report for c in today if c.report]
    assert tally["expected"] == len(today) == 160
    assert tally["inProduction"] == sum(r.form.status.value == "IN_PRODUCTION" for r in reports) > 20
    assert tally["stopped"] == sum(r.form.status.value == "STOPPED" for r in reports) > 20
    assert tally["late"] == sum(r.late for r in reports) > 20
    assert tally["automatic"] == sum(r.origin.value == "AUTO" for r in reports) > 0


def test_who_has_no_region_is_told_so_and_not_that_one_was_not_found() -> None:
    error = scene()("enterprise-head").error("{ commitmentOverview { whole { firstDay } } }")
    assert (error["code"], error.get("field")) == ("FORBIDDEN", None)
    assert error["sentence"] == "您没有管辖的区域，不能查看承诺概览；本企业的承诺请在承诺列表中查询。"
    asked = f'{{ commitmentOverview(regionId: "{region_id("610526")}") {{ whole {{ firstDay }} }} }}'
    error = scene()("enterprise-head").error(asked)
    assert (error["code"], error["field"]) == ("NOT_FOUND", "regionId")


def test_today_is_meant_where_no_day_is_said_and_my_region_where_none() -> None:
    found = overview("city-head", "", f"whole {{ region {{ code }} firstDay lastDay {TALLY} }}")["whole"]
    assert (found["region"]["code"], found["firstDay"], found["lastDay"]) == (
        "610500",
        f"{TOMORROW}",
        f"{TOMORROW}",
    )
    assert found["tally"]["expected"] == sum(
        c.business_date == TOMORROW and c.region_id.startswith("6105") for c in rows()
    )


def test_a_day_on_which_nothing_was_owed_has_zeros_and_no_rate() -> None:
    days = f'regionId: "{region_id("610526")}", firstDay: "{YESTERDAY}", lastDay: "{YESTERDAY}"'
    found = overview("province-head", days, f"whole {{ {TALLY} }} parts {{ {TALLY} }}")
    assert found["whole"]["tally"]["expected"] == 0 and found["parts"] == []
    assert found["whole"]["tally"]["rate"] is None and found["whole"]["tally"]["onTimeRate"] is None


def test_day_by_day_the_figures_are_those_of_the_days() -> None:
    query = f"""{{ commitmentDays(regionId: "{region_id("610000")}", firstDay: "{TODAY - timedelta(days=3)}",
        lastDay: "{TOMORROW}") {{ date {TALLY} }} }}"""
    days = scene()("province-head").ask(query)["commitmentDays"]
    assert [day["date"] for day in days] == [f"{TODAY}", f"{TOMORROW}"], "days with nothing owed are missing"
    for day in days:
        one = overview("province-head", f'firstDay: "{day["date"]}"', f"whole {{ {TALLY} }}")["whole"]
        assert one["tally"] == day["tally"]


@pytest.mark.parametrize(
    "days",
    [
        f'firstDay: "{TOMORROW}", lastDay: "{TODAY}"',
        'firstDay: "2025-01-01", lastDay: "2026-11-24"',
        'firstDay: "0001-01-01", lastDay: "9999-12-31"',
    ],
)
def test_days_the_wrong_way_round_or_too_many_are_refused(days: str) -> None:
    who = scene()("province-head")
    for query in (
        f"{{ commitmentOverview({days}) {{ whole {{ firstDay }} }} }}",
        f'{{ commitmentDays(regionId: "{region_id("610000")}", {days}) {{ date }} }}',
        f'{{ commitments(where: {{{days}, text: "厂"}}, first: 1) {{ totalCount }} }}',
    ):
        error = who.error(query)
        assert (error["code"], error["field"]) == ("BAD_USER_INPUT", "lastDay")


# ---------------------------------------------------------------- the history

SHOWN = """id businessDate state status origin late excess reportedAt kind enterpriseName
    enterprise { id creditCode } region { code }"""


def history(username: str = "province-head", **where: str) -> list[dict[str, Any]]:
    """Everything that a filter finds; its days are today and tomorrow unless said otherwise."""
    days = {"firstDay": f'"{TODAY}"', "lastDay": f'"{TOMORROW}"'}
    given = ", ".join(f"{name}: {value}" for name, value in (days | where).items())
    return list(pages(scene()(username), "commitments", SHOWN, first=100, arguments=f"where: {{{given}}}"))


Check = Callable[[dict[str, Any]], bool]
FILTERS: dict[str, tuple[dict[str, str], Check]] = {
    "one day": ({"lastDay": f'"{TODAY}"'}, lambda c: c["businessDate"] == f"{TODAY}"),
    "a city": ({"regionId": f'"{region_id("610500")}"'}, lambda c: c["region"]["code"].startswith("6105")),
    "a county": ({"regionId": f'"{region_id("610526")}"'}, lambda c: c["region"]["code"] == "610526"),
    "a local region": ({"regionId": f'"{region_id("611100")}"'}, lambda c: c["region"]["code"] == "611100"),
    "an enterprise": (
        {"enterpriseId": f'"{id_of(RED)}"'},
        lambda c: c["enterprise"]["id"] == id_of(RED),
    ),
    "producers": ({"kinds": "[PRODUCTION]"}, lambda c: c["kind"] == "PRODUCTION"),
    "in production": ({"statuses": "[IN_PRODUCTION]"}, lambda c: c["status"] == "IN_PRODUCTION"),
    "stopped": ({"statuses": "[STOPPED]"}, lambda c: c["status"] == "STOPPED"),
    "either": (
        {"statuses": "[STOPPED, IN_PRODUCTION]"},
        lambda c: c["status"] in ("STOPPED", "IN_PRODUCTION"),
    ),
    "by hand": ({"origins": "[MANUAL]"}, lambda c: c["origin"] == "MANUAL"),
    "automatic": ({"origins": "[AUTO]"}, lambda c: c["origin"] == "AUTO"),
    "late": ({"late": "true"}, lambda c: c["late"] is True),
    "in time": ({"late": "false"}, lambda c: c["late"] is False),
    "reported": ({"reported": "true"}, lambda c: c["reportedAt"] is not None),
    "not reported": ({"reported": "false"}, lambda c: c["state"] == "OWED" and c["reportedAt"] is None),
    "both": ({"reported": "null"}, lambda c: True),
    "above what is approved": ({"excess": "true"}, lambda c: c["excess"] is True),
    "within": ({"excess": "false"}, lambda c: c["excess"] is False),
    "by name": ({"text": '"蒲城"'}, lambda c: "蒲城" in c["enterpriseName"]),
    "by credit code": (
        {"text": f'"{RED.credit_code.text[6:]}"'},
        lambda c: c["enterprise"]["creditCode"] == RED.credit_code.text,
    ),
    "by credit code in small letters": (
        {"text": f'"{RED.credit_code.text.lower()}"'},
        lambda c: c["enterprise"]["creditCode"] == RED.credit_code.text,
    ),
    "empty text": ({"text": '""'}, lambda c: True),
    "several at once": (
        {"kinds": "[WHOLESALE]", "late": "true", "regionId": f'"{region_id("610500")}"'},
        lambda c: c["kind"] == "WHOLESALE" and c["late"] is True and c["region"]["code"].startswith("6105"),
    ),
}


@pytest.fixture(scope="module")
def everything() -> Iterator[list[dict[str, Any]]]:
    yield history()


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_finds_exactly_what_it_says(name: str, everything: list[dict[str, Any]]) -> None:
    where, fits = FILTERS[name]
    found = history(**where)
    assert [c["id"] for c in found] == [c["id"] for c in everything if fits(c)]
    assert found, "a filter that finds nothing proves nothing"


def test_committed_and_not_committed_days_together_are_all_days(everything: list[dict[str, Any]]) -> None:
    counted = Counter(c["id"] for c in history(reported="true") + history(reported="false"))
    assert counted == Counter(c["id"] for c in everything) and set(counted.values()) == {1}
    assert len(everything) == len(rows()) == 320


def test_the_newest_day_comes_first(everything: list[dict[str, Any]]) -> None:
    days = [c["businessDate"] for c in everything]
    assert days == sorted(days, reverse=True)


@pytest.mark.parametrize("text", ["%", "_", "' OR 1=1 --", "\\\\", "没有这样的企业"])
def test_text_is_looked_for_as_it_is(text: str) -> None:
    assert history(text=f'"{text}"') == []


def test_an_enterprise_reads_its_own_history_and_nobody_elses(everything: list[dict[str, Any]]) -> None:
    own = history("enterprise-head")
    assert [c["businessDate"] for c in own] == [f"{TOMORROW}", f"{TODAY}"]
    assert {c["enterprise"]["id"] for c in own} == {id_of(RED)}
    assert history("enterprise-head", reported="false") == []
    assert [c["id"] for c in own] == [c["id"] for c in everything if c["enterprise"]["id"] == id_of(RED)]


def test_one_enterprises_day_can_be_asked_for_by_its_date() -> None:
    query = """query($id: ID!, $date: Date) { node(id: $id) { ... on Enterprise { commitment(date: $date) { id } } } }"""
    who = scene()("province-head")

    def asked(day: date | None) -> Any:
        return who.ask(query, id=id_of(RED), date=day and f"{day}")["node"]["commitment"]

    assert asked(TODAY) == {"id": commitment_of(RED)}
    assert asked(None) == asked(TOMORROW) == {"id": commitment_of(RED, TOMORROW)}
    assert asked(YESTERDAY) is None


def test_a_leap_year_may_be_asked_for_at_once_and_no_day_more() -> None:
    first = TOMORROW - timedelta(days=365)
    assert len(history(firstDay=f'"{first}"')) == 320
    too_many = f'where: {{firstDay: "{first - timedelta(days=1)}", lastDay: "{TOMORROW}", riskGrade: 1}}'
    error = scene()("province-head").error(f"{{ commitments({too_many}, first: 1) {{ totalCount }} }}")
    assert error["sentence"] == "一次最多查询366天，现为367天。"


def test_what_a_figure_counts_may_be_asked_for_over_five_years_and_no_day_more() -> None:
    first = TOMORROW - timedelta(days=5 * 366 - 1)
    assert len(history(firstDay=f'"{first}"')) == 320
    automatic = history(firstDay=f'"{first}"', origins="[AUTO]", kinds="[WHOLESALE]")
    assert automatic and {c["origin"] for c in automatic} == {"AUTO"}
    for where, sentence in {
        "": "一次最多统计5年（1830天），现为1831天。",
        "late: true, reported: true": "一次最多查询366天，现为1831天。",
        "origins: [MANUAL]": "一次最多查询366天，现为1831天。",
    }.items():
        too_many = f'where: {{firstDay: "{first - timedelta(days=1)}", lastDay: "{TOMORROW}", {where}}}'
        error = scene()("province-head").error(f"{{ commitments({too_many}, first: 1) {{ totalCount }} }}")
        assert error["sentence"] == sentence


def test_what_lies_directly_in_a_region_is_found_without_what_lies_below() -> None:
    where = {"regionId": f'"{region_id("616900")}"', "directly": "true"}
    assert {c["region"]["code"] for c in history(**where)} == {"616900"}
    assert history(regionId=f'"{region_id("610500")}"', directly="true") == []
