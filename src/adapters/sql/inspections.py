"""Store inspections: one row each with the columns of lists, and a second row with the sheet and the form."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, and_, bindparam, or_, select, update
from sqlalchemy import insert as plain_insert

from ...application.access import Scope
from ...domain.directory.organisation import DepartmentSnapshot
from ...domain.inspection.form import Inspector, PatrolTarget, SpotCheckTarget, Target
from ...domain.inspection.inspection import Inspection
from ...domain.problem.form import problem_id
from ...domain.refusals import Conflict, NotFound
from ...domain.signed import Origin, Signed
from ...domain.values import DepartmentId, InspectionId, PersonId
from .codec import dump_form, dump_sheet, load_form, load_sheet
from .constants import submitted
from .scope import regions_in
from .tables.directory import department
from .tables.inspection import inspection, inspection_content
from .transaction import Transaction

_WHOLE: Final = select(inspection, inspection_content.c.sheet, inspection_content.c.form).join(
    inspection_content, inspection_content.c.inspection_id == inspection.c.id
)
_ONE: Final = _WHOLE.where(inspection.c.id == bindparam("wanted"))
_ADD: Final = plain_insert(inspection)
_ADD_CONTENT: Final = plain_insert(inspection_content)
_CHANGING: Final = (
    "state",
    "submitted_at",
    "submitted_by_id",
    "submitted_by_name",
    "discarded_at",
    "discarded_by_id",
    "discarded_by_name",
    "concluded",
    "conclusion",
    "observations",
    "problems",
    "rectified_on_site",
    "revision",
)
_SAVE: Final = (
    update(inspection)
    .where(inspection.c.id == bindparam("old_id"), inspection.c.version == bindparam("old_version"))
    .values(
        {inspection.c.version: inspection.c.version + 1}
        | {inspection.c[name]: bindparam(f"new_{name}") for name in _CHANGING}
    )
)
_SAVE_CONTENT: Final = (
    update(inspection_content)
    .where(inspection_content.c.inspection_id == bindparam("old_id"))
    .values(sheet=bindparam("new_sheet"), form=bindparam("new_form"))
)
_HOLD_DEPARTMENT: Final = (
    select(department.c.id).where(department.c.id == bindparam("id")).with_for_update(key_share=True)
)
"""Row lock on the department: one unit of work at a time decides whether its automatic record counts."""


class SqlInspections:
    """Inspections: drafts, records and discarded drafts."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def save(self, inspection: Inspection) -> None:
        taken = "该记录已被他人修改，请刷新后重试。"
        if inspection.version == 0:
            row = _frozen(inspection) | _changing(inspection) | {"version": 1}
            row["replaced"] = inspection.origin is Origin.AUTO and self._written_by_hand(inspection)
            self._transaction.run(_ADD, row, taken=taken)
            self._transaction.run(_ADD_CONTENT, {"inspection_id": inspection.id} | _content(inspection))
        else:
            changed = {f"new_{name}": value for name, value in _changing(inspection).items()}
            old = {"old_id": inspection.id, "old_version": inspection.version}
            if self._transaction.run(_SAVE, old | changed).rowcount != 1:
                raise Conflict(taken)
            content = {f"new_{name}": value for name, value in _content(inspection).items()}
            self._transaction.run(_SAVE_CONTENT, {"old_id": inspection.id} | content)
        inspection.version += 1
        self._transaction.announce(inspection.events)

    def find(self, id: InspectionId) -> Inspection | None:
        row = self._transaction.run(_ONE, {"wanted": id}).first()
        return None if row is None else _inspection(row)

    def get(self, id: InspectionId, *, person_id: PersonId | None, within: Scope) -> Inspection:
        visible = own_or_record(person_id, within)
        row = self._transaction.run(_ONE.where(visible), {"wanted": id}).first()
        if row is None:
            raise NotFound("检查记录")
        return _inspection(row)

    def replace_automatic(self, department_id: DepartmentId, target: Target, day: date) -> None:
        self._transaction.run(_HOLD_DEPARTMENT, {"id": department_id})
        automatic = _in_place_of(department_id, target, day, Origin.AUTO)
        self._transaction.run(update(inspection).where(automatic).values(replaced=True))

    def _written_by_hand(self, automatic: Inspection) -> bool:
        """Whether a manual record is in its place. Locks the department: none can appear until the commit."""
        self._transaction.run(_HOLD_DEPARTMENT, {"id": automatic.inspector.department.id})
        department_id = automatic.inspector.department.id
        manual = select(inspection.c.id).where(
            _in_place_of(department_id, automatic.target, automatic.business_date, Origin.MANUAL)
        )
        return self._transaction.run(manual.limit(1)).first() is not None


