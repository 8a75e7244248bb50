"""The responsible people of a problem are those who are effectively told, not only those who are named."""

from __future__ import annotations

from dataclasses import replace

import pytest

from yanbao.domain.directory.organisation import Person
from yanbao.domain.problem.form import ProblemOrigin
from yanbao.domain.problem.problem import Problem

from ...support.inspections import TO_THE_COUNTY, a_statement, issued
from ...support.rectification import RESPONSIBLE, a_rectification
from ...support.world import COUNTY_DUTY, COUNTY_HEAD, HEAD, PROVINCE_HEAD

TO_NOBODY_BY_NAME = a_statement(responsible=())
FROM_THE_MINISTRY = replace(
    issued(statement=TO_NOBODY_BY_NAME), origin=ProblemOrigin.MINISTRY, external_id="7"
)


@pytest.mark.parametrize(
    ("problem", "gone", "told"),
    [
        (issued(), (), {RESPONSIBLE}),
        (issued(statement=TO_NOBODY_BY_NAME), (), {HEAD}),
        (issued(to=TO_THE_COUNTY, statement=TO_NOBODY_BY_NAME), (), {COUNTY_HEAD}),
        (issued(), (RESPONSIBLE,), {HEAD}),
        (issued(to=TO_THE_COUNTY, statement=TO_NOBODY_BY_NAME), (COUNTY_HEAD,), {COUNTY_DUTY}),
        (issued(), (RESPONSIBLE, HEAD), {COUNTY_DUTY}),
        (FROM_THE_MINISTRY, (), {HEAD, PROVINCE_HEAD}),
    ],
    ids=["named", "heads", "county", "named left", "no head", "nobody there", "ministry"],
)
def test_the_responsible_are_those_who_were_told_of_the_issue(
    problem: Problem, gone: tuple[Person, ...], told: set[Person]
) -> None:
    world = a_rectification().settle(*(replace(person, active=False) for person in gone))
    world.keep(replace(problem, events=list(problem.events)))
    ids = world.system.app.problems.responsible(world.actor(PROVINCE_HEAD), [problem.id])[problem.id]
    assert {world.state.people[id].name for id in ids} == world.told() == {person.name for person in told}
