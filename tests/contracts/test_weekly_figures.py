"""The weekly figures: what happened from one closing to the next, and what was owed at the closing, also when asked later."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from yanbao.application.access import SYSTEM
from yanbao.application.ports.reading import Readers
from yanbao.application.ports.storage import Storage
from yanbao.domain.inspection_form import InspectionKind
from yanbao.domain.organisation import Level
from yanbao.domain.problem import Problem
from yanbao.domain.problem_form import Addressee, ProblemId, ProblemOrigin
from yanbao.domain.problem_workflow import ProblemAction, ProblemState
from yanbao.domain.values import RegionId
from yanbao.domain.week import Week, WeeklyRow

from ..domain.inspections import (
    MICROSECOND,
    PEOPLE,
    TO_THE_COUNTY,
    TO_THE_FACTORY,
    USUAL,
    a_check_form,
    a_draft,
    a_patrol_form,
    a_statement,
    at,
    by,
    issued,
)
from ..support.builders import (
    CHANGAN,
    LINTONG,
    PROVINCE,
    PUCHENG,
    WEINAN,
    XIAN,
    YANGLING,
    a_region,
    a_wholesaler,
    an_enterprise,
    an_id,
    settle_in,
)
from .inspections import (
    CHANGAN_BUREAU,
    LINTONG_BUREAU,
    PROVINCE_BUREAU,
    WEINAN_BUREAU,
    XIAN_BUREAU,
    a_record,
    an_automatic_record,
    keep_records,
    the_area_of,
    the_premises_of,
)
from .problems import a_step, change, keep, settle_parties
from .weekly import from_sources

FRIDAY = date(2026, 11, 27)
CLOSING = at("14:00", FRIDAY)
WEEK = Week.ending(FRIDAY, USUAL)
BEFORE, AFTER = Week(WEEK.since - timedelta(days=7), WEEK.since), WEEK.following(USUAL)
TUESDAY = at("10:00", FRIDAY - timedelta(days=3))
PATROL, SPOT_CHECK = InspectionKind.PATROL, InspectionKind.SPOT_CHECK
FACTORY, SECOND = an_enterprise(), an_enterprise("西风烟花厂", region=CHANGAN)
PUCHENG_FACTORY, WHOLESALER = an_enterprise("蒲城烟花厂", region=PUCHENG), a_wholesaler()


@pytest.fixture(autouse=True)
def archive(storage: Storage) -> None:
    settle_parties(storage)
    settle_in(storage, SYSTEM, SECOND, PUCHENG_FACTORY, WHOLESALER)


def row(
    readers: Readers, kind: InspectionKind = SPOT_CHECK, city: RegionId = XIAN, week: Week = WEEK
) -> WeeklyRow:
    (found,) = [row for row in readers.inspections.weekly(week) if row.kind is kind and row.region_id == city]
    assert from_sources(readers, found, week) == found
    return found


def figures(readers: Readers, week: Week = WEEK) -> tuple[int, int, int, int]:
    """Issued, fed back, unfed-back, overdue of spot checks in Xi'an."""
    found = row(readers, week=week)
    return found.issued, found.fed_back, found.unfed_back, found.overdue


def test_every_city_has_a_row_of_each_kind_with_zeros_where_nothing_happened(readers: Readers) -> None:
    assert readers.inspections.weekly(WEEK) == [
        WeeklyRow(city, kind, 0, 0, 0, 0, 0, 0)
        for kind in (PATROL, SPOT_CHECK)
        for city in (XIAN, WEINAN, YANGLING)
    ]


# ---------------------------------------------------------------- what was inspected


def test_different_areas_and_enterprises_are_counted_not_records(storage: Storage, readers: Readers) -> None:
    one = a_patrol_form(problems=(a_statement(),))
    keep_records(
        storage,
        a_record(the_area_of(LINTONG_BUREAU), at=TUESDAY, form=one),
        a_record(the_area_of(LINTONG_BUREAU), at=TUESDAY + MICROSECOND),
        a_record(the_area_of(CHANGAN_BUREAU), at=TUESDAY),
        a_record(the_area_of(XIAN_BUREAU), of=PROVINCE_BUREAU, at=TUESDAY),
        a_record(the_premises_of(FACTORY), at=TUESDAY, form=a_check_form(problems=(a_statement(),) * 2)),
        a_record(
            the_premises_of(FACTORY),
            of=LINTONG_BUREAU,
            at=TUESDAY,
            form=a_check_form(problems=(a_statement(),)),
        ),
        a_record(the_premises_of(SECOND), at=TUESDAY),
        a_record(the_premises_of(PUCHENG_FACTORY), of=WEINAN_BUREAU, at=TUESDAY),
    )
    assert row(readers, PATROL) == WeeklyRow(
        XIAN, PATROL, 3, 1, issued=1, fed_back=0, unfed_back=1, overdue=1
    )
    assert row(readers) == WeeklyRow(XIAN, SPOT_CHECK, 2, 1, issued=3, fed_back=0, unfed_back=3, overdue=3)
    assert row(readers, city=WEINAN) == WeeklyRow(WEINAN, SPOT_CHECK, 1, 0, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("moment", "week"),
    [
        (WEEK.since - MICROSECOND, BEFORE),
        (WEEK.since, WEEK),
        (WEEK.until - MICROSECOND, WEEK),
        (WEEK.until, AFTER),
    ],
)
def test_a_record_counts_in_the_week_in_which_it_was_submitted(
    storage: Storage, readers: Readers, moment: datetime, week: Week
) -> None:
    draft = a_draft(the_premises_of(FACTORY), at=WEEK.since - timedelta(days=9))
    settle_in(storage, SYSTEM, draft)
    record, problems = a_record(
        the_premises_of(FACTORY), at=moment, form=a_check_form(problems=(a_statement(),))
    )
    keep_records(storage, (record, problems))
    for one in (BEFORE, WEEK, AFTER):
        counted = row(readers, week=one)
        assert (counted.inspected, counted.with_problems, counted.issued) == (
            (1, 1, 1) if one == week else (0, 0, 0)
        )


