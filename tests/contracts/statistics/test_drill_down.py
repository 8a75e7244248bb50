"""Every figure is the length of its list, for random answers, questions and viewers, on every storage."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yanbao.adapters.clock import FixedClock
from yanbao.application.access import SYSTEM, Actor
from yanbao.application.commitment.commitments import Commitments
from yanbao.application.policies import PolicyBook
from yanbao.application.ports.commitment import CommitmentFilter, Tally
from yanbao.application.ports.paging import Page
from yanbao.application.ports.readers import Readers
from yanbao.application.statistics.commitment_figures import COMMITMENT_FIGURES
from yanbao.application.statistics.commitments import (
    CommitmentStatistics,
    CommitmentStatisticsQuery,
    CommitmentTable,
    added,
)
from yanbao.application.statistics.periods import Step
from yanbao.domain.directory.enterprise import EnterpriseKind
from yanbao.domain.directory.organisation import Level, Role
from yanbao.domain.refusals import Forbidden
from yanbao.domain.values import RegionId

from ...support.builders import (
    CHANGAN,
    LINTONG,
    NOW,
    PROVINCE,
    WEINAN,
    YANGLING,
    a_department_tree,
    a_person,
    a_region_tree,
    an_actor,
    seen_by,
    seen_from,
)
from ...support.settling import settle_in
from ..conftest import World
from .answers import ANSWERS, DAYS, ENTERPRISES, Answers, settle_answers

OFFICE = a_department_tree()[0]
VIEWERS = {
    "the province": (Level.PROVINCE, (PROVINCE,)),
    "a city": (Level.CITY, (WEINAN,)),
    "the local region": (Level.CITY, (YANGLING,)),
    "a county": (Level.COUNTY, (LINTONG,)),
    "two counties": (Level.CITY, (LINTONG, CHANGAN)),
}
FEW = settings(
    max_examples=4,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
answers = st.dictionaries(
    st.tuples(st.integers(0, len(ENTERPRISES) - 1), st.integers(0, len(DAYS) - 1)),
    st.sampled_from(ANSWERS),
    min_size=12,
    max_size=40,
)


@st.composite
def questions(draw: st.DrawFn) -> CommitmentStatisticsQuery:
    first, last = sorted(draw(st.tuples(st.sampled_from(DAYS), st.sampled_from(DAYS))))
    return CommitmentStatisticsQuery(
        first_day=first,
        last_day=last,
        kinds=draw(st.sampled_from([(), (EnterpriseKind.WHOLESALE,), tuple(EnterpriseKind)])),
        step=draw(st.sampled_from([None, *Step])),
        level=draw(st.sampled_from([None, Level.CITY, Level.COUNTY])),
    )


def viewer(name: str) -> Actor:
    level, regions = VIEWERS[name]
    return an_actor(a_person("沈查看", of=OFFICE), seen_from(*regions), level=level)


def counted(table: CommitmentTable) -> Iterator[tuple[Tally, RegionId, date, date, bool]]:
    """Tallies of the table, with the region and the days that each is of; of single cells every fourth."""
    days = (table.first_day, table.last_day)
    yield table.whole, table.region.id, *days, False
    for period, tally in table.periods:
        yield tally, table.region.id, period.first_day, period.last_day, False
    for line in table.regions:
        yield line.tally, line.region.id, *days, line.directly
        for period, tally in (line.periods or ())[::4]:
            yield tally, line.region.id, period.first_day, period.last_day, line.directly


def check_lists(world: World, actor: Actor, table: CommitmentTable) -> None:
    commitments = Commitments(world.storage, world.readers, FixedClock(NOW), PolicyBook())
    for tally, region, first, last, directly in counted(table):
        everything = CommitmentFilter(first, last, region_id=region, kinds=table.kinds, directly=directly)
        for figure in COMMITMENT_FIGURES.figures:
            if figure.narrows is not None:
                where = replace(everything, **figure.narrows)
                rows = commitments.page(actor, where, Page(1_000)).rows
                expected = getattr(tally, figure.field)
                assert expected == len(rows) == commitments.count(actor, where), (figure.field, where)


def check_sums(table: CommitmentTable) -> None:
    if table.step is not None:
        assert added(tally for _, tally in table.periods) == table.whole
    if table.regions:
        assert added(line.tally for line in table.regions) == table.whole
        for line in table.regions:
            assert line.periods is None or added(tally for _, tally in line.periods) == line.tally


def filled(world: World, given: Answers) -> World:
    fresh = world.anew()
    settle_in(fresh.storage, SYSTEM, *a_region_tree(), *a_department_tree())
    settle_answers(fresh.storage, given)
    return fresh


@FEW
@given(given=answers, asked=st.lists(questions(), min_size=5, max_size=5))
def test_every_figure_is_the_length_of_its_list(
    bare: World, given: Answers, asked: list[CommitmentStatisticsQuery]
) -> None:
    world = filled(bare, given)
    statistics = CommitmentStatistics(world.readers, FixedClock(NOW))
    for name, query in zip(VIEWERS, asked, strict=True):
        if query.level is Level.CITY and name == "a county":
            query = replace(query, level=Level.COUNTY)
        table = statistics.table(viewer(name), query)
        check_lists(world, viewer(name), table)
        check_sums(table)


def test_figures_of_random_answers_are_not_all_zero(bare: World) -> None:
    every = {(who, day): ANSWERS[(who + day) % 5] for who in range(7) for day in range(12)}
    world = filled(bare, every)
    query = CommitmentStatisticsQuery(
        first_day=DAYS[0], last_day=DAYS[-1], step=Step.MONTH, level=Level.COUNTY
    )
    table = CommitmentStatistics(world.readers, FixedClock(NOW)).table(viewer("the province"), query)
    assert table.whole == Tally(84, 35, 32, 17, 50, 17, 16)
    check_lists(world, viewer("the province"), table)


def test_an_enterprise_has_no_statistics(readers: Readers) -> None:
    head = a_person("李永红", Role.ENTERPRISE_HEAD, of=ENTERPRISES[0])
    actor = an_actor(head, seen_by(ENTERPRISES[0]))
    with pytest.raises(Forbidden):
        CommitmentStatistics(readers, FixedClock(NOW)).table(actor, CommitmentStatisticsQuery())
