"""Keyset paging over rows in memory: the key of a row is its sort columns as text."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cmp_to_key
from typing import Final, Generic, TypeVar

from ...application.ports.paging import Key, Page, Slice
from ...domain.refusals import InvalidValue

Row = TypeVar("Row")

_INSTANT: Final = "%Y-%m-%dT%H:%M:%S.%fZ"


def instant_key(moment: datetime) -> str:
    """A moment as text of fixed width in UTC; the texts sort in the order of time."""
    return moment.astimezone(UTC).strftime(_INSTANT)


def instant(text: str) -> datetime:
    """The moment of a text from `instant_key`; raises ValueError for any other text."""
    return datetime.strptime(text, _INSTANT).replace(tzinfo=UTC)


def slice_of(
    rows: Iterable[Row],
    page: Page,
    *,
    key: Callable[[Row], Key],
    descending: tuple[bool, ...],
    parse: tuple[Callable[[str], object], ...] = (),
) -> Slice[Row]:
    """One page of the rows, sorted by the parts of their keys; `descending` has a flag for each part.

    `parse` has a function for each part of `page.after`, which raises ValueError for a part of another list.
    Raises InvalidValue when `page.after` does not fit.
    """

    def compare(left: Key, right: Key) -> int:
        for one, other, down in zip(left, right, descending, strict=True):
            if one != other:
                return -1 if (one < other) is not down else 1
        return 0

    after = page.after
    if after is not None:
        _check(after, len(descending), parse)
    keyed = [(key(row), row) for row in rows]
    if after is not None:
        keyed = [pair for pair in keyed if compare(pair[0], after) > 0]
    order = cmp_to_key(compare)
    keyed.sort(key=lambda pair: order(pair[0]))
    chosen = keyed[: page.first]
    return Slice(
        rows=[row for _, row in chosen],
        keys=[position for position, _ in chosen],
        has_next=len(keyed) > page.first,
    )


def number_key(number: int) -> str:
    """A whole number as text of fixed width; the texts sort in the order of the numbers."""
    return f"{number + 10**15:016d}"


@dataclass(frozen=True)
class By(Generic[Row]):
    """One sort column as text, in one direction; `parse` raises ValueError for a text of another list."""

    text: Callable[[Row], str]
    descending: bool
    parse: Callable[[str], object]


@dataclass(frozen=True)
class Sorting(Generic[Row]):
    """The sort columns of one order; the last one is unique."""

    columns: tuple[By[Row], ...]

    def slice_of(self, rows: Iterable[Row], page: Page) -> Slice[Row]:
        """One page of the rows in this order; refuses a position of another list or order."""
        return slice_of(
            rows,
            page,
            key=lambda row: tuple(by.text(row) for by in self.columns),
            descending=tuple(by.descending for by in self.columns),
            parse=tuple(by.parse for by in self.columns),
        )

    def backwards(self) -> Sorting[Row]:
        return Sorting(tuple(replace(by, descending=not by.descending) for by in self.columns))


def _check(after: Key, parts: int, parse: tuple[Callable[[str], object], ...]) -> None:
    refusal = InvalidValue("分页位置不正确。", field="after")
    if len(after) != parts:
        raise refusal
    try:
        for read, part in zip(parse, after, strict=False):
            read(part)
    except ValueError:
        raise refusal from None
