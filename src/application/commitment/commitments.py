"""Use cases of the commitment: open the day, pre-fill, submit, correct, re-open, report shutdowns, read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from ...domain.commitment.commitment import (
    Commitment,
    CommitmentAction,
    NotToday,
    actions_allowed,
    commitment_id,
)
from ...domain.commitment.events import CommitmentsOwed
from ...domain.commitment.form import CommitmentForm, Facts
from ...domain.commitment.report import Report
from ...domain.deadlines import business_date, commitment_due
from ...domain.directory.organisation import Level, Person
from ...domain.refusals import ActionNotAllowed, Conflict, Forbidden, NotFound, Refused
from ...domain.signed import Signed
from ...domain.values import CommitmentId, EnterpriseId, RegionId
from ..access import SYSTEM, Actor, Permission, check, may
from ..day_range import check_range, check_sorted_range
from ..policies import PolicyBook
from ..ports.commitment import CommitmentFilter, CommitmentOrder, CommitmentRow
from ..ports.paging import Page, Slice
from ..ports.readers import Readers
from ..ports.signals import Clock
from ..ports.work import Storage, UnitOfWork
from ..statistics.periods import check_days
from ..steps import take_step
from ..within import check_enterprise, check_region
from .prefill import Prefill, prefill
from .shutdown_reports import report_shutdowns
from .stops import keep_stops

CHUNK: Final = 1_000


@dataclass(frozen=True, slots=True)
class SubmitCommitment:
    """An enterprise's first report of the day."""

    enterprise_id: EnterpriseId
    business_date: date
    form: CommitmentForm
    malformed: tuple[Refused, ...] = ()


@dataclass(frozen=True, slots=True)
class CorrectCommitment:
    """Report again. `revision` is the one the person saw, so two devices cannot overwrite each other.

    Here and in `SubmitCommitment`, `malformed` are the inputs of the form that could not be parsed. They are
    refused together with the other faults of the form.
    """

    commitment_id: CommitmentId
    revision: int
    form: CommitmentForm
    malformed: tuple[Refused, ...] = ()


@dataclass(frozen=True, slots=True)
class ReopenCommitment:
    """Open a closed commitment again, with a reason (2 to 200 characters)."""

    commitment_id: CommitmentId
    reason: str


