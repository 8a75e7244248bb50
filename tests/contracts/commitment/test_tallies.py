"""The figures of commitments: by region, by day, and within a scope."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from yanbao.application.access import EVERYTHING, NOTHING, SYSTEM, Scope
from yanbao.application.ports.commitment import Tally
from yanbao.application.ports.readers import Readers
from yanbao.application.ports.work import Storage
from yanbao.domain.commitment.commitment import Commitment
from yanbao.domain.directory.enterprise import EnterpriseKind
from yanbao.domain.directory.organisation import Level
from yanbao.domain.values import RegionId

from ...support.builders import (
    CHANGAN,
    DAY,
    DUE,
    LINTONG,
    NOW,
    PROVINCE,
    PUCHENG,
    WEINAN,
    XIAN,
    YANGLING,
    YANGLING_COUNTY,
    a_form_for,
    a_form_of_stopped,
    a_region,
    an_enterprise,
    seen_by,
    seen_from,
)
from ...support.commitments import facts, facts_in_shutdown, owed, signed
from ...support.settling import settle_in
from .commitments import PRODUCER, TOMORROW, YESTERDAY, settle_answers


@pytest.fixture
def filled(storage: Storage) -> None:
    settle_answers(storage)


@pytest.mark.usefixtures("filled")
def test_tallies_add_up_over_the_subtree(readers: Readers) -> None:
    regions = [PROVINCE, XIAN, LINTONG, CHANGAN, WEINAN, YANGLING, YANGLING_COUNTY]
    tallies = readers.commitments.tallies(regions, DAY, DAY, EVERYTHING)
    assert tallies[LINTONG] == Tally(expected=2, in_production=1, stopped=1, on_time=2)
    assert tallies[CHANGAN] == Tally(expected=1, in_production=1, on_time=1)
    assert tallies[XIAN] == Tally(expected=3, in_production=2, stopped=1, on_time=3)
    assert tallies[WEINAN] == Tally(expected=2, stopped=1, unreported=1, on_time=1, automatic=1)
    assert tallies[YANGLING] == tallies[YANGLING_COUNTY] == Tally(expected=1, in_production=1, late=1)
    assert tallies[PROVINCE] == Tally(
        expected=6, in_production=3, stopped=2, unreported=1, on_time=4, late=1, automatic=1
    )
    assert tallies[PROVINCE].reported == 5


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    "scope",
    [
        EVERYTHING,
        seen_from(PROVINCE),
        seen_from(XIAN),
        seen_from(LINTONG, WEINAN),
        seen_by(PRODUCER),
        NOTHING,
    ],
)
@pytest.mark.parametrize("kinds", [[], [EnterpriseKind.WHOLESALE]])
def test_an_overview_has_a_region_and_what_is_directly_below_it(
    readers: Readers, scope: Scope, kinds: list[EnterpriseKind]
) -> None:
    regions = {region.id: region for region in readers.directory.regions()}
    for top in (PROVINCE, XIAN, LINTONG):
        below = sorted(region.id for region in regions.values() if region.parent_id == top)
        tallies = readers.commitments.tallies([top, *below], YESTERDAY, DAY, scope, kinds)
        overview = readers.commitments.overview(top, YESTERDAY, DAY, scope, kinds)
        assert list(overview) == [(regions[id], tallies[id]) for id in (top, *below)]


@pytest.mark.usefixtures("filled")
def test_an_overview_of_no_region_is_empty(readers: Readers) -> None:
    assert list(readers.commitments.overview(RegionId("999999"), DAY, DAY, EVERYTHING)) == []


@pytest.mark.usefixtures("filled")
def test_a_region_with_nothing_owed_has_a_tally_of_zeros(readers: Readers) -> None:
    assert readers.commitments.tallies([XIAN, PUCHENG], TOMORROW, TOMORROW, EVERYTHING) == {
        XIAN: Tally(),
        PUCHENG: Tally(),
    }
    assert readers.commitments.tallies([], DAY, DAY, EVERYTHING) == {}


@pytest.mark.usefixtures("filled")
def test_tallies_can_be_of_one_kind_and_of_several_days(readers: Readers) -> None:
    tallies = readers.commitments.tallies
    assert tallies([XIAN], DAY, DAY, EVERYTHING, [EnterpriseKind.WHOLESALE])[XIAN].expected == 1
    assert tallies([XIAN], DAY, DAY, EVERYTHING, list(EnterpriseKind))[XIAN].expected == 3
    assert tallies([XIAN], YESTERDAY, DAY, EVERYTHING)[XIAN].expected == 4


@pytest.mark.usefixtures("filled")
def test_tallies_count_only_what_lies_in_the_scope(readers: Readers) -> None:
    regions = [PROVINCE, XIAN, LINTONG, WEINAN]

    def expected(scope: Scope) -> list[int]:
        tallies = readers.commitments.tallies(regions, DAY, DAY, scope)
        return [tallies[region].expected for region in regions]

    assert expected(seen_from(PROVINCE)) == [6, 3, 2, 2]
    assert expected(seen_from(XIAN)) == [3, 3, 2, 0]
    assert expected(seen_from(LINTONG, WEINAN)) == [4, 2, 2, 2]
    assert expected(seen_from(LINTONG, XIAN)) == [3, 3, 2, 0]
    assert expected(seen_by(PRODUCER)) == [1, 1, 1, 0]
    assert expected(NOTHING) == [0, 0, 0, 0]


@pytest.mark.usefixtures("filled")
def test_daily_tallies_name_the_days_on_which_something_was_owed(readers: Readers) -> None:
    daily = readers.commitments.daily_tallies
    assert daily(XIAN, YESTERDAY, TOMORROW, EVERYTHING) == {
        YESTERDAY: Tally(expected=1, in_production=1, on_time=1),
        DAY: Tally(expected=3, in_production=2, stopped=1, on_time=3),
    }
    assert daily(PROVINCE, DAY, DAY, seen_from(WEINAN))[DAY].expected == 2
    assert daily(PROVINCE, YESTERDAY, DAY, seen_by(PRODUCER)) == {
        YESTERDAY: Tally(expected=1, in_production=1, on_time=1),
        DAY: Tally(expected=1, in_production=1, on_time=1),
    }
    assert daily(XIAN, DAY, DAY, EVERYTHING, [EnterpriseKind.WHOLESALE])[DAY].expected == 1
    assert daily(LINTONG, DAY, DAY, EVERYTHING, [EnterpriseKind.WHOLESALE]) == {}
    assert daily(XIAN, DAY, DAY, NOTHING) == {}


@pytest.mark.usefixtures("filled")
def test_tallies_follow_a_region_to_its_new_parent(storage: Storage, readers: Readers) -> None:
    settle_in(storage, SYSTEM, a_region(LINTONG, "临潼区", Level.COUNTY, WEINAN))
    tallies = readers.commitments.tallies([PROVINCE, XIAN, WEINAN, LINTONG], DAY, DAY, EVERYTHING)
    assert [tallies[region].expected for region in (PROVINCE, XIAN, WEINAN, LINTONG)] == [6, 1, 4, 2]
    assert readers.commitments.tallies([LINTONG], DAY, DAY, seen_from(XIAN))[LINTONG] == Tally()


def test_tallies_follow_every_change_of_a_report(storage: Storage, readers: Readers) -> None:
    enterprise = an_enterprise()

    def tally() -> Tally:
        return readers.commitments.tallies([PROVINCE], DAY, DAY, EVERYTHING)[PROVINCE]

    def change(act: Callable[[Commitment], None]) -> None:
        with storage.work(SYSTEM) as work:
            commitment = work.commitments.get(owed(enterprise).id, within=EVERYTHING)
            act(commitment)
            work.commitments.save(commitment)
            work.commit()

    known = facts(enterprise)
    settle_in(storage, SYSTEM, enterprise, owed(enterprise))
    assert tally() == Tally(expected=1, unreported=1)
    change(lambda c: c.report_automatically(facts=facts_in_shutdown(enterprise), at=NOW))
    assert tally() == Tally(expected=1, stopped=1, on_time=1, automatic=1)
    change(lambda c: c.submit(a_form_for(enterprise), facts=known, by=signed(DUE)))
    assert tally() == Tally(expected=1, in_production=1, late=1)
    change(lambda c: c.reopen("填报人数有误", by=signed(DUE)))
    assert tally() == Tally(expected=1, in_production=1, late=1)
    change(lambda c: c.correct(a_form_of_stopped(), facts=known, by=signed(DUE)))
    assert tally() == Tally(expected=1, stopped=1, late=1)
