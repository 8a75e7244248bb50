"""A history page of commitments, newest day first; its cost depends on the page, not on the years stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Select,
    and_,
    case,
    cast,
    extract,
    func,
    literal,
    select,
    true,
)

from ....application.access import Scope
from ....application.ports.commitment import CommitmentFilter, CommitmentOrder, CommitmentRow, seconds_late
from ....domain.values import EnterpriseId, RegionId
from ..constants import unreported
from ..scope import below, of_enterprise
from ..tables.commitment import commitment
from ..tables.directory import enterprise, region
from .enterprises import enterprise_layout, region_layout
from .layout import Layout, Where
from .page_search import PageSearch, RegionSizes, first_of_each, regions_below
from .paging import Reading, contains, day, instant, instant_key, like, uuid
from .sorting import By, Sorting

_region: Final = region_layout(commitment.c.region_id)
COMMITMENT: Final = Layout(
    CommitmentRow,
    id=commitment.c.id,
    enterprise_id=commitment.c.enterprise_id,
    enterprise_name=enterprise.c.name,
    credit_code=enterprise.c.credit_code,
    kind=commitment.c.kind,
    region_id=commitment.c.region_id,
    region_name=region.c.name,
    business_date=commitment.c.business_date,
    due_at=commitment.c.due_at,
    state=commitment.c.state,
    revision=commitment.c.revision,
    status=commitment.c.status,
    origin=commitment.c.origin,
    late=commitment.c.late,
    reported_at=commitment.c.reported_at,
    reported_by=commitment.c.reported_by_name,
    risk_grade=commitment.c.risk_grade,
    excess=commitment.c.excess,
    stop_reason=commitment.c.stop_reason,
    reopened_at=commitment.c.reopened_at,
    # Lists nearly always show enterprise and region; the joins save two statements. Who may see the commitment
    # may also see the enterprise, unless it has moved to another region since.
    enterprise=Where(enterprise_layout(_region), enterprise.c.region_id, commitment.c.region_id),
    region=_region,
)
_named = commitment.join(enterprise, enterprise.c.id == commitment.c.enterprise_id).join(
    region, region.c.id == commitment.c.region_id
)
COMMITMENT_ROWS: Final = select(*COMMITMENT.columns).select_from(_named)
_AT: Final = func.coalesce(commitment.c.reported_at, commitment.c.due_at, type_=commitment.c.due_at.type)
"""When it was reported, or has to be; the indices by day have this expression."""
_newest: Final = (
    By[CommitmentRow](commitment.c.business_date, True, day, lambda row: row.business_date.isoformat()),
    By[CommitmentRow](_AT, True, instant, lambda row: instant_key(row.reported_at or row.due_at)),
    By[CommitmentRow](commitment.c.id, False, uuid, lambda row: str(row.id)),
)
_NEWEST: Final = Sorting.by(*_newest)
_unreported: Final = case((unreported(), 1), else_=0)


def sorting(order: CommitmentOrder, *, on_postgresql: bool) -> Sorting[CommitmentRow]:
    """The sort columns of the order; databases subtract instants in their own ways."""
    missing = By[CommitmentRow](_unreported, True, int, lambda row: "0" if row.revision else "1")
    match order:
        case CommitmentOrder.NEWEST:
            return _NEWEST
        case CommitmentOrder.REGION:
            region_code = By[CommitmentRow](commitment.c.region_id, False, str, lambda row: row.region_id)
            return Sorting.by(region_code, *_newest)
        case CommitmentOrder.REPORTED:
            return Sorting.by(replace(missing, descending=False), *_newest[1:])
        case CommitmentOrder.LATENESS:
            late = case((unreported(), 0), else_=_seconds_late(on_postgresql=on_postgresql))
            lateness = By[CommitmentRow](late, True, int, lambda row: str(seconds_late(row)))
            return Sorting.by(missing, lateness, *_newest)


def _seconds_late(*, on_postgresql: bool) -> ColumnElement[int]:
    reported, due = commitment.c.reported_at, commitment.c.due_at
    if on_postgresql:
        first, last = (func.date_trunc("second", moment, type_=due.type) for moment in (due, reported))
        return cast(extract("epoch", last - first), Integer)
    # strftime rounds parts of a second, so they are cut off before.
    first, last = (func.strftime("%s", func.substr(moment, 1, 19)) for moment in (due, reported))
    return cast(last, Integer) - cast(first, Integer)


def sorted_statement(
    where: CommitmentFilter,
    scope: Scope,
    named: Named,
    order: CommitmentOrder,
    on_postgresql: bool,
    after: tuple[Any, ...] | None,
    most: int,
) -> Select[Any]:
    """Select the first `most` rows after the position, in any order; it sorts all rows of the days."""
    by = sorting(order, on_postgresql=on_postgresql)
    page = COMMITMENT_ROWS.where(matching(where, scope, named), by.rest(after))
    return page.order_by(*by.order).limit(literal(most, Integer, literal_execute=True))


_MOST_NAMED: Final = 200


def choose_search(where: CommitmentFilter, scope: Scope, region_sizes: RegionSizes) -> PageSearch:
    """Choose the fastest way to find the page."""
    if where.enterprise_id is not None or scope.enterprise_id is not None:
        return PageSearch.DAYS
    if where.region_id is not None and where.directly:
        return PageSearch.REGION
    return region_sizes.search(*_within(where, scope))


Named = Sequence[EnterpriseId] | None
"""The enterprises that match a filter's text; None without a text, or for more than `_MOST_NAMED` matches."""


