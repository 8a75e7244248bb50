"""Records over the API are found by what they are about."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ...support.asking import TODAY, Somebody, World, a_world, id_of, region_id
from .inspecting import PUCHENG, RECORDS, a_patrol, a_problem, a_spot_check, records

YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture
def world() -> World:
    return a_world()


def test_records_are_found_by_what_they_are_about(world: World) -> None:
    city, county = world("city-inspector"), world("county-inspector")
    patrol = a_patrol(city, problems=[a_problem()])["id"]
    check = a_spot_check(city, world.red, key="phone-1-0002")["id"]
    own = a_spot_check(county, world.enterprises[17], observations="仓库整洁。")["id"]
    ids = {"city": _department(city), "county": _department(county)}
    province = world("province-head")

    def found(**where: Any) -> set[str]:
        return set(records(province, **where))

    assert found() == {patrol, check, own}
    assert found(kinds=["PATROL"]) == {patrol} and found(kinds=["SPOT_CHECK"]) == {check, own}
    assert found(origins=["AUTO"]) == set()
    assert found(departmentId=ids["county"]) == {own} and found(departmentId=ids["city"]) == {patrol, check}
    assert found(targetDepartmentId=ids["county"]) == {patrol}
    assert found(targetEnterpriseId=id_of(world.red)) == {check}
    assert found(regionId=PUCHENG) == {patrol, check, own} and found(regionId=region_id("610528")) == set()
    assert found(withProblems=True) == {patrol} and found(withProblems=False) == {check, own}
    assert found(text="仓库") == {own} and found(text="红光") == {check}
    counted = "query($where: InspectionFilterInput!) { inspectionCounts(where: $where) { manual automatic } }"
    today = {"firstDay": f"{TODAY}", "lastDay": f"{TODAY}"}
    assert province.ask(counted, where=today)["inspectionCounts"] == {"manual": 3, "automatic": 0}
    assert found(firstDay=f"{YESTERDAY}", lastDay=f"{YESTERDAY}") == set()


def _department(who: Somebody) -> str:
    return str(who.ask("{ viewer { department { id } } }")["viewer"]["department"]["id"])


@pytest.mark.parametrize(
    ("where", "field"),
    [
        ({"lastDay": f"{YESTERDAY}"}, "lastDay"),
        ({"firstDay": "2024-01-01"}, "lastDay"),
        ({"text": "长" * 51}, "text"),
    ],
)
def test_a_search_that_cannot_be_made_is_refused_by_its_field(
    world: World, where: dict[str, Any], field: str
) -> None:
    asked = {"firstDay": f"{TODAY}", "lastDay": f"{TODAY}"} | where
    error = world("city-inspector").error(RECORDS, where=asked, first=5)
    assert (error["code"], error["field"]) == ("BAD_USER_INPUT", field)
