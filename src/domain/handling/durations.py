"""How long something took, and how long such things usually take: whole seconds, mean and 90th percentile."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

_SECOND: Final = timedelta(seconds=1)


def seconds_between(since: datetime, until: datetime) -> int:
    """Return the whole seconds that have passed; a second that has begun does not count."""
    return (until - since) // _SECOND


def mean_of(total: int, number: int) -> int | None:
    """Return the mean of so many durations with this total, in whole seconds, half a second rounded up.

    None if there are none.
    """
    return (2 * total + number) // (2 * number) if number else None


def p90_of(durations: Sequence[int]) -> int | None:
    """Return the 90th percentile: the smallest duration such that at least 90 % are no longer.

    It is one of the durations, never a value between two of them. None if there are none.
    """
    rank = -(-9 * len(durations) // 10)
    return sorted(durations)[rank - 1] if durations else None
