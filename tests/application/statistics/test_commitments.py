"""Statistics of commitments as each viewer has them: which regions are compared, and in which order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from yanbao.application.statistics.commitments import (
    MOST_CELLS,
    CommitmentStatisticsQuery,
    CommitmentTable,
    PeriodTally,
)
from yanbao.application.statistics.periods import Period, Step
from yanbao.domain.directory.organisation import Level, Person
from yanbao.domain.inspection.form import Rank
from yanbao.domain.refusals import Forbidden, InvalidValue, NotFound
from yanbao.domain.values import RegionId

from ...support.builders import (
    CHANGAN,
    DAY,
    LINTONG,
    PROVINCE,
    PUCHENG,
    WEINAN,
    XIAN,
    YANGLING,
    YANGLING_COUNTY,
    a_region,
)
from ...support.world import (
    CITY_DUTY,
    COUNTY_DUTY,
    DONGFENG,
    FAR,
    FAR_HEAD,
    HEAD,
    HONGXING,
    HONGXING_HEAD,
    LIMIN,
    LIMIN_HEAD,
    PROVINCE_HEAD,
    SYSTEM_ADMIN,
    WEINAN_DUTY,
    YANGLING_DUTY,
    World,
    a_world,
)

Ask = Callable[..., CommitmentTable]


@pytest.fixture
def world() -> World:
    """临潼: two of three on time; 蒲城: late; 杨凌: nothing."""
    world = a_world()
    world.submit(HEAD, DONGFENG)
    world.submit(HONGXING_HEAD, HONGXING)
    world.at("10:00")
    world.submit(FAR_HEAD, FAR)
    return world


@pytest.fixture
def ask(world: World) -> Ask:
    def table(by: Person = PROVINCE_HEAD, **query: Any) -> CommitmentTable:
        return world.system.app.commitment_statistics.table(
            world.actor(by), CommitmentStatisticsQuery(**query)
        )

    return table


def lines(table: CommitmentTable) -> dict[RegionId, tuple[int, int, Rank | None, bool]]:
    """Of each region: expected, on time, its rank, and whether only what lies directly in it is counted."""
    return {
        line.region.id: (line.tally.expected, line.tally.on_time, line.rank_by_on_time_rate, line.directly)
        for line in table.regions
    }


def test_cities_are_compared_and_ranked_by_their_on_time_rate(ask: Ask) -> None:
    assert lines(ask(level=Level.CITY)) == {
        XIAN: (3, 2, Rank(1, 3), False),
        WEINAN: (1, 0, None, False),
        YANGLING: (1, 0, None, False),
    }


def test_who_is_outside_of_every_county_is_counted_apart_and_not_ranked(ask: Ask) -> None:
    assert lines(ask(level=Level.COUNTY)) == {
        YANGLING_COUNTY: (0, 0, None, False),
        LINTONG: (3, 2, Rank(1, 2), False),
        CHANGAN: (0, 0, None, False),
        PUCHENG: (1, 0, None, False),
        YANGLING: (1, 0, None, True),
    }


def test_a_city_without_counties_is_compared_with_counties(world: World, ask: Ask) -> None:
    world.settle(a_region("616900", "西咸新区", Level.CITY, PROVINCE, local=True))
    assert lines(ask(level=Level.COUNTY))[RegionId("616900")] == (0, 0, None, False)


def test_a_county_directly_under_the_province_is_counted_apart_from_the_cities(
    world: World, ask: Ask
) -> None:
    world.settle(a_region(PUCHENG, "蒲城县", Level.COUNTY, PROVINCE, gb_code="610526"))
    found = lines(ask(level=Level.CITY))
    assert found[PUCHENG] == (1, 0, None, True) and found[WEINAN] == (0, 0, None, False)


def test_equal_rates_share_a_place(world: World, ask: Ask) -> None:
    world.at("09:00")
    world.submit(LIMIN_HEAD, LIMIN)
    table = ask(level=Level.CITY)
    assert lines(table)[XIAN][2] == Rank(1, 3)
    assert table.whole.on_time_rate == 0.6 and table.whole.rate == 0.8


@pytest.mark.parametrize(
    ("by", "region", "compared"),
    [
        (CITY_DUTY, XIAN, {LINTONG, CHANGAN}),
        (WEINAN_DUTY, WEINAN, {PUCHENG}),
        (COUNTY_DUTY, LINTONG, {LINTONG}),
        (YANGLING_DUTY, YANGLING, {YANGLING, YANGLING_COUNTY}),
    ],
)
def test_everybody_compares_what_lies_below_and_nothing_beside(
    ask: Ask, by: Person, region: RegionId, compared: set[RegionId]
) -> None:
    table = ask(by, level=Level.COUNTY)
    assert table.region.id == region and set(lines(table)) == compared


def test_periods_without_commitments_are_zero_and_not_missing(ask: Ask) -> None:
    monday = DAY - timedelta(days=DAY.weekday())
    table = ask(first_day=monday - timedelta(days=7), last_day=DAY, step=Step.WEEK, level=Level.CITY)
    assert [period for period, _ in table.periods] == [
        Period(monday - timedelta(days=7), monday - timedelta(days=1)),
        Period(monday, DAY),
    ]
    assert [tally.expected for _, tally in table.periods] == [0, 5]
    (xian,) = [line for line in table.regions if line.region.id == XIAN]
    assert xian.periods is not None
    assert [tally.expected for _, tally in xian.periods] == [0, 3]
    assert isinstance(xian.periods[0], PeriodTally)


def test_without_step_and_level_there_is_the_whole_only(ask: Ask) -> None:
    table = ask()
    assert (table.first_day, table.last_day, table.whole.expected) == (DAY, DAY, 5)
    assert (list(table.periods), list(table.regions)) == ([], [])
    assert ask(level=Level.CITY).regions[0].periods is None


def test_too_many_single_figures_are_left_out_and_the_sums_are_there(
    monkeypatch: pytest.MonkeyPatch, ask: Ask
) -> None:
    few = ask(step=Step.DAY, level=Level.COUNTY)
    monkeypatch.setattr("yanbao.application.statistics.commitments.MOST_CELLS", 3)
    many = ask(step=Step.DAY, level=Level.COUNTY)
    assert (few.whole, few.periods, lines(few)) == (many.whole, many.periods, lines(many))
    assert few.regions[0].periods is not None and many.regions[0].periods is None
    assert MOST_CELLS >= 118 * 61, "every county in every month of five years"


def test_a_level_above_the_region_is_refused(ask: Ask) -> None:
    with pytest.raises(InvalidValue, match="临潼区为县级区域，不能按市级区域比较。"):
        ask(region_id=LINTONG, level=Level.CITY)
    assert set(lines(ask(level=Level.PROVINCE))) == {PROVINCE}


def test_what_is_asked_wrongly_is_refused_before_anything_is_read(world: World) -> None:
    class Nothing:
        def __getattr__(self, name: str) -> Any:
            raise AssertionError(f"{name} was read")

    statistics = world.system.app.commitment_statistics
    object.__setattr__(statistics, "_readers", Nothing())
    for first, last in ((DAY, DAY - timedelta(days=1)), (date(2020, 1, 1), DAY)):
        with pytest.raises(InvalidValue):
            statistics.table(world.actor(PROVINCE_HEAD), CommitmentStatisticsQuery(None, first, last))


def test_regions_outside_the_scope_are_not_found(ask: Ask) -> None:
    for region in (PROVINCE, WEINAN, RegionId("999999")):
        with pytest.raises(NotFound):
            ask(CITY_DUTY, region_id=region)


@pytest.mark.parametrize("by", [HEAD, SYSTEM_ADMIN])
def test_neither_enterprises_nor_administrators_have_statistics(ask: Ask, by: Person) -> None:
    with pytest.raises(Forbidden):
        ask(by)
