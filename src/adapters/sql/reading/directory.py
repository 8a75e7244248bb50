"""Read regions, departments, people, settings and their history; the base class `EnterpriseReading` reads enterprises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, and_, bindparam, case, func, literal, or_, select, true

from ....application.access import Scope
from ....application.ports.directory import (
    DepartmentFilter,
    DepartmentOrder,
    DepartmentRow,
    PersonFilter,
    PersonOrder,
    PersonRow,
    RegionRow,
    SettingChangeOrder,
)
from ....application.ports.paging import Page, Slice
from ....domain.directory.organisation import Level, Role
from ....domain.policy import Setting, SettingKey
from ....domain.supervision import SettingChange, SettingLock
from ....domain.values import DepartmentId, EnterpriseId, PersonId, RegionId
from ..batches import in_batches
from ..scope import below, department_in, departments_in, enterprise_id_in, person_in, regions_in
from ..settings import change_of, lock_of, setting_of
from ..tables.directory import (
    department,
    department_region,
    person,
    region,
    region_closure,
    setting,
    setting_change,
    setting_lock,
)
from .enterprises import EnterpriseReading
from .paging import contains, instant, instant_key, slice_of, uuid
from .people import PEOPLE, person_matching, person_row, sorting_of_people
from .sorting import By, Sorting, backwards

_regions = select(region)
_REGIONS: Final = _regions.order_by(region.c.id)
_jurisdiction = (
    select(func.aggregate_strings(department_region.c.region_id, ","))
    .where(department_region.c.department_id == department.c.id)
    .correlate(department)
    .scalar_subquery()
)
_smallest = func.coalesce(
    select(func.min(department_region.c.region_id))
    .where(department_region.c.department_id == department.c.id)
    .correlate(department)
    .scalar_subquery(),
    literal(""),
)
_rank = case(*((department.c.level == level, rank) for rank, level in enumerate(Level)))
RANKS: Final = {level: str(rank) for rank, level in enumerate(Level)}
_departments: Final = select(department, _jurisdiction.label("jurisdiction"))
_by_rank: Final = By[DepartmentRow](_rank, False, int, lambda row: RANKS[row.level])
_by_region: Final = By[DepartmentRow](
    _smallest, False, str, lambda row: min(row.jurisdiction, default=RegionId(""))
)
_by_id: Final = By[DepartmentRow](department.c.id, False, uuid, lambda row: str(row.id))
_SORTINGS: Final = {
    DepartmentOrder.LEVEL: Sorting.by(_by_rank, _by_region, _by_id),
    DepartmentOrder.REGION: Sorting.by(_by_region, _by_rank, _by_id),
}
_newest_change: Final = Sorting[SettingChange].by(
    By(setting_change.c.changed_at, True, instant, lambda row: instant_key(row.signed.at)),
    By(setting_change.c.id, True, uuid, lambda row: str(row.id)),
)
_CHANGES: Final = {
    SettingChangeOrder.NEWEST: _newest_change,
    SettingChangeOrder.OLDEST: backwards(_newest_change),
}
_ROLES: Final = list(Role)
_ancestors = select(region_closure.c.ancestor).where(region_closure.c.descendant == bindparam("region"))
_SETTINGS: Final = (
    select(setting)
    .where(setting.c.region_id.in_(_ancestors))
    .order_by(setting.c.effective_from.desc(), setting.c.id.desc())
)
_LOCKS: Final = (
    select(setting_lock)
    .where(setting_lock.c.region_id.in_(_ancestors))
    .order_by(setting_lock.c.region_id, setting_lock.c.key)
)


class SqlDirectoryReader(EnterpriseReading):
    """Reads the whole directory."""

    def regions(self) -> Sequence[RegionRow]:
        return [_region(row) for row in self.rows(_REGIONS)]

    def regions_by_id(self, ids: Sequence[RegionId]) -> Mapping[RegionId, RegionRow]:
        found: dict[RegionId, RegionRow] = {}
        for batch in in_batches(ids):
            rows = self.rows(_regions.where(region.c.id.in_(batch)))
            found |= {row.id: _region(row) for row in rows}
        return found

    def departments(self, ids: Sequence[DepartmentId], scope: Scope) -> Mapping[DepartmentId, DepartmentRow]:
        found: dict[DepartmentId, DepartmentRow] = {}
        for batch in in_batches(ids):
            statement = _departments.where(department.c.id.in_(batch), departments_in(scope))
            found |= {row.id: _department(row) for row in self.rows(statement)}
        return found

    def department_page(
        self,
        where: DepartmentFilter,
        scope: Scope,
        page: Page,
        order: DepartmentOrder = DepartmentOrder.LEVEL,
    ) -> Slice[DepartmentRow]:
        by = _SORTINGS[order]
        statement = (
            _departments.where(_matching(where, scope), by.rest(by.after(page)))
            .order_by(*by.order)
            .limit(page.first + 1)
        )
        return slice_of(self.rows(statement), page, _department, by.key)

    def department_count(self, where: DepartmentFilter, scope: Scope) -> int:
        return self.number(select(func.count()).select_from(department).where(_matching(where, scope)))

    def departments_below(self, id: DepartmentId, scope: Scope) -> Sequence[DepartmentRow]:
        tree = select(department.c.id).where(department.c.parent_id == id).cte("tree", recursive=True)
        # UNION drops what was found before, so that the search ends even if the tree has a cycle.
        tree = tree.union(select(department.c.id).join(tree, department.c.parent_id == tree.c.id))
        statement = _departments.where(
            department.c.id.in_(select(tree.c.id)), department.c.id != id, departments_in(scope)
        )
        return [_department(row) for row in self.rows(statement.order_by(_smallest, _rank, department.c.id))]

    def people(self, ids: Sequence[PersonId], scope: Scope) -> Mapping[PersonId, PersonRow]:
        found: dict[PersonId, PersonRow] = {}
        visible = person_in(scope, person.c.department_id, person.c.enterprise_id)
        for batch in in_batches(ids):
            statement = select(person).where(person.c.id.in_(batch), visible)
            found |= {row.id: person_row(row) for row in self.rows(statement)}
        return found

    def person_page(
        self, where: PersonFilter, scope: Scope, page: Page, order: PersonOrder = PersonOrder.REGION
    ) -> Slice[PersonRow]:
        by = sorting_of_people(order, on_postgresql=self.on_postgresql)
        statement = (
            PEOPLE.where(person_matching(where, scope), by.rest(by.after(page)))
            .order_by(*by.order)
            .limit(page.first + 1)
        )
        return slice_of(self.rows(statement), page, person_row, by.key)

    def person_count(self, where: PersonFilter, scope: Scope) -> int:
        return self.number(select(func.count()).select_from(person).where(person_matching(where, scope)))

    def people_of_departments(
        self, ids: Sequence[DepartmentId], scope: Scope
    ) -> Mapping[DepartmentId, Sequence[PersonRow]]:
        grouped: dict[DepartmentId, list[PersonRow]] = {}
        for batch in in_batches(ids):
            statement = select(person).where(
                person.c.department_id.in_(batch), department_in(scope, person.c.department_id)
            )
            for row in _by_role(self.rows(statement)):
                grouped.setdefault(row.department_id, []).append(person_row(row))
        return grouped

    def people_of_enterprises(
        self, ids: Sequence[EnterpriseId], scope: Scope
    ) -> Mapping[EnterpriseId, Sequence[PersonRow]]:
        grouped: dict[EnterpriseId, list[PersonRow]] = {}
        for batch in in_batches(ids):
            statement = select(person).where(
                person.c.enterprise_id.in_(batch), enterprise_id_in(scope, person.c.enterprise_id)
            )
            for row in _by_role(self.rows(statement)):
                grouped.setdefault(row.enterprise_id, []).append(person_row(row))
        return grouped

    def settings(self, region_id: RegionId) -> Sequence[Setting]:
        return [setting_of(row) for row in self.rows(_SETTINGS, {"region": region_id})]

    def setting_locks(self, region_id: RegionId) -> Sequence[SettingLock]:
        return [lock_of(row) for row in self.rows(_LOCKS, {"region": region_id})]

    def setting_changes(
        self,
        region_id: RegionId,
        key: SettingKey | None,
        scope: Scope,
        page: Page,
        order: SettingChangeOrder = SettingChangeOrder.NEWEST,
    ) -> Slice[SettingChange]:
        by, changed = _CHANGES[order], setting_change.c.region_id
        statement = (
            select(setting_change)
            .where(
                or_(
                    changed.in_(_ancestors),
                    and_(below(changed, [region_id]), regions_in(scope, changed)),
                ),
                true() if key is None else setting_change.c.key == key,
                by.rest(by.after(page)),
            )
            .order_by(*by.order)
            .limit(page.first + 1)
        )
        rows = self.rows(statement, {"region": region_id})
        return slice_of(rows, page, change_of, by.key)


def _by_role(rows: Sequence[Row[Any]]) -> list[Row[Any]]:
    """Sort by role, then by name by code point: each database sorts Chinese names in its own way."""
    return sorted(rows, key=lambda row: (not row.active, _ROLES.index(row.role), row.name, row.id))


def _matching(where: DepartmentFilter, scope: Scope) -> ColumnElement[bool]:
    part = select(department_region.c.department_id)
    if where.region_id is not None:
        part = part.where(below(department_region.c.region_id, [where.region_id]))
    return and_(
        departments_in(scope),
        contains(where.text, department.c.name),
        department.c.level.in_(where.levels) if where.levels else true(),
        true() if where.parent_id is None else department.c.parent_id == where.parent_id,
        true() if where.region_id is None else department.c.id.in_(part),
    )


def _region(row: Row[Any]) -> RegionRow:
    return RegionRow(row.id, row.name, row.level, row.parent_id, row.local, row.gb_code)


def _department(row: Row[Any]) -> DepartmentRow:
    codes = sorted(row.jurisdiction.split(",")) if row.jurisdiction else []
    return DepartmentRow(row.id, row.name, row.level, row.parent_id, tuple(RegionId(code) for code in codes))
