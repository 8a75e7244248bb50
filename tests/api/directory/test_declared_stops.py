"""A stop that an enterprise declares, over the API: what the head, the county and others see and may do."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ...support.asking import (
    CORRECT,
    SUBMIT,
    TODAY,
    World,
    a_world,
    commitment_of,
    form_for,
    id_of,
    stopped_form,
)
from ...support.dates import in_days

PERIOD = """id firstDay lastDay source registeredBy registeredAt cancelled note
    cancellation { by at reason } enterprise { name }"""
DECLARED = f"... on CommitmentSaved {{ commitment {{ status }} declaredStop {{ {PERIOD} }} }}"
LIST = f"""query($source: PeriodSource) {{ shutdownPeriods(first: 50, source: $source) {{
    nodes {{ {PERIOD} }} }} }}"""
CANCEL = "mutation($id: ID!, $reason: String!) { cancelShutdownPeriod(id: $id, reason: $reason) @ }"
NODE = f"... on DirectorySaved {{ node {{ ... on ShutdownPeriod {{ {PERIOD} }} }} }}"


@pytest.fixture
def world() -> World:
    return a_world()


def stopped(resumption: int | None, **changes: Any) -> dict[str, Any]:
    until = None if resumption is None else f"{in_days(resumption)}"
    stoppage = {"reason": "OWN_DECISION", "note": "设备检修", "expectedResumption": until}
    return stopped_form(stoppage=stoppage, **changes)


def declare(world: World, resumption: int | None = 5) -> dict[str, Any]:
    form = stopped(resumption)
    saved: dict[str, Any] = world("enterprise-head").change(
        SUBMIT, DECLARED, id=id_of(world.red), day=f"{TODAY}", form=form
    )
    return saved


def test_the_answer_shows_the_stop_that_the_report_has_declared(world: World) -> None:
    period = declare(world)["declaredStop"]
    assert (period["firstDay"], period["lastDay"]) == (f"{TODAY}", f"{in_days(4)}")
    assert (period["source"], period["note"], period["cancellation"]) == ("ENTERPRISE", "设备检修", None)
    assert period["enterprise"] == {"name": world.red.name}


def test_the_answer_shows_none_where_none_was_declared(world: World) -> None:
    assert declare(world, None)["declaredStop"] is None


def test_the_county_lists_what_enterprises_declared_and_others_see_nothing_of_it(world: World) -> None:
    period = declare(world)["declaredStop"]
    listed = world("county-head").ask(LIST, source="ENTERPRISE")["shutdownPeriods"]["nodes"]
    assert [one["id"] for one in listed] == [period["id"]]
    registered = world("county-head").ask(LIST, source="DEPARTMENT")["shutdownPeriods"]["nodes"]
    assert period["id"] not in [one["id"] for one in registered]
    stranger = world.head_of(world.enterprises[5]).ask(LIST, source="ENTERPRISE")
    assert stranger["shutdownPeriods"]["nodes"] == []


def test_the_county_annuls_with_a_reason_that_the_head_can_read(world: World) -> None:
    period = declare(world)["declaredStop"]
    county = world("county-head")
    assert county.refusal(CANCEL, id=period["id"], reason="")[::2] == ("BAD_USER_INPUT", "reason")
    node = county.change(CANCEL, NODE, id=period["id"], reason="现场检查发现仍在生产")["node"]
    assert node["cancelled"] and node["cancellation"]["reason"] == "现场检查发现仍在生产"
    assert "局" in node["cancellation"]["by"]
    (seen,) = world("enterprise-head").ask(LIST, source="ENTERPRISE")["shutdownPeriods"]["nodes"]
    assert seen["cancellation"]["reason"] == "现场检查发现仍在生产"
    assert county.refusal(CANCEL, id=period["id"], reason="再次取消")[0] == "SHUTDOWN_CANCELLED"
    refused = world("enterprise-head").refusal(
        CORRECT, id=commitment_of(world.red), revision=1, form=stopped(3)
    )
    assert refused[::2] == ("STOP_ANNULLED", "stoppage.expectedResumption")
    assert "现场检查发现仍在生产" in refused[1]


def test_a_year_is_refused_with_the_longest_that_may_be_declared(world: World) -> None:
    code, sentence, field = world("enterprise-head").refusal(
        SUBMIT, id=id_of(world.red), day=f"{TODAY}", form=stopped(366)
    )
    assert (code, field) == ("STOP_TOO_LONG", "stoppage.expectedResumption")
    assert "90天" in sentence and f"{in_days(90)}" in sentence and f"{in_days(366)}" in sentence


def test_taking_the_stop_back_on_the_same_day_is_seen_as_the_enterprises_own_doing(world: World) -> None:
    declare(world)
    head = world("enterprise-head")
    saved = head.change(CORRECT, DECLARED, id=commitment_of(world.red), revision=1, form=form_for(world.red))
    assert saved["declaredStop"] is None
    (period,) = head.ask(LIST, source="ENTERPRISE")["shutdownPeriods"]["nodes"]
    assert period["cancellation"]["reason"] == "企业更正了当日的安全承诺"


def test_the_next_day_is_reported_automatically_and_says_so(world: World) -> None:
    declare(world)
    tomorrow = TODAY + timedelta(days=1)
    world.system.clock.moment += timedelta(days=1)
    world.system.app.commitments.open_day(tomorrow)
    world.system.app.commitments.report_shutdowns(tomorrow)
    query = """query($where: CommitmentFilterInput!) { commitments(where: $where, first: 1) { nodes {
        origin riskGrade report { reportedBy text promiser { name }
            form { riskGrade majorHazard hazardousWork { workAtHeight } } } } } }"""
    where = {"firstDay": f"{tomorrow}", "lastDay": f"{tomorrow}", "enterpriseId": id_of(world.red)}
    (node,) = world("county-head").ask(query, where=where)["commitments"]["nodes"]
    assert (node["origin"], node["report"]["reportedBy"]) == ("AUTO", "系统自动")
    assert node["report"]["promiser"]["name"] == world.red.name
    assert node["riskGrade"] is None
    assert node["report"]["form"] == {"riskGrade": None, "majorHazard": None, "hazardousWork": None}
    assert "未经企业当日确认" in node["report"]["text"]
