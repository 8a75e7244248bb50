"""A week is shown with what became of each row, and says from what it is counted."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Final

import pytest

from yanbao.domain.exchange.duty import DutyState
from yanbao.domain.handling.parties import Party
from yanbao.domain.problem.problem import Problem
from yanbao.domain.problem.workflow import ProblemAction
from yanbao.domain.refusals import Forbidden, InvalidValue, NotFound

from ...contracts.inspection.inspections import LINTONG_BUREAU, a_record, keep_records, the_area_of
from ...contracts.inspection.weekly import from_sources
from ...support.builders import WEINAN, XIAN
from ...support.closing import (
    A_WEEK,
    CLOSING,
    FRIDAY,
    PATROL,
    SPOT_CHECK,
    WEEK,
    a_check,
    close,
    push,
    running,
    shown,
    tick,
)
from ...support.dates import in_days
from ...support.inspections import MICROSECOND, a_patrol_form, a_statement
from ...support.rectification import RESPONSIBLE, Rectification
from ...support.world import CITY_DUTY, COUNTY_DUTY, PROVINCE_DUTY, SYSTEM_ADMIN, WEINAN_DUTY


@pytest.fixture(autouse=True)
def _steady_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yanbao.application.exchange.pushes.random.random", lambda: 0.0)


def test_an_open_week_is_counted_anew_and_preliminary() -> None:
    world = running()
    first = shown(world)
    assert (first.week, first.closed, first.frozen_at) == (WEEK, False, None)
    assert len(first.lines) == 6 and {line.duty for line in first.lines} == {None}
    keep_records(world.system.storage, a_check(WEEK.since))
    assert sum(line.row.issued for line in shown(world).lines) == 1


def test_an_open_week_counts_as_overdue_what_is_so_now_and_not_what_may_be_at_its_end() -> None:
    world = running()
    fresh = a_check(world.system.clock.now())
    keep_records(world.system.storage, fresh)
    (problem,) = fresh[1]
    due = min(term.due for term in problem.running_terms)
    assert due < CLOSING
    for now, overdue in ((due - MICROSECOND, 0), (due, 1)):
        tick(world, now)
        lines = [line.row for line in shown(world).lines if line.row.unfed_back]
        assert [(row.unfed_back, row.overdue) for row in lines] == [(1, overdue)]
        found = world.system.app.weekly.sources(world.actor(PROVINCE_DUTY), FRIDAY, XIAN, SPOT_CHECK)
        assert found.overdue == overdue


def test_a_frozen_week_shows_what_became_of_each_row() -> None:
    world = close(running())
    assert {line.duty.state for line in shown(world).lines if line.duty} == {DutyState.PENDING}
    push(world)
    lines = shown(world).lines
    assert {line.duty.state for line in lines if line.duty} == {DutyState.DONE}
    assert [(line.row.kind, line.region_name) for line in lines[:3]] == [
        (PATROL, "西安市"),
        (PATROL, "渭南市"),
        (PATROL, "杨凌示范区"),
    ]


def test_a_closed_week_that_is_not_frozen_yet_says_so() -> None:
    figures = shown(tick(running(), CLOSING))
    assert figures.closed and figures.frozen_at is None


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        (FRIDAY - timedelta(days=1), f"{in_days(-1, FRIDAY)}是星期四，不是每周推送日（星期五）。"),
        (FRIDAY + timedelta(days=2), f"{in_days(2, FRIDAY)}是星期日，不是每周推送日（星期五）。"),
        (FRIDAY + A_WEEK, f"推送日{in_days(7, FRIDAY)}所在的推送周尚未开始。"),
    ],
)
def test_a_day_on_which_no_week_closes_and_a_week_to_come_are_refused(day: date, sentence: str) -> None:
    with pytest.raises(InvalidValue) as no:
        shown(running(), day)
    assert (no.value.sentence, no.value.field) == (sentence, "weekEnding")


def test_a_city_sees_its_own_rows_without_the_ledger_and_a_county_none() -> None:
    world = close(running())
    own = shown(world, by=WEINAN_DUTY).lines
    assert [(line.row.region_id, line.row.kind, line.duty) for line in own] == [
        (WEINAN, PATROL, None),
        (WEINAN, SPOT_CHECK, None),
    ]
    for person in (COUNTY_DUTY, RESPONSIBLE, SYSTEM_ADMIN):
        with pytest.raises(Forbidden):
            shown(world, by=person)
    with pytest.raises(NotFound):
        world.system.app.weekly.sources(world.actor(CITY_DUTY), FRIDAY, WEINAN, PATROL)


def test_the_sources_of_a_row_add_up_to_it_also_after_it_was_frozen() -> None:
    world = running()
    checks = [a_check(WEEK.since - timedelta(days=2)), a_check(WEEK.since), a_check(CLOSING - MICROSECOND)]
    patrol = a_record(
        the_area_of(LINTONG_BUREAU), at=WEEK.since, form=a_patrol_form(problems=(a_statement(),))
    )
    keep_records(world.system.storage, *checks, patrol, a_check(CLOSING))
    (old,), (new,), (fresh,) = (problems for _, problems in checks)
    for action in (ProblemAction.ACKNOWLEDGE, ProblemAction.RECTIFY, ProblemAction.FEED_BACK):
        world.do(action, RESPONSIBLE, old.id)
    close(world)
    for action in (ProblemAction.ACKNOWLEDGE, ProblemAction.RECTIFY, ProblemAction.FEED_BACK):
        world.do(action, RESPONSIBLE, new.id)
    actor = world.actor(PROVINCE_DUTY)
    found = world.system.app.weekly.sources(actor, FRIDAY, XIAN, SPOT_CHECK)
    assert [record.id for record in found.records] == [record.id for record, _ in checks[1:]]
    assert [
        (one.problem.id, one.issued, one.fed_back, one.unfed_back, one.overdue) for one in found.problems
    ] == [
        (old.id, False, True, False, False),
        (new.id, True, False, True, True),
        (fresh.id, True, False, True, False),
    ]
    assert_agree(world)


def test_whatever_happens_the_sources_add_up_to_the_rows() -> None:
    fed_back = 0
    for seed in range(12):
        chance = random.Random(seed)
        world = running(WEEK.since - 2 * A_WEEK)
        problems: list[Problem] = []
        moment = world.system.clock.moment
        while moment < CLOSING + timedelta(days=2):
            moment += timedelta(hours=chance.randint(1, 30))
            world.system.clock.moment = moment
            if chance.random() < 0.3:
                record = a_check(moment, problems=chance.randint(0, 2))
                keep_records(world.system.storage, record)
                problems += record[1]
            elif problems:
                problem = world.problem(chance.choice(problems[-3:]).id)
                steps = [step for step in STEPS if step in problem.allowed_actions(PARTIES, moment)]
                if steps:
                    world.do(chance.choice(steps), RESPONSIBLE, problem.id)
        assert_agree(world, FRIDAY - A_WEEK, FRIDAY)
        fed_back += sum(line.row.fed_back for line in shown(world).lines)
    assert fed_back > 0


STEPS: Final = (ProblemAction.ACKNOWLEDGE, ProblemAction.RECTIFY, ProblemAction.FEED_BACK)
PARTIES: Final = frozenset({Party.ADDRESSEE})


def assert_agree(world: Rectification, *days: date) -> None:
    """Of every row: the figures counted by storage and the same ones counted from the sources."""
    for day in days or (FRIDAY,):
        figures = shown(world, day)
        for line in figures.lines:
            assert from_sources(world.system.readers, line.row, figures.week) == line.row
