"""What can be asked of a problem: one command per action, and the table that leads from it to the step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from ...domain.handling.feedback import FeedbackForm
from ...domain.problem.problem import Problem
from ...domain.problem.workflow import ProblemAction
from ...domain.signed import Signed
from ...domain.values import AttachmentId, ProblemId
from ..access import Permission


@dataclass(frozen=True, slots=True)
class ProblemCommand:
    """`revision` is the one the person saw, so that two people do not decide at once."""

    problem_id: ProblemId
    revision: int

    @property
    def attachments(self) -> tuple[AttachmentId, ...]:
        """The files that become the problem's own with this step."""
        return ()


@dataclass(frozen=True, slots=True)
class AcknowledgeProblem(ProblemCommand):
    """The inspected party takes notice."""


@dataclass(frozen=True, slots=True)
class RectifyProblem(ProblemCommand):
    """The inspected party has verified the problem and begins to rectify it; after a return, begins again."""


@dataclass(frozen=True, slots=True)
class ReportProgress(ProblemCommand):
    """Interim feedback."""

    form: FeedbackForm

    @property
    def attachments(self) -> tuple[AttachmentId, ...]:
        return self.form.attachments


@dataclass(frozen=True, slots=True)
class FeedBack(ProblemCommand):
    """The final feedback."""

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
    """Send the final feedback back; without a day the deadline stays, but at least a day is left."""

    reason: str
    rectify_on: date | None = None


@dataclass(frozen=True, slots=True)
class RequestExtension(ProblemCommand):
    """Ask for more time, until the end of that day."""

    until: date
    reason: str


@dataclass(frozen=True, slots=True)
class GrantExtension(ProblemCommand):
    """Give the time that is asked for."""

    note: str = ""


@dataclass(frozen=True, slots=True)
class RefuseExtension(ProblemCommand):
    """Give no more time, and say why."""

    reason: str


@dataclass(frozen=True, slots=True)
class WithdrawProblem(ProblemCommand):
    """Take the problem back before its first final feedback."""

    reason: str


@dataclass(frozen=True, slots=True)
class ProblemStep:
    """What a command does: which action of the workflow it is, who may, and how the problem carries it out."""

    action: ProblemAction
    permission: Permission
    act: Callable[[Problem, Any, Signed], None]


STEPS: Final[Mapping[type[ProblemCommand], ProblemStep]] = {
    AcknowledgeProblem: ProblemStep(
        ProblemAction.ACKNOWLEDGE,
        Permission.ACKNOWLEDGE_PROBLEM,
        lambda problem, command, by: problem.acknowledge(by=by),
    ),
    RectifyProblem: ProblemStep(
        ProblemAction.RECTIFY,
        Permission.RECTIFY_PROBLEM,
        lambda problem, command, by: problem.rectify(by=by),
    ),
    ReportProgress: ProblemStep(
        ProblemAction.REPORT_PROGRESS,
        Permission.REPORT_PROBLEM_PROGRESS,
        lambda problem, command, by: problem.report_progress(command.form, by=by),
    ),
    FeedBack: ProblemStep(
        ProblemAction.FEED_BACK,
        Permission.FEED_BACK_PROBLEM,
        lambda problem, command, by: problem.feed_back(command.form, by=by),
    ),
    CloseProblem: ProblemStep(
        ProblemAction.CLOSE,
        Permission.CLOSE_PROBLEM,
        lambda problem, command, by: problem.close(command.note, by=by),
    ),
    ReturnProblem: ProblemStep(
        ProblemAction.RETURN,
        Permission.RETURN_PROBLEM,
        lambda problem, command, by: problem.return_(command.reason, by=by, rectify_on=command.rectify_on),
    ),
    RequestExtension: ProblemStep(
        ProblemAction.REQUEST_EXTENSION,
        Permission.REQUEST_EXTENSION,
        lambda problem, command, by: problem.request_extension(command.until, command.reason, by=by),
    ),
    GrantExtension: ProblemStep(
        ProblemAction.GRANT_EXTENSION,
        Permission.GRANT_EXTENSION,
        lambda problem, command, by: problem.grant_extension(command.note, by=by),
    ),
    RefuseExtension: ProblemStep(
        ProblemAction.REFUSE_EXTENSION,
        Permission.REFUSE_EXTENSION,
        lambda problem, command, by: problem.refuse_extension(command.reason, by=by),
    ),
    WithdrawProblem: ProblemStep(
        ProblemAction.WITHDRAW,
        Permission.WITHDRAW_PROBLEM,
        lambda problem, command, by: problem.withdraw(command.reason, by=by),
    ),
}
"""Every command on a problem, and the step that it is."""

PERMISSIONS: Final = {step.action: step.permission for step in STEPS.values()}
"""Which permission each action of the workflow needs."""
