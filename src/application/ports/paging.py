"""Paging of lists: the part of a list that is asked for, and the answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar, overload

Row = TypeVar("Row")

Key = tuple[str, ...]
"""A position in a list: the sort columns of a row as text; the last one is unique."""


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list: the first `first` rows after the position `after` (None: from the beginning)."""

    first: int
    after: Key | None = None


class Keys(Sequence[Key], Generic[Row]):
    """The positions of rows, computed when somebody looks: most clients ask for the last one at most."""

    def __init__(self, rows: Sequence[Row], key: Callable[[Row], Key]) -> None:
        self._rows = rows
        self._key = key

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, place: int) -> Key: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Key]: ...

    def __getitem__(self, place: int | slice) -> Key | Sequence[Key]:
        if isinstance(place, slice):
            return [self._key(row) for row in self._rows[place]]
        return self._key(self._rows[place])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return repr(list(self))


@dataclass(frozen=True, slots=True)
class Slice(Generic[Row]):
    """One page of rows, the position of each, and whether more rows follow."""

    rows: Sequence[Row]
    keys: Sequence[Key]
    has_next: bool
