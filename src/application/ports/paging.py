"""Pages of lists: which part of a list is asked for, and what comes back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Row = TypeVar("Row")

Key = tuple[str, ...]
"""A position in a list: the order columns of a row as text, ending in a unique one."""


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list: the first `first` rows after the position `after` (None: from the beginning)."""

    first: int
    after: Key | None = None


@dataclass(frozen=True, slots=True)
class Slice(Generic[Row]):
    """One page of rows, the position of each, and whether there are more behind them."""

    rows: Sequence[Row]
    keys: Sequence[Key]
    has_next: bool
