"""A problem can't be issued outside the inspector's jurisdiction, also when that has changed since the draft was opened."""

from __future__ import annotations

from dataclasses import replace

import pytest

from yanbao.domain.directory.enterprise import Enterprise
from yanbao.domain.inspection.check import OutsideJurisdiction
from yanbao.domain.inspection.inspection import InspectionState
from yanbao.domain.values import RegionId

from ...support.builders import CHANGAN, LINTONG, PUCHENG
from ...support.inspecting import CITY_INSPECTOR, Inspecting, an_inspection_day
from ...support.inspections import a_check_form, a_patrol_form, a_statement
from ...support.world import DONGFENG, WEINAN, XIAN
from ...support.world import LINTONG as LINTONG_BUREAU

ELSEWHERE = replace(CITY_INSPECTOR, department_id=WEINAN.id)
LESS = replace(XIAN, jurisdiction=frozenset({CHANGAN}))


@pytest.fixture
def world() -> Inspecting:
    return an_inspection_day()


@pytest.mark.parametrize(
    ("whom", "change"),
    [
        pytest.param(LINTONG, ELSEWHERE, id="the inspector works elsewhere"),
        pytest.param(DONGFENG, ELSEWHERE, id="the inspector works elsewhere, of an enterprise"),
        pytest.param(LINTONG, LESS, id="the department answers for less"),
        pytest.param(DONGFENG, LESS, id="the department answers for less, of an enterprise"),
        pytest.param(
            LINTONG, replace(LINTONG_BUREAU, parent_id=WEINAN.id), id="the patrolled department is another's"
        ),
        pytest.param(DONGFENG, replace(DONGFENG, region_id=PUCHENG), id="the enterprise has moved away"),
    ],
)
def test_what_has_left_the_jurisdiction_since_the_opening_can_only_be_discarded(
    world: Inspecting, whom: Enterprise | RegionId, change: object
) -> None:
    make = a_check_form if isinstance(whom, Enterprise) else a_patrol_form
    pictures = {"pictures": ()} if isinstance(whom, Enterprise) else {}
    row = world.edit(world.open(whom=whom), make(problems=(a_statement(responsible=()),), **pictures))
    world.settle(change)
    before = world.state
    for step in (world.edit, world.refresh, world.turn_in):
        with pytest.raises(OutsideJurisdiction, match="已不在您的管辖范围内") as refused:
            step(row)
        assert refused.value.field == "target"
    assert world.state is before and world.problems() == []
    assert world.discard(row).state is InspectionState.DISCARDED


@pytest.mark.parametrize(
    ("whom", "change"),
    [
        pytest.param(DONGFENG, replace(DONGFENG, region_id=CHANGAN), id="to another county of the city"),
        pytest.param(LINTONG, replace(LINTONG_BUREAU, name="临潼区应急局"), id="renamed"),
    ],
)
def test_what_has_changed_within_the_jurisdiction_can_be_submitted(
    world: Inspecting, whom: Enterprise | RegionId, change: object
) -> None:
    row = world.edit(world.open(whom=whom))
    world.settle(change)
    assert world.turn_in(row).state is InspectionState.SUBMITTED
