"""The sums of commitments by line and by period, and the check of the roll-up."""

from __future__ import annotations

from datetime import timedelta

import pytest

from yanbao.application.access import EVERYTHING, NOTHING, SYSTEM, Scope
from yanbao.application.ports.commitment import Tally
from yanbao.application.ports.readers import Readers
from yanbao.application.ports.statistics import TallyQuestion
from yanbao.application.ports.work import Storage
from yanbao.domain.directory.enterprise import EnterpriseKind
from yanbao.domain.directory.organisation import Level
from yanbao.domain.values import RegionId

from ...support.builders import (
    CHANGAN,
    LINTONG,
    PROVINCE,
    PUCHENG,
    WEINAN,
    XIAN,
    YANGLING,
    YANGLING_COUNTY,
    a_region,
    seen_by,
    seen_from,
)
from ...support.settling import settle_in
from .answers import ANSWERS, DAYS, ENTERPRISES, settle_answers

CITIES = (XIAN, WEINAN, YANGLING)
COUNTIES = (CHANGAN, LINTONG, PUCHENG, YANGLING_COUNTY)
WEEKS = (DAYS[0], DAYS[3], DAYS[10])
"""Friday to Sunday, a whole week, and two days."""


@pytest.fixture
def filled(storage: Storage) -> None:
    every = {(who, day): ANSWERS[(who + day) % 5] for who in range(7) for day in range(12)}
    settle_answers(storage, every)


def a_question(
    *lines: RegionId, of: RegionId = PROVINCE, kinds: tuple[EnterpriseKind, ...] = ()
) -> TallyQuestion:
    return TallyQuestion(of, WEEKS, DAYS[-1], lines, kinds)


@pytest.mark.usefixtures("filled")
def test_each_line_and_period_has_what_the_tallies_say(readers: Readers) -> None:
    for scope in (EVERYTHING, seen_from(PROVINCE), seen_from(XIAN, WEINAN), seen_by(ENTERPRISES[2]), NOTHING):
        cells = readers.statistics.commitment_cells(a_question(*CITIES), scope)
        ends = (DAYS[2], DAYS[9], DAYS[11])
        for number, (first, last) in enumerate(zip(WEEKS, ends, strict=True)):
            tallies = readers.commitments.tallies(CITIES, first, last, scope)
            assert {city: cells.get((city, number), Tally()) for city in CITIES} == tallies


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("lines", [(), CITIES, COUNTIES, (LINTONG,), (PROVINCE,)])
def test_the_margins_are_the_sums_of_the_cells(readers: Readers, lines: tuple[RegionId, ...]) -> None:
    cells = readers.statistics.commitment_cells(a_question(*lines), EVERYTHING)
    margins = readers.statistics.commitment_margins(a_question(*lines), EVERYTHING)
    for name in ("expected", "in_production", "stopped", "unreported", "on_time", "late", "automatic"):
        for line, tally in margins.lines.items():
            assert getattr(tally, name) == sum(
                getattr(t, name) for (own, _), t in cells.items() if own == line
            )
        for period, tally in margins.periods.items():
            assert getattr(tally, name) == sum(
                getattr(t, name) for (_, own), t in cells.items() if own == period
            )
    assert sum(tally.expected for tally in margins.lines.values()) == 84


@pytest.mark.usefixtures("filled")
def test_what_lies_below_no_line_is_counted_for_its_own_region(readers: Readers) -> None:
    lines = readers.statistics.commitment_margins(a_question(*COUNTIES), EVERYTHING).lines
    assert {region: tally.expected for region, tally in lines.items()} == {
        **dict.fromkeys((CHANGAN, PUCHENG, YANGLING_COUNTY, WEINAN, YANGLING), 12),
        LINTONG: 24,
    }


@pytest.mark.usefixtures("filled")
def test_only_the_region_and_the_kinds_that_were_asked_for_are_counted(readers: Readers) -> None:
    def expected(question: TallyQuestion, scope: Scope = EVERYTHING) -> dict[RegionId, int]:
        margins = readers.statistics.commitment_margins(question, scope)
        return {region: tally.expected for region, tally in margins.lines.items()}

    assert expected(a_question(*CITIES, of=XIAN)) == {XIAN: 36}
    assert expected(a_question(of=LINTONG), seen_from(XIAN)) == {LINTONG: 24}
    assert expected(a_question(XIAN, of=XIAN), seen_from(CHANGAN)) == {XIAN: 12}
    assert expected(a_question(PROVINCE), seen_by(ENTERPRISES[3])) == {PROVINCE: 12}
    assert expected(a_question(*CITIES, kinds=(EnterpriseKind.WHOLESALE,))) == {XIAN: 12, WEINAN: 12}
    assert expected(a_question(*CITIES), seen_from(WEINAN)) == {WEINAN: 24}
    assert expected(a_question(*CITIES), NOTHING) == {}


@pytest.mark.usefixtures("filled")
def test_sums_follow_a_region_to_its_new_parent(storage: Storage, readers: Readers) -> None:
    settle_in(storage, SYSTEM, a_region(LINTONG, "临潼区", Level.COUNTY, WEINAN))
    lines = readers.statistics.commitment_margins(a_question(*CITIES), EVERYTHING).lines
    assert {region: tally.expected for region, tally in lines.items()} == {XIAN: 12, WEINAN: 48, YANGLING: 24}


def test_days_on_which_nothing_was_owed_are_missing(readers: Readers) -> None:
    assert readers.statistics.commitment_cells(a_question(*CITIES), EVERYTHING) == {}
    margins = readers.statistics.commitment_margins(a_question(*CITIES), EVERYTHING)
    assert (margins.lines, margins.periods) == ({}, {})


def test_an_empty_storage_has_no_days_to_recount(readers: Readers) -> None:
    assert readers.roll_ups.span() is None
    assert list(readers.roll_ups.differences(DAYS[0])) == []


@pytest.mark.usefixtures("filled")
def test_the_roll_up_is_what_its_rows_add_up_to(readers: Readers) -> None:
    assert readers.roll_ups.span() == (DAYS[0], DAYS[-1])
    for day in (DAYS[0] - timedelta(days=1), *DAYS):
        assert list(readers.roll_ups.differences(day)) == []
