"""Use cases of problems: the steps of the inspected party and the issuer, and reading them within a scope."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from ...domain.deadlines import business_date, is_late
from ...domain.directory.organisation import DepartmentSnapshot
from ...domain.faults import refuse_together
from ...domain.handling.parties import parties_of
from ...domain.inspection.form import InspectionKind
from ...domain.policy import Policy, stricter
from ...domain.problem.groups import ProblemGroup
from ...domain.problem.problem import Problem
from ...domain.problem.workflow import (
    UNFED_BACK,
    ProblemAction,
    check_party,
    problem_actions_allowed,
)
from ...domain.refusals import Conflict, Forbidden, NotFound
from ...domain.signed import Signed
from ...domain.values import DepartmentId, InspectionId, PersonId, ProblemId
from ..access import Actor, Permission, check, may
from ..day_range import check_order_of_the_owed, check_search
from ..files.claiming import attachment_refusals
from ..handling.receivers import Receivers
from ..policies import PolicyBook
from ..ports.paging import Page, Slice
from ..ports.problem import ProblemFilter, ProblemHistory, ProblemOrder, ProblemRow
from ..ports.readers import Readers
from ..ports.signals import Clock
from ..ports.work import Storage, UnitOfWork
from ..steps import take_step
from ..within import check_department, check_enterprise, check_person, check_region
from .commands import PERMISSIONS, STEPS, ProblemCircumstances, ProblemCommand, Receiver
from .telling import addressed, concern_of

OWED: Final = frozenset({ProblemGroup.UNFED_BACK, ProblemGroup.OVERDUE})
"""Groups of problems that still owe their final feedback."""


class Problems:
    """Use cases of the problem. Every method checks access first and raises Refused if a rule forbids it.

    Each change returns the problem as it stands now. Raises NotFound for a problem outside the actor's scope,
    and Conflict for a revision that is not the newest.
    """

    def __init__(self, storage: Storage, readers: Readers, clock: Clock, policies: PolicyBook) -> None:
        self._storage = storage
        self._readers = readers
        self._clock = clock
        self._policies = policies

    # ------------------------------------------------------------ acting

    def do(self, actor: Actor, command: ProblemCommand, *, key: str | None = None) -> ProblemRow:
        """Take the command's step, by STEPS; return the problem as it stands now.

        Raises Forbidden when the step is another party's, Conflict when the person has seen an older
        revision.
        """
        step, id = STEPS[type(command)], command.problem_id

        def get(work: UnitOfWork, now: datetime) -> Problem:
            problem = work.problems.get(id, within=actor.scope)
            parties = problem.parties(actor.department_id, actor.enterprise_id)
            check_party(step.action, problem.origin, parties)
            if problem.revision != command.revision:
                raise Conflict(
                    f"问题已更新到第{problem.revision}版，您看到的是第{command.revision}版，请刷新后再办理。",
                    field="revision",
                )
            return problem

        def act(work: UnitOfWork, problem: Problem, by: Signed) -> None:
            named = {"attachments": command.attachments}
            refuse_together(
                lambda: step.act(problem, command, by, self._around(work, actor, problem, by.at)),
                attachment_refusals(work, named, by.person_id, problem_id=id),
            )

        def claim(work: UnitOfWork, problem: Problem, by: Signed) -> None:
            if named := command.attachments:
                work.attachments.claim(named, by.person_id, problem_id=id, field="attachments")

        take_step(
            self._storage,
            self._clock,
            actor,
            step.permission,
            command,
            key,
            reference=str(id),
            get=get,
            act=act,
            save=lambda work, problem: work.problems.save(problem),
            then=claim,
        )
        shown = self.rows(actor, [id]).get(id)
        if shown is None:
            raise NotFound("问题")  # The key repeats an old step, and the person works elsewhere by now.
        return shown

    # ------------------------------------------------------------ reading

    def page(
        self, actor: Actor, where: ProblemFilter, page: Page, order: ProblemOrder = ProblemOrder.NEWEST
    ) -> Slice[ProblemRow]:
        """Raises NotFound for a region, department or enterprise outside the scope."""
        check(actor, Permission.READ_PROBLEMS)
        self.check_filter(actor, where)
        if order is ProblemOrder.RECTIFY_DUE:
            owed_only = bool(where.unfed_back) or where.overdue_at is not None or where.group in OWED
            check_order_of_the_owed(
                "整改期限", owed_only=owed_only, first_day=where.first_day, last_day=where.last_day
            )
        return self._readers.problems.page(where, actor.scope, page, order)

    def count(self, actor: Actor, where: ProblemFilter) -> int:
        check(actor, Permission.READ_PROBLEMS)
        self.check_filter(actor, where)
        return self._readers.problems.count(where, actor.scope)

    def rows(self, actor: Actor, ids: Sequence[ProblemId]) -> Mapping[ProblemId, ProblemRow]:
        check(actor, Permission.READ_PROBLEMS)
        return self._readers.problems.problems(ids, actor.scope)

    def of_inspections(
        self, actor: Actor, ids: Sequence[InspectionId]
    ) -> Mapping[InspectionId, Sequence[ProblemRow]]:
        """The problems that each record has issued, as far as this actor may see them."""
        check(actor, Permission.READ_PROBLEMS)
        return self._readers.problems.of_inspections(ids, actor.scope)

    def histories(self, actor: Actor, ids: Sequence[ProblemId]) -> Mapping[ProblemId, ProblemHistory]:
        """The history of each problem; ask only for ids that this actor has already been given as rows."""
        check(actor, Permission.READ_PROBLEMS)
        return self._readers.problems.histories(ids)

    def responsible(self, actor: Actor, ids: Sequence[ProblemId]) -> Mapping[ProblemId, Sequence[PersonId]]:
        """Who is told of the issue and reminded, now: the same people as `telling` finds.

        Ask only for ids that this actor has already been given as rows.
        """
        check(actor, Permission.READ_PROBLEMS)
        with self._storage.work(actor) as work:
            problems = work.problems.find_all(ids)
            concerns = {id: concern_of(problem) for id, problem in problems.items()}
            receivers = Receivers(work, list(concerns.values()))
            return {
                id: [person.id for person in receivers.of(concerns[id], addressed(problem))]
                for id, problem in problems.items()
            }

    def unfed_back(self, actor: Actor) -> Mapping[InspectionKind, int]:
        """未反馈: how many problems await feedback by the actor's party, by kind; empty without permission."""
        if not may(actor, Permission.READ_PROBLEMS):
            return {}
        return self._readers.problems.unfed_back(actor.department_id, actor.enterprise_id)

    def to_me(self, actor: Actor, *, unfed_back: bool | None = None) -> ProblemFilter:
        """The filter for problems addressed to the actor's department or enterprise."""
        return ProblemFilter(
            to_department=actor.department_id, to_enterprise=actor.enterprise_id, unfed_back=unfed_back
        )

    def by_me(self, actor: Actor, *, unfed_back: bool | None = None) -> ProblemFilter:
        """The filter for problems issued by the actor's department. Raises Forbidden for enterprises."""
        if actor.department_id is None:
            raise Forbidden("只有部门可以下发问题。")
        return ProblemFilter(issuer_id=actor.department_id, unfed_back=unfed_back)

    def _around(
        self, work: UnitOfWork, actor: Actor, problem: Problem, now: datetime
    ) -> ProblemCircumstances:
        def receiver(id: DepartmentId) -> Receiver:
            try:
                department = work.departments.get(id, within=actor.scope)
            except NotFound:
                raise NotFound("部门", field="departmentId") from None
            region = DepartmentSnapshot.of(department).region_id
            own = self._policies.policy(work, region, business_date(now), now=now)
            return Receiver(
                department,
                work.departments.above(id),
                work.regions.lineages(),
                stricter(own, self._strictest(work, problem, now)),
            )

        return ProblemCircumstances(lambda: self._strictest(work, problem, now), receiver)

    def _strictest(self, work: UnitOfWork, problem: Problem, now: datetime) -> Policy:
        """The stricter policy of the addressee's and the issuer's regions today."""
        addressee, issuer = (
            self._policies.policy(work, region, business_date(now), now=now)
            for region in (problem.addressee.region_id, problem.issuer.region_id)
        )
        return stricter(addressee, issuer)

    def check_filter(self, actor: Actor, where: ProblemFilter) -> None:
        """Raises NotFound for what lies outside the scope, InvalidValue for days that a search refuses."""
        directory = self._readers.directory
        check_region(directory, actor, where.region_id)
        check_department(directory, actor, where.to_department)
        check_department(directory, actor, where.issuer_id, field="issuerId")
        check_enterprise(directory, actor, where.to_enterprise)
        check_person(directory, actor, where.responsible_id, field="responsibleId")
        by = "责任人" if where.responsible_id is not None and not (where.text or "").strip() else "文字"
        searched = where.text if where.responsible_id is None else str(where.responsible_id)
        check_search(searched, where.first_day, where.last_day, by=by)

    def allowed_actions(self, actor: Actor, row: ProblemRow) -> Sequence[ProblemAction]:
        """What this actor may do to the problem now, so that no client repeats the rules."""
        actions = problem_actions_allowed(
            row.state,
            row.origin,
            parties_of(row, row.issuer_id, actor.department_id, actor.enterprise_id),
            self._clock.now(),
            extension_until=row.extension_until,
            fed_back_before=row.fed_back_at is not None,
            to_department=row.department_id is not None,
        )
        return [action for action in ProblemAction if action in actions and may(actor, PERMISSIONS[action])]

    def overdue(self, row: ProblemRow) -> bool:
        """Whether the inspected party has missed a deadline that is still unmet."""
        owed = (
            (row.acknowledge_due, row.acknowledged_at),
            (row.feed_back_due, row.first_feedback_at),
            (row.rectify_due, None),
        )
        now = self._clock.now()
        return row.state in UNFED_BACK and any(done is None and is_late(now, due) for due, done in owed)
