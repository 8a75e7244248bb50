"""Use cases of patrols and spot checks: pre-filled drafts, their submission with problems, and records."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from ...domain.deadlines import business_date
from ...domain.directory.organisation import DepartmentSnapshot
from ...domain.faults import refuse_together
from ...domain.inspection.check import OutsideJurisdiction
from ...domain.inspection.form import InspectionForm, Sheet, SheetChange, Target
from ...domain.inspection.inspection import (
    Inspection,
    InspectionAction,
    drafted_inspection_id,
    inspection_actions_allowed,
)
from ...domain.problem.form import problem_id
from ...domain.problem.problem import Problem
from ...domain.refusals import Conflict, Forbidden, NotFound
from ...domain.signed import Origin, Signed
from ...domain.values import DepartmentId, InspectionId, PersonId
from ..access import Actor, Permission, check, may
from ..day_range import check_sorted_range
from ..files.claiming import attachment_refusals
from ..policies import PolicyBook
from ..ports.inspection import DraftOrder, InspectionCounts, InspectionFilter, InspectionOrder, InspectionRow
from ..ports.paging import Page, Slice
from ..ports.readers import Readers
from ..ports.signals import Clock
from ..ports.work import Storage, UnitOfWork
from ..steps import take_step
from .commands import (
    DiscardInspection,
    EditInspection,
    OpenPatrol,
    OpenSpotCheck,
    RefreshInspection,
    SubmitInspection,
)
from .rules import (
    attachments_by_path,
    attachments_of,
    check_filter,
    check_still_within,
    inspector_of,
    responsible_of,
)
from .sheet import Sheets
from .targets import Places


@dataclass(frozen=True, slots=True)
class RefreshedDraft:
    """The draft as it stands now, and every line of the sheet that has changed."""

    inspection: InspectionRow
    changes: tuple[SheetChange, ...]


class Inspections:
    """Use cases of the inspection. Every method checks access first and raises Refused if a rule forbids it.

    Only its inspector sees a draft; for everybody else it is NotFound.
    """

    def __init__(
        self, storage: Storage, readers: Readers, clock: Clock, policies: PolicyBook, sheets: Sheets
    ) -> None:
        self._storage = storage
        self._readers = readers
        self._clock = clock
        self._policies = policies
        self._sheets = sheets

    # ------------------------------------------------------------ the draft

    def open_patrol(self, actor: Actor, command: OpenPatrol, *, key: str) -> InspectionRow:
        """Open a draft with today's figures. The client makes the key: the same key gives the same draft.

        Raises OutsideJurisdiction unless the department that answers for the region is below the actor's own.
        """

        def target(work: UnitOfWork, places: Places) -> tuple[Target, frozenset[DepartmentId]]:
            if not work.regions.within(command.region_id, actor.scope):
                raise NotFound("区域", field="regionId")
            department = work.departments.answering_for(command.region_id)
            if department is None:
                raise NotFound("负责该区域的部门", field="regionId")
            if department.id == actor.department_id:
                raise OutsideJurisdiction("该区域由本部门直接负责，没有可巡查的下级部门。", field="regionId")
            below = actor.department_id in work.departments.above(department.id)
            patrolled = places.patrol(DepartmentSnapshot.of(department, command.region_id))
            return patrolled, frozenset({department.id} if below else ())

        return self._open(actor, command, key, target)

    def open_spot_check(self, actor: Actor, command: OpenSpotCheck, *, key: str) -> InspectionRow:
        """Open a draft with today's figures. The client makes the key: the same key gives the same draft."""

        def target(work: UnitOfWork, places: Places) -> tuple[Target, frozenset[DepartmentId]]:
            try:
                enterprise = work.enterprises.get(command.enterprise_id, within=actor.scope)
            except NotFound:
                raise NotFound("企业", field="enterpriseId") from None
            return places.spot_check(enterprise), frozenset()

        return self._open(actor, command, key, target)

    def edit(self, actor: Actor, command: EditInspection, *, key: str | None = None) -> InspectionRow:
        """Store the form and return the draft.

        Attachments that the form names must be the person's own; from now on they belong to the draft.
        Attachments that the form no longer names are released, as are those of a discarded draft.
        Released attachments belong to nothing and are removed later.
        """

        named = attachments_of(command.form)

        def act(work: UnitOfWork, draft: Inspection, by: Signed) -> None:
            parts = attachments_by_path(command.form)
            foreign = attachment_refusals(work, parts, by.person_id, inspection_id=draft.id)
            draft.edit(command.form, by=by, unreadable=(*command.unreadable, *foreign))
            check_still_within(work, actor, draft)

        def claim(work: UnitOfWork, draft: Inspection, by: Signed) -> None:
            if named:
                work.attachments.claim(named, by.person_id, inspection_id=draft.id, field="attachments")
            work.attachments.release(draft.id, keep=named)

        return self._step(Permission.DRAFT_INSPECTION, actor, command, key, act, then=claim)

    def refresh(self, actor: Actor, command: RefreshInspection, *, key: str | None = None) -> RefreshedDraft:
        """Take new figures and say what changed. A call repeated with the same key changes nothing.

        Raises OutsideJurisdiction when the person may no longer inspect the target.
        """
        check(actor, Permission.DRAFT_INSPECTION)
        with self._storage.work(actor) as work:
            draft = work.inspections.get(command.inspection_id, person_id=actor.person_id, within=actor.scope)
            if InspectionAction.REFRESH in draft.allowed_actions(actor.person_id):
                check_still_within(work, actor, draft)
        places = Places(self._readers.directory.regions())
        sheet = self._sheets.take(
            draft.inspector,
            draft.target,
            rank=places.get(draft.target.region_id).level,
            day=draft.business_date,
            at=self._clock.now(),
        )
        changes: list[SheetChange] = []

        def act(work: UnitOfWork, draft: Inspection, by: Signed) -> None:
            changes.extend(draft.refresh(sheet, by=by))

        row = self._step(Permission.DRAFT_INSPECTION, actor, command, key, act)
        return RefreshedDraft(row, tuple(changes))

    def submit(self, actor: Actor, command: SubmitInspection, *, key: str | None = None) -> InspectionRow:
        """Submit the draft and issue its problems in one transaction; return the record.

        An automatic record of the same department, target and day no longer counts.
        """

        issued: list[Problem] = []

        def act(work: UnitOfWork, draft: Inspection, by: Signed) -> None:
            policy, issuer_policy = (
                self._policies.policy(work, region, business_date(by.at), now=by.at)
                for region in (draft.target.region_id, draft.inspector.department.region_id)
            )
            people = responsible_of(work, draft)
            in_use = [
                refusal
                for number, statement in enumerate(draft.form.problems)
                for refusal in attachment_refusals(
                    work,
                    {f"problems.{number}.attachments": statement.attachments},
                    by.person_id,
                    problem_id=problem_id(draft.id, number + 1),
                )
            ]
            issued.extend(
                refuse_together(
                    lambda: draft.submit(by=by, people=people, policy=policy, issuer_policy=issuer_policy),
                    in_use,
                )
            )
            check_still_within(work, actor, draft)

        def issue(work: UnitOfWork, draft: Inspection, by: Signed) -> None:
            for number, problem in enumerate(issued):
                work.problems.save(problem)
                if named := problem.statement.attachments:
                    field = f"problems.{number}.attachments"
                    work.attachments.claim(named, by.person_id, problem_id=problem.id, field=field)
            work.inspections.replace_automatic(
                draft.inspector.department.id, draft.target, draft.business_date
            )

        return self._step(Permission.SUBMIT_INSPECTION, actor, command, key, act, then=issue)

    def discard(self, actor: Actor, command: DiscardInspection, *, key: str | None = None) -> InspectionRow:
        """Discard the draft and release its attachments; return the discarded draft."""

        return self._step(
            Permission.DRAFT_INSPECTION,
            actor,
            command,
            key,
            act=lambda work, draft, by: draft.discard(by=by),
            then=lambda work, draft, by: work.attachments.release(draft.id),
        )

    # ------------------------------------------------------------ reading

    def page(
        self,
        actor: Actor,
        where: InspectionFilter,
        page: Page,
        order: InspectionOrder = InspectionOrder.NEWEST,
    ) -> Slice[InspectionRow]:
        """Records by the actor's department and those below it. Other orders cover at most 31 days.

        Raises NotFound for a region, department or enterprise outside the scope.
        """
        check(actor, Permission.READ_INSPECTIONS)
        check_filter(self._readers.directory, actor, where)
        if order is not InspectionOrder.NEWEST:
            check_sorted_range(where.first_day, where.last_day)
        return self._readers.inspections.page(where, actor.scope, page, order)

    def count(self, actor: Actor, where: InspectionFilter) -> int:
        check(actor, Permission.READ_INSPECTIONS)
        check_filter(self._readers.directory, actor, where)
        return self._readers.inspections.count(where, actor.scope)

    def counts(self, actor: Actor, where: InspectionFilter) -> InspectionCounts:
        """Count what `page` lists, manual and automatic records apart."""

        def of(origin: Origin) -> int:
            wanted = not where.origins or origin in where.origins
            return self.count(actor, replace(where, origins=(origin,))) if wanted else 0

        return InspectionCounts(of(Origin.MANUAL), of(Origin.AUTO))

    def drafts(self, actor: Actor, page: Page, order: DraftOrder = DraftOrder.OLDEST) -> Slice[InspectionRow]:
        """The actor's own drafts."""
        check(actor, Permission.DRAFT_INSPECTION)
        return self._readers.inspections.drafts(_person(actor), page, order)

    def rows(self, actor: Actor, ids: Sequence[InspectionId]) -> Mapping[InspectionId, InspectionRow]:
        """Records in the actor's scope, and the actor's own drafts."""
        check(actor, Permission.READ_INSPECTIONS)
        return self._readers.inspections.inspections(ids, actor.scope, person_id=actor.person_id)

    def contents(
        self, actor: Actor, ids: Sequence[InspectionId]
    ) -> Mapping[InspectionId, tuple[Sheet, InspectionForm]]:
        """Sheet and form of each inspection; ask only for ids that this actor has already been given as rows.

        Those of a record are as they were when it was submitted.
        """
        check(actor, Permission.READ_INSPECTIONS)
        return self._readers.inspections.contents(ids)

    def allowed_actions(
        self, actor: Actor, row: InspectionRow, *, within: bool
    ) -> Sequence[InspectionAction]:
        """What this actor may do to the inspection now, so that no client repeats the rules.

        `within`: whether the actor may still inspect the target. If not, or if the actor has changed
        department, only discarding is allowed.
        """
        own = row.person_id is not None and row.person_id == actor.person_id
        actions = inspection_actions_allowed(row.state, own=own)
        if not within or row.department_id != actor.department_id:
            actions &= {InspectionAction.DISCARD}
        return [
            action for action in InspectionAction if action in actions and may(actor, PERMISSIONS[action])
        ]

    # ------------------------------------------------------------ steps

    def _open(
        self,
        actor: Actor,
        command: OpenPatrol | OpenSpotCheck,
        key: str,
        target_of: Callable[[UnitOfWork, Places], tuple[Target, frozenset[DepartmentId]]],
    ) -> InspectionRow:
        check(actor, Permission.DRAFT_INSPECTION)
        now = self._clock.now()
        id = drafted_inspection_id(_person(actor), key)
        places = Places(self._readers.directory.regions())
        with self._storage.work(actor) as work:
            inspector = inspector_of(work, actor)
            target, departments = target_of(work, places)
        sheet = self._sheets.take(
            inspector, target, rank=places.get(target.region_id).level, day=business_date(now), at=now
        )
        take_step(
            self._storage,
            self._clock,
            actor,
            Permission.DRAFT_INSPECTION,
            command,
            key,
            reference=str(id),
            get=lambda work, _: Inspection.open(
                key=key,
                inspector=inspector,
                target=target,
                sheet=sheet,
                departments=departments,
                regions=frozenset({target.region_id}),
                at=now,
            ),
            act=lambda work, draft, by: None,
            save=lambda work, draft: work.inspections.save(draft),
        )
        return self.rows(actor, [id])[id]

    def _step(
        self,
        needed: Permission,
        actor: Actor,
        command: EditInspection | RefreshInspection | SubmitInspection | DiscardInspection,
        key: str | None,
        act: Callable[[UnitOfWork, Inspection, Signed], None],
        then: Callable[[UnitOfWork, Inspection, Signed], None] = lambda work, draft, by: None,
    ) -> InspectionRow:
        """Take one step of the actor's own draft; return the inspection as it stands now."""
        id = command.inspection_id

        def get(work: UnitOfWork, now: datetime) -> Inspection:
            draft = work.inspections.get(id, person_id=actor.person_id, within=actor.scope)
            if draft.revision != command.revision:
                raise Conflict(
                    f"该草稿已更新到第{draft.revision}版，您看到的是第{command.revision}版，请重新打开后再操作。",
                    field="revision",
                )
            return draft

        take_step(
            self._storage,
            self._clock,
            actor,
            needed,
            command,
            key,
            reference=str(id),
            get=get,
            act=act,
            save=lambda work, draft: work.inspections.save(draft),
            then=then,
        )
        return self.rows(actor, [id])[id]


PERMISSIONS: Final = {
    InspectionAction.EDIT: Permission.DRAFT_INSPECTION,
    InspectionAction.REFRESH: Permission.DRAFT_INSPECTION,
    InspectionAction.SUBMIT: Permission.SUBMIT_INSPECTION,
    InspectionAction.DISCARD: Permission.DRAFT_INSPECTION,
}
"""Which permission each action of the workflow needs."""


def _person(actor: Actor) -> PersonId:
    if actor.person_id is None:
        raise Forbidden("检查由部门人员进行，系统本身不能检查。")
    return actor.person_id
