"""Find a page of a long history in the faster of two ways: scan by day, or region by region."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from enum import Enum
from time import monotonic
from typing import Any, Final, TypeVar

from sqlalchemy import Select, Subquery, func, select, true
from sqlalchemy.exc import DBAPIError

from ....domain.values import RegionId
from ..scope import below
from ..tables.directory import enterprise, region, region_closure
from .paging import Reading

Shown = TypeVar("Shown")

Order = Sequence[tuple[str, bool]]
"""Column names, each with True for descending order."""

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
"""SQLSTATE of PostgreSQL for a scalar subquery that returns more than one row."""


class PageSearch(Enum):
    """How a page is found: scan by day, region by region, or in a single region."""

    DAYS = "DAYS"
    REGIONS = "REGIONS"
    REGION = "REGION"


class RegionSizes:
    """A cache of how many regions and enterprises each subtree has; refreshed after a minute.

    It may be out of date: it only chooses between ways to find the same rows.
    """

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._known: tuple[float, Mapping[RegionId, tuple[int, int]]] = (float("-inf"), {})
        self._everything = 0

    def search(self, *within: Collection[RegionId]) -> PageSearch:
        """Choose between region by region and the scan by day, for rows that lie below each set of roots.

        Cost of the scan by day, in pages: all enterprises ÷ enterprises in the smallest subtree.
        Cost of region by region: one page per region. Other filters raise both costs alike.
        """
        if not within:
            return PageSearch.DAYS
        regions, enterprises = min(self._total(roots) for roots in within)
        if regions == 1:
            return PageSearch.REGION
        return PageSearch.REGIONS if regions * enterprises < self._everything else PageSearch.DAYS

    def narrowest(self, *within: Collection[RegionId]) -> int:
        """Return the index of the smallest set of subtrees; of equal ones the first."""
        totals = [self._total(roots) for roots in within]
        return totals.index(min(totals))

    def have_all(self, *within: Collection[RegionId]) -> bool:
        """Whether each set of subtrees has all enterprises."""
        return all(self._total(roots)[1] == self._everything for roots in within)

    def forget(self) -> None:
        """Drop the cache: it is out of date."""
        self._known = (float("-inf"), {})

    def _total(self, roots: Collection[RegionId]) -> tuple[int, int]:
        """Return the numbers of regions and enterprises in all these subtrees together."""
        sizes = self._sizes()
        known = [sizes.get(root, (0, 0)) for root in roots]
        return sum(regions for regions, _ in known), sum(enterprises for _, enterprises in known)

    def _sizes(self) -> Mapping[RegionId, tuple[int, int]]:
        read_at, sizes = self._known
        if monotonic() - read_at > _FRESH:
            rows = self._reading.rows(_SIZES)
            sizes = {row.ancestor: (row.regions, row.enterprises) for row in rows}
            self._known = (monotonic(), sizes)
            self._everything = max((enterprises for _, enterprises in sizes.values()), default=0)
        return sizes


def first_page(
    region_sizes: RegionSizes, search: PageSearch, read: Callable[[PageSearch], list[Shown]]
) -> list[Shown]:
    """Read the page by this search; if REGION meets several regions, again by REGIONS."""
    try:
        return read(search)
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != _SEVERAL_ROWS:
            raise
        # A new region was put below the single region after the cache was read.
        region_sizes.forget()
        return read(PageSearch.REGIONS)


def regions_below(*within: Collection[RegionId]) -> Select[Any]:
    """Select the regions that lie below each set of roots, each region once."""
    single = next((roots for roots in within if len(roots) == 1), None)
    if single is None:
        return select(region.c.id).where(*(below(region.c.id, roots) for roots in within))
    inside = region_closure.c.descendant
    others = [below(inside, roots) for roots in within if roots is not single]
    return select(inside.label("id")).where(region_closure.c.ancestor == min(single), *others)


def first_of_each(
    regions: Select[Any], of_region: Any, rows: Select[Any], order: Order, size: Any
) -> Subquery:
    """Select the first rows of all regions together; PostgreSQL only (LATERAL).

    Each region gives its own first rows from an index that begins with the column `of_region`.
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
