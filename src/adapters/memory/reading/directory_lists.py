"""Lists of departments and certificates in memory: which rows match a filter, and in which order."""

from __future__ import annotations

from datetime import date
from typing import Final
from uuid import UUID

from ....application.access import Scope
from ....application.ports.directory import (
    CertificateFilter,
    CertificateOrder,
    CertificateRow,
    DepartmentFilter,
    DepartmentOrder,
    DepartmentRow,
)
from ....domain.directory.certificate import Certificate
from ....domain.directory.organisation import Department, Level
from ....domain.values import RegionId
from ..paging import By, Sorting
from ..sight import Sight, subtree
from ..tables import State

RANKS: Final = {level: str(rank) for rank, level in enumerate(Level)}
_by_rank: Final = By[DepartmentRow](lambda row: RANKS[row.level], False, int)
_by_region: Final = By[DepartmentRow](lambda row: min(row.jurisdiction, default=RegionId("")), False, str)
_by_id: Final = By[DepartmentRow](lambda row: str(row.id), False, UUID)
DEPARTMENTS: Final = {
    DepartmentOrder.LEVEL: Sorting((_by_rank, _by_region, _by_id)),
    DepartmentOrder.REGION: Sorting((_by_region, _by_rank, _by_id)),
}
_expiry: Final = By[CertificateRow](lambda row: row.expires_on.isoformat(), False, date.fromisoformat)
_number: Final = By[CertificateRow](lambda row: str(row.id), False, UUID)
CERTIFICATES: Final = {
    CertificateOrder.EXPIRY: Sorting((_expiry, _number)),
    CertificateOrder.LATEST_EXPIRY: Sorting((_expiry, _number)).backwards(),
    CertificateOrder.REGION: Sorting(
        (By[CertificateRow](lambda row: row.region_id, False, str), _expiry, _number)
    ),
}


def departments_among(state: State, where: DepartmentFilter, scope: Scope) -> list[DepartmentRow]:
    sight = Sight(state, scope)
    below = None if where.region_id is None else subtree(state, [where.region_id])
    text = (where.text or "").strip().lower()
    return [
        department_row(d)
        for d in state.departments.values()
        if sight.department(d)
        and text in d.name.lower()
        and (not where.levels or d.level in where.levels)
        and where.parent_id in (None, d.parent_id)
        and (below is None or not d.jurisdiction.isdisjoint(below))
    ]


def department_row(d: Department) -> DepartmentRow:
    return DepartmentRow(d.id, d.name, d.level, d.parent_id, tuple(sorted(d.jurisdiction)))


def _due_for_review(one: Certificate, where: CertificateFilter) -> bool:
    if where.first_review is None and where.last_review is None:
        return True
    due = one.review_due_on
    return due is not None and (where.first_review or due) <= due <= (where.last_review or due)


def certificates_among(state: State, where: CertificateFilter, scope: Scope) -> list[Certificate]:
    sight = Sight(state, scope)
    below = None if where.region_id is None else subtree(state, [where.region_id])
    text = (where.text or "").strip().lower()
    of_holder: dict[object, list[Certificate]] = {}
    for one in state.certificates.values():
        of_holder.setdefault(one.holder, []).append(one)
    found = []
    for one in state.certificates.values():
        enterprise = state.enterprises[one.enterprise_id].enterprise
        if (
            sight.enterprise(enterprise)
            and enterprise.active
            and (below is None or enterprise.region_id in below)
            and where.enterprise_id in (None, enterprise.id)
            and where.person_id in (None, one.person_id)
            and (not where.kinds or one.kind in where.kinds)
            and (not where.trades or one.trade in where.trades)
            and (where.first_expiry is None or one.expires_on >= where.first_expiry)
            and (where.last_expiry is None or one.expires_on <= where.last_expiry)
            and _due_for_review(one, where)
            and (where.renewed or not any(one.renewed_by(other) for other in of_holder[one.holder]))
            and (text in one.number.lower() or text in enterprise.name.lower())
        ):
            found.append(one)
    return found
