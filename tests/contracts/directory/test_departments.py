"""Departments: who answers for what, and who is above whom."""

from __future__ import annotations

from dataclasses import replace

import pytest

from yanbao.application.access import EVERYTHING, NOTHING, SYSTEM
from yanbao.application.ports.work import Storage
from yanbao.domain.directory.organisation import Level
from yanbao.domain.refusals import NotFound
from yanbao.domain.values import DepartmentId, RegionId

from ...support.builders import (
    CHANGAN,
    LINTONG,
    PROVINCE,
    PUCHENG,
    WEINAN,
    XIAN,
    YANGLING_COUNTY,
    a_department,
    a_department_tree,
    a_region,
    an_enterprise,
    an_id,
    seen_by,
    seen_from,
)
from ...support.settling import settle_in
from ..conftest import World

PROVINCIAL, XIAN_BUREAU, WEINAN_BUREAU, YANGLING_BUREAU, LINTONG_BUREAU, CHANGAN_BUREAU, PUCHENG_BUREAU = (
    a_department_tree()
)

# ---------------------------------------------------------------- departments


def test_every_field_of_a_department_comes_back(storage: Storage) -> None:
    several = a_department("联合局", level=Level.CITY, over=[XIAN, WEINAN], parent=PROVINCIAL)
    settle_in(storage, SYSTEM, several)
    with storage.work(SYSTEM) as work:
        for department in (*a_department_tree(), several):
            assert work.departments.get(department.id, within=EVERYTHING) == department
            assert work.departments.by_name(department.name) == department
        assert work.departments.by_name("没有这个局") is None


def test_a_department_can_get_another_jurisdiction(storage: Storage) -> None:
    changed = replace(LINTONG_BUREAU, jurisdiction=frozenset({LINTONG, CHANGAN}), name="临潼长安局")
    settle_in(storage, SYSTEM, changed)
    with storage.work(SYSTEM) as work:
        assert work.departments.get(changed.id, within=seen_from(XIAN)) == changed
        with pytest.raises(NotFound):
            work.departments.get(changed.id, within=seen_from(LINTONG))


def test_a_department_is_in_scope_with_its_whole_jurisdiction(storage: Storage) -> None:
    both = a_department("跨市局", level=Level.CITY, over=[LINTONG, PUCHENG], parent=PROVINCIAL)
    settle_in(storage, SYSTEM, both)
    with storage.work(SYSTEM) as work:
        assert work.departments.get(both.id, within=seen_from(XIAN, WEINAN)) == both
        assert work.departments.get(both.id, within=seen_from(PROVINCE)) == both
        for scope in (
            seen_from(XIAN),
            seen_from(WEINAN),
            seen_from(LINTONG),
            NOTHING,
            seen_by(an_enterprise()),
        ):
            with pytest.raises(NotFound):
                work.departments.get(both.id, within=scope)


def test_a_region_is_answered_for_by_the_department_that_has_it_or_by_the_nearest_above(
    storage: Storage,
) -> None:
    settle_in(storage, SYSTEM, a_region("610117", "高陵区", Level.COUNTY, XIAN))
    with storage.work(SYSTEM) as work:
        expected = {
            PROVINCE: PROVINCIAL,
            XIAN: XIAN_BUREAU,
            LINTONG: LINTONG_BUREAU,
            RegionId("610117"): XIAN_BUREAU,
            YANGLING_COUNTY: YANGLING_BUREAU,
        }
        assert {region: work.departments.answering_for(region) for region in expected} == expected
        asked = [*expected, RegionId("999999")]
        assert work.departments.answering_for_each(asked) == expected
        assert work.departments.answering_for_each([]) == {}
        assert work.departments.answering_for(RegionId("999999")) is None


def test_of_two_departments_with_the_same_region_the_lower_one_answers_for_it(storage: Storage) -> None:
    settle_in(storage, SYSTEM, replace(XIAN_BUREAU, jurisdiction=frozenset({XIAN, LINTONG})))
    with storage.work(SYSTEM) as work:
        assert work.departments.answering_for(LINTONG) == LINTONG_BUREAU
    twin = a_department("临潼区应急管理二局", level=Level.COUNTY, over=[LINTONG], parent=XIAN_BUREAU)
    settle_in(storage, SYSTEM, twin)
    with storage.work(SYSTEM) as work:
        found = work.departments.answering_for(LINTONG)
        assert work.departments.answering_for_each([LINTONG]) == {LINTONG: found}
        assert found == min(LINTONG_BUREAU, twin, key=lambda department: department.id)


def test_above_a_department_are_its_parents_up_to_the_province(storage: Storage) -> None:
    with storage.work(SYSTEM) as work:
        assert work.departments.above(LINTONG_BUREAU.id) == {XIAN_BUREAU.id, PROVINCIAL.id}
        assert work.departments.above(PROVINCIAL.id) == frozenset()
        assert work.departments.above(DepartmentId(an_id("department", "无"))) == frozenset()
    settle_in(storage, SYSTEM, replace(LINTONG_BUREAU, parent_id=WEINAN_BUREAU.id))
    with storage.work(SYSTEM) as work:
        assert work.departments.above(LINTONG_BUREAU.id) == {WEINAN_BUREAU.id, PROVINCIAL.id}


def test_directly_below_a_department_are_those_whose_parent_it_is(storage: Storage) -> None:
    far = a_department("远局", level=Level.COUNTY, over=[PUCHENG, LINTONG], parent=XIAN_BUREAU)
    settle_in(storage, SYSTEM, far)
    with storage.work(SYSTEM) as work:
        found = work.departments.directly_below(XIAN_BUREAU.id)
        assert found == sorted((LINTONG_BUREAU, CHANGAN_BUREAU, far), key=lambda each: each.id)
        assert work.departments.directly_below(LINTONG_BUREAU.id) == []


def test_departments_that_are_tied_in_a_circle_do_not_turn_for_ever(storage: Storage) -> None:
    settle_in(storage, SYSTEM, replace(XIAN_BUREAU, parent_id=LINTONG_BUREAU.id))
    with storage.work(SYSTEM) as work:
        assert work.departments.above(LINTONG_BUREAU.id) == {XIAN_BUREAU.id}


def test_an_unknown_department_and_a_foreign_one_are_refused_in_the_same_words(storage: Storage) -> None:
    with storage.work(SYSTEM) as work:
        with pytest.raises(NotFound) as unknown:
            work.departments.get(DepartmentId(an_id("nobody")), within=seen_from(XIAN))
        with pytest.raises(NotFound) as foreign:
            work.departments.get(PUCHENG_BUREAU.id, within=seen_from(XIAN))
    assert str(unknown.value) == str(foreign.value)


# ---------------------------------------------------------------- reading them


def test_readers_give_departments_in_scope_with_their_jurisdiction_sorted(world: World) -> None:
    both = a_department("跨区局", level=Level.COUNTY, over=[CHANGAN, LINTONG], parent=XIAN_BUREAU)
    settle_in(world.storage, SYSTEM, both)
    ids = [both.id, PUCHENG_BUREAU.id, DepartmentId(an_id("nobody"))]
    found = world.readers.directory.departments(ids, seen_from(XIAN))
    assert set(found) == {both.id}
    row = found[both.id]
    assert (row.id, row.name, row.level, row.parent_id) == (both.id, both.name, both.level, XIAN_BUREAU.id)
    assert row.jurisdiction == (LINTONG, CHANGAN)
    assert set(world.readers.directory.departments(ids, EVERYTHING)) == {both.id, PUCHENG_BUREAU.id}
    assert world.readers.directory.departments(ids, NOTHING) == {}
