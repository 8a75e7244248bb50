"""Reads inspections from memory: records, drafts, and what still needs an automatic record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Final, TypeVar
from uuid import UUID

from ....application.access import Scope
from ....application.ports.counts import Counted, RecordCounts
from ....application.ports.inspection import (
    DraftOrder,
    InspectionFilter,
    InspectionOrder,
    InspectionRow,
    PatrolFacts,
    SpotCheckFacts,
)
from ....application.ports.paging import Page, Slice
from ....application.ports.problem import ProblemRow
from ....domain.deadlines import business_date
from ....domain.directory.events import EnterpriseViewed
from ....domain.directory.organisation import REGULATOR_ROLES, Level
from ....domain.identity.events import LoggedIn
from ....domain.inspection.form import InspectionForm, InspectionKind, PatrolTarget, Sheet
from ....domain.inspection.inspection import Inspection, InspectionState
from ....domain.inspection.week import Week, WeeklyRow
from ....domain.values import DepartmentId, EnterpriseId, InspectionId, PersonId, RegionId
from ..paging import By, Sorting, instant, instant_key, number_key
from ..sight import Sight, subtree
from ..tables import KeptInspection, State
from .inspection_facts import patrol_facts, spot_check_facts
from .inspection_statistics import in_group, inspection_statistics
from .weekly import problems_of_week, weekly_rows

Kept = TypeVar("Kept", LoggedIn, EnterpriseViewed)


class MemoryInspectionReader:
    """Reads committed inspections."""

    def __init__(self, state: Callable[[], State]) -> None:
        self._state = state

    def page(
        self,
        where: InspectionFilter,
        scope: Scope,
        page: Page,
        order: InspectionOrder = InspectionOrder.NEWEST,
    ) -> Slice[InspectionRow]:
        return SORTINGS[order].slice_of(_matching(self._state(), where, scope), page)

    def count(self, where: InspectionFilter, scope: Scope) -> int:
        return len(_matching(self._state(), where, scope))

    def statistics(
        self, where: InspectionFilter, scope: Scope, heads: Sequence[RegionId], starts: Sequence[date]
    ) -> Counted[RecordCounts]:
        state = self._state()
        return inspection_statistics(state, _matching(state, where, scope), heads, starts)

    def drafts(
        self, person_id: PersonId, page: Page, order: DraftOrder = DraftOrder.OLDEST
    ) -> Slice[InspectionRow]:
        rows = (_row(kept) for kept in self._state().inspections.values())
        mine = [row for row in rows if row.state is InspectionState.DRAFT and row.person_id == person_id]
        return DRAFTS[order].slice_of(mine, page)

    def patrols_on(
        self, department_id: DepartmentId, day: date, person_id: PersonId | None
    ) -> Sequence[InspectionRow]:
        rows = [
            _row(kept)
            for kept in self._state().inspections.values()
            if not kept.replaced
            and kept.inspection.kind is InspectionKind.PATROL
            and kept.inspection.inspector.department.id == department_id
            and kept.inspection.business_date == day
        ]
        shown = [
            row
            for row in rows
            if row.state is InspectionState.SUBMITTED
            or (row.state is InspectionState.DRAFT and person_id is not None and row.person_id == person_id)
        ]
        return sorted(shown, key=lambda row: (row.opened_at, row.id))

    def inspections(
        self, ids: Sequence[InspectionId], scope: Scope, *, person_id: PersonId | None
    ) -> Mapping[InspectionId, InspectionRow]:
        state = self._state()
        sight = Sight(state, scope)
        found = [state.inspections[id] for id in ids if id in state.inspections]
        return {
            kept.inspection.id: _row(kept) for kept in found if sight.inspection(kept.inspection, person_id)
        }

    def contents(self, ids: Sequence[InspectionId]) -> Mapping[InspectionId, tuple[Sheet, InspectionForm]]:
        kept = self._state().inspections
        found = [kept[id].inspection for id in ids if id in kept]
        return {inspection.id: (inspection.sheet, inspection.form) for inspection in found}

    def patrol_facts(
        self,
        region_id: RegionId,
        level: Level,
        department_id: DepartmentId,
        *,
        person_id: PersonId | None,
        inspecting_id: DepartmentId,
        day: date,
        at: datetime,
    ) -> PatrolFacts:
        return patrol_facts(
            self._state(),
            region_id,
            level,
            department_id,
            person_id=person_id,
            inspecting_id=inspecting_id,
            day=day,
            at=at,
        )

    def spot_check_facts(self, enterprise_id: EnterpriseId, day: date, *, at: datetime) -> SpotCheckFacts:
        return spot_check_facts(self._state(), enterprise_id, day, at=at)

    def unrecorded_patrols(self, day: date) -> Sequence[tuple[DepartmentId, DepartmentId]]:
        state = self._state()
        active = {
            event.department_id
            for event in _on(day, state.log_ins.values())
            if state.people[event.person_id].role in REGULATOR_ROLES
        }
        recorded = {
            (record.inspector.department.id, record.target.department.id)
            for record in _records_on(state, day)
            if isinstance(record.target, PatrolTarget)
        }
        below = (
            (department.parent_id, department.id)
            for department in state.departments.values()
            if department.parent_id is not None and department.parent_id in active
        )
        return sorted(pair for pair in below if pair not in recorded)

    def unrecorded_spot_checks(self, day: date) -> Sequence[tuple[DepartmentId, EnterpriseId]]:
        state = self._state()
        viewed = {(event.department_id, event.enterprise_id) for event in _on(day, state.views.values())}
        recorded = {
            (record.inspector.department.id, record.target.enterprise_id)
            for record in _records_on(state, day)
            if not isinstance(record.target, PatrolTarget)
        }
        return sorted(viewed - recorded)

    def weekly(self, week: Week) -> Sequence[WeeklyRow]:
        return weekly_rows(self._state(), week)

    def weekly_sources(
        self, week: Week, region_id: RegionId, kind: InspectionKind
    ) -> tuple[Sequence[InspectionRow], Sequence[ProblemRow]]:
        state = self._state()
        records = [
            kept
            for kept in state.inspections.values()
            if kept.inspection.kind is kind
            and kept.inspection.target.city_id == region_id
            and kept.inspection.submitted is not None
            and kept.inspection.submitted.at in week
        ]
        rows = sorted(map(_row, records), key=lambda row: (row.submitted_at, row.id))
        return rows, problems_of_week(state, week, region_id, kind)


_newest: Final = (
    By[InspectionRow](lambda row: row.business_date.isoformat(), True, date.fromisoformat),
    By[InspectionRow](lambda row: instant_key(row.submitted_at or row.opened_at), True, instant),
    By[InspectionRow](lambda row: str(row.id), False, UUID),
)
_oldest_draft: Final = Sorting(
    (
        By[InspectionRow](lambda row: instant_key(row.opened_at), False, instant),
        By[InspectionRow](lambda row: str(row.id), False, UUID),
    )
)
DRAFTS: Final = {DraftOrder.OLDEST: _oldest_draft, DraftOrder.NEWEST: _oldest_draft.backwards()}
SORTINGS: Final = {
    InspectionOrder.NEWEST: Sorting(_newest),
    InspectionOrder.REGION: Sorting(
        (By[InspectionRow](lambda row: row.target_region_id, False, str), *_newest)
    ),
    InspectionOrder.PROBLEMS: Sorting(
        (By[InspectionRow](lambda row: number_key(row.problems), True, int), *_newest)
    ),
}


def _on(day: date, events: Iterable[Kept]) -> Iterator[Kept]:
    return (event for event in events if business_date(event.at) == day)


def _records_on(state: State, day: date) -> list[Inspection]:
    records = (kept.inspection for kept in state.inspections.values())
    return [r for r in records if r.state is InspectionState.SUBMITTED and r.business_date == day]


def _matching(state: State, where: InspectionFilter, scope: Scope) -> list[InspectionRow]:
    sight = Sight(state, scope)
    below = None if where.region_id is None else subtree(state, [where.region_id])
    return [
        _row(kept)
        for kept in state.inspections.values()
        if sight.inspection(kept.inspection, None)
        and (below is None or kept.inspection.target.region_id in below)
        and (not where.directly or kept.inspection.target.region_id == where.region_id)
        and (where.replaced or not kept.replaced)
        and _asked(where, kept.inspection, _row(kept))
    ]


def _asked(where: InspectionFilter, inspection: Inspection, row: InspectionRow) -> bool:
    """The record matches the filter, apart from regions and `replaced`."""
    text = (where.text or "").strip().lower()
    searched = (row.target_name, row.conclusion_text, inspection.form.observations)
    return (
        where.first_day <= row.business_date <= where.last_day
        and (not where.kinds or row.kind in where.kinds)
        and (where.group is None or in_group(row, where.group))
        and (not where.origins or row.origin in where.origins)
        and where.department_id in (None, row.department_id)
        and where.target_department_id in (None, row.target_department_id)
        and where.target_enterprise_id in (None, row.target_enterprise_id)
        and where.with_problems in (None, row.problems > 0)
        and (not where.conclusions or row.conclusion in where.conclusions)
        and any(text in words.lower() for words in searched)
    )


def _row(kept: KeptInspection) -> InspectionRow:
    inspection = kept.inspection
    target, department = inspection.target, inspection.inspector.department
    patrolled = target.department if isinstance(target, PatrolTarget) else None
    return InspectionRow(
        id=inspection.id,
        kind=inspection.kind,
        origin=inspection.origin,
        state=inspection.state,
        business_date=inspection.business_date,
        department_id=department.id,
        department_name=department.name,
        department_region_id=department.region_id,
        person_id=inspection.inspector.person_id,
        person_name=inspection.inspector.name,
        target_department_id=None if patrolled is None else patrolled.id,
        target_enterprise_id=None if isinstance(target, PatrolTarget) else target.enterprise_id,
        target_name=target.department.name if isinstance(target, PatrolTarget) else target.name,
        target_region_id=target.region_id,
        target_region_name=target.region_name,
        target_is_area=not isinstance(target, PatrolTarget) or target.is_area,
        opened_at=inspection.opened_at,
        submitted_at=None if inspection.submitted is None else inspection.submitted.at,
        conclusion=inspection.form.conclusion,
        conclusion_text=inspection.conclusion_text,
        problems=len(inspection.problem_ids),
        rectified_on_site=inspection.form.rectified_on_site,
        replaced=kept.replaced,
        revision=inspection.revision,
    )
