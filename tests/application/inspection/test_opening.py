"""Opening patrols and spot checks: with which figures, by whom, of whom, and once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from yanbao.application.ports.inspection import OnlineRates
from yanbao.application.ports.paging import Page
from yanbao.domain.directory.enterprise import Enterprise
from yanbao.domain.directory.organisation import DepartmentSnapshot, Level, Person
from yanbao.domain.inspection.check import OutsideJurisdiction
from yanbao.domain.inspection.form import PATROL_FIGURES, SPOT_CHECK_FIGURES, PatrolTarget, SpotCheckTarget
from yanbao.domain.refusals import Conflict, InvalidValue, NotFound, Refused
from yanbao.domain.signed import Origin
from yanbao.domain.values import RegionId

from ...support.builders import CHANGAN as CHANGAN_REGION
from ...support.builders import DAY, LINTONG, PROVINCE, PUCHENG, WEINAN, YANGLING_COUNTY
from ...support.builders import XIAN as XIAN_REGION
from ...support.inspecting import (
    CITY_INSPECTOR,
    COLLEAGUE,
    COUNTY_INSPECTOR,
    PROVINCE_INSPECTOR,
    Inspecting,
    an_inspection_day,
)
from ...support.world import COUNTY_DUTY, DONGFENG, FAR, YANGLING_OFFICE
from ...support.world import LINTONG as LINTONG_BUREAU
from ...support.world import WEINAN as WEINAN_BUREAU
from ...support.world import XIAN as XIAN_BUREAU


@pytest.fixture
def world() -> Inspecting:
    return an_inspection_day()


def test_a_patrol_is_opened_with_every_figure_of_its_form(world: Inspecting) -> None:
    world.submit()
    world.logs_in(COUNTY_DUTY, COUNTY_DUTY, COUNTY_INSPECTOR)
    world.views(CITY_INSPECTOR)
    row = world.open()
    figures = world.figures(row)
    assert list(figures) == list(PATROL_FIGURES)
    shown = {key: figures[key].shown for key in ("commitmentsExpected", "commitmentRate", "logIns")}
    assert shown == {
        "commitmentsExpected": "3家",
        "commitmentRate": "33.3%（第1名，共2个）",
        "logIns": "3次",
    }
    assert [visit.name for visit in world.sheet(row).visits] == [DONGFENG.name]
    assert world.sheet(row).taken_at == world.system.clock.now()


def test_a_patrol_is_of_the_department_that_answers_for_the_region(world: Inspecting) -> None:
    kept = world.kept(world.open().id).inspection
    assert kept.target == PatrolTarget(
        DepartmentSnapshot(LINTONG_BUREAU.id, LINTONG_BUREAU.name, Level.COUNTY, LINTONG),
        "临潼区",
        XIAN_REGION,
    )
    assert kept.inspector.department == DepartmentSnapshot.of(XIAN_BUREAU)
    assert (kept.inspector.person_id, kept.inspector.name) == (CITY_INSPECTOR.id, CITY_INSPECTOR.name)
    assert (kept.origin, kept.business_date) == (Origin.MANUAL, DAY)


def test_a_region_without_a_department_of_its_own_is_patrolled_at_the_nearest_above(
    world: Inspecting,
) -> None:
    row = world.open(PROVINCE_INSPECTOR, YANGLING_COUNTY)
    assert (row.target_department_id, row.target_region_id) == (YANGLING_OFFICE.id, YANGLING_COUNTY)


def test_a_spot_check_is_opened_with_every_figure_of_its_form(world: Inspecting) -> None:
    world.submit()
    row = world.open(whom=DONGFENG)
    figures = world.figures(row)
    assert list(figures) == list(SPOT_CHECK_FIGURES)
    assert (figures["commitmentStatus"].shown, figures["commitmentLate"].shown) == ("在产", "否")
    assert figures["commitmentReportedAt"].shown == f"{DAY} 09:30"
    assert [permit.valid for permit in world.sheet(row).permits] == [True]
    kept = world.kept(row.id).inspection
    assert kept.target == SpotCheckTarget(
        DONGFENG.id, DONGFENG.name, DONGFENG.kind, LINTONG, "临潼区", XIAN_REGION
    )


def test_an_unreported_enterprise_is_shown_as_such(world: Inspecting) -> None:
    figures = world.figures(world.open(whom=DONGFENG))
    shown = [figures[key].shown for key in ("commitmentStatus", "commitmentReportedAt", "commitmentLate")]
    assert shown == ["未上报", "无", "无"]


def test_rates_come_from_the_monitoring_platform(world: Inspecting) -> None:
    now = world.system.clock.now()
    world.system.monitoring.rates[LINTONG] = OnlineRates(Decimal("97.6"), None, now)
    figures = world.figures(world.open())
    assert (figures["videoOnlineRate"].shown, figures["sensorOnlineRate"].shown) == ("97.6%", "未接入")
    assert world.system.monitoring.asked == [(LINTONG, now)]
    world.open(whom=DONGFENG, key="draft-0002")
    assert len(world.system.monitoring.asked) == 1, "a spot check has no such figures"


@pytest.mark.parametrize(
    ("by", "whom", "refusal"),
    [
        (CITY_INSPECTOR, PUCHENG, NotFound),
        (CITY_INSPECTOR, WEINAN, NotFound),
        (CITY_INSPECTOR, PROVINCE, NotFound),
        (CITY_INSPECTOR, RegionId("999999"), NotFound),
        (CITY_INSPECTOR, XIAN_REGION, OutsideJurisdiction),
        (COUNTY_INSPECTOR, LINTONG, OutsideJurisdiction),
        (PROVINCE_INSPECTOR, PROVINCE, OutsideJurisdiction),
        (CITY_INSPECTOR, FAR, NotFound),
        (COUNTY_INSPECTOR, FAR, NotFound),
    ],
)
def test_nobody_inspects_upward_sideways_or_elsewhere(
    world: Inspecting, by: Person, whom: Enterprise | RegionId, refusal: type[Refused]
) -> None:
    before = world.state
    with pytest.raises(refusal):
        world.open(by, whom)
    assert world.state is before and world.system.monitoring.asked == []


def test_a_department_of_another_branch_is_not_patrolled_though_its_region_is_below(
    world: Inspecting,
) -> None:
    world.settle(replace(LINTONG_BUREAU, parent_id=WEINAN_BUREAU.id))
    with pytest.raises(OutsideJurisdiction, match="临潼区应急管理局不是西安市应急管理局的下级部门"):
        world.open()


def test_the_same_key_sent_twice_is_the_same_draft(world: Inspecting) -> None:
    first = world.open()
    world.edit(first)
    again = world.open()
    assert (again.id, again.revision) == (first.id, 2), "what was filled in meanwhile is still there"
    assert len(world.state.inspections) == 1


def test_the_same_key_for_something_else_is_a_conflict(world: Inspecting) -> None:
    world.open()
    with pytest.raises(Conflict):
        world.open(whom=CHANGAN_REGION)
    with pytest.raises(Conflict):
        world.open(whom=DONGFENG)
    assert len(world.state.inspections) == 1


def test_the_same_key_of_two_people_makes_two_drafts(world: Inspecting) -> None:
    assert world.open().id != world.open(COLLEAGUE).id


def test_the_same_key_at_the_same_moment_is_one_draft(world: Inspecting) -> None:
    with ThreadPoolExecutor(8) as pool:
        rows = list(pool.map(lambda _: world.open(), range(8)))
    assert len({row.id for row in rows}) == len(world.state.inspections) == 1


@pytest.mark.parametrize("key", ["", "short", "x" * 65, "tab\tin the key"])
def test_a_key_has_8_to_64_visible_characters(world: Inspecting, key: str) -> None:
    with pytest.raises(InvalidValue):
        world.open(key=key)
    assert len(world.state.inspections) == 0


def test_drafts_are_listed_for_their_owner_the_oldest_first(world: Inspecting) -> None:
    opened = []
    for key, whom in (("draft-0001", LINTONG), ("draft-0002", DONGFENG), ("draft-0003", LINTONG)):
        opened.append(world.after(timedelta(minutes=1)).open(whom=whom, key=key))
    world.discard(opened.pop())
    assert world.system.app.inspections.drafts(world.actor(CITY_INSPECTOR), Page(10)).rows == opened
    assert world.system.app.inspections.drafts(world.actor(COLLEAGUE), Page(10)).rows == []
