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
    A_CHECK,
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
from ...support.inspections import a_statement
from ...support.world import CITY_DUTY, COUNTY_DUTY, DONGFENG, LIMIN
from ...support.world import LINTONG as LINTONG_BUREAU
from ...support.world import WEINAN as WEINAN_BUREAU

TOMORROW = DAY + timedelta(days=1)


@pytest.fixture
def stage() -> Inspecting:
    return an_inspection_day()


def test_a_superior_sees_what_those_below_have_recorded_and_never_the_reverse_or_sideways(
    stage: Inspecting,
) -> None:
    province = stage.record(PROVINCE_INSPECTOR, XIAN_REGION)
    city = stage.record(CITY_INSPECTOR, LINTONG)
    county = stage.record(COUNTY_INSPECTOR, DONGFENG)
    seen = {by: {row.id for row in stage.seen(by)} for by in (PROVINCE_INSPECTOR, CITY_DUTY)}
    assert seen == {
        PROVINCE_INSPECTOR: {province.id, city.id, county.id},
        CITY_DUTY: {city.id, county.id},
    }
    assert [row.id for row in stage.seen(COUNTY_DUTY)] == [county.id]
    assert stage.seen(CHANGAN_INSPECTOR) == []
    rows = stage.world.app.inspections.rows(stage.actor(COUNTY_DUTY), [province.id, city.id, county.id])
    assert set(rows) == {county.id}


def test_a_draft_is_seen_by_nobody_but_who_opened_it(stage: Inspecting) -> None:
    row = stage.open()
    for by in (COLLEAGUE, CITY_HEAD, PROVINCE_INSPECTOR, COUNTY_INSPECTOR):
        assert stage.world.app.inspections.rows(stage.actor(by), [row.id]) == {}
        assert stage.seen(by) == []
    assert stage.world.app.inspections.rows(stage.actor(CITY_INSPECTOR), [row.id]) == {row.id: row}
    assert stage.seen(CITY_INSPECTOR) == [], "a draft is no record"


def test_a_department_that_is_moved_leaves_its_old_records_where_they_were(stage: Inspecting) -> None:
    record = stage.record(COUNTY_INSPECTOR, DONGFENG)
    stage.settle(replace(LINTONG_BUREAU, parent_id=WEINAN_BUREAU.id, jurisdiction=frozenset({PUCHENG})))
    assert [row.id for row in stage.seen(CITY_INSPECTOR)] == [record.id]
    assert stage.kept(record.id).inspection.inspector.department == DepartmentSnapshot.of(LINTONG_BUREAU)


def test_records_are_searched(stage: Inspecting) -> None:
    patrol = stage.record()
    check = stage.record(
        whom=LIMIN,
        form=replace(A_CHECK, conclusion="库房堆垛过高", problems=(a_statement(responsible=()),)),
        key="draft-0002",
    )

    def found(**where: object) -> list[InspectionRow]:
        return stage.seen(CITY_INSPECTOR, replace(COUNTED, **where))  # type: ignore[arg-type]

    assert found(kinds=(patrol.kind,)) == [patrol]
    assert found(with_problems=True) == [check]
    assert found(text="堆垛") == [check]
    assert found(target_enterprise_id=LIMIN.id) == [check]
    assert found(origins=(Origin.AUTO,)) == []
    assert found(region_id=CHANGAN_REGION) == []
    assert found(first_day=TOMORROW, last_day=TOMORROW) == []


@pytest.mark.parametrize(("first", "last"), [(TOMORROW, DAY), (DAY, DAY + timedelta(days=366))])
def test_a_range_of_days_is_neither_backward_nor_longer_than_a_year(
    stage: Inspecting, first: date, last: date
) -> None:
    for ask in (
        stage.world.app.inspections.count,
        lambda a, w: stage.world.app.inspections.page(a, w, Page(1)),
    ):
        with pytest.raises(InvalidValue) as refused:
            ask(stage.actor(CITY_INSPECTOR), InspectionFilter(first, last))
        assert refused.value.field == "lastDay"
