"""The list of people: which rows match a filter, and in which order."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, Row, and_, case, func, literal, or_, select, true

from ....application.access import Scope
from ....application.ports.directory import PersonFilter, PersonOrder, PersonRow
from ....domain.directory.organisation import Role
from ....domain.values import RegionId
from ..scope import below, person_in
from ..tables.directory import department_region, enterprise, person
from .paging import contains, uuid
from .sorting import By, Sorting

_employer = enterprise.alias("employer")
_jurisdiction = (
    select(func.min(department_region.c.region_id))
    .where(department_region.c.department_id == person.c.department_id)
    .correlate(person)
    .scalar_subquery()
)
_region = func.coalesce(_employer.c.region_id, _jurisdiction, literal(""))
PEOPLE: Final = select(person, _region.label("home")).select_from(
    person.outerjoin(_employer, _employer.c.id == person.c.enterprise_id)
)
"""Rows for `person_row`; `home` is the region of the employer."""

_RANKS: Final = {role: str(rank) for rank, role in enumerate(Role)}
_by_region: Final = By[PersonRow](_region, False, str, lambda row: row.region_id or "")
_by_employer: Final = (
    By[PersonRow](
        case((person.c.enterprise_id.is_(None), 0), else_=1),
        False,
        int,
        lambda row: "0" if row.enterprise_id is None else "1",
    ),
    By[PersonRow](
        func.coalesce(person.c.enterprise_id, person.c.department_id),
        False,
        uuid,
        lambda row: str(row.enterprise_id or row.department_id),
    ),
)
_by_role: Final = By[PersonRow](
    case(*((person.c.role == role, rank) for rank, role in enumerate(Role))),
    False,
    int,
    lambda row: _RANKS[row.role],
)
_by_id: Final = By[PersonRow](person.c.id, False, uuid, lambda row: str(row.id))


def _sortings(name: ColumnElement[str]) -> dict[PersonOrder, Sorting[PersonRow]]:
    by_name = By[PersonRow](name, False, str, lambda row: row.name)
    return {
        PersonOrder.REGION: Sorting.by(_by_region, *_by_employer, _by_role, by_name, _by_id),
        PersonOrder.ROLE: Sorting.by(_by_role, by_name, _by_id),
        PersonOrder.NAME: Sorting.by(by_name, _by_id),
    }


_ON_POSTGRESQL: Final = _sortings(person.c.name.collate("C"))
_ON_SQLITE: Final = _sortings(person.c.name)


def sorting_of_people(order: PersonOrder, *, on_postgresql: bool) -> Sorting[PersonRow]:
    """The order, with names by code point: SQLite does so anyway, PostgreSQL by the collation C."""
    return (_ON_POSTGRESQL if on_postgresql else _ON_SQLITE)[order]


def person_matching(where: PersonFilter, scope: Scope) -> ColumnElement[bool]:
    return and_(
        person_in(scope, person.c.department_id, person.c.enterprise_id),
        contains(where.text, person.c.name),
        person.c.role.in_(where.roles) if where.roles else true(),
        true() if where.department_id is None else person.c.department_id == where.department_id,
        true() if where.enterprise_id is None else person.c.enterprise_id == where.enterprise_id,
        true() if where.region_id is None else _employed_below(where.region_id),
        true() if where.active is None else person.c.active.is_(where.active),
    )


def _employed_below(region_id: RegionId) -> ColumnElement[bool]:
    departments = select(department_region.c.department_id).where(
        below(department_region.c.region_id, [region_id])
    )
    enterprises = select(enterprise.c.id).where(below(enterprise.c.region_id, [region_id]))
    return or_(person.c.department_id.in_(departments), person.c.enterprise_id.in_(enterprises))


def person_row(row: Row[Any]) -> PersonRow:
    """Make a PersonRow from a row of `person`; the region is set for rows of PEOPLE."""
    return PersonRow(
        row.id,
        row.name,
        row.phone,
        row.role,
        row.department_id,
        row.enterprise_id,
        row.active,
        region_id=getattr(row, "home", None) or None,
    )
