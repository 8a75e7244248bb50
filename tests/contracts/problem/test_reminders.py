"""Which problems are due for a look at their reminders, and when they are looked at again."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from yanbao.application.access import SYSTEM
from yanbao.domain.problem.workflow import ProblemState
from yanbao.domain.values import SHANGHAI, ProblemId

from ...support.builders import NOW, an_id
from ...support.inspections import a_problem_in, issued
from ..conftest import World
from .problems import change, keep, later, made, settle_parties, stored


@pytest.fixture
def world(world: World) -> World:
    settle_parties(world.storage)
    return world


def to_remind(world: World, now: datetime, *, limit: int = 50) -> list[ProblemId]:
    with world.storage.work(SYSTEM) as work:
        return [problem.id for problem in work.problems.to_remind(now, limit=limit)]


def remind_again(world: World, id: ProblemId, at: datetime) -> None:
    with world.storage.work(SYSTEM) as work:
        work.problems.remind_again(id, at)
        work.commit()


@pytest.mark.parametrize("state", ProblemState)
def test_reminders_are_looked_at_while_the_final_feedback_is_owed(world: World, state: ProblemState) -> None:
    problem = a_problem_in(state)
    keep(world.storage, problem)
    assert to_remind(world, NOW) == ([problem.id] if problem.is_unfed_back else [])
    with world.storage.work(SYSTEM) as work:
        assert list(work.problems.to_remind(NOW, limit=5)) == [problem] * problem.is_unfed_back


def test_whoever_was_looked_at_waits_until_its_time_and_the_longest_due_comes_first(world: World) -> None:
    one, two, three, four = (made(f"第{n}个") for n in range(4))
    keep(world.storage, one, two, three, four)
    at = {one.id: 2, two.id: 1, three.id: 5}
    for id, minutes in at.items():
        remind_again(world, id, (NOW + timedelta(minutes=minutes)).astimezone(SHANGHAI))
    assert to_remind(world, NOW) == [four.id]
    assert to_remind(world, NOW + timedelta(minutes=2)) == [four.id, two.id, one.id]
    assert to_remind(world, NOW + timedelta(minutes=2), limit=2) == [four.id, two.id]
    assert to_remind(world, NOW + timedelta(minutes=2), limit=1) == [four.id]
    assert to_remind(world, NOW + timedelta(minutes=5))[-1] == three.id


def test_the_never_looked_at_come_in_the_order_of_their_ids(world: World) -> None:
    problems = [made(f"第{n}个") for n in range(5)]
    keep(world.storage, *problems)
    assert to_remind(world, NOW, limit=3) == sorted(problem.id for problem in problems)[:3]


def test_a_change_has_the_reminders_looked_at_anew(world: World) -> None:
    keep(world.storage, issued())
    remind_again(world, issued().id, NOW + timedelta(days=1))
    assert to_remind(world, NOW) == []
    change(world.storage, issued().id, lambda p: p.acknowledge(by=later()))
    assert to_remind(world, NOW) == [issued().id]


def test_putting_reminders_off_changes_nothing_of_the_problem(world: World) -> None:
    keep(world.storage, issued())
    before = stored(world.storage, issued().id)
    remind_again(world, issued().id, NOW)
    remind_again(world, ProblemId(an_id("nothing")), NOW)
    assert stored(world.storage, issued().id) == before
    before.acknowledge(by=later())
    keep(world.storage, before)
