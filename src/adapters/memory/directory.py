"""Keeps regions, departments, settings, their locks and their history in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from ...application.access import Scope
from ...domain.directory.organisation import Department, Level, Region
from ...domain.policy import Setting, SettingKey
from ...domain.refusals import InvalidValue, NotFound
from ...domain.supervision import SettingChange, SettingLock
from ...domain.values import DepartmentId, PersonId, RegionId
from .sight import Sight, lineage
from .tables import kept
from .unit import Unit


class MemoryRegions:
    """The tree of regions."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def save(self, region: Region) -> None:
        state = self._unit.to_write()
        if region.parent_id is not None:
            above = lineage(state, region.parent_id)
            if not above and region.parent_id != region.id:
                raise NotFound("上级区域", field="parentId")
            if region.id == region.parent_id or region.id in above:
                raise InvalidValue("区域不能成为自己或其下级的下级。", field="parentId")
        state.regions.put(region.id, region)

    def find(self, id: RegionId) -> Region | None:
        return self._unit.reading().regions.get(id)

    def lineage(self, id: RegionId) -> tuple[RegionId, ...]:
        return lineage(self._unit.reading(), id)

    def of_codes(self, codes: Sequence[str]) -> Mapping[str, RegionId]:
        regions = self._unit.reading().regions
        found = {
            region.gb_code: region.id
            for region in sorted(
                (r for r in regions.values() if r.local and r.gb_code is not None),
                key=lambda r: r.id,
                reverse=True,
            )
        }
        found |= {id: id for id in regions}
        return {code: found[code] for code in codes if code in found}

    def lineages(self) -> Mapping[RegionId, tuple[RegionId, ...]]:
        state = self._unit.reading()
        return {id: lineage(state, id) for id in state.regions}

    def of_level(self, level: Level) -> frozenset[RegionId]:
        return frozenset(
            region.id for region in self._unit.reading().regions.values() if region.level is level
        )

    def within(self, id: RegionId, scope: Scope) -> bool:
        return Sight(self._unit.reading(), scope).region(id)


class MemoryDepartments:
    """The tree of departments."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def save(self, department: Department) -> None:
        state = self._unit.to_write()
        if department.parent_id is not None and department.parent_id not in state.departments:
            raise NotFound("上级部门", field="parentId")
        if any(region not in state.regions for region in department.jurisdiction):
            raise NotFound("管辖区域", field="jurisdiction")
        state.departments.put(department.id, department)

    def get(self, id: DepartmentId, *, within: Scope) -> Department:
        state = self._unit.reading()
        department = state.departments.get(id)
        if department is None or not Sight(state, within).department(department):
            raise NotFound("部门")
        return department

    def by_name(self, name: str) -> Department | None:
        found = (d for d in self._unit.reading().departments.values() if d.name == name)
        return min(found, key=lambda d: d.id, default=None)

    def answering_for(self, region_id: RegionId) -> Department | None:
        state = self._unit.reading()
        for region in lineage(state, region_id):
            found = [d for d in state.departments.values() if region in d.jurisdiction]
            for level in (Level.COUNTY, Level.CITY, Level.PROVINCE):
                if these := [d for d in found if d.level is level]:
                    return min(these, key=lambda d: d.id)
        return None

    def answering_for_each(self, region_ids: Sequence[RegionId]) -> Mapping[RegionId, Department]:
        found = ((id, self.answering_for(id)) for id in region_ids)
        return {id: department for id, department in found if department is not None}

    def above(self, id: DepartmentId) -> frozenset[DepartmentId]:
        departments = self._unit.reading().departments
        path: set[DepartmentId] = {id}
        step = departments.get(id)
        while step is not None and step.parent_id is not None and step.parent_id not in path:
            path.add(step.parent_id)
            step = departments.get(step.parent_id)
        return frozenset(path - {id})

    def directly_below(self, id: DepartmentId) -> Sequence[Department]:
        found = (d for d in self._unit.reading().departments.values() if d.parent_id == id)
        return sorted(found, key=lambda d: d.id)


class MemorySettings:
    """Settings per region, key, day and authority; locks per region and key; the history of both."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def save(self, setting: Setting, *, at: datetime, by: PersonId | None) -> None:
        state = self._unit.to_write()
        if setting.region_id not in state.regions:
            raise NotFound("区域", field="regionId")
        for place, other in list(state.settings.items()):
            if other.id == setting.id:
                state.settings.remove(place)
        place = (setting.region_id, setting.key, setting.effective_from, setting.authority)
        state.settings.put(place, setting)

    def all(self) -> Sequence[Setting]:
        return list(self._unit.reading().settings.values())

    def on_path(self, region: RegionId) -> Sequence[Setting]:
        state = self._unit.reading()
        path = set(lineage(state, region))
        return [setting for setting in state.settings.values() if setting.region_id in path]

    def locks(self) -> Sequence[SettingLock]:
        return list(self._unit.reading().setting_locks.values())

    def lock(self, lock: SettingLock) -> None:
        state = self._unit.to_write()
        if lock.region_id not in state.regions:
            raise NotFound("区域", field="regionId")
        state.setting_locks.put((lock.region_id, lock.key), kept(lock))

    def unlock(self, region_id: RegionId, key: SettingKey) -> None:
        state = self._unit.to_write()
        if (region_id, key) in state.setting_locks:
            state.setting_locks.remove((region_id, key))

    def keep_change(self, change: SettingChange) -> None:
        state = self._unit.to_write()
        if change.region_id not in state.regions:
            raise NotFound("区域", field="regionId")
        state.setting_changes.put(change.id, kept(change))
