"""Split long lists of keys: a statement takes at most some 32,000 parameters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")

MOST = 10_000


def in_batches(items: Iterable[Item], size: int = MOST) -> Iterator[list[Item]]:
    """Yield the distinct items in lists of at most `size`; no items, no list."""
    distinct = list(dict.fromkeys(items))
    for start in range(0, len(distinct), size):
        yield distinct[start : start + size]
