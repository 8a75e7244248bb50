"""Connections with keyset cursors: `first` is required and capped, `totalCount` is counted only when asked for."""

from __future__ import annotations

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

import strawberry

from ..application.ports.reading import Key, Page, Slice
from ..domain.refusals import InvalidValue
from .context import off

MOST: Final = 100
Node = TypeVar("Node")
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Listed(Generic[Row]):
    """A page as a resolver returns it; `count` is called only when `totalCount` is selected."""

    slice: Slice[Row]
    count: Callable[[], int] | None = None


def cursor(key: Key) -> str:
    """The opaque text of a position."""
    return urlsafe_b64encode(json.dumps(key, ensure_ascii=False).encode()).decode().rstrip("=")


def page_of(first: int, after: str | None) -> Page:
    """The page that a client asks for. Refuses `first` outside 1 to 100 and a cursor that is none of ours."""
    if not 1 <= first <= MOST:
        raise InvalidValue(f"first应在1至{MOST}之间，现为{first}。", field="first")
    if after is None:
        return Page(first)
    wrong = InvalidValue("翻页位置after无效，请使用上一页返回的endCursor。", field="after")
    try:
        key = json.loads(urlsafe_b64decode(after + "=" * (-len(after) % 4)))
    except (binascii.Error, ValueError):
        raise wrong from None
    if not isinstance(key, list) or not key or not all(isinstance(part, str) for part in key):
        raise wrong
    return Page(first, tuple(key))


@strawberry.type(description="翻页信息。Where the page stands in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="是否还有下一页。")
    end_cursor: str | None = strawberry.field(description="本页最后一条的位置，作为下一页的after。")


@strawberry.type(description="列表中的一条及其位置。An entry and its position.")
class Edge(Generic[Node]):
    cursor: str = strawberry.field(description="这一条的位置。")
    node: Node = strawberry.field(description="这一条的内容。")


@strawberry.type(description="分页列表。A page of a list; pass `endCursor` as `after` for the next one.")
class Connection(Generic[Node]):
    @strawberry.field(description="本页各条及其位置。")
    def edges(root: strawberry.Parent[Any]) -> list[Edge[Node]]:
        listed: Listed[Any] = root
        return [
            Edge(cursor=cursor(k), node=row)
            for k, row in zip(listed.slice.keys, listed.slice.rows, strict=True)
        ]

    @strawberry.field(description="本页各条的内容。")
    def nodes(root: strawberry.Parent[Any]) -> list[Node]:
        listed: Listed[Any] = root
        rows: Sequence[Any] = listed.slice.rows
        return list(rows)

    @strawberry.field(description="翻页信息。")
    def page_info(root: strawberry.Parent[Any]) -> PageInfo:
        listed: Listed[Any] = root
        keys = listed.slice.keys
        return PageInfo(has_next_page=listed.slice.has_next, end_cursor=cursor(keys[-1]) if keys else None)

    @strawberry.field(
        description="总条数；不提供总数的列表为空。Counted only when selected; null where a list does not count."
    )
    async def total_count(root: strawberry.Parent[Any]) -> int | None:
        listed: Listed[Any] = root
        return None if listed.count is None else await off(listed.count)
