"""The weekly figures of problems: what was owed at the closing, also when asked later."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from yanbao.application.access import SYSTEM
from yanbao.application.ports.readers import Readers
from yanbao.application.ports.work import Storage
from yanbao.domain.problem.form import ProblemOrigin
from yanbao.domain.problem.problem import Problem
from yanbao.domain.problem.workflow import ProblemAction, ProblemState
from yanbao.domain.values import ProblemId

from ...support.builders import an_id
from ...support.inspections import MICROSECOND, TO_THE_COUNTY, TO_THE_FACTORY, USUAL, a_statement, by, issued
from ...support.settling import settle_in
from ..problem.problems import a_step, change, keep, settle_parties
from .weekly import (
    AFTER,
    BEFORE,
    CLOSING,
    FRIDAY,
    PATROL,
    PUCHENG_FACTORY,
    SECOND,
    SPOT_CHECK,
    TUESDAY,
    WEEK,
    WHOLESALER,
    figures,
    row,
)


@pytest.fixture(autouse=True)
def a_directory(storage: Storage) -> None:
    settle_parties(storage)
    settle_in(storage, SYSTEM, SECOND, PUCHENG_FACTORY, WHOLESALER)


ACKNOWLEDGE, RECTIFY, FEED_BACK = ProblemAction.ACKNOWLEDGE, ProblemAction.RECTIFY, ProblemAction.FEED_BACK
PROGRESS, RETURN, CLOSE = ProblemAction.REPORT_PROGRESS, ProblemAction.RETURN, ProblemAction.CLOSE
MORE_TIME, GRANT = ProblemAction.REQUEST_EXTENSION, ProblemAction.GRANT_EXTENSION
TO_FEEDBACK = (ACKNOWLEDGE, RECTIFY, FEED_BACK)


def step(storage: Storage, problem: Problem, moment: datetime, action: ProblemAction) -> None:
    signed, until = by(at=moment), FRIDAY + timedelta(days=20)
    change(storage, problem.id, a_step(action, signed, until=until, on=None))


def lived(storage: Storage, problem: Problem, *steps: tuple[datetime, ProblemAction]) -> None:
    """Kept when it is issued and after each step, each at its time."""
    keep(storage, problem)
    for moment, action in steps:
        step(storage, problem, moment, action)


def a_problem(at: datetime = TUESDAY, name: str = "one", **detail: Any) -> Problem:
    return replace(issued(at=at, **detail), id=ProblemId(an_id("problem", name)))


def test_feedback_one_microsecond_before_the_closing_counts_and_at_the_closing_does_not(
    storage: Storage, readers: Readers
) -> None:
    steps = [(TUESDAY, ACKNOWLEDGE), (TUESDAY, RECTIFY)]
    lived(storage, a_problem(name="in time"), *steps, (CLOSING - MICROSECOND, FEED_BACK))
    lived(storage, a_problem(name="too late"), *steps, (CLOSING, FEED_BACK))
    assert figures(readers) == (2, 1, 1, 1)
    assert figures(readers, AFTER) == (0, 1, 0, 0)


def test_only_the_final_feedback_counts_and_a_problem_once_a_week(storage: Storage, readers: Readers) -> None:
    lived(
        storage, a_problem(name="progress"), (TUESDAY, ACKNOWLEDGE), (TUESDAY, RECTIFY), (TUESDAY, PROGRESS)
    )
    again = [(TUESDAY, action) for action in (*TO_FEEDBACK, RETURN, RECTIFY, FEED_BACK, RETURN, RECTIFY)]
    lived(storage, a_problem(name="twice"), *again, (CLOSING + MICROSECOND, FEED_BACK))
    assert figures(readers) == (2, 1, 2, 0)
    assert figures(readers, AFTER) == (0, 1, 1, 1)


def test_what_was_issued_long_ago_is_fed_back_and_owed_now(storage: Storage, readers: Readers) -> None:
    long_ago = WEEK.since - timedelta(days=300)
    lived(storage, a_problem(long_ago, "fed back"), *((TUESDAY, action) for action in TO_FEEDBACK))
    lived(storage, a_problem(long_ago, "owed"))
    lived(storage, a_problem(long_ago, "over"), *((long_ago, action) for action in (*TO_FEEDBACK, CLOSE)))
    assert figures(readers) == (0, 1, 1, 1)
    assert figures(readers, BEFORE) == (0, 0, 2, 2)


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ((), (1, 0, 1, 1)),
        ((ACKNOWLEDGE,), (1, 0, 1, 0)),
        ((ACKNOWLEDGE, RECTIFY), (1, 0, 1, 0)),
        ((ACKNOWLEDGE, RECTIFY, PROGRESS), (1, 0, 1, 0)),
        (TO_FEEDBACK, (1, 1, 0, 0)),
        ((*TO_FEEDBACK, RETURN), (1, 1, 1, 0)),
        ((*TO_FEEDBACK, CLOSE), (1, 1, 0, 0)),
        ((ProblemAction.WITHDRAW,), (0, 0, 0, 0)),
    ],
)
def test_every_state_at_the_closing_reads_the_same_whatever_happens_later(
    storage: Storage, readers: Readers, steps: tuple[ProblemAction, ...], expected: tuple[int, ...]
) -> None:
    friday = CLOSING - timedelta(hours=5)
    problem = a_problem(friday)
    lived(storage, problem, *((friday, action) for action in steps))
    assert figures(readers) == expected
    later = {
        ProblemState.ISSUED: (ProblemAction.WITHDRAW,),
        ProblemState.ACKNOWLEDGED: (RECTIFY, FEED_BACK, CLOSE),
        ProblemState.RECTIFYING: (FEED_BACK, CLOSE),
        ProblemState.FED_BACK: (RETURN, RECTIFY),
        ProblemState.RETURNED: (RECTIFY, FEED_BACK, CLOSE),
    }
    with storage.work(SYSTEM) as work:
        found = work.problems.find(problem.id)
        assert found is not None
    for action in later.get(found.state, ()):
        step(storage, problem, CLOSING, action)
        assert figures(readers) == expected


def test_withdrawn_problems_are_counted_apart_and_not_as_issued(storage: Storage, readers: Readers) -> None:
    friday = CLOSING - timedelta(hours=5)
    lived(storage, a_problem(friday, "of this week"), (CLOSING - MICROSECOND, ProblemAction.WITHDRAW))
    lived(storage, a_problem(friday, "too late"), (CLOSING, ProblemAction.WITHDRAW))
    lived(storage, a_problem(WEEK.since - MICROSECOND, "of before"), (friday, ProblemAction.WITHDRAW))
    issued_and_withdrawn = [
        (found.issued, found.withdrawn)
        for found in (row(readers, week=week) for week in (BEFORE, WEEK, AFTER))
    ]
    assert issued_and_withdrawn == [(1, 0), (1, 2), (0, 1)]


def test_nothing_is_known_of_what_was_issued_after_the_closing(storage: Storage, readers: Readers) -> None:
    lived(storage, a_problem(CLOSING))
    assert figures(readers) == (0, 0, 0, 0)
    assert figures(readers, AFTER)[0] == 1


@pytest.mark.parametrize(("hours", "overdue"), [(2, 0), (3, 1)])
def test_what_was_due_at_the_closing_itself_was_not_overdue_yet(
    storage: Storage, readers: Readers, hours: int, overdue: int
) -> None:
    lived(storage, a_problem(CLOSING - timedelta(hours=hours)))
    assert figures(readers) == (1, 0, 1, overdue)


def test_acknowledgement_and_feedback_after_the_closing_leave_overdue_what_was(
    storage: Storage, readers: Readers
) -> None:
    wednesday = TUESDAY + timedelta(days=1)
    lived(storage, a_problem(wednesday, "not acknowledged"), (CLOSING, ACKNOWLEDGE))
    lived(
        storage,
        a_problem(wednesday, "no feedback"),
        *((wednesday, action) for action in (ACKNOWLEDGE, RECTIFY)),
        (CLOSING + timedelta(days=1), PROGRESS),
    )
    lived(
        storage,
        a_problem(wednesday, "with feedback"),
        *((wednesday, action) for action in (ACKNOWLEDGE, RECTIFY, PROGRESS)),
    )
    assert figures(readers) == (3, 0, 3, 2)


def test_the_deadline_is_that_of_then_when_more_time_was_given_after_the_closing(
    storage: Storage, readers: Readers
) -> None:
    begun = (ACKNOWLEDGE, RECTIFY, PROGRESS, MORE_TIME)
    statement = a_statement(rectify_on=FRIDAY - timedelta(days=1))
    for name, granted in (("in time", CLOSING - MICROSECOND), ("too late", CLOSING)):
        problem = a_problem(name=name, statement=statement)
        lived(storage, problem, *((TUESDAY, action) for action in begun), (granted, GRANT))
    assert figures(readers) == (2, 0, 2, 1)
    assert figures(readers, AFTER) == (0, 0, 2, 0)


def test_problems_of_the_ministry_are_left_out(storage: Storage, readers: Readers) -> None:
    received = issued(origin=ProblemOrigin.MINISTRY, at=TUESDAY)
    lived(storage, received, *((TUESDAY, action) for action in TO_FEEDBACK))
    assert figures(readers) == (0, 0, 0, 0)


def test_problems_of_departments_are_of_patrols(storage: Storage, readers: Readers) -> None:
    lived(storage, a_problem(to=TO_THE_COUNTY))
    lived(storage, a_problem(name="two", to=TO_THE_FACTORY))
    assert row(readers, PATROL).issued == row(readers, SPOT_CHECK).issued == 1


def test_a_week_asked_for_again_after_everything_is_over_reads_as_at_its_closing(
    storage: Storage, readers: Readers
) -> None:
    problems = [a_problem(TUESDAY + timedelta(hours=n), str(n)) for n in range(5)]
    keep(storage, *problems)
    asked, week = [], WEEK
    for number, action in enumerate((*TO_FEEDBACK, CLOSE)):
        asked.append((week, readers.inspections.weekly(week), figures(readers, week)))
        for problem in problems[: 5 - number]:
            step(storage, problem, week.until, action)
        week = week.following(USUAL)
    assert [figures for _, _, figures in asked] == [(5, 0, 5, 5), (0, 0, 5, 5), (0, 0, 5, 5), (0, 3, 2, 2)]
    for week, rows, _ in asked:
        assert readers.inspections.weekly(week) == rows
