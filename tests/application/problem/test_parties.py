"""Departments and people that move: a problem stays where it was, and with those who have to carry it on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from yanbao.application.ports.paging import Page
from yanbao.application.ports.problem import ProblemFilter
from yanbao.domain.directory.organisation import Level, Person
from yanbao.domain.inspection.form import InspectionKind
from yanbao.domain.problem.workflow import ProblemAction, ProblemState
from yanbao.domain.refusals import NotFound
from yanbao.domain.values import ProblemId

from ...support.builders import LINTONG as LINTONG_REGION
from ...support.builders import PUCHENG as PUCHENG_REGION
from ...support.builders import WEINAN as WEINAN_REGION
from ...support.builders import a_region
from ...support.inspections import TO_THE_COUNTY, a_problem_in, issued
from ...support.rectification import CITY_HEAD, INSPECTOR, RESPONSIBLE, Rectification, a_rectification
from ...support.world import (
    CITY_DUTY,
    COUNTY_DUTY,
    COUNTY_HEAD,
    DONGFENG,
    HEAD,
    HONGXING,
    HONGXING_HEAD,
    LINTONG,
    PROVINCE_HEAD,
    PUCHENG_DUTY,
    PUCHENG_OFFICE,
    WEINAN,
    WEINAN_DUTY,
)

A = ProblemAction


def listed(world: Rectification, person: Person, where: ProblemFilter | None = None) -> list[ProblemId]:
    problems, actor = world.system.app.problems, world.actor(person)
    chosen = ProblemFilter() if where is None else where
    rows = problems.page(actor, chosen, Page(10)).rows
    assert problems.count(actor, chosen) == len(rows)
    return [row.id for row in rows]


def seen_by(world: Rectification, id: ProblemId, *people: Person) -> list[bool]:
    return [id in world.system.app.problems.rows(world.actor(person), [id]) for person in people]


def test_a_department_below_another_parent_keeps_its_problems_and_who_reviews_them() -> None:
    problem = a_problem_in(ProblemState.RECTIFYING, to=TO_THE_COUNTY)
    world = a_rectification().keep(problem).settle(replace(LINTONG, parent_id=WEINAN.id))
    assert seen_by(world, problem.id, COUNTY_DUTY, CITY_DUTY, PROVINCE_HEAD) == [True] * 3
    assert seen_by(world, problem.id, WEINAN_DUTY, PUCHENG_DUTY) == [False] * 2
    world.do(A.FEED_BACK, COUNTY_DUTY, problem.id)
    assert world.do(A.CLOSE, INSPECTOR, problem.id).state is ProblemState.CLOSED


def test_a_department_with_another_jurisdiction_still_answers_for_what_it_owes() -> None:
    """Its record stays where it was; but it goes on being told of it, so it sees it and carries it on."""
    problem = issued(to=TO_THE_COUNTY)
    world = a_rectification().keep(problem)
    world.settle(replace(LINTONG, parent_id=WEINAN.id, jurisdiction=frozenset({PUCHENG_REGION})))
    to_me = world.system.app.problems.to_me(world.actor(COUNTY_DUTY))
    assert listed(world, COUNTY_DUTY, to_me) == [problem.id]
    assert world.system.app.problems.unfed_back(world.actor(COUNTY_DUTY))[InspectionKind.PATROL] == 1
    assert listed(world, COUNTY_DUTY) == listed(world, PUCHENG_DUTY) == []
    assert seen_by(world, problem.id, CITY_DUTY, WEINAN_DUTY, PUCHENG_DUTY) == [True, False, False]
    for action in (A.ACKNOWLEDGE, A.RECTIFY, A.FEED_BACK):
        world.do(action, COUNTY_HEAD, problem.id)
    assert world.do(A.CLOSE, INSPECTOR, problem.id).state is ProblemState.CLOSED
    with pytest.raises(NotFound):
        world.do(A.ACKNOWLEDGE, PUCHENG_DUTY, problem.id)


def test_who_issued_it_reviews_it_also_where_its_addressee_has_come_below_another_city() -> None:
    """Nobody else may review: without its issuer the problem could never come to its end."""
    problem = a_problem_in(ProblemState.FED_BACK)
    world = a_rectification().keep(problem)
    world.settle(a_region(LINTONG_REGION, "临潼区", Level.COUNTY, WEINAN_REGION))
    assert seen_by(world, problem.id, WEINAN_DUTY, PUCHENG_DUTY) == [True, False]
    by_me = world.system.app.problems.by_me(world.actor(CITY_HEAD))
    assert listed(world, CITY_HEAD, by_me) == [problem.id]
    row = world.system.app.problems.rows(world.actor(CITY_HEAD), [problem.id])[problem.id]
    assert world.system.app.problems.allowed_actions(world.actor(CITY_HEAD), row) == [A.CLOSE, A.RETURN]
    assert world.system.app.problems.allowed_actions(world.actor(WEINAN_DUTY), row) == []
    assert world.do(A.CLOSE, CITY_HEAD, problem.id).state is ProblemState.CLOSED


def test_an_enterprise_that_has_moved_takes_nothing_of_it_to_its_new_county() -> None:
    problem = issued()
    world = a_rectification().keep(problem).settle(replace(DONGFENG, region_id=PUCHENG_REGION))
    assert seen_by(world, problem.id, HEAD, COUNTY_DUTY, CITY_DUTY, PUCHENG_DUTY) == [True, True, True, False]
    assert world.do(A.ACKNOWLEDGE, HEAD, problem.id).state is ProblemState.ACKNOWLEDGED


@pytest.mark.parametrize(
    "elsewhere",
    [
        replace(RESPONSIBLE, enterprise_id=HONGXING.id),
        replace(RESPONSIBLE, enterprise_id=None, department_id=PUCHENG_OFFICE.id),
    ],
    ids=["another enterprise", "a department"],
)
def test_who_is_named_and_works_elsewhere_by_now_is_told_nothing(elsewhere: Person) -> None:
    """The heads stand in: what a party owes is no business of the one somebody has gone to."""
    world = a_rectification().settle(elsewhere)
    world.keep(issued())
    assert [name for name, _ in world.send()] == [HEAD.name]
    world.remind(issued().terms[0].due)
    assert RESPONSIBLE.name not in {name for name, _ in world.send()}
    assert seen_by(world, issued().id, elsewhere, HONGXING_HEAD) == [False, False]


def test_who_repeats_a_step_after_having_gone_elsewhere_finds_nothing() -> None:
    problem = issued(to=TO_THE_COUNTY)
    world = a_rectification().keep(problem)
    world.do(A.ACKNOWLEDGE, COUNTY_DUTY, problem.id, revision=1, key="device-0001")
    world.settle(replace(COUNTY_DUTY, department_id=PUCHENG_OFFICE.id))
    with pytest.raises(NotFound):
        world.do(A.ACKNOWLEDGE, COUNTY_DUTY, problem.id, revision=1, key="device-0001")
