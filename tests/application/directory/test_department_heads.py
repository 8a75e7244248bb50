"""Who makes, changes and sends away the head of a department: never the inspectors below that head."""

from __future__ import annotations

from dataclasses import replace

import pytest

from yanbao.application.directory.directory import SavePerson
from yanbao.domain.directory.organisation import Person, Role
from yanbao.domain.refusals import Forbidden

from ...support.builders import LINTONG as LINTONG_REGION
from ...support.builders import a_department, a_person
from ...support.world import (
    COUNTY_DUTY,
    COUNTY_HEAD,
    INSPECTOR,
    LINTONG,
    PROVINCE_DUTY,
    PROVINCE_HEAD,
    PROVINCE_OFFICE,
    SYSTEM_ADMIN,
    XIAN,
    World,
    a_world,
)

COLLEAGUE = a_person("许检查", Role.INSPECTOR, of=PROVINCE_OFFICE)
SECOND_HEAD = a_person("何副厅", Role.DEPARTMENT_HEAD, of=PROVINCE_OFFICE)
FORMER_HEAD = a_person("吕原厅", Role.DEPARTMENT_HEAD, of=PROVINCE_OFFICE, active=False)
COUNTY_INSPECTOR = a_person("施临潼", Role.INSPECTOR, of=LINTONG)
CITY_INSPECTOR = a_person("张西安", Role.INSPECTOR, of=XIAN)
CITY_HEAD = a_person("孔西安", Role.DEPARTMENT_HEAD, of=XIAN)
BESIDE = a_department("临潼区应急管理二局", level=LINTONG.level, over=[LINTONG_REGION], parent=XIAN)
INSPECTOR_BESIDE = a_person("曹二局", Role.INSPECTOR, of=BESIDE)
PEOPLE = (
    *(COLLEAGUE, SECOND_HEAD, FORMER_HEAD, COUNTY_INSPECTOR, CITY_INSPECTOR, CITY_HEAD),
    *(BESIDE, INSPECTOR_BESIDE),
)
SENTENCE = "部门负责人只能由本部门负责人、上级部门或系统管理员登记和更改。"


@pytest.fixture
def world() -> World:
    return a_world(opened=False).settle(*PEOPLE)


def save(world: World, by: Person, person: Person, *, new: bool = False) -> None:
    command = SavePerson(
        None if new else person.id,
        person.name,
        person.phone.text,
        person.role,
        person.department_id,
        person.enterprise_id,
        person.active,
    )
    world.system.app.directory.save_person(world.actor(by), command)


def as_head(person: Person) -> Person:
    return replace(person, role=Role.DEPARTMENT_HEAD)


FOR_NO_COLLEAGUE = [
    as_head(COLLEAGUE),
    as_head(PROVINCE_DUTY),
    replace(PROVINCE_HEAD, active=False),
    replace(PROVINCE_HEAD, role=Role.DUTY_PERSON),
    replace(PROVINCE_HEAD, phone=INSPECTOR.phone),
    replace(FORMER_HEAD, active=True),
]


@pytest.mark.parametrize("change", FOR_NO_COLLEAGUE, ids=lambda person: person.name)
def test_an_inspector_neither_makes_nor_touches_a_head_of_the_own_department(
    world: World, change: Person
) -> None:
    before = dict(world.state.people)
    with pytest.raises(Forbidden) as refusal:
        save(world, INSPECTOR, change)
    assert (refusal.value.field, refusal.value.sentence) == ("role", SENTENCE)
    assert dict(world.state.people) == before


def test_an_inspector_registers_no_new_head_either(world: World) -> None:
    for by, of in ((INSPECTOR, PROVINCE_OFFICE), (COUNTY_INSPECTOR, LINTONG)):
        with pytest.raises(Forbidden, match="部门负责人"):
            save(world, by, a_person("新来", Role.DEPARTMENT_HEAD, of=of), new=True)


def test_two_inspectors_do_not_make_each_other_head(world: World) -> None:
    for by, colleague in ((INSPECTOR, COLLEAGUE), (COLLEAGUE, INSPECTOR)):
        with pytest.raises(Forbidden):
            save(world, by, as_head(colleague))


@pytest.mark.parametrize("change", FOR_NO_COLLEAGUE, ids=lambda person: person.name)
@pytest.mark.parametrize("by", [SECOND_HEAD, SYSTEM_ADMIN], ids=lambda person: person.name)
def test_a_head_of_the_department_and_the_system_administrator_do(
    world: World, by: Person, change: Person
) -> None:
    save(world, by, change)
    assert world.state.people[change.id] == change


def test_a_head_still_cannot_change_the_own_role(world: World) -> None:
    with pytest.raises(Forbidden, match="自己的角色"):
        save(world, PROVINCE_HEAD, replace(PROVINCE_HEAD, role=Role.INSPECTOR))


@pytest.mark.parametrize(
    "by", [COUNTY_HEAD, CITY_INSPECTOR, CITY_HEAD, INSPECTOR, PROVINCE_HEAD], ids=lambda person: person.name
)
def test_those_above_go_on_managing_the_heads_below(world: World, by: Person) -> None:
    save(world, by, as_head(COUNTY_DUTY))
    assert world.state.people[COUNTY_DUTY.id].role is Role.DEPARTMENT_HEAD
    if by is not COUNTY_HEAD:
        save(world, by, replace(COUNTY_HEAD, active=False))
        assert not world.state.people[COUNTY_HEAD.id].active


def test_a_department_beside_with_the_same_regions_is_not_above(world: World) -> None:
    with pytest.raises(Forbidden):
        save(world, INSPECTOR_BESIDE, replace(COUNTY_HEAD, active=False))
    save(world, INSPECTOR_BESIDE, replace(COUNTY_DUTY, active=False))


def test_an_inspector_goes_on_registering_the_other_colleagues(world: World) -> None:
    save(world, INSPECTOR, replace(COLLEAGUE, role=Role.DUTY_PERSON))
    save(world, INSPECTOR, a_person("新来", Role.DUTY_PERSON, of=PROVINCE_OFFICE), new=True)
    assert world.state.people[COLLEAGUE.id].role is Role.DUTY_PERSON