def test_an_automatic_record_counts_once_with_the_manual_one_of_its_day(
    storage: Storage, readers: Readers
) -> None:
    day = FRIDAY - timedelta(days=1)
    target = the_premises_of(FACTORY)
    settle_in(storage, SYSTEM, an_automatic_record(target, day=day))
    assert row(readers).inspected == 1
    draft = a_draft(target, at=at("13:00", day))
    settle_in(storage, SYSTEM, draft)
    # Submitted after the closing: what stood at the closing was the automatic one.
    draft.submit(by=by(at=CLOSING + timedelta(hours=1)), people=PEOPLE, policy=USUAL)
    with storage.work(SYSTEM) as work:
        work.inspections.save(draft)
        work.inspections.replace_automatic(XIAN_BUREAU.id, target, day)
        work.commit()
    assert row(readers).inspected == 1
    assert row(readers, week=AFTER).inspected == 1


def test_records_and_problems_stay_with_the_city_that_counted_them(
    storage: Storage, readers: Readers
) -> None:
    keep_records(
        storage,
        a_record(the_premises_of(FACTORY), at=TUESDAY, form=a_check_form(problems=(a_statement(),))),
    )
    before = row(readers)
    assert (before.inspected, before.issued, before.unfed_back) == (1, 1, 1)
    settle_in(
        storage,
        SYSTEM,
        a_region(LINTONG, "临潼区", Level.COUNTY, WEINAN),
        replace(FACTORY, region_id=PUCHENG),
    )
    assert row(readers) == before
    assert row(readers, city=WEINAN) == WeeklyRow(WEINAN, SPOT_CHECK, 0, 0, 0, 0, 0, 0)


HANCHENG = a_region("610581", "韩城市", Level.COUNTY, PROVINCE, gb_code="610581")


def counted_in(readers: Readers, week: Week = WEEK) -> dict[RegionId, tuple[int, int, int]]:
    """Inspected, issued and unfed-back of every row that is not all zeros, kinds together."""
    rows = readers.inspections.weekly(week)
    assert [(row.kind, row.region_id) for row in rows] == sorted(
        ((row.kind, row.region_id) for row in rows), key=lambda one: (one[0].value, one[1])
    )
    found: dict[RegionId, tuple[int, int, int]] = {}
    for one in rows:
        assert from_sources(readers, one, week) == one
        if one != WeeklyRow(one.region_id, one.kind, 0, 0, 0, 0, 0, 0):
            assert one.region_id not in found
            found[one.region_id] = (one.inspected, one.issued, one.unfed_back)
    return found


def test_a_county_below_the_province_is_counted_as_a_city_is(storage: Storage, readers: Readers) -> None:
    settle_in(storage, SYSTEM, HANCHENG)
    for kind in (PATROL, SPOT_CHECK):
        assert row(readers, kind, HANCHENG.id) == WeeklyRow(HANCHENG.id, kind, 0, 0, 0, 0, 0, 0)
    there = replace(the_premises_of(FACTORY), region_id=HANCHENG.id, city_id=HANCHENG.id)
    record = a_record(there, of=PROVINCE_BUREAU, at=TUESDAY, form=a_check_form(problems=(a_statement(),)))
    keep_records(storage, record)
    assert counted_in(readers) == {HANCHENG.id: (1, 1, 1)}


def test_what_belongs_to_no_city_is_counted_in_a_row_of_the_province(
    storage: Storage, readers: Readers
) -> None:
    province = Addressee(PROVINCE_BUREAU.id, None, PROVINCE_BUREAU.name, PROVINCE, PROVINCE)
    keep(storage, issued(to=province, at=TUESDAY))
    assert counted_in(readers) == {PROVINCE: (0, 1, 1)}
    assert len(readers.inspections.weekly(WEEK)) == 2 * 4
    assert len(readers.inspections.weekly(BEFORE)) == 2 * 3


def test_a_city_that_was_put_below_another_keeps_its_rows_while_they_hold_anything(
    storage: Storage, readers: Readers
) -> None:
    at_home = replace(the_premises_of(FACTORY), region_id=YANGLING, city_id=YANGLING)
    record = a_record(at_home, of=PROVINCE_BUREAU, at=TUESDAY, form=a_check_form(problems=(a_statement(),)))
    keep_records(storage, record)
    settle_in(storage, SYSTEM, a_region(YANGLING, "杨凌示范区", Level.COUNTY, WEINAN, local=True))
    assert counted_in(readers) == {YANGLING: (1, 1, 1)}
    assert counted_in(readers, AFTER) == {YANGLING: (0, 0, 1)}
    assert YANGLING not in {row.region_id for row in readers.inspections.weekly(BEFORE)}


# ---------------------------------------------------------------- problems

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
        ((ProblemAction.WITHDRAW,), (1, 0, 0, 0)),
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
