"""Long lists of keys in parts: a statement takes no more than some 32,000 parameters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")

MOST = 10_000


def in_batches(items: Iterable[Item], size: int = MOST) -> Iterator[list[Item]]:
    """The distinct items in lists of at most `size`; usually one list, and none for nothing."""
    distinct = list(dict.fromkeys(items))
    for start in range(0, len(distinct), size):
        yield distinct[start : start + size]
