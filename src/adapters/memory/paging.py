"""Keyset paging over rows in memory: the position of a row is its order columns as text."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import cmp_to_key
from typing import TypeVar

from ...application.ports.reading import Key, Page, Slice
from ...domain.refusals import InvalidValue

Row = TypeVar("Row")


def instant_key(moment: datetime) -> str:
    """A moment as text of fixed width, so that the order of the texts is the order of the moments."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def slice_of(
    rows: Iterable[Row], page: Page, *, key: Callable[[Row], Key], descending: tuple[bool, ...]
) -> Slice[Row]:
    """One page of the rows, ordered by the parts of their keys; `descending` says so for each part."""

    def compare(left: Key, right: Key) -> int:
        for one, other, down in zip(left, right, descending, strict=True):
            if one != other:
                return -1 if (one < other) is not down else 1
        return 0

    after = page.after
    if after is not None and len(after) != len(descending):
        raise InvalidValue("分页位置不正确。", field="after")
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