def named_by(where: CommitmentFilter, reading: Reading) -> Named:
    """Look the enterprises up first: the index by enterprise and day works with ids, not with a text."""
    if like(where.text) is None:
        return None
    rows = reading.rows(select(enterprise.c.id).where(_says(where)).limit(_MOST_NAMED + 1))
    return [row.id for row in rows] if len(rows) <= _MOST_NAMED else None


def _says(where: CommitmentFilter) -> ColumnElement[bool]:
    return contains(where.text, enterprise.c.name, enterprise.c.credit_code)


def matching(where: CommitmentFilter, scope: Scope, named: Named) -> ColumnElement[bool]:
    """All conditions of the filter and the scope."""
    return and_(
        _asked(where, named),
        _where(where),
        of_enterprise(scope, commitment.c.region_id, commitment.c.enterprise_id),
    )


def page_statement(
    where: CommitmentFilter,
    scope: Scope,
    named: Named,
    after: tuple[Any, ...] | None,
    most: int,
    search: PageSearch,
) -> Select[Any]:
    """Select the first `most` rows after the position, in one of three ways.

    - DAYS: scan the index by day. Fast when most rows are in scope; otherwise it reads whole days in vain.
    - REGIONS (PostgreSQL only): take the first rows of each region from its own index, then the first of all.
    - REGION (PostgreSQL only): scan the single region's index. Raises SQLSTATE 21000 if there are several.

    With DAYS the region condition is written so that it can only filter (`IS true`), not start the search.
    A generic plan takes every region for a small one, and would fetch and sort all its rows.
    For the same reason days and sizes are literals, not parameters.
    """
    size = literal(most, Integer, literal_execute=True)
    rest = _NEWEST.rest(after)
    if search is PageSearch.DAYS:
        visible = and_(
            _where(where), of_enterprise(scope, commitment.c.region_id, commitment.c.enterprise_id)
        )
        checked = visible if scope.enterprise_id is not None else visible.is_(true())
        page = COMMITMENT_ROWS.where(_asked(where, named), checked, rest)
        return page.order_by(*_NEWEST.order).limit(size)
    if search is PageSearch.REGION:
        only = commitment.c.region_id == _regions(where, scope).scalar_subquery()
        return COMMITMENT_ROWS.where(_asked(where, named), only, rest).order_by(*_NEWEST.order).limit(size)
    own = select(*COMMITMENT.of_table(commitment), _AT.label("at")).where(_asked(where, named), rest)
    order = (("business_date", True), ("at", True), ("id", False))
    first = first_of_each(_regions(where, scope), commitment.c.region_id, own, order, size)
    return (
        select(*COMMITMENT.columns_from(first, commitment))
        .select_from(
            first.join(enterprise, enterprise.c.id == first.c.enterprise_id).join(
                region, region.c.id == first.c.region_id
            )
        )
        .order_by(first.c.business_date.desc(), first.c.at.desc(), first.c.id)
    )


def _within(where: CommitmentFilter, scope: Scope) -> list[frozenset[RegionId]]:
    """Return the roots of the scope, and of the filter if it has a region; a row must lie below both."""
    within = [] if scope.everything else [scope.regions]
    if where.region_id is not None:
        within.append(frozenset({where.region_id}))
    return within


def _regions(where: CommitmentFilter, scope: Scope) -> Select[Any]:
    if where.region_id is None or not where.directly:
        return regions_below(*_within(where, scope))
    one = select(region.c.id).where(region.c.id == where.region_id)
    return one if scope.everything else one.where(below(region.c.id, scope.regions))


def _where(where: CommitmentFilter) -> ColumnElement[bool]:
    if where.region_id is None:
        return true()
    if where.directly:
        return commitment.c.region_id == where.region_id
    return below(commitment.c.region_id, [where.region_id])


def _asked(where: CommitmentFilter, named: Named) -> ColumnElement[bool]:
    """The filter's conditions on the commitment itself, without regions."""
    row = commitment.c
    first, last = (literal(end, Date, literal_execute=True) for end in (where.first_day, where.last_day))
    conditions: list[ColumnElement[bool]] = [row.business_date.between(first, last)]
    if where.enterprise_id is not None:
        conditions.append(row.enterprise_id == where.enterprise_id)
    if where.kinds:
        conditions.append(row.kind.in_(where.kinds))
    if where.statuses:
        conditions.append(row.status.in_(where.statuses))
    if where.origins:
        conditions.append(row.origin.in_(where.origins))
    if where.late is not None:
        conditions.append(row.late.is_(where.late))
    if where.reported is not None:
        conditions.append(row.revision > 0 if where.reported else unreported())
    if where.reasons:
        conditions.append(row.stop_reason.in_(where.reasons))
    if where.risk_grade is not None:
        conditions.append(row.risk_grade == where.risk_grade)
    if where.excess is not None:
        conditions.append(row.excess if where.excess else row.excess.is_(False))
    if named is not None:
        conditions.append(row.enterprise_id.in_(named))
    elif like(where.text) is not None:
        conditions.append(row.enterprise_id.in_(select(enterprise.c.id).where(_says(where))))
    return and_(*conditions)
