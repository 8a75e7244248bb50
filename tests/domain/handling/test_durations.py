"""How long feedback takes: whole seconds, their mean and their 90th percentile."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yanbao.domain.handling.durations import mean_of, p90_of, seconds_between

from ...support.builders import NOW
from ...support.inspections import MICROSECOND

durations = st.lists(st.integers(0, 10_000), min_size=1, max_size=60)


@pytest.mark.parametrize(
    ("passed", "seconds"),
    [
        (timedelta(0), 0),
        (timedelta(seconds=1) - MICROSECOND, 0),
        (timedelta(seconds=1), 1),
        (timedelta(seconds=1) + MICROSECOND, 1),
        (timedelta(days=8), 691_200),
    ],
)
def test_a_second_that_has_begun_does_not_count(passed: timedelta, seconds: int) -> None:
    assert seconds_between(NOW, NOW + passed) == seconds


@pytest.mark.parametrize(
    ("of", "mean"), [([], None), ([3], 3), ([1, 2], 2), ([1, 1, 2], 1), ([1, 2, 2], 2), ([0, 1], 1)]
)
def test_a_mean_is_rounded_to_the_second(of: list[int], mean: int | None) -> None:
    assert mean_of(sum(of), len(of)) == mean


@pytest.mark.parametrize(
    ("of", "percentile"),
    [
        ([], None),
        ([7], 7),
        ([1, 2], 2),
        (list(range(1, 11)), 9),
        (list(range(1, 12)), 10),
        (list(range(1, 21)), 18),
        ([5] * 9 + [100], 5),
        ([5] * 8 + [100] * 2, 100),
    ],
)
def test_the_percentile_is_one_of_the_durations(of: list[int], percentile: int | None) -> None:
    assert p90_of(of) == percentile


@given(durations)
def test_at_least_nine_in_ten_are_no_longer_and_with_less_they_would_not_be(of: list[int]) -> None:
    found = p90_of(of)
    assert found is not None and found in of
    assert 10 * sum(each <= found for each in of) >= 9 * len(of)
    assert 10 * sum(each < found for each in of) < 9 * len(of)


@given(durations.flatmap(lambda of: st.tuples(st.just(of), st.permutations(of))))
def test_the_order_does_not_matter(both: tuple[list[int], list[int]]) -> None:
    of, shuffled = both
    assert p90_of(shuffled) == p90_of(of)
