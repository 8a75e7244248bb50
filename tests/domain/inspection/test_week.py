"""The week of the weekly push: Friday 14:00 to Friday 14:00, to the microsecond, and weeks that were missed."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yanbao.domain.inspection.week import Week, weeks_missed
from yanbao.domain.policy import Policy

from ...support.dates import FRIDAY, in_days
from ...support.inspections import MICROSECOND, USUAL, at

CLOSING = at("14:00", FRIDAY)
A_WEEK = timedelta(days=7)
THIS = Week(CLOSING - A_WEEK, CLOSING)
NEXT = Week(CLOSING, CLOSING + A_WEEK)
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
moments = st.timedeltas(timedelta(0), timedelta(days=730)).map(lambda since: NEW_YEAR + since)
policies = st.builds(
    Policy,
    weekly_push_weekday=st.integers(1, 7),
    weekly_push_at=st.times().map(lambda clock: clock.replace(second=0, microsecond=0)),
)


def test_the_week_closes_on_friday_at_two_in_shanghai() -> None:
    assert Week.ending(FRIDAY, USUAL) == THIS
    assert THIS.closes_on == FRIDAY
    week = Week.ending(date(2026, 11, 27), USUAL)
    assert week.since == datetime(2026, 11, 20, 6, tzinfo=UTC)
    assert week.until == datetime(2026, 11, 27, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "week"),
    [
        (CLOSING - MICROSECOND, THIS),
        (CLOSING, NEXT),
        (CLOSING + MICROSECOND, NEXT),
        (CLOSING - A_WEEK - MICROSECOND, Week(CLOSING - 2 * A_WEEK, CLOSING - A_WEEK)),
        (CLOSING - A_WEEK, THIS),
        (at("00:00", FRIDAY), THIS),
        (at("23:59", FRIDAY), NEXT),
    ],
)
def test_what_happens_before_two_counts_and_what_happens_at_two_does_not(
    moment: datetime, week: Week
) -> None:
    assert Week.of(moment, USUAL) == week
    assert moment in week and (moment in THIS) is (week == THIS)


@pytest.mark.parametrize("day", [date(1, 1, 5), date(1, 1, 12), date(9999, 12, 31)])
def test_the_first_and_the_last_weeks_are_weeks(day: date) -> None:
    week = Week.ending(day, USUAL)
    assert week.closes_on == day
    assert timedelta(0) < week.until - week.since <= A_WEEK


def test_a_week_does_not_end_on_another_day() -> None:
    with pytest.raises(ValueError, match=f"{in_days(-1, FRIDAY)}"):
        Week.ending(FRIDAY - timedelta(days=1), USUAL)


@pytest.mark.parametrize(
    ("now", "count"),
    [
        (CLOSING + A_WEEK - MICROSECOND, 0),
        (CLOSING + A_WEEK, 1),
        (CLOSING + 2 * A_WEEK - MICROSECOND, 1),
        (CLOSING + 3 * A_WEEK, 3),
        (CLOSING - A_WEEK, 0),
    ],
)
def test_missed_weeks_are_those_that_have_closed_since_the_last_push(now: datetime, count: int) -> None:
    missed = weeks_missed(THIS, now, USUAL)
    assert missed == tuple(Week(CLOSING + n * A_WEEK, CLOSING + (n + 1) * A_WEEK) for n in range(count))


def test_after_a_change_of_the_closing_nothing_is_counted_twice_or_lost() -> None:
    thursday = Policy(weekly_push_weekday=4, weekly_push_at=time(9, 0))
    shorter = THIS.following(thursday)
    assert shorter == Week(CLOSING, at("09:00", FRIDAY + timedelta(days=6)))
    assert shorter.following(thursday) == Week(shorter.until, shorter.until + A_WEEK)


@given(moments, policies)
def test_every_instant_lies_in_exactly_its_week(moment: datetime, policy: Policy) -> None:
    week = Week.of(moment, policy)
    assert moment in week
    assert week.until - week.since == A_WEEK
    assert Week.ending(week.closes_on, policy) == week
    assert Week.of(week.until, policy) == week.following(policy)
    assert Week.of(week.until - MICROSECOND, policy) == Week.of(week.since, policy) == week


@given(moments, policies)
def test_what_lies_behind_of_a_week_grows_to_the_whole_and_never_beyond(
    moment: datetime, policy: Policy
) -> None:
    week = Week.of(moment, policy)
    part = week.so_far(moment)
    assert moment in part and moment + MICROSECOND not in part
    assert week.so_far(week.until) == week.so_far(week.until + A_WEEK) == week


@given(moments, st.timedeltas(timedelta(0), timedelta(days=90)), policies, policies)
def test_made_up_weeks_join_and_reach_to_now_whatever_the_settings_were(
    moment: datetime, standstill: timedelta, before: Policy, after: Policy
) -> None:
    last, now = Week.of(moment, before), moment + standstill
    weeks = (last, *weeks_missed(last, now, after))
    assert all(earlier.until == later.since for earlier, later in pairwise(weeks))
    assert all(timedelta(0) < week.until - week.since <= A_WEEK for week in weeks)
    assert all(week.until <= now for week in weeks[1:])
    assert weeks[-1].following(after).until > now
