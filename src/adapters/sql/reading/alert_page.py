"""Pages of alerts: by opening, by level, by deadline or by region."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Integer, Select, and_, literal, not_, or_, select, true

from ....application.access import Scope
from ....application.ports.alert import AlertFilter, AlertOrder, AlertRow
from ....domain.alert.groups import ALERT_GROUP_STATES
from ....domain.alert.workflow import AlertState
from ....domain.deadlines import day_end, day_start
from ....domain.values import RegionId
from ..alerts import alerts_from_above, certificate_due
from ..constants import alert_in, alert_unfed_back
from ..scope import below
from ..tables.alert import alert
from ..tables.directory import region
from .enterprises import region_layout
from .layout import Layout, of
from .page_search import PageSearch, RegionSizes, first_of_each, regions_below
from .paging import contains, instant, instant_key, unestimated, uuid
from .sorting import By, Sorting

_row = alert.c
ALERT: Final = Layout(
    AlertRow,
    id=_row.id,
    kind=_row.kind,
    origin=_row.origin,
    external_id=_row.external_id,
    enterprise_id=_row.enterprise_id,
    enterprise_name=_row.enterprise_name,
    region_id=_row.region_id,
    reviewer_id=_row.reviewer_id,
    reviewer_name=_row.reviewer_name,
    reviewer_level=_row.reviewer_level,
    level=_row.level,
    risk_type=_row.risk_type,
    description=_row.description,
    value=_row.value,
    due=of(certificate_due, _row.certificate_id, _row.due_kind, _row.due_on),
    occurred_at=_row.occurred_at,
    opened_at=_row.opened_at,
    acknowledge_due=_row.acknowledge_due,
    feed_back_due=_row.feed_back_due,
    state=_row.state,
    verification=_row.verification,
    acknowledged_at=_row.acknowledged_at,
    handled_at=_row.handled_at,
    fed_back_at=_row.fed_back_at,
    closed_at=_row.closed_at,
    escalated_at=_row.escalated_at,
    ended_at=_row.ended_at,
    revision=_row.revision,
    region=region_layout(_row.region_id),
)
ALERT_ROWS: Final = select(*ALERT.columns).select_from(alert.join(region, region.c.id == alert.c.region_id))

_id: Final = By[AlertRow](alert.c.id, False, uuid, lambda row: str(row.id))
_opened: Final = By[AlertRow](alert.c.opened_at, True, instant, lambda row: instant_key(row.opened_at))
SORTINGS: Final = {
    AlertOrder.NEWEST: Sorting.by(_opened, _id),
    AlertOrder.GRAVEST: Sorting.by(
        By[AlertRow](alert.c.rank, False, int, lambda row: str(row.level.rank)), _opened, _id
    ),
    AlertOrder.FEED_BACK_DUE: Sorting.by(
        By[AlertRow](alert.c.feed_back_due, False, instant, lambda row: instant_key(row.feed_back_due)), _id
    ),
    AlertOrder.REGION: Sorting.by(
        By[AlertRow](alert.c.region_id, False, str, lambda row: row.region_id), _opened, _id
    ),
}


def choose_search(where: AlertFilter, scope: Scope, region_sizes: RegionSizes) -> PageSearch:
    """Choose the fastest way to find the page. The alerts of one party have their own index."""
    if scope.enterprise_id is not None or where.enterprise_id or where.reviewer_id:
        return PageSearch.DAYS
    return region_sizes.search(*_within(where, scope))


def page_statement(
    where: AlertFilter,
    scope: Scope,
    order: AlertOrder,
    after: tuple[Any, ...] | None,
    most: int,
    search: PageSearch,
) -> Select[Any]:
    """Select the first `most` rows after the position, in one of three ways.

    REGIONS and REGION work on PostgreSQL only. REGION raises SQLSTATE 21000 if there are several regions.
    With DAYS the region condition is written so that it can only filter (`IS true`), not start the search.
    """
    by = SORTINGS[order]
    size = literal(most, Integer, literal_execute=True)
    asked = (_asked(where), _texts(where), by.rest(after))
    if search is PageSearch.DAYS:
        visible = _visible(where, scope)
        checked = visible if scope.enterprise_id is not None else visible.is_(true())
        return ALERT_ROWS.where(*asked, checked).order_by(*by.order).limit(size)
    regions = regions_below(*_within(where, scope))
    if search is PageSearch.REGION:
        only = alert.c.region_id == regions.scalar_subquery()
        asked = (_asked(where), unestimated(_texts(where)), by.rest(after))
        return ALERT_ROWS.where(*asked, only).order_by(*by.order).limit(size)
    keys = select(*(each.column for each in by.columns)).where(*asked)
    first = first_of_each(regions, alert.c.region_id, keys, by.names, size)
    return ALERT_ROWS.join(first, first.c.id == alert.c.id).order_by(*by.order)


def matching(where: AlertFilter, scope: Scope) -> ColumnElement[bool]:
    """All conditions of the filter and the scope."""
    return and_(_asked(where), _texts(where), _visible(where, scope))


def _visible(where: AlertFilter, scope: Scope) -> ColumnElement[bool]:
    """The filter's region and the scope; a viewer's own party is listed in every region of the filter."""
    within = true() if where.region_id is None else below(alert.c.region_id, [where.region_id])
    return within if where.of_own_party(scope) else and_(within, alerts_from_above(scope))


def _within(where: AlertFilter, scope: Scope) -> list[frozenset[RegionId]]:
    """Return the roots of the scope, and of the filter if it has a region; a row must lie below both."""
    within = [] if scope.everything else [scope.regions]
    if where.region_id is not None:
        within.append(frozenset({where.region_id}))
    return within


def _texts(where: AlertFilter) -> ColumnElement[bool]:
    return contains(where.text, alert.c.description, alert.c.enterprise_name)


def _asked(where: AlertFilter) -> ColumnElement[bool]:
    """The filter's conditions on the alert itself, without text and regions."""
    row = alert.c
    conditions: list[ColumnElement[bool]] = []
    if where.directly:
        conditions.append(row.region_id == where.region_id)
    if where.group is not None:
        conditions.append(alert_in(ALERT_GROUP_STATES[where.group]))
    if where.first_day is not None:
        conditions.append(row.opened_at >= _instant(day_start(where.first_day)))
    if where.last_day is not None:
        conditions.append(row.opened_at < _instant(day_end(where.last_day)))
    if where.enterprise_id is not None:
        conditions.append(row.enterprise_id == where.enterprise_id)
    if where.reviewer_id is not None:
        conditions.append(row.reviewer_id == where.reviewer_id)
    for column, choices in (
        (row.kind, where.kinds),
        (row.level, where.levels),
        (row.origin, where.origins),
        (row.risk_type, where.risk_types),
        (row.verification, where.verifications),
    ):
        if choices:
            conditions.append(column.in_(choices))
    if where.states:
        conditions.append(alert_in(where.states))
    if where.unfed_back is not None:
        conditions.append(alert_unfed_back() if where.unfed_back else not_(alert_unfed_back()))
    if where.overdue_at is not None:
        conditions += (alert_unfed_back(), overdue(where.overdue_at))
    return and_(true(), *conditions)


def overdue(at: datetime | ColumnElement[datetime]) -> ColumnElement[bool]:
    """An unmet deadline has passed by `at`; use with `alert_unfed_back()`."""
    unacknowledged = and_(alert.c.state == AlertState.OPEN, alert.c.acknowledge_due <= at)
    return unestimated(or_(alert.c.feed_back_due <= at, unacknowledged))


def _instant(moment: datetime) -> ColumnElement[datetime]:
    """Write the moment as a literal: a generic plan takes every period for a short one."""
    return literal(moment, alert.c.opened_at.type, literal_execute=True)
