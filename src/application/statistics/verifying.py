"""Recounts the roll-ups from the rows that they count, day by day."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from ..access import Actor, Permission, check
from ..ports.readers import Readers
from ..ports.statistics import TallyDifference


@dataclass(frozen=True, slots=True)
class RollUpResult:
    """How many days were recounted, and every difference, by day, region and kind."""

    days: int
    differences: Sequence[TallyDifference]


class RollUpCheck:
    """Compares every kept roll-up with the rows. Only the system may: it counts the whole province."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers

    def recount(
        self, actor: Actor, *, progress: Callable[[int, int], None] = lambda done, total: None
    ) -> RollUpResult:
        """Compare every day; `progress` gets the days done and the days in all.

        Each day is compared at one moment, so that reports may go on meanwhile.
        """
        check(actor, Permission.RUN_SYSTEM_JOB)
        span = self._readers.roll_ups.span()
        if span is None:
            return RollUpResult(0, ())
        first, last = span
        total = (last - first).days + 1
        found: list[TallyDifference] = []
        for number in range(total):
            found += self._readers.roll_ups.differences(first + timedelta(days=number))
            progress(number + 1, total)
        return RollUpResult(total, found)
