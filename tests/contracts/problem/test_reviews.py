"""Which problems are due for a check whether the issuer has looked, and since when a problem's terms run."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from yanbao.application.access import SYSTEM
from yanbao.domain.handling.terms import Phase
from yanbao.domain.values import SHANGHAI, ProblemId

from ...support.builders import NOW, an_id
from ...support.inspections import at, issued
from ..conftest import World
from .problems import change, keep, later, made, settle_parties, stored

MINUTE = timedelta(minutes=1)


@pytest.fixture
def world(world: World) -> World:
    settle_parties(world.storage)
    return world


def to_review(world: World, now: datetime, *, limit: int = 50) -> list[ProblemId]:
    with world.storage.work(SYSTEM) as work:
        return [problem.id for problem in work.problems.to_review(now, limit=limit)]


def check_review(world: World, id: ProblemId, at: datetime | None) -> None:
    with world.storage.work(SYSTEM) as work:
        work.problems.check_review(id, at)
        work.commit()


def test_reviews_are_checked_when_their_time_has_come_the_longest_due_first(world: World) -> None:
    one, two, three = (made(f"第{n}个") for n in range(3))
    keep(world.storage, one, two, three)
    check_review(world, one.id, (NOW + 2 * MINUTE).astimezone(SHANGHAI))
    check_review(world, two.id, NOW + MINUTE)
    check_review(world, ProblemId(an_id("nothing")), NOW)
    check_review(world, ProblemId(an_id("nothing")), None)
    assert to_review(world, NOW) == []
    assert to_review(world, NOW + MINUTE) == [two.id]
    assert to_review(world, NOW + 2 * MINUTE) == [two.id, one.id]
    assert to_review(world, NOW + 2 * MINUTE, limit=1) == [two.id]
    check_review(world, two.id, None)
    assert to_review(world, NOW + 2 * MINUTE) == [one.id]


def test_a_change_leaves_the_check_and_the_check_leaves_the_problem(world: World) -> None:
    keep(world.storage, issued())
    check_review(world, issued().id, NOW)
    before = stored(world.storage, issued().id)
    assert before == stored(world.storage, issued().id)
    change(world.storage, issued().id, lambda p: p.acknowledge(by=later()))
    assert to_review(world, NOW) == [issued().id]


def test_terms_that_begin_after_the_quiet_hours_come_back(world: World) -> None:
    problem = issued(at=at("23:10"))
    keep(world.storage, problem)
    found = stored(world.storage, problem.id)
    assert found.terms == problem.terms
    assert found.term(Phase.ACKNOWLEDGE).since == at("08:00") + timedelta(days=1)
