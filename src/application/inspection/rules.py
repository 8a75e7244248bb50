"""Looks up what an inspection needs from the directory, and checks what its lists are restricted to."""

from __future__ import annotations

from ...domain.directory.organisation import DepartmentSnapshot
from ...domain.inspection.check import OutsideJurisdiction
from ...domain.inspection.form import InspectionForm, Inspector, PatrolTarget, Target
from ...domain.inspection.inspection import Inspection
from ...domain.refusals import Forbidden, NotFound
from ...domain.values import AttachmentId, PersonId
from ..access import Actor
from ..day_range import check_range
from ..ports.directory import DirectoryReader
from ..ports.inspection import InspectionFilter
from ..ports.work import UnitOfWork
from ..within import check_department, check_enterprise, check_region


def inspector_of(work: UnitOfWork, actor: Actor) -> Inspector:
    """The actor as inspector, with the department as it is now. Raises Forbidden without a department."""
    if actor.department_id is None:
        raise Forbidden("检查由部门人员进行。")
    department = work.departments.get(actor.department_id, within=actor.scope)
    return Inspector(DepartmentSnapshot.of(department), actor.person_id, actor.name)


def check_still_within(work: UnitOfWork, actor: Actor, draft: Inspection) -> None:
    """Check that the actor may still inspect the target; raises OutsideJurisdiction if not.

    Person, jurisdiction or target may have changed since the draft was opened.
    """
    target = draft.target
    name = target.department.name if isinstance(target, PatrolTarget) else target.name
    same = actor.department_id == draft.inspector.department.id
    if not same or not _lies_within(work, actor, target):
        raise OutsideJurisdiction(f"{name}已不在您的管辖范围内，该草稿只能作废。", field="target")


def _lies_within(work: UnitOfWork, actor: Actor, target: Target) -> bool:
    """Whether the actor may inspect the named region, and the department or enterprise as it is now."""
    if not work.regions.within(target.region_id, actor.scope):
        return False
    if isinstance(target, PatrolTarget):
        return actor.department_id in work.departments.above(target.department.id)
    try:
        work.enterprises.get(target.enterprise_id, within=actor.scope)
    except NotFound:
        # The enterprise has moved away: the caller refuses the draft and does not say NotFound.
        return False
    return True


def attachments_by_path(form: InspectionForm) -> dict[str, tuple[AttachmentId, ...]]:
    """The attachments that the form names, by the path of their input."""
    return {
        "attachments": form.attachments,
        **{f"findings.{n}.attachments": finding.attachments for n, finding in enumerate(form.findings)},
        **{f"problems.{n}.attachments": statement.attachments for n, statement in enumerate(form.problems)},
    }


def attachments_of(form: InspectionForm) -> tuple[AttachmentId, ...]:
    """Every attachment that the form names, once."""
    return tuple(dict.fromkeys(id for ids in attachments_by_path(form).values() for id in ids))


def responsible_of(work: UnitOfWork, draft: Inspection) -> frozenset[PersonId]:
    """Those responsible people in the form who are active and work for the inspected party."""
    named = {person for statement in draft.form.problems for person in statement.responsible}
    if not named:
        return frozenset()
    target = draft.target
    patrolled = target.department.id if isinstance(target, PatrolTarget) else None
    checked = None if isinstance(target, PatrolTarget) else target.enterprise_id
    return frozenset(
        person.id
        for person in work.people.find_all(sorted(named)).values()
        if person.active and (person.department_id, person.enterprise_id) == (patrolled, checked)
    )


def check_filter(directory: DirectoryReader, actor: Actor, where: InspectionFilter) -> None:
    """Check the days of a list, and that what it is restricted to lies in the actor's scope."""
    check_range(where.first_day, where.last_day)
    check_region(directory, actor, where.region_id)
    check_department(directory, actor, where.department_id)
    check_department(directory, actor, where.target_department_id, field="targetDepartmentId")
    check_enterprise(directory, actor, where.target_enterprise_id, field="targetEnterpriseId")
