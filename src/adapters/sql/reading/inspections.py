"""Read inspections: records, drafts and what is unrecorded; pages, facts and figures have their own files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import bindparam, exists, false, func, select

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
from ....domain.deadlines import day_end, day_start
from ....domain.directory.organisation import REGULATOR_ROLES, Level
from ....domain.inspection.form import InspectionForm, InspectionKind, Sheet
from ....domain.inspection.week import Week, WeeklyRow
from ....domain.values import DepartmentId, EnterpriseId, InspectionId, PersonId, RegionId
from ..batches import in_batches
from ..codec import load_form, load_sheet
from ..constants import drafted, inspection_of, submitted
from ..inspections import own_or_record
from ..tables.directory import department, person
from ..tables.inspection import inspection, inspection_content
from ..tables.operations import enterprise_view, log_in
from .inspection_facts import patrol_facts, spot_check_facts
from .inspection_page import (
    INSPECTION,
    INSPECTION_ROWS,
    SORTINGS,
    choose_search,
    matching,
    page_statement,
    sorted_statement,
)
from .inspection_statistics import inspection_statistics
from .page_search import PageSearch, RegionSizes, first_page
from .paging import Reading, instant, instant_key, like, part_of, uuid
from .sorting import By, Sorting, backwards
from .weekly import weekly_rows
from .weekly_sources import weekly_sources
from .whole_tree import matching_of_all

_oldest_draft: Final = Sorting[InspectionRow].by(
    By(inspection.c.opened_at, False, instant, lambda row: instant_key(row.opened_at)),
    By(inspection.c.id, False, uuid, lambda row: str(row.id)),
)
_DRAFTS: Final = {DraftOrder.OLDEST: _oldest_draft, DraftOrder.NEWEST: backwards(_oldest_draft)}
_CONTENTS: Final = select(inspection_content).where(
    inspection_content.c.inspection_id.in_(bindparam("ids", expanding=True))
)


def _on_the_day(column: Any) -> Any:
    return (column >= bindparam("first")) & (column < bindparam("until"))


def _recorded(*same: Any) -> Any:
    return exists().where(inspection.c.business_date == bindparam("day"), submitted(), *same)


_UNRECORDED_PATROLS: Final = (
    select(department.c.parent_id, department.c.id)
    .where(
        exists().where(
            log_in.c.department_id == department.c.parent_id,
            _on_the_day(log_in.c.at),
            person.c.id == log_in.c.person_id,
            person.c.role.in_(sorted(REGULATOR_ROLES, key=str)),
        ),
        ~_recorded(
            inspection.c.department_id == department.c.parent_id,
            inspection.c.target_department_id == department.c.id,
        ),
    )
    .order_by(department.c.parent_id, department.c.id)
)
_viewed = (
    select(enterprise_view.c.department_id, enterprise_view.c.enterprise_id)
    .join(department, department.c.id == enterprise_view.c.department_id)
    .where(_on_the_day(enterprise_view.c.at))
    .distinct()
    .subquery("viewed")
)
_UNRECORDED_SPOT_CHECKS: Final = (
    select(_viewed)
    .where(
        ~_recorded(
            inspection.c.department_id == _viewed.c.department_id,
            inspection.c.target_enterprise_id == _viewed.c.enterprise_id,
        )
    )
    .order_by(_viewed.c.department_id, _viewed.c.enterprise_id)
)


class SqlInspectionReader(Reading):
    """Reads records for lists, drafts for their owners, and figures computed from records."""

    def __init__(self, engine: Any) -> None:
        super().__init__(engine)
        self._region_sizes = RegionSizes(self)

    def page(
        self,
        where: InspectionFilter,
        scope: Scope,
        page: Page,
        order: InspectionOrder = InspectionOrder.NEWEST,
    ) -> Slice[InspectionRow]:
        by = SORTINGS[order]
        after, asked = by.after(page), replace(where, text=like(where.text))
        if order is not InspectionOrder.NEWEST:
            rows = self.listed(INSPECTION, sorted_statement, asked, scope, order, after, page.first + 1)
            return part_of(rows, page, by.key)
        search, lead = (
            choose_search(where, scope, self._region_sizes) if self.on_postgresql else (PageSearch.DAYS, None)
        )
        rows = first_page(
            self._region_sizes,
            search,
            lambda way: self.listed(
                INSPECTION, page_statement, asked, scope, after, page.first + 1, way, lead
            ),
        )
        return part_of(rows, page, by.key)

    def count(self, where: InspectionFilter, scope: Scope) -> int:
        return self.number(select(func.count()).select_from(inspection).where(matching(where, scope)))

    def statistics(
        self, where: InspectionFilter, scope: Scope, heads: Sequence[RegionId], starts: Sequence[date]
    ) -> Counted[RecordCounts]:
        asked = matching_of_all(where, scope, self._region_sizes, matching)
        (kind,) = where.kinds
        return inspection_statistics(self, asked, kind, heads, starts)

    def drafts(
        self, person_id: PersonId, page: Page, order: DraftOrder = DraftOrder.OLDEST
    ) -> Slice[InspectionRow]:
        by = _DRAFTS[order]
        mine = (inspection.c.person_id == person_id, drafted(), by.rest(by.after(page)))
        statement = INSPECTION_ROWS.where(*mine).order_by(*by.order).limit(page.first + 1)
        return part_of(self.shown(INSPECTION, statement), page, by.key)

    def patrols_on(
        self, department_id: DepartmentId, day: date, person_id: PersonId | None
    ) -> Sequence[InspectionRow]:
        of_the_day = INSPECTION_ROWS.where(
            inspection.c.department_id == department_id,
            inspection.c.business_date == day,
            inspection_of((InspectionKind.PATROL,)),
        )
        # Records and drafts have indices of their own, so they are read one after the other.
        rows = self.shown(INSPECTION, of_the_day.where(submitted(), inspection.c.replaced == false()))
        if person_id is not None:
            mine = of_the_day.where(drafted(), inspection.c.person_id == person_id)
            rows += self.shown(INSPECTION, mine)
        return sorted(rows, key=lambda row: (row.opened_at, row.id))

    def inspections(
        self, ids: Sequence[InspectionId], scope: Scope, *, person_id: PersonId | None
    ) -> Mapping[InspectionId, InspectionRow]:
        found: dict[InspectionId, InspectionRow] = {}
        visible = own_or_record(person_id, scope)
        for batch in in_batches(ids):
            statement = INSPECTION_ROWS.where(self.of_these(inspection.c.id, batch, visible))
            found |= {row.id: row for row in self.shown(INSPECTION, statement)}
        return found

    def contents(self, ids: Sequence[InspectionId]) -> Mapping[InspectionId, tuple[Sheet, InspectionForm]]:
        found: dict[InspectionId, tuple[Sheet, InspectionForm]] = {}
        for batch in in_batches(ids):
            for row in self.rows(_CONTENTS, {"ids": batch}):
                found[row.inspection_id] = load_sheet(row.sheet), load_form(row.form)
        return found

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
        asked = {
            "region": region_id,
            "level": level,
            "department": department_id,
            "inspecting": inspecting_id,
            "person": person_id,
            "now": at,
        }
        return patrol_facts(self, asked | _day(day))

    def spot_check_facts(self, enterprise_id: EnterpriseId, day: date, *, at: datetime) -> SpotCheckFacts:
        return spot_check_facts(self, enterprise_id, day, at=at)

    def unrecorded_patrols(self, day: date) -> Sequence[tuple[DepartmentId, DepartmentId]]:
        return [(row.parent_id, row.id) for row in self.rows(_UNRECORDED_PATROLS, _day(day))]

    def unrecorded_spot_checks(self, day: date) -> Sequence[tuple[DepartmentId, EnterpriseId]]:
        rows = self.rows(_UNRECORDED_SPOT_CHECKS, _day(day))
        return [(row.department_id, row.enterprise_id) for row in rows]

    def weekly(self, week: Week) -> Sequence[WeeklyRow]:
        return weekly_rows(self, week)

    def weekly_sources(
        self, week: Week, region_id: RegionId, kind: InspectionKind
    ) -> tuple[Sequence[InspectionRow], Sequence[ProblemRow]]:
        return weekly_sources(self, week, region_id, kind)


def _day(day: date) -> dict[str, Any]:
    return {"day": day, "first": day_start(day), "until": day_end(day)}