class Commitments:
    """Use cases of the commitment. Each method checks access first, and raises Refused if rules forbid it."""

    def __init__(self, storage: Storage, readers: Readers, clock: Clock, policies: PolicyBook) -> None:
        self._storage = storage
        self._readers = readers
        self._clock = clock
        self._policies = policies

    # ------------------------------------------------------------ what enterprises do

    def prefill(self, actor: Actor, enterprise_id: EnterpriseId) -> Prefill:
        """Today's form for the enterprise: automatic figures with sources, the rest from the last report."""
        check(actor, Permission.READ_COMMITMENTS)
        now = self._clock.now()
        today = business_date(now)
        with self._storage.work(actor) as work:
            work.enterprises.get(enterprise_id, within=actor.scope)
            facts = self._facts(work, enterprise_id, today, now)
        last = self._readers.commitments.last_report(enterprise_id, today)
        return prefill(facts, last)

    def submit(self, actor: Actor, command: SubmitCommitment, *, key: str | None = None) -> CommitmentRow:
        """Submit the first report of the day; returns the commitment as it is now."""
        id = commitment_id(command.enterprise_id, command.business_date)
        known: list[Facts] = []

        def get(work: UnitOfWork, now: datetime) -> Commitment:
            owed, facts = self._owed(work, actor, command.enterprise_id, command.business_date, now)
            known.append(facts)
            return owed

        def act(work: UnitOfWork, commitment: Commitment, by: Signed) -> None:
            commitment.submit(
                command.form,
                facts=known[0],
                by=by,
                substitute=self._substitute(work, command.form),
                malformed=command.malformed,
            )
            keep_stops(work, commitment, by)

        saved = self._step(Permission.SUBMIT_COMMITMENT, actor, command, key, id, get, act)
        return self._saved(actor, id, saved)

    def correct(self, actor: Actor, command: CorrectCommitment, *, key: str | None = None) -> CommitmentRow:
        """Correct a report; returns the commitment as it is now. Raises Conflict for an old `revision`."""
        id = command.commitment_id

        def get(work: UnitOfWork, now: datetime) -> Commitment:
            commitment = work.commitments.get(id, within=actor.scope)
            if commitment.revision != command.revision:
                raise Conflict(
                    f"承诺已更新到第{commitment.revision}版，您更正的是第{command.revision}版，请刷新后再改。",
                    field="revision",
                )
            return commitment

        def act(work: UnitOfWork, commitment: Commitment, by: Signed) -> None:
            facts = self._facts(work, commitment.enterprise_id, commitment.business_date, by.at)
            commitment.correct(
                command.form,
                facts=facts,
                by=by,
                substitute=self._substitute(work, command.form),
                malformed=command.malformed,
            )
            keep_stops(work, commitment, by)

        saved = self._step(Permission.CORRECT_COMMITMENT, actor, command, key, id, get, act)
        return self._saved(actor, id, saved)

    # ------------------------------------------------------------ what departments do

    def reopen(self, actor: Actor, command: ReopenCommitment, *, key: str | None = None) -> CommitmentRow:
        """Open a closed commitment again; returns the commitment as it is now."""
        id = command.commitment_id

        def get(work: UnitOfWork, now: datetime) -> Commitment:
            commitment = work.commitments.get(id, within=actor.scope)
            if not _answers_for(actor, commitment.region_id):
                raise Forbidden("市级部门只能重新开放直接管辖区域内企业的承诺，其他的由县级部门重新开放。")
            return commitment

        self._step(
            Permission.REOPEN_COMMITMENT,
            actor,
            command,
            key,
            id,
            get,
            act=lambda work, commitment, by: commitment.reopen(command.reason, by=by),
        )
        return self.rows(actor, [id])[id]

    # ------------------------------------------------------------ what the system does

    def open_day(self, day: date, *, progress: Callable[[int], None] = lambda done: None) -> int:
        """Store every duty of the day with its deadline; returns how many were new. Safe to repeat."""
        check(SYSTEM, Permission.RUN_SYSTEM_JOB)
        opened = 0
        while True:
            now = self._clock.now()
            with self._storage.work(SYSTEM) as work:
                owing = work.enterprises.owing(day, limit=CHUNK)
                if not owing:
                    return opened
                new = work.commitments.owe(
                    [
                        Commitment.owe(
                            enterprise_id=enterprise,
                            region_id=region,
                            kind=kind,
                            business_date=day,
                            due_at=commitment_due(day, self._policies.policy(work, region, day, now=now)),
                        )
                        for enterprise, region, kind in owing
                    ]
                )
                if new:
                    work.note(CommitmentsOwed(day, new, now))
                work.commit()
            opened += new
            progress(opened)

    def report_shutdowns(self, day: date) -> int:
        """Report as stopped each unreported enterprise in a shutdown period; returns how many.

        Not one that has reported production within its period: the system does not say the contrary. It owes
        its report until a person says that it has stopped again.
        Several jobs and nodes may do so at once: each reports what no other has taken.
        """
        check(SYSTEM, Permission.RUN_SYSTEM_JOB)
        return report_shutdowns(self._storage, day, at=self._clock.now(), together=CHUNK)

    # ------------------------------------------------------------ reading

    def page(
        self,
        actor: Actor,
        where: CommitmentFilter,
        page: Page,
        order: CommitmentOrder = CommitmentOrder.NEWEST,
    ) -> Slice[CommitmentRow]:
        """Raises NotFound for a region or enterprise outside the scope. Other orders cover at most 31 days."""
        check(actor, Permission.READ_COMMITMENTS)
        self._check(actor, where)
        if order is not CommitmentOrder.NEWEST:
            check_sorted_range(where.first_day, where.last_day)
        return self._readers.commitments.page(where, actor.scope, page, order)

    def count(self, actor: Actor, where: CommitmentFilter) -> int:
        check(actor, Permission.READ_COMMITMENTS)
        self._check(actor, where)
        return self._readers.commitments.count(where, actor.scope)

    def rows(self, actor: Actor, ids: Sequence[CommitmentId]) -> Mapping[CommitmentId, CommitmentRow]:
        check(actor, Permission.READ_COMMITMENTS)
        return self._readers.commitments.commitments(ids, actor.scope)

    def on_day(
        self, actor: Actor, enterprise_ids: Sequence[EnterpriseId], day: date
    ) -> Mapping[EnterpriseId, CommitmentRow]:
        check(actor, Permission.READ_COMMITMENTS)
        return self._readers.commitments.on_day(enterprise_ids, day, actor.scope)

    def reports(self, actor: Actor, ids: Sequence[CommitmentId]) -> Mapping[CommitmentId, Report]:
        """The current reports. No scope is checked: the ids must come from rows given to this actor."""
        check(actor, Permission.READ_COMMITMENTS)
        return self._readers.commitments.reports(ids)

    def versions(self, actor: Actor, id: CommitmentId) -> Sequence[Report]:
        check(actor, Permission.READ_COMMITMENTS)
        if id not in self._readers.commitments.commitments([id], actor.scope):
            raise NotFound("承诺")
        return self._readers.commitments.versions(id)

    def allowed_actions(self, actor: Actor, row: CommitmentRow) -> Sequence[CommitmentAction]:
        """What this actor may do to the commitment now, so that no client repeats the rules."""
        actions = actions_allowed(
            row.state, row.business_date, row.due_at, row.reopened_at, self._clock.now()
        )
        if not _answers_for(actor, row.region_id):
            actions -= {CommitmentAction.REOPEN}
        return [
            action for action in CommitmentAction if action in actions and may(actor, PERMISSIONS[action])
        ]

    # ------------------------------------------------------------ steps

    def _step(
        self,
        needed: Permission,
        actor: Actor,
        command: SubmitCommitment | CorrectCommitment | ReopenCommitment,
        key: str | None,
        id: CommitmentId,
        get: Callable[[UnitOfWork, datetime], Commitment],
        act: Callable[[UnitOfWork, Commitment, Signed], None],
    ) -> Commitment | None:
        return take_step(
            self._storage,
            self._clock,
            actor,
            needed,
            command,
            key,
            reference=str(id),
            get=get,
            act=act,
            save=lambda work, commitment: work.commitments.save(commitment),
        )

    def _owed(
        self, work: UnitOfWork, actor: Actor, enterprise_id: EnterpriseId, day: date, now: datetime
    ) -> tuple[Commitment, Facts]:
        """The duty of the day with its facts; created now if the enterprise came after the day was opened."""
        try:
            return work.commitments.with_facts(enterprise_id, day, within=actor.scope, at=now)
        except NotFound:
            # Either the enterprise lies outside the scope, which is refused below, or nothing is owed yet.
            enterprise = work.enterprises.get(enterprise_id, within=actor.scope)
        today = business_date(now)
        if day != today:
            raise NotToday(f"只能上报当日（{today}）的承诺，现为{day}。", field="businessDate")
        if not enterprise.active:
            raise ActionNotAllowed("企业已停用，不需要上报安全承诺。")
        policy = self._policies.policy(work, enterprise.region_id, day, now=now)
        owed = Commitment.owe(
            enterprise_id=enterprise.id,
            region_id=enterprise.region_id,
            kind=enterprise.kind,
            business_date=day,
            due_at=commitment_due(day, policy),
        )
        work.commitments.owe([owed])
        return owed, self._facts(work, enterprise_id, day, now)

    def _saved(self, actor: Actor, id: CommitmentId, saved: Commitment | None) -> CommitmentRow:
        """The row of what was just saved; for a repeated call, the row as it is now."""
        return self.rows(actor, [id])[id] if saved is None else _row(saved)

    def _check(self, actor: Actor, where: CommitmentFilter) -> None:
        if where.of_a_figure:
            check_days(where.first_day, where.last_day)
        else:
            check_range(where.first_day, where.last_day)
        check_region(self._readers.directory, actor, where.region_id)
        check_enterprise(self._readers.directory, actor, where.enterprise_id)

    @staticmethod
    def _substitute(work: UnitOfWork, form: CommitmentForm) -> Person | None:
        """The person whom the form names as substitute; the commitment checks whose person that is."""
        id = None if form.substitute is None else form.substitute.person_id
        return None if id is None else work.people.find_all([id]).get(id)

    def _facts(self, work: UnitOfWork, enterprise_id: EnterpriseId, day: date, now: datetime) -> Facts:
        facts = work.facts.take([enterprise_id], day, at=now).get(enterprise_id)
        if facts is None:
            raise NotFound("企业")
        return facts


