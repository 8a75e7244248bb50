"""Who sees which inspection, and how records are searched."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from yanbao.application.ports.inspection import InspectionFilter, InspectionRow
from yanbao.application.ports.paging import Page
from yanbao.domain.directory.organisation import DepartmentSnapshot
from yanbao.domain.refusals import InvalidValue
from yanbao.domain.signed import Origin

from ...support.builders import CHANGAN as CHANGAN_REGION
from ...support.builders import DAY, LINTONG, PUCHENG
from ...support.builders import XIAN as XIAN_REGION
from ...support.inspecting import (
    CHANGAN_INSPECTOR,
    CITY_HEAD,
    CITY_INSPECTOR,
    COLLEAGUE,
    COUNTED,
    COUNTY_INSPECTOR,
    PROVINCE_INSPECTOR,
    Inspecting,
    an_inspection_day,
)
from ...support.inspections import a_check_form, a_statement
from ...support.world import CITY_DUTY, COUNTY_DUTY, DONGFENG, LIMIN
from ...support.world import LINTONG as LINTONG_BUREAU
from ...support.world import WEINAN as WEINAN_BUREAU

TOMORROW = DAY + timedelta(days=1)


@pytest.fixture
def world() -> Inspecting:
    return an_inspection_day()


def test_a_superior_sees_what_those_below_have_recorded_and_never_the_reverse_or_sideways(
    world: Inspecting,
) -> None:
    province = world.record(PROVINCE_INSPECTOR, XIAN_REGION)
    city = world.record(CITY_INSPECTOR, LINTONG)
    county = world.record(COUNTY_INSPECTOR, DONGFENG)
    seen = {by: {row.id for row in world.seen(by)} for by in (PROVINCE_INSPECTOR, CITY_DUTY)}
    assert seen == {
        PROVINCE_INSPECTOR: {province.id, city.id, county.id},
        CITY_DUTY: {city.id, county.id},
    }
    assert [row.id for row in world.seen(COUNTY_DUTY)] == [county.id]
    assert world.seen(CHANGAN_INSPECTOR) == []
    rows = world.system.app.inspections.rows(world.actor(COUNTY_DUTY), [province.id, city.id, county.id])
    assert set(rows) == {county.id}


def test_a_draft_is_seen_by_nobody_but_who_opened_it(world: Inspecting) -> None:
    row = world.open()
    for by in (COLLEAGUE, CITY_HEAD, PROVINCE_INSPECTOR, COUNTY_INSPECTOR):
        assert world.system.app.inspections.rows(world.actor(by), [row.id]) == {}
        assert world.seen(by) == []
    assert world.system.app.inspections.rows(world.actor(CITY_INSPECTOR), [row.id]) == {row.id: row}
    assert world.seen(CITY_INSPECTOR) == [], "a draft is no record"


def test_a_department_that_is_moved_leaves_its_old_records_where_they_were(world: Inspecting) -> None:
    record = world.record(COUNTY_INSPECTOR, DONGFENG)
    world.settle(replace(LINTONG_BUREAU, parent_id=WEINAN_BUREAU.id, jurisdiction=frozenset({PUCHENG})))
    assert [row.id for row in world.seen(CITY_INSPECTOR)] == [record.id]
    assert world.kept(record.id).inspection.inspector.department == DepartmentSnapshot.of(LINTONG_BUREAU)


def test_records_are_searched(world: Inspecting) -> None:
    patrol = world.record()
    check = world.record(
        whom=LIMIN,
        form=a_check_form(
            LIMIN.kind, pictures=(), observations="库房堆垛过高", problems=(a_statement(responsible=()),)
        ),
        key="draft-0002",
    )

    def found(**where: object) -> list[InspectionRow]:
        return world.seen(CITY_INSPECTOR, replace(COUNTED, **where))  # type: ignore[arg-type]

    assert found(kinds=(patrol.kind,)) == [patrol]
    assert found(with_problems=True) == [check]
    assert found(text="堆垛") == [check]
    assert found(target_enterprise_id=LIMIN.id) == [check]
    assert found(origins=(Origin.AUTO,)) == []
    assert found(region_id=CHANGAN_REGION) == []
    assert found(first_day=TOMORROW, last_day=TOMORROW) == []


@pytest.mark.parametrize(("first", "last"), [(TOMORROW, DAY), (DAY, DAY + timedelta(days=366))])
def test_a_range_of_days_is_neither_backward_nor_longer_than_a_year(
    world: Inspecting, first: date, last: date
) -> None:
    for ask in (
        world.system.app.inspections.count,
        lambda a, w: world.system.app.inspections.page(a, w, Page(1)),
    ):
        with pytest.raises(InvalidValue) as refused:
            ask(world.actor(CITY_INSPECTOR), InspectionFilter(first, last))
        assert refused.value.field == "lastDay"
