"""Spare whoever sees the whole tree of regions the comparison of each row's region with it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_

from ....application.access import EVERYTHING, Scope
from ....domain.values import RegionId
from ..scope import in_order
from ..tables.directory import region
from .page_search import RegionSizes


def matching_of_all(
    where: Any,
    scope: Scope,
    region_sizes: RegionSizes,
    matching: Callable[[Any, Scope], ColumnElement[bool]],
) -> ColumnElement[bool]:
    """The same condition as `matching`, written for the whole tree if the roots are likely to have all of it.

    The database then finds out once whether they have, and if so looks at the region of no row: to compare them
    takes longer than to count the rows. Of fewer regions, the plain condition can start the search in an index.
    """
    within = [] if scope.everything else [scope.regions]
    if where.region_id is not None and not where.directly:
        within.append(frozenset({where.region_id}))
    if scope.enterprise_id is not None or not within or not region_sizes.have_all(*within):
        return matching(where, scope)
    everywhere = where if where.directly else replace(where, region_id=None)
    return and_(matching(everywhere, EVERYTHING), or_(and_(*map(_have_all, within)), matching(where, scope)))


def _have_all(roots: Collection[RegionId]) -> ColumnElement[bool]:
    """Whether no region lies outside of these subtrees: every region lies below one that has no parent."""
    return ~exists().where(region.c.parent_id.is_(None), region.c.id.not_in(in_order(roots)))
