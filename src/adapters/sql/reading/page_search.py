"""Two ways to the first page of a long history: down the days, or region by region."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from enum import Enum
from time import monotonic
from typing import Any, Final

from sqlalchemy import Row, Select, Subquery, func, select, true
from sqlalchemy.exc import DBAPIError

from ....domain.values import RegionId
from ..scope import below
from ..tables.directory import enterprise, region, region_closure
from .paging import Reading

Order = Sequence[tuple[str, bool]]
"""Columns by name, each with whether it descends."""

_below = region_closure.join(enterprise, enterprise.c.region_id == region_closure.c.descendant, isouter=True)
_SIZES: Final = (
    select(
        region_closure.c.ancestor,
        func.count(region_closure.c.descendant.distinct()).label("regions"),
        func.count(enterprise.c.id).label("enterprises"),
    )
    .select_from(_below)
    .group_by(region_closure.c.ancestor)
)
_FRESH: Final = 60.0
_SEVERAL_ROWS: Final = "21000"
"""What PostgreSQL calls a second row where only one is allowed."""


class PageSearch(Enum):
    """How a page is found: down the days, region by region, or in the one region that there is."""

    DAYS = "DAYS"
    REGIONS = "REGIONS"
    REGION = "REGION"


class RegionSizes:
    """How much of the province some regions are. It only chooses between two ways to the same rows, so it may be old."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._known: tuple[float, Mapping[RegionId, tuple[int, int]]] = (float("-inf"), {})

    def search(self, *within: Collection[RegionId]) -> PageSearch:
        """Whether going one by one through the regions that lie in all these subtrees beats walking down the days.

        The walk reads a page for every enterprise that is there in proportion to all; one by one reads a page for
        every region. Whatever else is asked for thins out both alike.
        """
        if not within:
            return PageSearch.DAYS
        everything = max((enterprises for _, enterprises in self._sizes().values()), default=0)
        regions, enterprises = min(self._total(roots) for roots in within)
        if regions == 1:
            return PageSearch.REGION
        return PageSearch.REGIONS if regions * enterprises < everything else PageSearch.DAYS

    def narrowest(self, *within: Collection[RegionId]) -> int:
        """Which of the subtrees is the smallest; of equals the first."""
        totals = [self._total(roots) for roots in within]
        return totals.index(min(totals))

    def forget(self) -> None:
        """What is known has turned out to be old."""
        self._known = (float("-inf"), {})

    def _total(self, roots: Collection[RegionId]) -> tuple[int, int]:
        """Regions and enterprises in all subtrees together."""
        sizes = self._sizes()
        known = [sizes.get(root, (0, 0)) for root in roots]
        return sum(regions for regions, _ in known), sum(enterprises for _, enterprises in known)

    def _sizes(self) -> Mapping[RegionId, tuple[int, int]]:
        read_at, sizes = self._known
        if monotonic() - read_at > _FRESH:
            rows = self._reading.rows(_SIZES)
            sizes = {row.ancestor: (row.regions, row.enterprises) for row in rows}
            self._known = (monotonic(), sizes)
        return sizes


def first_page(
    reading: Reading,
    region_sizes: RegionSizes,
    search: PageSearch,
    statement: Callable[[PageSearch], Select[Any]],
) -> Sequence[Row[Any]]:
    """The rows of the statement for this way; region by region where the one region has turned out to be several."""
    try:
        return reading.rows(statement(search))
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != _SEVERAL_ROWS:
            raise
        # A region has come below the one that was alone when its size was read.
        region_sizes.forget()
        return reading.rows(statement(PageSearch.REGIONS))


def regions_below(*within: Collection[RegionId]) -> Select[Any]:
    """The regions, each once, that lie in all these subtrees."""
    single = next((roots for roots in within if len(roots) == 1), None)
    if single is None:
        return select(region.c.id).where(*(below(region.c.id, roots) for roots in within))
    inside = region_closure.c.descendant
    others = [below(inside, roots) for roots in within if roots is not single]
    return select(inside.label("id")).where(region_closure.c.ancestor == min(single), *others)


def first_of_each(
    regions: Select[Any], of_region: Any, rows: Select[Any], order: Order, size: Any
) -> Subquery:
    """The first rows of all regions together: each gives its own first ones from its own index, `of_region` first.

    PostgreSQL only.
    """
    each = regions.subquery("regions")
    own = rows.where(of_region == each.c.id)
    own_first = own.order_by(*_ordered(own.selected_columns, order)).limit(size).lateral("own")
    return (
        select(own_first)
        .select_from(each.join(own_first, true()))
        .order_by(*_ordered(own_first.c, order))
        .limit(size)
        .subquery("first")
    )


def _ordered(columns: Any, order: Order) -> list[Any]:
    return [columns[name].desc() if descending else columns[name] for name, descending in order]