def _in_place_of(
    department_id: DepartmentId, target: Target, day: date, origin: Origin
) -> ColumnElement[bool]:
    """Records of this origin by the department, for the same target and day: see `same_target`."""
    record = inspection.c
    if isinstance(target, PatrolTarget):
        same = or_(
            record.target_department_id == target.department.id,
            and_(record.target_region_id == target.region_id, record.target_enterprise_id.is_(None)),
        )
    else:
        same = record.target_enterprise_id == target.enterprise_id
    return and_(
        record.department_id == department_id,
        record.business_date == day,
        record.origin == origin,
        submitted(),
        same,
    )


def own_or_record(person_id: PersonId | None, scope: Scope) -> ColumnElement[bool]:
    """Inspections of this person in any state, and records in the scope."""
    record = and_(submitted(), regions_in(scope, inspection.c.department_region_id))
    return record if person_id is None else or_(record, inspection.c.person_id == person_id)


def target_of(row: Row[Any]) -> Target:
    """Return the target of a row of `inspection`, as it was when the inspection was opened."""
    if row.target_department_id is not None:
        snapshot = DepartmentSnapshot(
            row.target_department_id, row.target_name, row.target_level, row.target_region_id
        )
        return PatrolTarget(snapshot, row.target_region_name, row.city_id, row.target_is_area)
    return SpotCheckTarget(
        row.target_enterprise_id,
        row.target_name,
        row.target_kind,
        row.target_region_id,
        row.target_region_name,
        row.city_id,
    )


def _inspection(row: Row[Any]) -> Inspection:
    department = DepartmentSnapshot(
        row.department_id, row.department_name, row.department_level, row.department_region_id
    )
    return Inspection(
        id=row.id,
        origin=row.origin,
        inspector=Inspector(department, row.person_id, row.person_name),
        target=target_of(row),
        business_date=row.business_date,
        opened_at=row.opened_at,
        sheet=load_sheet(row.sheet),
        form=load_form(row.form),
        state=row.state,
        submitted=_signed(row.submitted_by_id, row.submitted_by_name, row.submitted_at),
        discarded=_signed(row.discarded_by_id, row.discarded_by_name, row.discarded_at),
        problem_ids=tuple(problem_id(row.id, number) for number in range(1, row.problems + 1)),
        revision=row.revision,
        version=row.version,
    )


def _signed(by: PersonId | None, name: str, at: datetime | None) -> Signed | None:
    return None if at is None else Signed(by, name, at)


def _frozen(opened: Inspection) -> dict[str, Any]:
    """Return the columns that never change after the inspection is opened."""
    target, department = opened.target, opened.inspector.department
    row = {
        "id": opened.id,
        "kind": opened.kind,
        "origin": opened.origin,
        "business_date": opened.business_date,
        "department_id": department.id,
        "department_name": department.name,
        "department_level": department.level,
        "department_region_id": department.region_id,
        "person_id": opened.inspector.person_id,
        "person_name": opened.inspector.name,
        "target_region_id": target.region_id,
        "target_region_name": target.region_name,
        "city_id": target.city_id,
        "target_is_area": not isinstance(target, PatrolTarget) or target.is_area,
        "opened_at": opened.opened_at,
    }
    if isinstance(target, PatrolTarget):
        of = target.department
        return row | {"target_department_id": of.id, "target_name": of.name, "target_level": of.level}
    return row | {
        "target_enterprise_id": target.enterprise_id,
        "target_name": target.name,
        "target_kind": target.kind,
    }


def _changing(changed: Inspection) -> dict[str, Any]:
    submitted, discarded = changed.submitted, changed.discarded
    return {
        "state": changed.state,
        "submitted_at": None if submitted is None else submitted.at,
        "submitted_by_id": None if submitted is None else submitted.person_id,
        "submitted_by_name": None if submitted is None else submitted.name,
        "discarded_at": None if discarded is None else discarded.at,
        "discarded_by_id": None if discarded is None else discarded.person_id,
        "discarded_by_name": None if discarded is None else discarded.name,
        "concluded": changed.form.conclusion,
        "conclusion": changed.conclusion_text,
        "observations": changed.form.observations,
        "problems": len(changed.problem_ids),
        "rectified_on_site": changed.form.rectified_on_site,
        "revision": changed.revision,
    }


def _content(inspection: Inspection) -> dict[str, Any]:
    return {"sheet": dump_sheet(inspection.sheet), "form": dump_form(inspection.form)}
