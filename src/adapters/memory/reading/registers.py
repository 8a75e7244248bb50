"""Lists of people, enterprises, shutdown periods and setting changes in memory: which rows match, in which order."""

from __future__ import annotations

from datetime import date
from typing import Final
from uuid import UUID

from ....application.access import Scope
from ....application.ports.directory import (
    EnterpriseFilter,
    EnterpriseOrder,
    EnterpriseRow,
    PersonFilter,
    PersonOrder,
    PersonRow,
    SettingChangeOrder,
    ShutdownPeriodFilter,
    ShutdownPeriodOrder,
)
from ....domain.directory.enterprise import EnterpriseKind
from ....domain.directory.organisation import Person, Role
from ....domain.directory.shutdown import ShutdownPeriod
from ....domain.supervision import SettingChange
from ....domain.values import RegionId
from ..paging import By, Sorting, instant, instant_key
from ..sight import Sight, applies_to, subtree
from ..tables import KeptEnterprise, State

# ------------------------------------------------------------ people

_RANKS: Final = {role: str(rank) for rank, role in enumerate(Role)}
_person_id: Final = By[PersonRow](lambda row: str(row.id), False, UUID)
_name: Final = By[PersonRow](lambda row: row.name, False, str)
_role: Final = By[PersonRow](lambda row: _RANKS[row.role], False, int)
PEOPLE: Final = {
    PersonOrder.REGION: Sorting(
        (
            By[PersonRow](lambda row: row.region_id or "", False, str),
            By[PersonRow](lambda row: str(int(row.enterprise_id is not None)), False, int),
            By[PersonRow](lambda row: str(row.enterprise_id or row.department_id), False, UUID),
            _role,
            _name,
            _person_id,
        )
    ),
    PersonOrder.ROLE: Sorting((_role, _name, _person_id)),
    PersonOrder.NAME: Sorting((_name, _person_id)),
}


def people_among(state: State, where: PersonFilter, scope: Scope) -> list[PersonRow]:
    sight = Sight(state, scope)
    below = None if where.region_id is None else subtree(state, [where.region_id])
    text = (where.text or "").strip().lower()
    return [
        person_row(p, min(homes, default=None))
        for p, homes in ((p, _homes(state, p)) for p in state.people.values())
        if sight.person(p)
        and text in p.name.lower()
        and (not where.roles or p.role in where.roles)
        and where.department_id in (None, p.department_id)
        and where.enterprise_id in (None, p.enterprise_id)
        and (below is None or not homes.isdisjoint(below))
        and where.active in (None, p.active)
    ]


def _homes(state: State, p: Person) -> frozenset[RegionId]:
    """The region of the enterprise, or the jurisdiction of the department."""
    if p.enterprise_id is not None:
        return frozenset({state.enterprises[p.enterprise_id].enterprise.region_id})
    assert p.department_id is not None  # Everybody has one employer.
    return state.departments[p.department_id].jurisdiction


def person_row(p: Person, region_id: RegionId | None = None) -> PersonRow:
    return PersonRow(
        p.id, p.name, p.phone.text, p.role, p.department_id, p.enterprise_id, p.active, region_id
    )


# ------------------------------------------------------------ enterprises

_credit_code: Final = By[EnterpriseRow](lambda row: row.credit_code, False, str)
ENTERPRISES: Final = {
    EnterpriseOrder.REGION: Sorting((By[EnterpriseRow](lambda row: row.region_id, False, str), _credit_code)),
    EnterpriseOrder.CREDIT_CODE: Sorting((_credit_code,)),
    EnterpriseOrder.UPDATED: Sorting(
        (
            By[EnterpriseRow](lambda row: instant_key(row.updated_at), True, instant),
            By[EnterpriseRow](lambda row: str(row.id), True, UUID),
        )
    ),
}


def enterprises_among(state: State, where: EnterpriseFilter, scope: Scope) -> list[KeptEnterprise]:
    sight = Sight(state, scope)
    below = None if where.region_id is None else subtree(state, [where.region_id])
    text = (where.text or "").strip().lower()
    return [
        row
        for row in state.enterprises.values()
        if sight.enterprise(row.enterprise)
        and (below is None or row.enterprise.region_id in below)
        and (not where.kinds or row.enterprise.kind in where.kinds)
        and (where.active is None or row.enterprise.active is where.active)
        and (text in row.enterprise.name.lower() or text in row.enterprise.credit_code.text.lower())
    ]


# ------------------------------------------------------------ shutdown periods, changes of settings

_period_id: Final = By[ShutdownPeriod](lambda row: str(row.id), False, UUID)
_oldest: Final = Sorting(
    (By[ShutdownPeriod](lambda row: row.first_day.isoformat(), False, date.fromisoformat), _period_id)
)
SHUTDOWNS: Final = {
    ShutdownPeriodOrder.NEWEST: _oldest.backwards(),
    ShutdownPeriodOrder.OLDEST: _oldest,
    ShutdownPeriodOrder.ENDING: Sorting(
        (By[ShutdownPeriod](lambda row: row.last_day.isoformat(), False, date.fromisoformat), _period_id)
    ),
}
_newest_change: Final = Sorting(
    (
        By[SettingChange](lambda row: instant_key(row.signed.at), True, instant),
        By[SettingChange](lambda row: str(row.id), True, UUID),
    )
)
CHANGES: Final = {
    SettingChangeOrder.NEWEST: _newest_change,
    SettingChangeOrder.OLDEST: _newest_change.backwards(),
}


def shutdowns_among(state: State, where: ShutdownPeriodFilter, scope: Scope) -> list[ShutdownPeriod]:
    sight = Sight(state, scope)
    there = None if where.region_id is None else subtree(state, [where.region_id])
    of = None if where.enterprise_id is None else state.enterprises.get(where.enterprise_id)
    day = where.covering
    return [
        period
        for period in state.shutdown_periods.values()
        if sight.shutdown(period)
        and (where.enterprise_id is None or (of is not None and applies_to(state, period, of.enterprise)))
        and (there is None or _place(state, period) in there)
        and (day is None or period.first_day <= day <= period.last_day)
        and where.source in (None, period.source)
        and where.reason in (None, period.reason)
        and (where.kind is None or _kind(state, period) in (None, where.kind))
        and where.cancelled in (None, period.cancelled)
    ]


def _place(state: State, period: ShutdownPeriod) -> RegionId | None:
    """The region of the period or of its enterprise."""
    if period.enterprise_id is None:
        return period.region_id
    return state.enterprises[period.enterprise_id].enterprise.region_id


def _kind(state: State, period: ShutdownPeriod) -> EnterpriseKind | None:
    """The kind of enterprise that the period binds; None for every kind."""
    if period.enterprise_id is None:
        return period.kind
    return state.enterprises[period.enterprise_id].enterprise.kind
