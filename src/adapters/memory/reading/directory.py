"""Reads regions, departments, people, enterprises and what belongs to them from memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from ....application.access import Scope
from ....application.ports.directory import (
    CertificateFilter,
    CertificateOrder,
    CertificateRow,
    DepartmentFilter,
    DepartmentOrder,
    DepartmentRow,
    EnterpriseFilter,
    EnterpriseOrder,
    EnterpriseRow,
    PersonFilter,
    PersonOrder,
    PersonRow,
    RegionRow,
    SettingChangeOrder,
    ShutdownPeriodFilter,
    ShutdownPeriodOrder,
)
from ....application.ports.paging import Page, Slice
from ....domain.directory.certificate import Certificate
from ....domain.directory.enterprise import Warehouse, Workshop
from ....domain.directory.organisation import Person, Region, Role
from ....domain.directory.shutdown import ShutdownPeriod
from ....domain.policy import Setting, SettingKey
from ....domain.supervision import SettingChange, SettingLock
from ....domain.values import (
    CertificateId,
    DepartmentId,
    EnterpriseId,
    PersonId,
    RegionId,
    ShutdownPeriodId,
)
from ..sight import Sight, lineage, subtree
from ..tables import KeptEnterprise, State
from .directory_lists import (
    CERTIFICATES,
    DEPARTMENTS,
    certificates_among,
    department_row,
    departments_among,
)
from .registers import (
    CHANGES,
    ENTERPRISES,
    PEOPLE,
    SHUTDOWNS,
    enterprises_among,
    people_among,
    person_row,
    shutdowns_among,
)


class MemoryDirectoryReader:
    """Reads the committed rows of the directory."""

    def __init__(self, state: Callable[[], State]) -> None:
        self._state = state

    def regions(self) -> Sequence[RegionRow]:
        return [region_row(r) for r in sorted(self._state().regions.values(), key=lambda r: r.id)]

    def regions_by_id(self, ids: Sequence[RegionId]) -> Mapping[RegionId, RegionRow]:
        regions = self._state().regions
        return {id: region_row(regions[id]) for id in ids if id in regions}

    # ------------------------------------------------------------ departments and people

    def departments(self, ids: Sequence[DepartmentId], scope: Scope) -> Mapping[DepartmentId, DepartmentRow]:
        state = self._state()
        sight = Sight(state, scope)
        found = (state.departments.get(id) for id in ids)
        return {d.id: department_row(d) for d in found if d is not None and sight.department(d)}

    def department_page(
        self,
        where: DepartmentFilter,
        scope: Scope,
        page: Page,
        order: DepartmentOrder = DepartmentOrder.LEVEL,
    ) -> Slice[DepartmentRow]:
        return DEPARTMENTS[order].slice_of(departments_among(self._state(), where, scope), page)

    def department_count(self, where: DepartmentFilter, scope: Scope) -> int:
        return len(departments_among(self._state(), where, scope))

    def departments_below(self, id: DepartmentId, scope: Scope) -> Sequence[DepartmentRow]:
        state = self._state()
        below: set[DepartmentId] = {id}
        while more := {d.id for d in state.departments.values() if d.parent_id in below} - below:
            below |= more
        rows = [row for row in departments_among(state, DepartmentFilter(), scope) if row.id in below - {id}]
        return DEPARTMENTS[DepartmentOrder.REGION].slice_of(rows, Page(len(rows))).rows

    def people(self, ids: Sequence[PersonId], scope: Scope) -> Mapping[PersonId, PersonRow]:
        state = self._state()
        sight = Sight(state, scope)
        found = (state.people.get(id) for id in ids)
        return {p.id: person_row(p) for p in found if p is not None and sight.person(p)}

    def person_page(
        self, where: PersonFilter, scope: Scope, page: Page, order: PersonOrder = PersonOrder.REGION
    ) -> Slice[PersonRow]:
        return PEOPLE[order].slice_of(people_among(self._state(), where, scope), page)

    def person_count(self, where: PersonFilter, scope: Scope) -> int:
        return len(people_among(self._state(), where, scope))

    def people_of_departments(
        self, ids: Sequence[DepartmentId], scope: Scope
    ) -> Mapping[DepartmentId, Sequence[PersonRow]]:
        state = self._state()
        seen = self.departments(ids, scope)
        grouped: dict[DepartmentId, list[PersonRow]] = {}
        for person in _by_role(state.people.values()):
            if person.department_id in seen and person.department_id is not None:
                grouped.setdefault(person.department_id, []).append(person_row(person))
        return grouped

    def people_of_enterprises(
        self, ids: Sequence[EnterpriseId], scope: Scope
    ) -> Mapping[EnterpriseId, Sequence[PersonRow]]:
        state = self._state()
        seen = self.enterprises(ids, scope)
        grouped: dict[EnterpriseId, list[PersonRow]] = {}
        for person in _by_role(state.people.values()):
            if person.enterprise_id in seen and person.enterprise_id is not None:
                grouped.setdefault(person.enterprise_id, []).append(person_row(person))
        return grouped

    # ------------------------------------------------------------ enterprises

    def enterprises(self, ids: Sequence[EnterpriseId], scope: Scope) -> Mapping[EnterpriseId, EnterpriseRow]:
        state = self._state()
        sight = Sight(state, scope)
        found = (state.enterprises.get(id) for id in ids)
        return {
            row.enterprise.id: _enterprise(state, row)
            for row in found
            if row is not None and sight.enterprise(row.enterprise)
        }

    def enterprise_page(
        self,
        where: EnterpriseFilter,
        scope: Scope,
        page: Page,
        order: EnterpriseOrder = EnterpriseOrder.REGION,
    ) -> Slice[EnterpriseRow]:
        state = self._state()
        rows = [_enterprise(state, row) for row in enterprises_among(state, where, scope)]
        return ENTERPRISES[order].slice_of(rows, page)

    def enterprise_count(self, where: EnterpriseFilter, scope: Scope) -> int:
        return len(enterprises_among(self._state(), where, scope))

    def workshops(self, ids: Sequence[EnterpriseId]) -> Mapping[EnterpriseId, Sequence[Workshop]]:
        kept = self._state().enterprises
        return {
            id: sorted(kept[id].enterprise.workshops, key=lambda w: w.number)
            for id in ids
            if id in kept and kept[id].enterprise.workshops
        }

    def warehouses(self, ids: Sequence[EnterpriseId]) -> Mapping[EnterpriseId, Sequence[Warehouse]]:
        kept = self._state().enterprises
        return {
            id: sorted(kept[id].enterprise.warehouses, key=lambda w: w.number)
            for id in ids
            if id in kept and kept[id].enterprise.warehouses
        }

    # ------------------------------------------------------------ certificates, shutdown periods, settings

    def certificates_of(self, ids: Sequence[EnterpriseId]) -> Mapping[EnterpriseId, Sequence[CertificateRow]]:
        wanted = set(ids)
        grouped: dict[EnterpriseId, list[CertificateRow]] = {}
        state = self._state()
        newest_first = sorted(state.certificates.values(), key=lambda c: (-c.expires_on.toordinal(), c.id))
        for certificate in newest_first:
            if certificate.enterprise_id in wanted:
                grouped.setdefault(certificate.enterprise_id, []).append(_certificate(state, certificate))
        return grouped

    def certificates(
        self, ids: Sequence[CertificateId], scope: Scope
    ) -> Mapping[CertificateId, CertificateRow]:
        state = self._state()
        sight = Sight(state, scope)
        found = (state.certificates.get(id) for id in ids)
        return {
            c.id: _certificate(state, c)
            for c in found
            if c is not None and sight.enterprise_id(c.enterprise_id)
        }

    def certificate_page(
        self,
        where: CertificateFilter,
        scope: Scope,
        page: Page,
        order: CertificateOrder = CertificateOrder.EXPIRY,
    ) -> Slice[CertificateRow]:
        return CERTIFICATES[order].slice_of(self._certificates_among(where, scope), page)

    def certificate_count(self, where: CertificateFilter, scope: Scope) -> int:
        return len(self._certificates_among(where, scope))

    def _certificates_among(self, where: CertificateFilter, scope: Scope) -> list[CertificateRow]:
        state = self._state()
        found = certificates_among(state, where, scope)
        return [_certificate(state, certificate) for certificate in found]

    def shutdown_page(
        self,
        where: ShutdownPeriodFilter,
        scope: Scope,
        page: Page,
        order: ShutdownPeriodOrder = ShutdownPeriodOrder.NEWEST,
    ) -> Slice[ShutdownPeriod]:
        return SHUTDOWNS[order].slice_of(shutdowns_among(self._state(), where, scope), page)

    def shutdown_count(self, where: ShutdownPeriodFilter, scope: Scope) -> int:
        return len(list(shutdowns_among(self._state(), where, scope)))

    def shutdown_periods(
        self, ids: Sequence[ShutdownPeriodId], scope: Scope
    ) -> Mapping[ShutdownPeriodId, ShutdownPeriod]:
        state = self._state()
        sight = Sight(state, scope)
        found = (state.shutdown_periods.get(id) for id in ids)
        return {period.id: period for period in found if period is not None and sight.shutdown(period)}

    def settings(self, region_id: RegionId) -> Sequence[Setting]:
        state = self._state()
        path = set(lineage(state, region_id))
        found = [setting for setting in state.settings.values() if setting.region_id in path]
        return sorted(found, key=lambda s: (s.effective_from, s.id), reverse=True)

    def setting_locks(self, region_id: RegionId) -> Sequence[SettingLock]:
        state = self._state()
        path = set(lineage(state, region_id))
        found = [lock for lock in state.setting_locks.values() if lock.region_id in path]
        return sorted(found, key=lambda lock: (lock.region_id, lock.key.value))

    def setting_changes(
        self,
        region_id: RegionId,
        key: SettingKey | None,
        scope: Scope,
        page: Page,
        order: SettingChangeOrder = SettingChangeOrder.NEWEST,
    ) -> Slice[SettingChange]:
        state = self._state()
        sight, path = Sight(state, scope), set(lineage(state, region_id))
        below = subtree(state, [region_id])
        rows = [
            change
            for change in state.setting_changes.values()
            if (key is None or change.key is key)
            and (change.region_id in path or (change.region_id in below and sight.region(change.region_id)))
        ]
        return CHANGES[order].slice_of(rows, page)


def _by_role(people: Iterable[Person]) -> list[Person]:
    roles = list(Role)
    return sorted(people, key=lambda p: (not p.active, roles.index(p.role), p.name, p.id))


def _certificate(state: State, c: Certificate) -> CertificateRow:
    return CertificateRow(
        c.id,
        c.kind,
        c.number,
        c.enterprise_id,
        state.enterprises[c.enterprise_id].enterprise.region_id,
        c.person_id,
        c.issued_on,
        c.expires_on,
        c.review_due_on,
        c.trade,
    )


def region_row(region: Region) -> RegionRow:
    return RegionRow(region.id, region.name, region.level, region.parent_id, region.local, region.gb_code)


def _enterprise(state: State, row: KeptEnterprise) -> EnterpriseRow:
    e = row.enterprise
    return EnterpriseRow(
        id=e.id,
        credit_code=e.credit_code.text,
        name=e.name,
        kind=e.kind,
        region_id=e.region_id,
        region_name=state.regions[e.region_id].name,
        address=e.address,
        active=e.active,
        workshops_total=len(e.workshops),
        powder_workshops_total=e.powder_workshops,
        warehouses_total=len(e.warehouses),
        approved_persons=e.approved_persons,
        approved_powder_kg=e.approved_powder_kg,
        approved_boxes=e.approved_boxes,
        approved_stock_kg=e.approved_stock_kg,
        updated_at=row.updated_at,
    )
