"""Whoever signs a step does so when the database lets them, and soon has it stored: a week that closed can be counted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from yanbao.adapters.memory.storage import MemoryUnitOfWork
from yanbao.application.inspection.jobs import WEEK_SETTLES_IN
from yanbao.application.ports.work import LONGEST_COMMIT, LONGEST_STEP
from yanbao.domain.problem.workflow import ProblemAction
from yanbao.domain.refusals import Conflict

from ...support.closing import CLOSING
from ...support.inspecting import DONGFENG, an_inspection_day
from ...support.inspections import issued
from ...support.rectification import RESPONSIBLE, a_rectification
from ...support.world import World

BEFORE = CLOSING - timedelta(seconds=1)
Step = Callable[[], datetime]
"""Takes the step and says when it was signed."""


def a_problem_step() -> tuple[World, Step]:
    world = a_rectification(BEFORE)
    problem = issued(at=BEFORE)
    world.keep(problem)

    def step() -> datetime:
        row = world.do(ProblemAction.ACKNOWLEDGE, RESPONSIBLE, problem.id)
        assert row.acknowledged_at is not None
        return row.acknowledged_at

    return world, step


def a_submission() -> tuple[World, Step]:
    world = an_inspection_day()
    world.system.clock.moment = BEFORE
    draft = world.edit(world.open(whom=DONGFENG))

    def step() -> datetime:
        row = world.turn_in(draft)
        assert row.submitted_at is not None
        return row.submitted_at

    return world, step


@pytest.fixture(params=[a_problem_step, a_submission])
def on_stage(request: pytest.FixtureRequest) -> tuple[World, Step]:
    made: tuple[World, Step] = request.param()
    return made


def test_who_has_waited_for_the_database_signs_when_the_turn_has_come(
    on_stage: tuple[World, Step], monkeypatch: pytest.MonkeyPatch
) -> None:
    world, step = on_stage
    enter = MemoryUnitOfWork.__enter__

    def wait(work: MemoryUnitOfWork) -> MemoryUnitOfWork:
        entered = enter(work)
        world.system.clock.moment = max(world.system.clock.moment, CLOSING)
        return entered

    with monkeypatch.context() as busy:
        busy.setattr(MemoryUnitOfWork, "__enter__", wait)
        assert step() == CLOSING


def test_a_step_that_takes_too_long_is_refused_and_can_be_repeated(
    on_stage: tuple[World, Step], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, step = on_stage
    seconds = 0.0

    def slow() -> float:
        nonlocal seconds
        seconds += LONGEST_STEP.total_seconds() + 0.1
        return seconds

    with monkeypatch.context() as busy:
        busy.setattr("yanbao.adapters.memory.storage.monotonic", slow)
        with pytest.raises(Conflict):
            step()
    assert step() == BEFORE


def test_a_week_settles_for_longer_than_a_step_can_take() -> None:
    assert WEEK_SETTLES_IN >= LONGEST_STEP + LONGEST_COMMIT
