"""Periods of a statistic: they cover the range without gaps, and too much is refused before work begins."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yanbao.application.statistics.periods import (
    MOST_DAYS,
    MOST_PERIODS,
    STEP_NAMES,
    Period,
    Step,
    check_days,
    period_name,
    periods,
)
from yanbao.domain.refusals import InvalidValue

DAYS = st.dates(date(1, 1, 1), date(9999, 12, 31))


@given(DAYS, st.integers(0, 399), st.sampled_from(Step))
def test_the_periods_are_the_range_without_gap_or_overlap(first: date, more: int, step: Step) -> None:
    last = date.fromordinal(min(first.toordinal() + more, date.max.toordinal()))
    found = periods(first, last, step)
    assert (found[0].first_day, found[-1].last_day) == (first, last)
    for before, after in pairwise(found):
        assert after.first_day - before.last_day == timedelta(days=1)
    assert all(period.first_day <= period.last_day for period in found)


@given(DAYS, st.integers(0, 399), st.sampled_from([Step.WEEK, Step.MONTH]))
def test_a_new_period_begins_on_each_monday_or_first_of_the_month_and_on_no_other_day(
    first: date, more: int, step: Step
) -> None:
    last = date.fromordinal(min(first.toordinal() + more, date.max.toordinal()))
    days = [date.fromordinal(n) for n in range(first.toordinal(), last.toordinal() + 1)]
    begins = [day for day in days[1:] if (day.weekday() == 0 if step is Step.WEEK else day.day == 1)]
    assert [period.first_day for period in periods(first, last, step)] == [first, *begins]


def test_weeks_go_from_monday_to_sunday_and_are_cut_to_the_range() -> None:
    # 2026-11-24 is a Tuesday.
    assert periods(date(2026, 11, 24), date(2026, 12, 8), Step.WEEK) == (
        Period(date(2026, 11, 24), date(2026, 11, 29)),
        Period(date(2026, 11, 30), date(2026, 12, 6)),
        Period(date(2026, 12, 7), date(2026, 12, 8)),
    )


def test_months_know_a_leap_year_and_the_turn_of_the_year() -> None:
    assert periods(date(2027, 12, 31), date(2028, 3, 1), Step.MONTH) == (
        Period(date(2027, 12, 31), date(2027, 12, 31)),
        Period(date(2028, 1, 1), date(2028, 1, 31)),
        Period(date(2028, 2, 1), date(2028, 2, 29)),
        Period(date(2028, 3, 1), date(2028, 3, 1)),
    )


@pytest.mark.parametrize("step", Step)
def test_one_day_is_one_period(step: Step) -> None:
    day = date(2026, 11, 24)
    assert periods(day, day, step) == (Period(day, day),)


def test_periods_have_the_names_that_people_use() -> None:
    day = Period(date(2027, 1, 3), date(2027, 1, 3))
    assert period_name(day, Step.DAY) == "2027-01-03"
    # The Sunday belongs to the last week of the year before.
    assert period_name(day, Step.WEEK) == "2026年第53周"
    assert period_name(day, Step.MONTH) == "2027年1月"
    assert STEP_NAMES == {Step.DAY: "按日", Step.WEEK: "按周", Step.MONTH: "按月"}


def test_five_years_are_allowed_and_a_day_more_is_refused() -> None:
    first = date(2022, 1, 1)
    last = first + timedelta(days=MOST_DAYS - 1)
    check_days(first, last)
    assert len(periods(first, last, Step.WEEK)) < MOST_PERIODS
    with pytest.raises(InvalidValue, match="一次最多统计5年（1830天），现为1831天。") as refusal:
        periods(first, last + timedelta(days=1), Step.MONTH)
    assert refusal.value.field == "lastDay"


def test_a_range_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(InvalidValue, match="结束日期2026-11-23早于开始日期2026-11-24。"):
        periods(date(2026, 11, 24), date(2026, 11, 23), Step.DAY)


def test_more_periods_than_anybody_reads_are_refused() -> None:
    first = date(2025, 1, 1)
    assert len(periods(first, first + timedelta(days=MOST_PERIODS - 1), Step.DAY)) == MOST_PERIODS
    with pytest.raises(InvalidValue, match="按日统计时一次最多400期，现为401期") as refusal:
        periods(first, first + timedelta(days=MOST_PERIODS), Step.DAY)
    assert refusal.value.field == "step"
