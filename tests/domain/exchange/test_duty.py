"""The wait after a failed attempt: doubling, capped, jittered, and as long as the receiver asks."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yanbao.domain.exchange.duty import LONGEST_BACKOFF, backoff

jitters = st.floats(0, 1, exclude_max=True)


@pytest.mark.parametrize(
    ("attempts", "seconds"),
    [(0, 2), (1, 2), (2, 4), (3, 8), (8, 256), (9, 300), (16, 300), (10_000, 300)],
)
def test_the_wait_doubles_up_to_five_minutes(attempts: int, seconds: int) -> None:
    assert backoff(attempts, jitter=0.0) == timedelta(seconds=seconds)


@given(st.integers(1, 1000), jitters)
def test_jitter_adds_at_most_a_quarter(attempts: int, jitter: float) -> None:
    least = backoff(attempts, jitter=0.0)
    assert least <= backoff(attempts, jitter=jitter) <= least * 1.25 <= LONGEST_BACKOFF * 1.25


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        (None, 8),
        (0, 8),
        (-5, 8),
        (7.9, 8),
        (8.5, 8.5),
        (120, 120),
        (3600, 3600),
        (3601, 3600),
        (86_400, 3600),
    ],
)
def test_the_receivers_own_wish_is_honoured_up_to_an_hour(asked: float | None, seconds: float) -> None:
    assert backoff(3, jitter=0.0, asked=asked) == timedelta(seconds=seconds)


@pytest.mark.parametrize("asked", [1e20, float("inf")])
def test_an_absurd_wish_is_an_hour_too(asked: float) -> None:
    assert backoff(3, jitter=0.0, asked=asked) == timedelta(hours=1)
