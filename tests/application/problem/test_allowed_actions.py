"""What a viewer is told to be allowed is exactly what the use cases then accept: any life, any moment, anybody."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yanbao.domain.deadlines import business_date, day_end
from yanbao.domain.directory.organisation import Person
from yanbao.domain.handling.parties import Party
from yanbao.domain.handling.terms import Phase
from yanbao.domain.problem.form import ProblemOrigin
from yanbao.domain.problem.problem import Problem
from yanbao.domain.problem.workflow import ProblemAction
from yanbao.domain.refusals import Forbidden, Refused

from ...contracts.problem.problems import a_step
from ...support.builders import NOW
from ...support.inspections import (
    MICROSECOND,
    PROVINCE_BUREAU,
    TO_THE_COUNTY,
    TO_THE_FACTORY,
    a_feedback_form,
    by,
    issued,
)
from ...support.rectification import (
    CITY_HEAD,
    COMMANDS,
    EVERYBODY,
    INSPECTOR,
    RESPONSIBLE,
    Rectification,
    a_rectification,
)
from ...support.world import COUNTY_DUTY, COUNTY_HEAD, HEAD, LINTONG, PROVINCE_DUTY, PROVINCE_HEAD, XIAN

TO_THE_PROVINCE: Final = replace(
    TO_THE_COUNTY,
    department_id=PROVINCE_BUREAU.id,
    name=PROVINCE_BUREAU.name,
    region_id=PROVINCE_BUREAU.region_id,
)
PASSING: Final = (timedelta(0), MICROSECOND, timedelta(hours=2), timedelta(days=3), timedelta(days=20))
PARTIES: Final = (
    *(HEAD, RESPONSIBLE, COUNTY_DUTY, COUNTY_HEAD),
    *(INSPECTOR, CITY_HEAD, PROVINCE_DUTY, PROVINCE_HEAD),
)


@st.composite
def lives(draw: st.DrawFn) -> tuple[Problem, datetime]:
    """A problem that has gone some steps of its way, and a moment at which somebody looks at it."""
    problem = issued(
        to=draw(st.sampled_from([TO_THE_COUNTY, TO_THE_FACTORY, TO_THE_PROVINCE])),
        origin=draw(st.sampled_from(ProblemOrigin)),
    )
    now = NOW
    for _ in range(draw(st.integers(0, 9))):
        now += draw(st.sampled_from(PASSING))
        possible = problem.allowed_actions(Party, now)
        onward = [action for action in ProblemAction if action in possible - {ProblemAction.WITHDRAW}]
        if onward:
            step = draw(st.sampled_from([*onward * 8, *possible]))
            a_step(step, by(at=now), until=_later(problem, now), on=None)(problem)
    asked = problem.open_extension
    if asked is not None and now < day_end(asked.until):
        now = draw(st.sampled_from([now, *(day_end(asked.until) + n * MICROSECOND for n in (-1, 0, 1))]))
    problem.events.clear()
    return problem, now


def _later(problem: Problem, now: datetime) -> date:
    """A day until which more time can be asked for."""
    return max(business_date(now), business_date(problem.term(Phase.RECTIFY).due)) + timedelta(days=1)


def offered_to(world: Rectification, viewer: Person, problem: Problem) -> set[ProblemAction]:
    """As a list that the viewer asks for says it; nothing where the problem is not seen."""
    problems, actor = world.system.app.problems, world.actor(viewer)
    with suppress(Forbidden):
        rows = problems.rows(actor, [problem.id])
        return {action for row in rows.values() for action in problems.allowed_actions(actor, row)}
    return set()


def accepted_from(world: Rectification, viewer: Person, problem: Problem) -> set[ProblemAction]:
    """What is done when the viewer tries it, everything for itself; what is refused changes nothing."""
    now, before = world.system.clock.now(), world.system.storage.landed
    form = a_feedback_form(planned_on=business_date(now))
    accepted = set()
    to = XIAN if problem.addressee.department_id == LINTONG.id else LINTONG
    for action in COMMANDS:
        try:
            world.do(action, viewer, problem.id, until=_later(problem, now), form=form, to=to)
            accepted.add(action)
        except Refused:
            assert world.system.storage.landed is before
        world.system.storage.landed = before
    return accepted


def test_every_action_that_is_offered_succeeds_and_every_other_is_refused() -> None:
    seen: set[tuple[ProblemAction, Person]] = set()

    @given(life=lives(), somebody=st.sampled_from(EVERYBODY))
    @settings(max_examples=400, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    def check(life: tuple[Problem, datetime], somebody: Person) -> None:
        problem, now = life
        world = a_rectification(now).keep(replace(problem, version=0))
        for viewer in (*PARTIES, somebody):
            offered = offered_to(world, viewer, problem)
            assert accepted_from(world, viewer, problem) == offered, viewer.name
            seen.update((action, viewer) for action in offered)

    check()
    assert {action for action, _ in seen} == set(COMMANDS), "what is never offered has not been compared"
    assert {viewer for _, viewer in seen} >= set(PARTIES)
