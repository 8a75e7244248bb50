"""Keeps inspections and the frozen weeks in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from ...application.access import Scope
from ...domain.inspection.form import PatrolTarget, Target, same_target
from ...domain.inspection.inspection import Inspection, InspectionState
from ...domain.inspection.week import Week, WeeklyRow
from ...domain.refusals import Conflict, NotFound
from ...domain.signed import Origin
from ...domain.values import DepartmentId, InspectionId, PersonId
from .sight import Sight
from .tables import KeptInspection, State, kept, utc
from .unit import Unit


class MemoryInspections:
    """Hands out copies: a change counts only after `save`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def save(self, inspection: Inspection) -> None:
        state = self._unit.to_write()
        before = state.inspections.get(inspection.id)
        if inspection.version != (0 if before is None else before.inspection.version):
            raise Conflict("该记录已被他人修改，请刷新后重试。")
        if before is None:
            _check_references(state, inspection)
            replaced = inspection.origin is Origin.AUTO and _written_by_hand(state, inspection)
        else:
            replaced = before.replaced
        inspection.version += 1
        state.inspections.put(inspection.id, KeptInspection(kept(inspection), replaced))
        self._unit.collect(inspection.events)

    def find(self, id: InspectionId) -> Inspection | None:
        found = self._unit.reading().inspections.get(id)
        return None if found is None else replace(found.inspection, events=[])

    def get(self, id: InspectionId, *, person_id: PersonId | None, within: Scope) -> Inspection:
        state = self._unit.reading()
        found = state.inspections.get(id)
        if found is None or not Sight(state, within).inspection(found.inspection, person_id):
            raise NotFound("检查记录")
        return replace(found.inspection, events=[])

    def replace_automatic(self, department_id: DepartmentId, target: Target, day: date) -> None:
        state = self._unit.to_write()
        for id, automatic in _in_place_of(state, department_id, target, day, Origin.AUTO):
            state.inspections.put(id, replace(automatic, replaced=True))


def _check_references(state: State, inspection: Inspection) -> None:
    """Check what the foreign keys of the database check; raises NotFound."""
    inspector, target = inspection.inspector, inspection.target
    if isinstance(target, PatrolTarget):
        known = target.department.id in state.departments
    else:
        known = target.enterprise_id in state.enterprises
    known &= inspector.department.id in state.departments
    known &= inspector.person_id is None or inspector.person_id in state.people
    known &= {inspector.department.region_id, target.region_id, target.city_id} <= state.regions.keys()
    if not known:
        raise NotFound("关联的数据")


def _written_by_hand(state: State, automatic: Inspection) -> bool:
    """A manual record already exists for the same department, target and day."""
    department_id, day = automatic.inspector.department.id, automatic.business_date
    return bool(_in_place_of(state, department_id, automatic.target, day, Origin.MANUAL))


def _in_place_of(
    state: State, department_id: DepartmentId, target: Target, day: date, origin: Origin
) -> list[tuple[InspectionId, KeptInspection]]:
    """The department's submitted records of this origin with the same target and day."""
    return [
        (id, row)
        for id, row in state.inspections.items()
        for record in [row.inspection]
        if record.inspector.department.id == department_id
        and (record.business_date, record.origin) == (day, origin)
        and record.state is InspectionState.SUBMITTED
        and same_target(record.target, target)
    ]


class MemoryWeeklyRows:
    """The frozen rows of the weekly push."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def freeze(self, week: Week, rows: Sequence[WeeklyRow], *, at: datetime) -> bool:
        state = self._unit.to_write()
        if week.until in state.weeks:
            return False
        if any(row.region_id not in state.regions for row in rows):
            raise NotFound("区域")
        if rows:
            ordered = sorted(rows, key=lambda row: (row.kind.value, row.region_id))
            state.weeks.put(week.until, (week, tuple(ordered), utc(at)))
        return True

    def of(self, week: Week) -> Sequence[WeeklyRow]:
        frozen = self._unit.reading().weeks.get(week.until)
        return () if frozen is None else frozen[1]

    def last(self) -> Week | None:
        weeks = self._unit.reading().weeks
        return weeks[max(weeks)][0] if weeks else None

    def closed_on(self, day: date) -> tuple[Week, datetime] | None:
        weeks = [(week, frozen_at) for week, _, frozen_at in self._unit.reading().weeks.values()]
        return max((found for found in weeks if found[0].closes_on == day), default=None)
