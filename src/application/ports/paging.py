"""Paging of lists: the part of a list that is asked for, and the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Row = TypeVar("Row")

Key = tuple[str, ...]
"""A position in a list: the sort columns of a row as text; the last one is unique."""


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list: the first `first` rows after the position `after` (None: from the beginning)."""

    first: int
    after: Key | None = None


@dataclass(frozen=True, slots=True)
class Slice(Generic[Row]):
    """One page of rows, the position of each, and whether more rows follow."""

    rows: Sequence[Row]
    keys: Sequence[Key]
    has_next: bool
