"""Problems: what the inspected party and the issuer do in turn, and what anybody in whose scope they lie may read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from ...domain.deadlines import is_late
from ...domain.handling.feedback import FeedbackForm
from ...domain.handling.parties import parties_of
from ...domain.inspection.form import InspectionKind
from ...domain.problem.problem import Problem
from ...domain.problem.workflow import UNFED_BACK, ProblemAction, check_party, problem_actions_allowed
from ...domain.refusals import Conflict, Forbidden, InvalidValue, NotFound
from ...domain.signed import Signed
from ...domain.values import AttachmentId, InspectionId, ProblemId
from ..access import Actor, Command, check, may
from ..day_range import MOST_DAYS, check_order, check_range
from ..once import once
from ..ports.paging import Page, Slice
from ..ports.problem import ProblemFilter, ProblemHistory, ProblemRow
from ..ports.readers import Readers
from ..ports.signals import Clock
from ..ports.work import LONGEST_STEP, Storage


@dataclass(frozen=True, slots=True)
class _OnProblem:
    """`revision` is the one the person saw, so that two people do not decide at once."""

    problem_id: ProblemId
    revision: int


@dataclass(frozen=True, slots=True)
class AcknowledgeProblem(_OnProblem):
    """The inspected party takes notice."""


@dataclass(frozen=True, slots=True)
class RectifyProblem(_OnProblem):
    """The inspected party has verified the problem and begins to rectify it; after a return, begins again."""


@dataclass(frozen=True, slots=True)
class ReportProgress(_OnProblem):
    """Interim feedback."""

    form: FeedbackForm


@dataclass(frozen=True, slots=True)
class FeedBack(_OnProblem):
    """The final feedback."""

    form: FeedbackForm


@dataclass(frozen=True, slots=True)
class CloseProblem(_OnProblem):
    """Accept the final feedback."""

    note: str = ""


@dataclass(frozen=True, slots=True)
class ReturnProblem(_OnProblem):
    """Send the final feedback back; without a day the deadline stays, but at least a day is left."""

    reason: str
    rectify_on: date | None = None


@dataclass(frozen=True, slots=True)
class RequestExtension(_OnProblem):
    """Ask for more time, until the end of that day."""

    until: date
    reason: str


@dataclass(frozen=True, slots=True)
class GrantExtension(_OnProblem):
    """Give the time that is asked for."""

    note: str = ""


@dataclass(frozen=True, slots=True)
class RefuseExtension(_OnProblem):
    """Give no more time, and say why."""

    reason: str


@dataclass(frozen=True, slots=True)
class WithdrawProblem(_OnProblem):
    """Take the problem back before its first final feedback."""

    reason: str


COMMANDS: Final = {
    ProblemAction.ACKNOWLEDGE: Command.ACKNOWLEDGE_PROBLEM,
    ProblemAction.RECTIFY: Command.RECTIFY_PROBLEM,
    ProblemAction.REPORT_PROGRESS: Command.REPORT_PROBLEM_PROGRESS,
    ProblemAction.FEED_BACK: Command.FEED_BACK_PROBLEM,
    ProblemAction.CLOSE: Command.CLOSE_PROBLEM,
    ProblemAction.RETURN: Command.RETURN_PROBLEM,
    ProblemAction.REQUEST_EXTENSION: Command.REQUEST_EXTENSION,
    ProblemAction.GRANT_EXTENSION: Command.GRANT_EXTENSION,
    ProblemAction.REFUSE_EXTENSION: Command.REFUSE_EXTENSION,
    ProblemAction.WITHDRAW: Command.WITHDRAW_PROBLEM,
}
"""Which command carries which action of the workflow."""


class Problems:
    """Use cases of the problem. Every method checks access first and raises Refused where the rules say no.

    Each change gives the problem as it stands now. What lies outside the actor's scope is not found; a revision that
    is no longer the newest is a Conflict.
    """

    def __init__(self, storage: Storage, readers: Readers, clock: Clock) -> None:
        self._storage = storage
        self._readers = readers
        self._clock = clock

    # ------------------------------------------------------------ what the inspected party does

    def acknowledge(self, actor: Actor, command: AcknowledgeProblem, *, key: str | None = None) -> ProblemRow:
        return self._act(
            ProblemAction.ACKNOWLEDGE, actor, command, key, lambda problem, by: problem.acknowledge(by=by)
        )

    def rectify(self, actor: Actor, command: RectifyProblem, *, key: str | None = None) -> ProblemRow:
        return self._act(
            ProblemAction.RECTIFY, actor, command, key, lambda problem, by: problem.rectify(by=by)
        )

    def report_progress(self, actor: Actor, command: ReportProgress, *, key: str | None = None) -> ProblemRow:
        return self._act(
            ProblemAction.REPORT_PROGRESS,
            actor,
            command,
            key,
            lambda problem, by: problem.report_progress(command.form, by=by),
            attachments=command.form.attachments,
        )

    def feed_back(self, actor: Actor, command: FeedBack, *, key: str | None = None) -> ProblemRow:
        return self._act(
            ProblemAction.FEED_BACK,
            actor,
            command,
            key,
            lambda problem, by: problem.feed_back(command.form, by=by),
            attachments=command.form.attachments,
        )

    def request_extension(
        self, actor: Actor, command: RequestExtension, *, key: str | None = None
    ) -> ProblemRow:
        return self._act(
            ProblemAction.REQUEST_EXTENSION,
            actor,
            command,
            key,
            lambda problem, by: problem.request_extension(command.until, command.reason, by=by),
        )

    # ------------------------------------------------------------ what the issuer does

    def close(self, actor: Actor, command: CloseProblem, *, key: str | None = None) -> ProblemRow:
        return self._act(
            ProblemAction.CLOSE, actor, command, key, lambda problem, by: problem.close(command.note, by=by)
        )

    def return_(self, actor: Actor, command: ReturnProblem, *, key: str | None = None) -> ProblemRow:
        return self._act(
            ProblemAction.RETURN,
            actor,
            command,
            key,
            lambda problem, by: problem.return_(command.reason, by=by, rectify_on=command.rectify_on),
        )

    def grant_extension(self, actor: Actor, command: GrantExtension, *, key: str | None = None) -> ProblemRow:
        return self._act(
            ProblemAction.GRANT_EXTENSION,
            actor,
            command,
            key,
            lambda problem, by: problem.grant_extension(command.note, by=by),
        )

    def refuse_extension(
        self, actor: Actor, command: RefuseExtension, *, key: str | None = None
    ) -> ProblemRow:
        return self._act(
            ProblemAction.REFUSE_EXTENSION,
            actor,
            command,
            key,
            lambda problem, by: problem.refuse_extension(command.reason, by=by),
        )

    def withdraw(self, actor: Actor, command: WithdrawProblem, *, key: str | None = None) -> ProblemRow:
        return self._act(
            ProblemAction.WITHDRAW,
            actor,
            command,
            key,
            lambda problem, by: problem.withdraw(command.reason, by=by),
        )

    # ------------------------------------------------------------ reading

    def page(self, actor: Actor, where: ProblemFilter, page: Page) -> Slice[ProblemRow]:
        check(actor, Command.READ_PROBLEMS)
        return self._readers.problems.page(_checked(where), actor.scope, page)

    def count(self, actor: Actor, where: ProblemFilter) -> int:
        check(actor, Command.READ_PROBLEMS)
        return self._readers.problems.count(_checked(where), actor.scope)

    def rows(self, actor: Actor, ids: Sequence[ProblemId]) -> Mapping[ProblemId, ProblemRow]:
        check(actor, Command.READ_PROBLEMS)
        return self._readers.problems.problems(ids, actor.scope)

    def of_inspections(
        self, actor: Actor, ids: Sequence[InspectionId]
    ) -> Mapping[InspectionId, Sequence[ProblemRow]]:
        """What records have issued, as far as this actor may see it."""
        check(actor, Command.READ_PROBLEMS)
        return self._readers.problems.of_inspections(ids, actor.scope)

    def histories(self, actor: Actor, ids: Sequence[ProblemId]) -> Mapping[ProblemId, ProblemHistory]:
        """Of problems that this actor has been given as rows."""
        check(actor, Command.READ_PROBLEMS)
        return self._readers.problems.histories(ids)

    def unfed_back(self, actor: Actor) -> Mapping[InspectionKind, int]:
        """未反馈: what the actor's department or enterprise owes, by kind; nothing for who has nothing to do with it."""
        if not may(actor, Command.READ_PROBLEMS):
            return {}
        return self._readers.problems.unfed_back(actor.department_id, actor.enterprise_id)

    def to_me(self, actor: Actor, *, unfed_back: bool | None = None) -> ProblemFilter:
        """What is addressed to the actor's department or enterprise."""
        return ProblemFilter(
            to_department=actor.department_id, to_enterprise=actor.enterprise_id, unfed_back=unfed_back
        )

    def by_me(self, actor: Actor, *, unfed_back: bool | None = None) -> ProblemFilter:
        """What the actor's department has issued. Raises Forbidden for people of enterprises."""
        if actor.department_id is None:
            raise Forbidden("只有部门可以下发问题。")
        return ProblemFilter(issuer_id=actor.department_id, unfed_back=unfed_back)

    def allowed_actions(self, actor: Actor, row: ProblemRow) -> Sequence[ProblemAction]:
        """What this actor may do to the problem now, so that no client repeats the rules."""
        actions = problem_actions_allowed(
            row.state,
            row.origin,
            parties_of(row, row.issuer_id, actor.department_id, actor.enterprise_id),
            self._clock.now(),
            extension_until=row.extension_until,
            fed_back_before=row.fed_back_at is not None,
        )
        return [action for action in ProblemAction if action in actions and may(actor, COMMANDS[action])]

    def overdue(self, row: ProblemRow) -> bool:
        """Whether anything that the inspected party still owes was due by now."""
        owed = (
            (row.acknowledge_due, row.acknowledged_at),
            (row.feed_back_due, row.first_feedback_at),
            (row.rectify_due, None),
        )
        now = self._clock.now()
        return row.state in UNFED_BACK and any(done is None and is_late(now, due) for due, done in owed)

    # ------------------------------------------------------------ the step that they all are

    def _act(
        self,
        action: ProblemAction,
        actor: Actor,
        command: _OnProblem,
        key: str | None,
        step: Callable[[Problem, Signed], None],
        *,
        attachments: Sequence[AttachmentId] = (),
    ) -> ProblemRow:
        check(actor, COMMANDS[action])
        id = command.problem_id
        with self._storage.work(actor) as work:
            # Asked inside: whoever has waited for the database signs when the turn has come.
            now = self._clock.now()

            def act() -> str:
                problem = work.problems.get(id, within=actor.scope)
                check_party(action, problem.origin, problem.parties(actor.department_id, actor.enterprise_id))
                if problem.revision != command.revision:
                    raise Conflict(
                        f"问题已更新到第{problem.revision}版，您看到的是第{command.revision}版，请刷新后再办理。",
                        field="revision",
                    )
                step(problem, Signed(by=actor.person_id, name=actor.name, at=now))
                work.problems.save(problem)
                if attachments:
                    work.attachments.claim(attachments, actor.person_id, problem_id=id, field="attachments")
                return str(id)

            once(work, actor, key, command, now=now, act=act, reference=str(id))
            work.commit(within=LONGEST_STEP)
        shown = self.rows(actor, [id]).get(id)
        if shown is None:
            raise NotFound("问题")  # A step repeated by its key, by somebody who works elsewhere by now.
        return shown


def _checked(where: ProblemFilter) -> ProblemFilter:
    first, last = where.first_day, where.last_day
    if where.text is None or not where.text.strip():
        if first is not None and last is not None:
            check_order(first, last)
    elif first is None or last is None:
        # No index leads to words: what is read for them is a year at most.
        raise InvalidValue(
            f"按文字查询时须指定开始日期和结束日期，最多{MOST_DAYS}天。",
            field="firstDay" if first is None else "lastDay",
        )
    else:
        check_range(first, last)
    return where
