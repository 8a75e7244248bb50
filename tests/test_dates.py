"""The tests' own clock: what is handed in is understood, and real systems start by it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from yanbao.settings import Settings
from yanbao.wiring import make_clock

from .support.dates import FRIDAY, TEST_NOW, TODAY, in_days, instant_of, on_or_before, start_clock


@pytest.mark.parametrize(
    "text", ["2028-02-29T09:00", "2028-02-29T09:00+08:00", "2028-02-29T01:00Z", "2028-02-29T01:00:00+00:00"]
)
def test_an_instant_without_a_zone_is_one_of_shanghai(text: str) -> None:
    assert instant_of(text) == datetime(2028, 2, 29, 1, tzinfo=UTC)


def test_what_is_no_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="tomorrow"):
        instant_of("tomorrow")


@pytest.mark.parametrize("at", [TEST_NOW, TEST_NOW - timedelta(days=4_000), TEST_NOW + timedelta(days=4_000)])
def test_a_real_clock_starts_in_the_past_and_in_the_future(tmp_path: Path, at: datetime) -> None:
    start_clock(tmp_path, at)
    assert at <= make_clock(Settings(var=tmp_path)).now() < at + timedelta(hours=1)


def test_days_of_the_week_are_found_around_today() -> None:
    assert FRIDAY.isoweekday() == 5 and TODAY <= FRIDAY < in_days(7)
    for weekday in range(1, 8):
        day = on_or_before(weekday)
        assert day.isoweekday() == weekday and in_days(-7) < day <= TODAY
