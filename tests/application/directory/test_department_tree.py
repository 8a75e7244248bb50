"""Two trees that never stand upside down: departments below departments, and over regions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from yanbao.application.directory.directory import SaveDepartment, SaveRegion
from yanbao.domain.directory.organisation import Department, Level
from yanbao.domain.refusals import InvalidValue
from yanbao.domain.values import DepartmentId

from ...support.builders import LINTONG as LINTONG_REGION
from ...support.builders import PROVINCE, PUCHENG, YANGLING
from ...support.builders import WEINAN as WEINAN_REGION
from ...support.builders import XIAN as XIAN_REGION
from ...support.world import (
    LINTONG,
    PROVINCE_OFFICE,
    PUCHENG_OFFICE,
    SYSTEM_ADMIN,
    WEINAN,
    XIAN,
    World,
    a_world,
)

NEW = SaveDepartment(None, "新局", Level.COUNTY, WEINAN.id, frozenset({PUCHENG}))


def as_it_is(department: Department) -> SaveDepartment:
    return SaveDepartment(
        department.id, department.name, department.level, department.parent_id, department.jurisdiction
    )


def save(world: World, command: SaveDepartment) -> DepartmentId:
    return world.system.app.directory.save_department(world.actor(SYSTEM_ADMIN), command)


@pytest.mark.parametrize(
    ("command", "field", "sentence"),
    [
        (
            replace(as_it_is(WEINAN), parent_id=PUCHENG_OFFICE.id),
            "parentId",
            "上级部门不能是本部门的下级。",
        ),
        (
            replace(as_it_is(WEINAN), parent_id=LINTONG.id),
            "parentId",
            "市级部门的上级应为省级部门，临潼区应急管理局为县级部门。",
        ),
        (
            replace(as_it_is(WEINAN), parent_id=XIAN.id),
            "parentId",
            "市级部门的上级应为省级部门，西安市应急管理局为市级部门。",
        ),
        (
            replace(NEW, parent_id=LINTONG.id),
            "parentId",
            "县级部门的上级应为市级或省级部门，临潼区应急管理局为县级部门。",
        ),
        (
            replace(NEW, level=Level.PROVINCE, parent_id=PROVINCE_OFFICE.id),
            "parentId",
            "省级部门没有上级部门。",
        ),
        (
            replace(as_it_is(LINTONG), jurisdiction=frozenset({LINTONG_REGION, XIAN_REGION})),
            "jurisdiction",
            "县级部门不能管辖市级区域“西安市”。",
        ),
        (
            replace(as_it_is(WEINAN), jurisdiction=frozenset({PROVINCE})),
            "jurisdiction",
            "市级部门不能管辖省级区域“陕西省”。",
        ),
        (
            replace(as_it_is(XIAN), level=Level.COUNTY, jurisdiction=frozenset({LINTONG_REGION})),
            "level",
            "下级部门临潼区应急管理局为县级部门，本部门不能是县级部门。",
        ),
    ],
)
def test_a_tree_that_would_stand_upside_down_is_refused(
    command: SaveDepartment, field: str, sentence: str
) -> None:
    world = a_world(opened=False)
    before = dict(world.state.departments)
    with pytest.raises(InvalidValue) as refusal:
        save(world, command)
    assert (refusal.value.field, refusal.value.sentence) == (field, sentence)
    assert dict(world.state.departments) == before


@pytest.mark.parametrize(
    "command",
    [
        *(as_it_is(each) for each in (PROVINCE_OFFICE, XIAN, LINTONG)),
        NEW,
        replace(NEW, parent_id=PROVINCE_OFFICE.id),
        replace(NEW, level=Level.CITY, parent_id=PROVINCE_OFFICE.id, jurisdiction=frozenset({YANGLING})),
        replace(
            NEW,
            level=Level.CITY,
            parent_id=PROVINCE_OFFICE.id,
            jurisdiction=frozenset({LINTONG_REGION, WEINAN_REGION}),
        ),
        replace(as_it_is(LINTONG), level=Level.CITY, parent_id=PROVINCE_OFFICE.id),
    ],
)
def test_whoever_stands_below_a_higher_one_is_saved(command: SaveDepartment) -> None:
    world = a_world(opened=False)
    id = save(world, command)
    assert as_it_is(world.state.departments[id]) == replace(command, id=id)


def test_a_department_is_lowered_once_nothing_stands_below_it() -> None:
    world = a_world(opened=False)
    lowered = replace(as_it_is(WEINAN), level=Level.COUNTY, jurisdiction=frozenset({PUCHENG}))
    with pytest.raises(InvalidValue):
        save(world, lowered)
    save(world, replace(as_it_is(PUCHENG_OFFICE), parent_id=PROVINCE_OFFICE.id))
    save(world, lowered)
    assert world.state.departments[WEINAN.id].level is Level.COUNTY


def test_departments_that_stand_in_a_circle_already_can_be_put_right() -> None:
    world = a_world(opened=False).settle(replace(WEINAN, parent_id=PUCHENG_OFFICE.id))
    save(world, as_it_is(WEINAN))
    assert world.state.departments[WEINAN.id] == WEINAN


def test_a_region_does_not_rise_above_the_department_that_answers_for_it() -> None:
    world = a_world(opened=False)
    with pytest.raises(InvalidValue) as refusal:
        world.system.app.directory.save_region(
            world.actor(SYSTEM_ADMIN), SaveRegion(PUCHENG, "蒲城市", Level.CITY, PROVINCE)
        )
    assert (refusal.value.field, refusal.value.sentence) == (
        "level",
        "该区域由县级部门蒲城县应急管理局管辖，不能改为市级。",
    )
