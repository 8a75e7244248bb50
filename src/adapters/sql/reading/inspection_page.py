"""A history page of inspections, newest day first; its cost depends on the page, not on the years stored."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Date, Integer, Select, and_, false, literal, select, true

from ....application.access import Scope
from ....application.ports.inspection import InspectionFilter, InspectionOrder, InspectionRow
from ....domain.inspection.groups import INSPECTION_GROUP_ORIGINS, OF_TARGETS, InspectionGroup
from ....domain.values import RegionId
from ..constants import inspection_of, submitted
from ..scope import below, regions_in
from ..tables.inspection import inspection
from .layout import Layout
from .page_search import PageSearch, RegionSizes, first_of_each, regions_below
from .paging import contains, day, instant, instant_key, uuid
from .shapes import bound
from .sorting import By, Sorting

_row = inspection.c
INSPECTION: Final = Layout(
    InspectionRow,
    id=_row.id,
    kind=_row.kind,
    origin=_row.origin,
    state=_row.state,
    business_date=_row.business_date,
    department_id=_row.department_id,
    department_name=_row.department_name,
    department_region_id=_row.department_region_id,
    person_id=_row.person_id,
    person_name=_row.person_name,
    target_department_id=_row.target_department_id,
    target_enterprise_id=_row.target_enterprise_id,
    target_name=_row.target_name,
    target_region_id=_row.target_region_id,
    target_region_name=_row.target_region_name,
    target_is_area=_row.target_is_area,
    opened_at=_row.opened_at,
    submitted_at=_row.submitted_at,
    conclusion=_row.concluded,
    conclusion_text=_row.conclusion,
    problems=_row.problems,
    rectified_on_site=_row.rectified_on_site,
    replaced=_row.replaced,
    revision=_row.revision,
)
INSPECTION_ROWS: Final = select(*INSPECTION.columns)
_ORDER: Final = (("business_date", True), ("submitted_at", True), ("id", False))
_newest: Final = (
    By[InspectionRow](inspection.c.business_date, True, day, lambda row: row.business_date.isoformat()),
    By[InspectionRow](inspection.c.submitted_at, True, instant, lambda row: instant_key(_submitted(row))),
    By[InspectionRow](inspection.c.id, False, uuid, lambda row: str(row.id)),
)
SORTINGS: Final = {
    InspectionOrder.NEWEST: Sorting.by(*_newest),
    InspectionOrder.REGION: Sorting.by(
        By[InspectionRow](inspection.c.target_region_id, False, str, lambda row: row.target_region_id),
        *_newest,
    ),
    InspectionOrder.PROBLEMS: Sorting.by(
        By[InspectionRow](inspection.c.problems, True, int, lambda row: str(row.problems)), *_newest
    ),
}


def _submitted(row: InspectionRow) -> datetime:
    assert row.submitted_at is not None, "lists show records, and every record was submitted"
    return row.submitted_at


def sorted_statement(
    where: InspectionFilter, scope: Scope, order: InspectionOrder, after: tuple[Any, ...] | None, most: int
) -> Select[Any]:
    """Select the first `most` rows after the position, in any order; scope and region can only filter."""
    by = SORTINGS[order]
    rows = INSPECTION_ROWS.where(_asked(where), by.rest(after), _where(where, scope).is_(true()))
    return rows.order_by(*by.order).limit(literal(most, Integer, literal_execute=True))


Lead = tuple[ColumnElement[Any], frozenset[RegionId]]
"""A column of regions, and the roots it must lie below: the search goes through these regions one by one."""


def choose_search(
    where: InspectionFilter, scope: Scope, region_sizes: RegionSizes
) -> tuple[PageSearch, int | None]:
    """Choose the fastest way to the page, and the place of the lead for it; the scan by day (DAYS) has none.

    The filter limits the target's region, the scope the inspecting department's, which is usually above it.
    The smaller of the two leads. A filter for a department or enterprise uses that one's own index by day.
    """
    units = (where.department_id, where.target_department_id, where.target_enterprise_id)
    if any(unit is not None for unit in units):
        return PageSearch.DAYS, None
    leads = _leads(where, scope)
    search = region_sizes.search(*(roots for _, roots in leads))
    if search is PageSearch.DAYS:
        return search, None
    return search, region_sizes.narrowest(*(roots for _, roots in leads))


def _leads(where: InspectionFilter, scope: Scope) -> list[Lead]:
    leads: list[Lead] = []
    if not scope.everything:
        leads.append((inspection.c.department_region_id, scope.regions))
    if where.region_id is not None:
        leads.append((inspection.c.target_region_id, frozenset({where.region_id})))
    return leads


def page_statement(
    where: InspectionFilter,
    scope: Scope,
    after: tuple[Any, ...] | None,
    most: int,
    search: PageSearch,
    lead: int | None,
) -> Select[Any]:
    """Select the first `most` rows after the position. A lead (see `choose_search`) works on PostgreSQL only.

    With REGION, PostgreSQL raises SQLSTATE 21000 if the lead has become more than one region.
    Scope and region are written so that they can only filter (`IS true`); days and sizes are literals.
    Otherwise a generic plan would fetch and sort all rows of a region.
    """
    if lead is None:
        return sorted_statement(where, scope, InspectionOrder.NEWEST, after, most)
    size = literal(most, Integer, literal_execute=True)
    newest = SORTINGS[InspectionOrder.NEWEST]
    rest = newest.rest(after)
    leads = _leads(where, scope)
    column, roots = leads[lead]
    checked = (below(other, within).is_(true()) for other, within in leads if other is not column)
    rows = INSPECTION_ROWS.where(_asked(where), rest, *checked)
    if search is PageSearch.REGION:
        only = column == regions_below(roots).scalar_subquery()
        return rows.where(only).order_by(*newest.order).limit(size)
    first = first_of_each(regions_below(roots), column, rows, _ORDER, size)
    return select(first).order_by(first.c.business_date.desc(), first.c.submitted_at.desc(), first.c.id)


def matching(where: InspectionFilter, scope: Scope) -> ColumnElement[bool]:
    """All conditions of the filter and the scope."""
    return and_(_asked(where), _where(where, scope))


def _where(where: InspectionFilter, scope: Scope) -> ColumnElement[bool]:
    lies = true() if where.region_id is None else below(inspection.c.target_region_id, [where.region_id])
    return and_(lies, regions_in(scope, inspection.c.department_region_id))


def _asked(where: InspectionFilter) -> ColumnElement[bool]:
    """The filter's conditions on the record itself, without regions."""
    row = inspection.c
    first, last = (literal(end, Date, literal_execute=True) for end in (where.first_day, where.last_day))
    conditions: list[ColumnElement[bool]] = [row.business_date.between(first, last)]
    for column, wanted in (
        (row.department_id, where.department_id),
        (row.target_department_id, where.target_department_id),
        (row.target_enterprise_id, where.target_enterprise_id),
    ):
        if wanted is not None:
            # The subquery hides the value from the planner: it would plan anew for every value, which takes
            # longer than finding the page.
            conditions.append(column == select(bound(wanted, column.type)).scalar_subquery())
    if where.directly:
        conditions.append(row.target_region_id == where.region_id)
    if where.group is not None:
        conditions.append(in_group(where.group))
    if where.kinds:
        conditions.append(inspection_of(where.kinds))
    if where.origins:
        conditions.append(row.origin.in_(where.origins))
    if where.conclusions:
        conditions.append(row.concluded.in_(where.conclusions))
    if where.with_problems is not None:
        conditions.append(row.problems > 0 if where.with_problems else row.problems == 0)
    if not where.replaced:
        conditions.append(row.replaced == false())
    return and_(
        submitted(), *conditions, contains(where.text, row.target_name, row.conclusion, row.observations)
    )


def in_group(group: InspectionGroup) -> ColumnElement[bool]:
    """Whether the group has the record."""
    of_origin = inspection.c.origin == INSPECTION_GROUP_ORIGINS[group]
    return and_(of_origin, inspection.c.target_is_area) if group in OF_TARGETS else of_origin
