"""Counts rows of the twin as a statistic divides them: all together, by key and by period."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Hashable, Sequence
from datetime import date
from typing import TypeVar

from ....application.ports.counts import Counted
from ....domain.values import RegionId
from ..sight import lineage
from ..tables import State

Row = TypeVar("Row")
Counts = TypeVar("Counts")
Key = TypeVar("Key", bound=Hashable)


def counted(
    rows: Sequence[Row],
    count: Callable[[Sequence[Row]], Counts],
    *,
    key: Callable[[Row], str | None] | None,
    day: Callable[[Row], date],
    starts: Sequence[date],
) -> Counted[Counts]:
    """Count all rows, those of each key (None: no keys) and those of each period (no starts: no periods)."""
    by_key = {} if key is None else _grouped(rows, key)
    by_period = _grouped(rows, lambda row: bisect_right(starts, day(row)) - 1) if starts else {}
    return Counted(
        whole=count(rows),
        by_key={value: count(part) for value, part in by_key.items()},
        by_period={number: count(part) for number, part in by_period.items()},
    )


def head_of(state: State, heads: Sequence[RegionId]) -> Callable[[RegionId], RegionId]:
    """Return a function from a region to the head at or above it, or to itself without one."""

    def head(region: RegionId) -> RegionId:
        return next((above for above in lineage(state, region) if above in heads), region)

    return head


def _grouped(rows: Sequence[Row], key: Callable[[Row], Key]) -> dict[Key, list[Row]]:
    groups: dict[Key, list[Row]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return groups