PERMISSIONS: Final = {
    CommitmentAction.SUBMIT: Permission.SUBMIT_COMMITMENT,
    CommitmentAction.CORRECT: Permission.CORRECT_COMMITMENT,
    CommitmentAction.REOPEN: Permission.REOPEN_COMMITMENT,
    CommitmentAction.REPORT_AUTOMATICALLY: Permission.RUN_SYSTEM_JOB,
}
"""The permission that each action of the workflow needs."""


def _answers_for(actor: Actor, region_id: RegionId) -> bool:
    """Whether the actor's department may re-open commitments in this region.

    A city department may only where no county department lies in between: in the regions of its jurisdiction.
    杨凌示范区 and 西咸新区 are such regions: they have city rank and enterprises, but no county departments.
    """
    return actor.level is not Level.CITY or region_id in actor.scope.regions


def _row(saved: Commitment) -> CommitmentRow:
    """The list row of a commitment that was just reported, built without another query."""
    report = saved.report
    assert report is not None  # This is only called for reported commitments.
    return CommitmentRow(
        id=saved.id,
        enterprise_id=saved.enterprise_id,
        enterprise_name=report.facts.enterprise_name,
        credit_code=report.facts.credit_code,
        kind=saved.kind,
        region_id=saved.region_id,
        region_name=report.facts.region_name,
        business_date=saved.business_date,
        due_at=saved.due_at,
        state=saved.state,
        revision=saved.revision,
        status=report.form.status,
        origin=report.origin,
        late=report.late,
        reported_at=report.signed.at,
        reported_by=report.signed.name,
        risk_grade=report.form.risk_grade,
        excess=bool(report.excesses),
        stop_reason=None if report.form.stoppage is None else report.form.stoppage.reason,
        reopened_at=None if saved.reopening is None else saved.reopening.signed.at,
    )
