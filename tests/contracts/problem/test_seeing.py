"""Who sees a problem: from above its addressee as that was, its parties wherever they are, and nobody else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from yanbao.application.access import EVERYTHING, NOTHING, SYSTEM, Scope
from yanbao.domain.directory.organisation import Level
from yanbao.domain.problem.problem import Problem
from yanbao.domain.refusals import NotFound
from yanbao.domain.values import ProblemId

from ...support.builders import (
    CHANGAN,
    LINTONG,
    PROVINCE,
    PUCHENG,
    WEINAN,
    XIAN,
    a_department,
    a_region,
    an_enterprise,
    an_id,
    seen_as,
    seen_by,
    seen_from,
)
from ...support.inspections import (
    CITY_BUREAU,
    COUNTY_BUREAU,
    FACTORY,
    PROVINCE_BUREAU,
    TO_THE_COUNTY,
    TO_THE_FACTORY,
    issued,
)
from ...support.settling import settle_in
from ..conftest import World
from .problems import keep, settle_parties


@pytest.fixture
def world(world: World) -> World:
    settle_parties(world.storage)
    return world


@pytest.mark.parametrize(
    ("problem", "seen", "unseen"),
    [
        (
            issued(to=TO_THE_FACTORY),
            [
                *(EVERYTHING, seen_from(PROVINCE), seen_from(XIAN), seen_from(LINTONG)),
                *(seen_by(an_enterprise()), seen_as(CITY_BUREAU.id, WEINAN)),
            ],
            [
                *(NOTHING, seen_from(CHANGAN), seen_from(WEINAN), seen_by(an_enterprise("西风烟花厂"))),
                seen_as(COUNTY_BUREAU.id, CHANGAN),
            ],
        ),
        (
            issued(to=TO_THE_COUNTY),
            [
                *(EVERYTHING, seen_from(PROVINCE), seen_from(XIAN), seen_from(LINTONG, WEINAN)),
                *(seen_as(CITY_BUREAU.id, WEINAN), seen_as(COUNTY_BUREAU.id, WEINAN)),
            ],
            [
                *(NOTHING, seen_from(CHANGAN, WEINAN), seen_by(an_enterprise())),
                seen_as(PROVINCE_BUREAU.id, WEINAN),
            ],
        ),
    ],
    ids=["enterprise", "department"],
)
def test_a_problem_is_seen_from_above_its_addressee_and_by_its_parties(
    world: World, problem: Problem, seen: list[Scope], unseen: list[Scope]
) -> None:
    problem = replace(problem, version=0)
    keep(world.storage, problem)
    with world.storage.work(SYSTEM) as work:
        for scope in seen:
            assert work.problems.get(problem.id, within=scope) == problem
        for scope in unseen:
            with pytest.raises(NotFound) as foreign:
                work.problems.get(problem.id, within=scope)
        with pytest.raises(NotFound) as unknown:
            work.problems.get(ProblemId(an_id("nothing")), within=EVERYTHING)
    assert str(unknown.value) == str(foreign.value)


def test_a_problem_stays_where_its_addressee_was(world: World) -> None:
    """Whoever moves away leaves it behind; only the party itself still sees what it owes."""
    to_county = replace(issued(to=TO_THE_COUNTY), id=ProblemId(an_id("to county")))
    keep(world.storage, issued(to=TO_THE_FACTORY), to_county)
    settle_in(
        world.storage,
        SYSTEM,
        replace(an_enterprise(), region_id=PUCHENG),
        a_department(COUNTY_BUREAU.name, level=Level.COUNTY, over=[PUCHENG], parent=a_department()),
    )
    assert an_enterprise().id == FACTORY
    with world.storage.work(SYSTEM) as work:
        for id in (issued().id, to_county.id):
            assert work.problems.get(id, within=seen_from(LINTONG)).addressee.region_id == LINTONG
            with pytest.raises(NotFound):
                work.problems.get(id, within=seen_from(PUCHENG))
        assert work.problems.get(issued().id, within=seen_by(an_enterprise())).id == issued().id
        own = seen_as(COUNTY_BUREAU.id, PUCHENG)
        assert work.problems.get(to_county.id, within=own).id == to_county.id
        with pytest.raises(NotFound):
            work.problems.get(issued().id, within=own)


def test_a_region_that_moves_takes_its_problems_along(world: World) -> None:
    keep(world.storage, issued())
    settle_in(world.storage, SYSTEM, a_region(LINTONG, "临潼区", Level.COUNTY, WEINAN))
    with world.storage.work(SYSTEM) as work:
        assert work.problems.get(issued().id, within=seen_from(WEINAN)).addressee.city_id == XIAN
        with pytest.raises(NotFound):
            work.problems.get(issued().id, within=seen_from(XIAN))
        assert work.problems.get(issued().id, within=seen_as(CITY_BUREAU.id, XIAN)).id == issued().id
