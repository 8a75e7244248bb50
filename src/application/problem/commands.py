"""Commands on a problem, one per action, and the table that maps each command to its step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from ...domain.directory.organisation import Department
from ...domain.handling.feedback import FeedbackForm
from ...domain.policy import Policy
from ...domain.problem.problem import Problem
from ...domain.problem.workflow import ProblemAction
from ...domain.signed import Signed
from ...domain.values import AttachmentId, DepartmentId, ProblemId, RegionId
from ..access import Permission


@dataclass(frozen=True, slots=True)
class ProblemCommand:
    """A command; `revision` is the one the person saw, so that no two people decide at once."""

    problem_id: ProblemId
    revision: int

    @property
    def attachments(self) -> tuple[AttachmentId, ...]:
        """The attachments that belong to the problem from this step on."""
        return ()


@dataclass(frozen=True, slots=True)
class AcknowledgeProblem(ProblemCommand):
    """Acknowledge the problem (签收), by the inspected party."""


@dataclass(frozen=True, slots=True)
class RectifyProblem(ProblemCommand):
    """Begin to rectify the verified problem, by the inspected party; after a return, begin again."""


@dataclass(frozen=True, slots=True)
class ReportProgress(ProblemCommand):
    """Give interim feedback."""

    form: FeedbackForm

    @property
    def attachments(self) -> tuple[AttachmentId, ...]:
        return self.form.attachments


@dataclass(frozen=True, slots=True)
class FeedBack(ProblemCommand):
    """Give the final feedback."""

    form: FeedbackForm

    @property
    def attachments(self) -> tuple[AttachmentId, ...]:
        return self.form.attachments


@dataclass(frozen=True, slots=True)
class CloseProblem(ProblemCommand):
    """Accept the final feedback."""

    note: str = ""


@dataclass(frozen=True, slots=True)
class ReturnProblem(ProblemCommand):
    """Return the final feedback. Without `rectify_on` the deadline stays, but at least a day is left.

    A deadline that would pass before the addressee is told, in quiet hours, moves to the end of the day on
    which they end.
    """

    reason: str
    rectify_on: date | None = None


@dataclass(frozen=True, slots=True)
class RequestExtension(ProblemCommand):
    """Ask for more time, until the end of the day `until`."""

    until: date
    reason: str


@dataclass(frozen=True, slots=True)
class GrantExtension(ProblemCommand):
    """Grant the requested time."""

    note: str = ""


@dataclass(frozen=True, slots=True)
class RefuseExtension(ProblemCommand):
    """Refuse the requested time, with a reason."""

    reason: str


@dataclass(frozen=True, slots=True)
class WithdrawProblem(ProblemCommand):
    """Withdraw the problem before its first final feedback."""

    reason: str


@dataclass(frozen=True, slots=True)
class HandOverProblem(ProblemCommand):
    """Hand a problem of the ministry over to a department below the province (转办).

    Without `rectify_on` the department has until the ministry's deadline.
    """

    department_id: DepartmentId
    instruction: str = ""
    rectify_on: date | None = None


@dataclass(frozen=True, slots=True)
class Receiver:
    """A department that a problem may be handed over to, and what is needed to judge that.

    `superiors` are all departments above it. `lineages` give each region with its ancestors. `policy` is the
    strictest of the department's, the problem's and the issuer's regions.
    """

    department: Department
    superiors: frozenset[DepartmentId]
    lineages: Mapping[RegionId, tuple[RegionId, ...]]
    policy: Policy


@dataclass(frozen=True, slots=True)
class ProblemCircumstances:
    """What a step may need beside the problem; each is looked up when asked for.

    `policy` gives the stricter of issuer and addressee. `receiver` raises NotFound for a department outside
    the actor's scope.
    """

    policy: Callable[[], Policy]
    receiver: Callable[[DepartmentId], Receiver]


@dataclass(frozen=True, slots=True)
class ProblemStep:
    """What a command does: its action in the workflow, the permission it needs, and the method it calls."""

    action: ProblemAction
    permission: Permission
    act: Callable[[Problem, Any, Signed, ProblemCircumstances], None]


def _hand_over(problem: Problem, command: HandOverProblem, by: Signed, around: ProblemCircumstances) -> None:
    receiver = around.receiver(command.department_id)
    problem.hand_over(
        command.instruction,
        to=receiver.department,
        superiors=receiver.superiors,
        lineages=receiver.lineages,
        by=by,
        policy=receiver.policy,
        rectify_on=command.rectify_on,
    )


STEPS: Final[Mapping[type[ProblemCommand], ProblemStep]] = {
    AcknowledgeProblem: ProblemStep(
        ProblemAction.ACKNOWLEDGE,
        Permission.ACKNOWLEDGE_PROBLEM,
        lambda problem, command, by, around: problem.acknowledge(by=by),
    ),
    RectifyProblem: ProblemStep(
        ProblemAction.RECTIFY,
        Permission.RECTIFY_PROBLEM,
        lambda problem, command, by, around: problem.rectify(by=by),
    ),
    ReportProgress: ProblemStep(
        ProblemAction.REPORT_PROGRESS,
        Permission.REPORT_PROBLEM_PROGRESS,
        lambda problem, command, by, around: problem.report_progress(command.form, by=by),
    ),
    FeedBack: ProblemStep(
        ProblemAction.FEED_BACK,
        Permission.FEED_BACK_PROBLEM,
        lambda problem, command, by, around: problem.feed_back(command.form, by=by),
    ),
    CloseProblem: ProblemStep(
        ProblemAction.CLOSE,
        Permission.CLOSE_PROBLEM,
        lambda problem, command, by, around: problem.close(command.note, by=by),
    ),
    ReturnProblem: ProblemStep(
        ProblemAction.RETURN,
        Permission.RETURN_PROBLEM,
        lambda problem, command, by, around: problem.return_(
            command.reason, by=by, rectify_on=command.rectify_on, policy=around.policy()
        ),
    ),
    RequestExtension: ProblemStep(
        ProblemAction.REQUEST_EXTENSION,
        Permission.REQUEST_EXTENSION,
        lambda problem, command, by, around: problem.request_extension(command.until, command.reason, by=by),
    ),
    GrantExtension: ProblemStep(
        ProblemAction.GRANT_EXTENSION,
        Permission.GRANT_EXTENSION,
        lambda problem, command, by, around: problem.grant_extension(command.note, by=by),
    ),
    RefuseExtension: ProblemStep(
        ProblemAction.REFUSE_EXTENSION,
        Permission.REFUSE_EXTENSION,
        lambda problem, command, by, around: problem.refuse_extension(command.reason, by=by),
    ),
    WithdrawProblem: ProblemStep(
        ProblemAction.WITHDRAW,
        Permission.WITHDRAW_PROBLEM,
        lambda problem, command, by, around: problem.withdraw(command.reason, by=by),
    ),
    HandOverProblem: ProblemStep(ProblemAction.HAND_OVER, Permission.HAND_OVER_PROBLEM, _hand_over),
}
"""The step of every command on a problem."""

PERMISSIONS: Final = {step.action: step.permission for step in STEPS.values()}
"""Which permission each action of the workflow needs."""
