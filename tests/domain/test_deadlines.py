"""When things are due: boundaries to the microsecond, the push grid, quiet hours over midnight."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yanbao.domain.deadlines import (
    business_date,
    commitment_due,
    day_end,
    day_start,
    due_text,
    instant,
    is_late,
    last_day,
    push_due,
    reminder_times,
    sms_allowed_from,
)
from yanbao.domain.policy import Policy

from ..support.builders import DAY, DUE

MICROSECOND = timedelta(microseconds=1)
TOMORROW = DAY + timedelta(days=1)
USUAL = Policy()
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
moments = st.timedeltas(timedelta(0), timedelta(days=365)).map(lambda since: NEW_YEAR + since)
clocks = st.times().map(lambda t: t.replace(second=0, microsecond=0))


def at(clock: str, day: date = DAY) -> datetime:
    return instant(day, time.fromisoformat(clock))


def test_the_day_is_the_one_of_shanghai() -> None:
    assert day_start(date(2026, 11, 24)) == datetime(2026, 11, 23, 16, tzinfo=UTC)
    assert day_end(date(2026, 11, 24)) == datetime(2026, 11, 24, 16, tzinfo=UTC)
    assert day_end(DAY) == day_start(TOMORROW)
    assert business_date(day_start(DAY)) == business_date(day_end(DAY) - MICROSECOND) == DAY
    assert business_date(day_start(DAY) - MICROSECOND) == DAY - timedelta(days=1)
    assert business_date(day_end(DAY)) == TOMORROW


@pytest.mark.parametrize(
    "day", [date.min, date.min + timedelta(days=1), date.max - timedelta(days=1), date.max]
)
def test_the_first_and_the_last_days_have_their_instants_too(day: date) -> None:
    assert day_start(day) < day_end(day)
    assert business_date(day_start(day)) == business_date(day_end(day) - MICROSECOND) == day
    assert day_start(day) <= instant(day, time(14)) < instant(day, time.max) < day_end(day)


def test_beyond_what_an_instant_can_say_the_ends_stand() -> None:
    assert day_start(date.min) == instant(date.min, time(8)) == datetime.min.replace(tzinfo=UTC)
    assert day_end(date.max) == datetime(9999, 12, 31, 16, tzinfo=UTC)
    assert business_date(day_end(date.max)) == business_date(datetime.max.replace(tzinfo=UTC)) == date.max


@given(st.dates())
def test_no_day_is_without_its_instants(day: date) -> None:
    assert day_start(day) < day_end(day)
    assert instant(day, time.max).tzinfo is UTC


@given(moments)
def test_every_instant_lies_in_its_own_day(moment: datetime) -> None:
    day = business_date(moment)
    assert day_start(day) <= moment < day_end(day)


def test_the_deadline_is_the_regions_time_of_day_in_utc() -> None:
    assert commitment_due(DAY, USUAL) == DUE
    assert commitment_due(date(2026, 11, 24), USUAL) == datetime(2026, 11, 24, 2, tzinfo=UTC)
    assert commitment_due(DAY, USUAL).tzinfo is UTC
    assert commitment_due(DAY, Policy(commitment_deadline=time(8, 30))) == at("08:30")


@pytest.mark.parametrize(
    ("offset", "late"), [(-MICROSECOND, False), (timedelta(0), True), (MICROSECOND, True)]
)
def test_a_report_at_the_deadline_is_late_and_one_just_before_is_not(offset: timedelta, late: bool) -> None:
    assert is_late(DUE + offset, DUE) is late


def test_reminders_follow_the_stages_after_the_deadline() -> None:
    assert reminder_times(DUE, USUAL) == ((1, at("10:00")), (2, at("12:00")))
    assert reminder_times(DUE, Policy(reminder_stages=(5,))) == ((1, at("10:05")),)


# ---------------------------------------------------------------- the push grid


@pytest.mark.parametrize(
    ("reported", "due", "day"),
    [
        ("00:00", "12:00", DAY),
        ("11:59:59.999999", "12:00", DAY),
        ("12:00", "12:30", DAY),
        ("12:00:00.000001", "12:30", DAY),
        ("12:29:59.999999", "12:30", DAY),
        ("12:30", "13:00", DAY),
        ("22:59:59.999999", "23:00", DAY),
        ("23:00", "23:30", DAY),
        ("23:29:59.999999", "23:30", DAY),
        ("23:30", "12:00", TOMORROW),
        ("23:59:59.999999", "12:00", TOMORROW),
    ],
)
def test_a_report_goes_up_with_the_next_push(reported: str, due: str, day: date) -> None:
    assert push_due(at(reported), USUAL) == at(due, day)


@pytest.mark.parametrize(
    ("policy", "reported", "due", "day"),
    [
        (Policy(push_every_minutes=45, push_until=time(23, 0)), "22:29:59", "22:30", DAY),
        (Policy(push_every_minutes=45, push_until=time(23, 0)), "22:30", "12:00", TOMORROW),
        (Policy(push_until=time(12, 0)), "11:00", "12:00", DAY),
        (Policy(push_until=time(12, 0)), "12:00", "12:00", TOMORROW),
        (Policy(push_first=time(12, 0), push_until=time(9, 0)), "11:00", "12:00", DAY),
        (Policy(push_first=time(12, 0), push_until=time(9, 0)), "12:30", "12:00", TOMORROW),
    ],
)
def test_an_odd_grid_never_goes_past_the_last_push(
    policy: Policy, reported: str, due: str, day: date
) -> None:
    assert push_due(at(reported), policy) == at(due, day)


@given(moments, clocks, clocks, st.integers(5, 720))
def test_a_push_is_never_before_its_report_nor_more_than_a_day_and_a_half_after(
    reported: datetime, first: time, until: time, every: int
) -> None:
    policy = Policy(push_first=first, push_until=until, push_every_minutes=every)
    due = push_due(reported, policy)
    assert timedelta(0) < due - reported <= timedelta(days=2)
    grid_start = instant(business_date(due), first)
    assert due >= grid_start
    assert (due - grid_start) % timedelta(minutes=every) == timedelta(0)
    assert due == grid_start or due <= instant(business_date(due), until)


@given(st.lists(moments, min_size=2, max_size=6), st.integers(5, 720))
def test_who_reports_earlier_is_never_pushed_later(reported: list[datetime], every: int) -> None:
    policy = Policy(push_every_minutes=every)
    dues = [push_due(moment, policy) for moment in sorted(reported)]
    assert all(earlier <= later for earlier, later in pairwise(dues))


# ---------------------------------------------------------------- quiet hours


@pytest.mark.parametrize(
    ("now", "allowed", "day"),
    [
        ("07:59:59.999999", "08:00", DAY),
        ("00:00", "08:00", DAY),
        ("08:00", "08:00", DAY),
        ("08:00:00.000001", "08:00:00.000001", DAY),
        ("12:00", "12:00", DAY),
        ("20:59:59.999999", "20:59:59.999999", DAY),
        ("21:00", "08:00", TOMORROW),
        ("23:59:59.999999", "08:00", TOMORROW),
    ],
)
def test_quiet_hours_reach_over_midnight(now: str, allowed: str, day: date) -> None:
    assert sms_allowed_from(at(now), USUAL) == at(allowed, day)


@pytest.mark.parametrize(
    ("now", "allowed"), [("11:59", "11:59"), ("12:00", "14:00"), ("13:59", "14:00"), ("14:00", "14:00")]
)
def test_quiet_hours_can_lie_within_a_day(now: str, allowed: str) -> None:
    policy = Policy(sms_quiet_from=time(12, 0), sms_quiet_until=time(14, 0))
    assert sms_allowed_from(at(now), policy) == at(allowed)


def test_equal_ends_mean_no_quiet_hours() -> None:
    policy = Policy(sms_quiet_from=time(8, 0), sms_quiet_until=time(8, 0))
    assert sms_allowed_from(at("08:00"), policy) == at("08:00")
    assert sms_allowed_from(at("03:00"), policy) == at("03:00")


@given(moments, clocks, clocks)
def test_when_it_is_allowed_it_is_allowed_at_once(now: datetime, quiet_from: time, quiet_until: time) -> None:
    policy = Policy(sms_quiet_from=quiet_from, sms_quiet_until=quiet_until)
    allowed = sms_allowed_from(now, policy)
    assert timedelta(0) <= allowed - now < timedelta(days=1)
    assert sms_allowed_from(allowed, policy) == allowed


# ---------------------------------------------------------------- as text


@pytest.mark.parametrize(
    ("moment", "text", "last"),
    [
        ("2026-12-16T00:00:00", "12月15日24:00", "2026-12-15"),
        ("2026-12-15T23:59:59.999999", "12月15日23:59", "2026-12-15"),
        ("2026-12-16T00:00:59", "12月15日24:00", "2026-12-15"),
        ("2026-12-16T00:01:00", "12月16日00:01", "2026-12-16"),
        ("2026-12-15T10:00:00", "12月15日10:00", "2026-12-15"),
        ("2027-01-01T00:00:00", "12月31日24:00", "2026-12-31"),
        ("2027-01-01T00:01:00", "2027年1月1日00:01", "2027-01-01"),
        ("2028-03-01T00:00:00", "2028年2月29日24:00", "2028-02-29"),
    ],
)
def test_a_midnight_is_written_as_the_end_of_the_day_before(moment: str, text: str, last: str) -> None:
    due = datetime.fromisoformat(f"{moment}+08:00")
    now = datetime.fromisoformat("2026-12-01T09:00:00+08:00")
    assert due_text(due, now) == due_text(due.astimezone(UTC), now) == text
    assert last_day(due) == date.fromisoformat(last)
