"""Pages of problems, newest issue first."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Integer,
    Select,
    Text,
    and_,
    cast,
    literal,
    not_,
    or_,
    select,
    true,
)

from ....application.access import Scope
from ....application.ports.problem import ProblemFilter, ProblemOrder, ProblemRow
from ....domain.deadlines import day_end, day_start
from ....domain.inspection.form import InspectionKind
from ....domain.problem.form import ProblemOrigin
from ....domain.problem.groups import PROBLEM_GROUP_STATES
from ....domain.values import RegionId
from ..constants import problem_from, problem_in, unfed_back
from ..problems import problems_from_above, uuids
from ..scope import below, regions_in
from ..tables.directory import region
from ..tables.problem import problem
from .enterprises import region_layout
from .layout import Layout, of
from .page_search import PageSearch, RegionSizes, first_of_each, regions_below
from .paging import contains, instant, instant_key, like, unestimated, uuid
from .shapes import Pattern
from .sorting import By, Sorting

_row = problem.c
PROBLEM: Final = Layout(
    ProblemRow,
    id=_row.id,
    origin=_row.origin,
    external_id=_row.external_id,
    inspection_id=_row.inspection_id,
    department_id=_row.department_id,
    enterprise_id=_row.enterprise_id,
    addressee_name=_row.addressee_name,
    region_id=_row.region_id,
    issuer_id=_row.issuer_id,
    issuer_name=_row.issuer_name,
    category=_row.category,
    severity=_row.severity,
    description=_row.description,
    rectify_on=_row.rectify_on,
    responsible=of(uuids, _row.responsible),
    attachments=of(uuids, _row.attachments),
    issued_at=_row.issued_at,
    issued_by=_row.issued_by_name,
    acknowledge_due=_row.acknowledge_due,
    feed_back_due=_row.feed_back_due,
    rectify_due=_row.rectify_due,
    state=_row.state,
    acknowledged_at=_row.acknowledged_at,
    first_feedback_at=_row.first_feedback_at,
    fed_back_at=_row.fed_back_at,
    ended_at=_row.ended_at,
    extension_until=_row.extension_until,
    revision=_row.revision,
    ministry_due=_row.ministry_due,
    handed_over_at=_row.handed_over_at,
    region=region_layout(_row.region_id),
)
PROBLEM_ROWS: Final = select(*PROBLEM.columns).select_from(
    problem.join(region, region.c.id == problem.c.region_id)
)


def choose_search(where: ProblemFilter, scope: Scope, region_sizes: RegionSizes) -> PageSearch:
    """Choose the fastest way to find the page. The problems of one party have their own index."""
    if scope.enterprise_id is not None or where.to_enterprise or where.to_department or where.issuer_id:
        return PageSearch.DAYS
    return region_sizes.search(*_within(where, scope))


_id: Final = By[ProblemRow](problem.c.id, False, uuid, lambda row: str(row.id))
_issued: Final = By[ProblemRow](problem.c.issued_at, True, instant, lambda row: instant_key(row.issued_at))
SORTINGS: Final = {
    ProblemOrder.NEWEST: Sorting.by(_issued, _id),
    ProblemOrder.RECTIFY_DUE: Sorting.by(
        By[ProblemRow](problem.c.rectify_due, False, instant, lambda row: instant_key(row.rectify_due)), _id
    ),
    ProblemOrder.REGION: Sorting.by(
        By[ProblemRow](problem.c.region_id, False, str, lambda row: row.region_id), _issued, _id
    ),
}


def sorted_statement(
    where: ProblemFilter, scope: Scope, order: ProblemOrder, after: tuple[Any, ...] | None, most: int
) -> Select[Any]:
    """Select the first `most` rows after the position, in any order; scope and region can only filter."""
    by = SORTINGS[order]
    visible = _visible(where, scope)
    checked = visible if scope.enterprise_id is not None else visible.is_(true())
    size = literal(most, Integer, literal_execute=True)
    asked = (_asked(where, scope), _texts(where), by.rest(after))
    return PROBLEM_ROWS.where(*asked, checked).order_by(*by.order).limit(size)


def page_statement(
    where: ProblemFilter, scope: Scope, after: tuple[Any, ...] | None, most: int, search: PageSearch
) -> Select[Any]:
    """Select the first `most` rows after the position, newest issue first, in one of three ways.

    REGIONS and REGION work on PostgreSQL only. REGION raises SQLSTATE 21000 if there are several regions.
    With DAYS the region condition is written so that it can only filter (`IS true`), not start the search.
    """
    size = literal(most, Integer, literal_execute=True)
    rest = SORTINGS[ProblemOrder.NEWEST].rest(after)
    if search is PageSearch.DAYS:
        return sorted_statement(where, scope, ProblemOrder.NEWEST, after, most)
    regions = regions_below(*_within(where, scope))
    if search is PageSearch.REGION:
        only = problem.c.region_id == regions.scalar_subquery()
        return (
            PROBLEM_ROWS.where(_asked(where, scope), unestimated(_texts(where)), only, rest)
            .order_by(*SORTINGS[ProblemOrder.NEWEST].order)
            .limit(size)
        )
    keys = select(problem.c.id, problem.c.issued_at).where(_asked(where, scope), _texts(where), rest)
    first = first_of_each(regions, problem.c.region_id, keys, (("issued_at", True), ("id", False)), size)
    return PROBLEM_ROWS.join(first, first.c.id == problem.c.id).order_by(*SORTINGS[ProblemOrder.NEWEST].order)


def matching(where: ProblemFilter, scope: Scope) -> ColumnElement[bool]:
    """All conditions of the filter and the scope."""
    return and_(_asked(where, scope), _texts(where), _visible(where, scope))


def _visible(where: ProblemFilter, scope: Scope) -> ColumnElement[bool]:
    """The filter's region and the scope; a viewer's own party is listed in every region of the filter."""
    within = true() if where.region_id is None else below(problem.c.region_id, [where.region_id])
    return within if where.of_own_party(scope) else and_(within, problems_from_above(scope))


def _within(where: ProblemFilter, scope: Scope) -> list[frozenset[RegionId]]:
    """Return the roots of the scope, and of the filter if it has a region; a row must lie below both."""
    within = [] if scope.everything else [scope.regions]
    if where.region_id is not None:
        within.append(frozenset({where.region_id}))
    return within


def _texts(where: ProblemFilter) -> ColumnElement[bool]:
    return contains(where.text, problem.c.description, problem.c.addressee_name)


def _asked(where: ProblemFilter, scope: Scope) -> ColumnElement[bool]:
    """The filter's conditions on the problem itself, without the text and the subtree of the addressee's region."""
    row = problem.c
    conditions: list[ColumnElement[bool]] = []
    if where.directly:
        conditions.append(row.region_id == where.region_id)
    if where.issued_in_scope:
        conditions.append(regions_in(scope, row.issuer_region_id))
    if where.group is not None:
        conditions.append(problem_in(PROBLEM_GROUP_STATES[where.group]))
    if where.first_day is not None:
        conditions.append(row.issued_at >= _instant(day_start(where.first_day)))
    if where.last_day is not None:
        conditions.append(row.issued_at < _instant(day_end(where.last_day)))
    for column, wanted in (
        (row.department_id, where.to_department),
        (row.enterprise_id, where.to_enterprise),
        (row.issuer_id, where.issuer_id),
    ):
        if wanted is not None:
            conditions.append(column == wanted)
    for column, choices in (
        (row.category, where.categories),
        (row.severity, where.severities),
    ):
        if choices:
            conditions.append(column.in_(choices))
    if where.origins:
        conditions.append(problem_from(where.origins))
    if where.states:
        conditions.append(problem_in(where.states))
    if where.kinds:
        parties = {InspectionKind.PATROL: row.department_id, InspectionKind.SPOT_CHECK: row.enterprise_id}
        conditions.append(or_(*(parties[kind].is_not(None) for kind in where.kinds)))
    if where.unfed_back is not None:
        conditions.append(unfed_back() if where.unfed_back else not_(unfed_back()))
    if where.handed_over is not None:
        known = row.handed_over_at
        conditions += (
            problem_from((ProblemOrigin.MINISTRY,)),
            known.is_not(None) if where.handed_over else known.is_(None),
        )
    if where.extension_requested is not None:
        asked = row.extension_until
        conditions.append(asked.is_not(None) if where.extension_requested else asked.is_(None))
    if where.responsible_id is not None:
        # The ids are JSON; a text of 36 characters is in the list, or in no part of it.
        conditions.append(cast(row.responsible, Text).like(_as_text(where.responsible_id)))
    if where.overdue_at is not None:
        conditions += (unfed_back(), unestimated(overdue(where.overdue_at)))
    return and_(true(), *conditions)


def prepared(where: ProblemFilter) -> ProblemFilter:
    """The filter with its texts as patterns, as `listed` takes it."""
    responsible: Any = None if where.responsible_id is None else _as_text(where.responsible_id)
    return replace(where, text=like(where.text), responsible_id=responsible)


def _as_text(id: Any) -> Any:
    return id if isinstance(id, (Pattern, BindParameter)) else Pattern(f"%{id}%")


def overdue(at: datetime | ColumnElement[datetime]) -> ColumnElement[bool]:
    """Any unmet deadline has passed by `at`; use with `unfed_back()`."""
    row = problem.c
    return or_(
        row.rectify_due <= at,
        and_(row.acknowledged_at.is_(None), row.acknowledge_due <= at),
        and_(row.first_feedback_at.is_(None), row.feed_back_due <= at),
    )


def _instant(moment: datetime) -> ColumnElement[datetime]:
    """Write the moment as a literal: a generic plan takes every period for a short one."""
    return literal(moment, problem.c.issued_at.type, literal_execute=True)
