"""Connections with keyset cursors: `first` is at most 100; `totalCount` is counted only when selected."""

from __future__ import annotations

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, Generic, TypeVar

import strawberry
from graphql import get_named_type

from ...application.ports.paging import Key, Page, Slice
from ...domain.refusals import InvalidValue
from ..context import AppInfo, in_thread

MOST: Final = 100
LONGEST_CURSOR: Final = 1_000
Node = TypeVar("Node")
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class CountablePage(Generic[Row]):
    """The page that a resolver returns; `count` is called only when `totalCount` is selected.

    `order` is the one that was asked for, if the list has several: its cursors fit no other.
    """

    slice: Slice[Row]
    count: Callable[[], int] | None = None
    order: Enum | None = None


def cursor(key: Key, of: str) -> str:
    """Encode a position in a list as opaque text; `of` names the list and its order."""
    return urlsafe_b64encode(json.dumps([of, *key], ensure_ascii=False).encode()).decode().rstrip("=")


def _list_name(connection: str, order: Enum | None) -> str:
    """What a cursor says of its list: the name of the connection type, and the order."""
    return connection if order is None else f"{connection}:{order.value}"


def page_of(info: Any, first: int, after: str | None, order: Enum | None = None) -> Page:
    """Make a `Page`. Raises InvalidValue if `first` is not 1 to 100, or for a cursor of another list or order."""
    if not 1 <= first <= MOST:
        raise InvalidValue(f"first应在1至{MOST}之间，现为{first}。", field="first")
    if after is None:
        return Page(first)
    wrong = InvalidValue("翻页位置after无效，请使用上一页返回的endCursor。", field="after")
    if len(after) > LONGEST_CURSOR:
        raise wrong
    try:
        key = json.loads(urlsafe_b64decode(after + "=" * (-len(after) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        raise wrong from None
    if not isinstance(key, list) or not all(isinstance(part, str) for part in key):
        raise wrong
    if len(key) < 2 or key[0] != _list_name(get_named_type(info._raw_info.return_type).name, order):
        raise wrong
    if any(character == "\0" or "\ud800" <= character <= "\udfff" for part in key for character in part):
        raise wrong  # PostgreSQL cannot store NUL, and UTF-8 cannot encode a lone surrogate.
    return Page(first, tuple(key[1:]))


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
    def edges(root: strawberry.Parent[Any], info: AppInfo) -> list[Edge[Node]]:
        listed: CountablePage[Any] = root
        name = _list_name(info._raw_info.parent_type.name, listed.order)
        return [
            Edge(cursor=cursor(k, name), node=row)
            for k, row in zip(listed.slice.keys, listed.slice.rows, strict=True)
        ]

    @strawberry.field(description="本页各条的内容。")
    def nodes(root: strawberry.Parent[Any]) -> list[Node]:
        listed: CountablePage[Any] = root
        rows: Sequence[Any] = listed.slice.rows
        return list(rows)

    @strawberry.field(description="翻页信息。")
    def page_info(root: strawberry.Parent[Any], info: AppInfo) -> PageInfo:
        listed: CountablePage[Any] = root
        keys = listed.slice.keys
        name = _list_name(info._raw_info.parent_type.name, listed.order)
        end = cursor(keys[-1], name) if keys else None
        return PageInfo(has_next_page=listed.slice.has_next, end_cursor=end)

    @strawberry.field(
        description="总条数；不提供总数的列表为空。Counted only when selected; null where a list does not count."
    )
    async def total_count(root: strawberry.Parent[Any]) -> int | None:
        listed: CountablePage[Any] = root
        return None if listed.count is None else await in_thread(listed.count)
