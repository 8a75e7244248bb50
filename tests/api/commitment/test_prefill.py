"""The pre-filled form of an enterprise's day over the API: what is in it, from where, and for whom."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from yanbao.domain.directory.enterprise import Enterprise

from ...support.asking import TODAY, World, a_world, commitment_of, form_for, id_of, submit, unknown
from ...support.dates import in_days
from ..problem.issuing import to_the_factory

TOMORROW = TODAY + timedelta(days=1)
PREFILL = """query($id: ID!) { commitmentPrefill(enterpriseId: $id) {
    businessDate carriedFrom suggestedGrade gradeReasons text promiser
    figures { key label value unit source asOf shown rank { place } }
    form { status riskGrade supplement substitute { reason } dutyLeader dutyPhone majorHazard topTemperature explanation
        stoppage { reason expectedResumption }
        production { workshopsInUse powderWorkshopsInUse powderProcesses presentPersons presentPowderKg }
        wholesale { warehousesInUse stockBoxes } } } }"""


@pytest.fixture
def world() -> World:
    return a_world()


def figures(world: World, of: Enterprise) -> dict[str, Any]:
    found = world.head_of(of).ask(PREFILL, id=id_of(of))["commitmentPrefill"]
    return {figure["key"]: figure for figure in found["figures"]}


def test_every_automatic_figure_says_where_it_comes_from_and_of_when_it_is(world: World) -> None:
    found = figures(world, world.red)
    assert found["workshopsTotal"] == {
        "key": "workshopsTotal",
        "label": "工房总数",
        "value": str(len(world.red.workshops)),
        "unit": "间",
        "source": "企业档案",
        "asOf": f"{TODAY}T08:30:00+08:00",
        "shown": f"{len(world.red.workshops)}间",
        "rank": None,
    }
    assert found["approvedPersons"]["value"] == str(world.red.approved_persons)
    assert found["permit"]["source"] == "证书档案" and found["permit"]["value"].startswith("有效")
    assert found["shutdown"]["value"] == "不在停产期"
    assert all(figure["source"] for figure in found.values())


def test_open_alerts_say_where_they_come_from(world: World) -> None:
    alerts = figures(world, world.red)["openAlerts"]
    assert (alerts["shown"], alerts["source"], alerts["asOf"]) == (
        "0条",
        "预警台账",
        f"{TODAY}T08:30:00+08:00",
    )


def test_open_problems_are_asked_for_and_named_and_count_for_the_grade(world: World) -> None:
    none = figures(world, world.red)["openProblems"]
    assert (none["shown"], none["source"], none["asOf"]) == ("0个", "问题台账", f"{TODAY}T08:30:00+08:00")
    to_the_factory(world)
    assert figures(world, world.red)["openProblems"]["shown"] == "1个"
    found = world("enterprise-head").ask(PREFILL, id=id_of(world.red))["commitmentPrefill"]
    assert "尚有1个问题未办结" in found["text"]
    assert found["suggestedGrade"] <= 3 and "未办结问题1个" in found["gradeReasons"]


def test_a_wholesalers_figures_are_of_warehouses(world: World) -> None:
    found = figures(world, world.enterprises[5])
    assert {"warehousesTotal", "approvedBoxes", "approvedStockKg"} <= set(found)
    assert "powderWorkshopsTotal" not in found


def test_the_form_of_somebody_who_never_reported_proposes_no_figures(world: World) -> None:
    found = world("enterprise-head").ask(PREFILL, id=id_of(world.red))["commitmentPrefill"]
    assert (found["businessDate"], found["carriedFrom"]) == (f"{TODAY}", None)
    form = found["form"]
    assert (form["production"], form["wholesale"]) == (None, None)
    assert found["promiser"] == world("enterprise-head").ask("{ viewer { name } }")["viewer"]["name"]
    assert f"{world.red.name}处于生产状态。" in found["text"]
    powder = world.red.powder_workshops
    assert found["gradeReasons"] == [f"有涉药工房{powder}间，今日使用情况尚未填报"]


def test_the_next_days_form_carries_over_what_lasts_and_not_what_must_be_looked_at(world: World) -> None:
    form = form_for(
        world.red, explanation="交接班", majorHazard=True, riskGrade=1, hazardousWork={"workAtHeight": 3}
    )
    submit(world, world.red, form)
    world.at("08:30", TOMORROW)
    found = world("enterprise-head").ask(PREFILL, id=id_of(world.red))["commitmentPrefill"]
    assert found["carriedFrom"] == f"{TODAY}" and found["businessDate"] == f"{TOMORROW}"
    carried = found["form"]
    assert (carried["dutyLeader"], carried["dutyPhone"]) == ("王建国", "13900000001")
    assert carried["production"] == form["production"] | {"powderProcesses": []}
    assert (carried["majorHazard"], carried["topTemperature"], carried["explanation"]) == (False, None, "")


def test_in_a_shutdown_period_the_form_says_stopped_and_until_when(world: World) -> None:
    standing = world.enterprises[9]
    found = world.head_of(standing).ask(PREFILL, id=id_of(standing))["commitmentPrefill"]
    assert found["form"]["status"] == "STOPPED"
    assert found["form"]["stoppage"] == {"reason": "RECTIFICATION", "expectedResumption": f"{in_days(5)}"}
    assert "停" in found["text"]


@pytest.mark.parametrize("which", ["foreign", "unknown", "broken", "of another kind"])
def test_no_form_for_what_is_not_mine(world: World, which: str) -> None:
    asked = {
        "foreign": id_of(world.enterprises[1]),
        "unknown": unknown("Enterprise"),
        "broken": "不是编号",
        "of another kind": commitment_of(world.red),
    }[which]
    error = world("enterprise-head").error(PREFILL, id=asked)
    assert error["code"] == "NOT_FOUND"
