"""Commands on an alert, one per action of a person, and the table that maps each command to its step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ...domain.alert.alert import Alert
from ...domain.alert.form import Verification
from ...domain.alert.workflow import AlertAction
from ...domain.directory.organisation import DepartmentSnapshot
from ...domain.handling.feedback import FeedbackForm
from ...domain.policy import Policy
from ...domain.signed import Signed
from ...domain.values import AlertId, AttachmentId
from ..access import Permission


@dataclass(frozen=True, slots=True)
class AlertCommand:
    """A command; `revision` is the one the person saw, so that no two people decide at once."""

    alert_id: AlertId
    revision: int

    @property
    def attachments(self) -> tuple[AttachmentId, ...]:
        """The attachments that belong to the alert from this step on."""
        return ()


@dataclass(frozen=True, slots=True)
class AcknowledgeAlert(AlertCommand):
    """Acknowledge the alert (签收), by the enterprise."""


@dataclass(frozen=True, slots=True)
class HandleAlert(AlertCommand):
    """Verify the alert and handle it; done again, it corrects the verification result."""

    verification: Verification
    note: str = ""


@dataclass(frozen=True, slots=True)
class ReportAlertProgress(AlertCommand):
    """Give interim feedback."""

    form: FeedbackForm

    @property
    def attachments(self) -> tuple[AttachmentId, ...]:
        return self.form.attachments


@dataclass(frozen=True, slots=True)
class FeedBackAlert(AlertCommand):
    """Give the final feedback."""

    form: FeedbackForm

    @property
    def attachments(self) -> tuple[AttachmentId, ...]:
        return self.form.attachments


@dataclass(frozen=True, slots=True)
class CloseAlert(AlertCommand):
    """Accept the final feedback."""

    note: str = ""


@dataclass(frozen=True, slots=True)
class ReturnAlert(AlertCommand):
    """Return the final feedback, with a reason."""

    reason: str


@dataclass(frozen=True, slots=True)
class EscalateAlert(AlertCommand):
    """Hand the review to the department above, with a reason."""

    reason: str


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a step may need beside the alert: the enterprise's policy, and the department above the reviewer.

    `above` is the reviewing department itself if nobody stands above it.
    """

    policy: Policy
    above: DepartmentSnapshot


@dataclass(frozen=True, slots=True)
class AlertStep:
    """What a command does: its action in the workflow, the permission it needs, and the method it calls."""

    action: AlertAction
    permission: Permission
    act: Callable[[Alert, Any, Signed, Circumstances], None]


ALERT_STEPS: Final[Mapping[type[AlertCommand], AlertStep]] = {
    AcknowledgeAlert: AlertStep(
        AlertAction.ACKNOWLEDGE,
        Permission.ACKNOWLEDGE_ALERT,
        lambda alert, command, by, around: alert.acknowledge(by=by),
    ),
    HandleAlert: AlertStep(
        AlertAction.HANDLE,
        Permission.HANDLE_ALERT,
        lambda alert, command, by, around: alert.handle(command.verification, command.note, by=by),
    ),
    ReportAlertProgress: AlertStep(
        AlertAction.REPORT_PROGRESS,
        Permission.REPORT_ALERT_PROGRESS,
        lambda alert, command, by, around: alert.report_progress(command.form, by=by),
    ),
    FeedBackAlert: AlertStep(
        AlertAction.FEED_BACK,
        Permission.FEED_BACK_ALERT,
        lambda alert, command, by, around: alert.feed_back(command.form, by=by),
    ),
    CloseAlert: AlertStep(
        AlertAction.CLOSE,
        Permission.CLOSE_ALERT,
        lambda alert, command, by, around: alert.close(command.note, by=by),
    ),
    ReturnAlert: AlertStep(
        AlertAction.RETURN,
        Permission.RETURN_ALERT,
        lambda alert, command, by, around: alert.return_(command.reason, by=by, policy=around.policy),
    ),
    EscalateAlert: AlertStep(
        AlertAction.ESCALATE,
        Permission.ESCALATE_ALERT,
        lambda alert, command, by, around: alert.escalate(command.reason, to=around.above, by=by),
    ),
}
"""The step of every command on an alert."""

ALERT_PERMISSIONS: Final = {step.action: step.permission for step in ALERT_STEPS.values()}
"""Which permission each action of the workflow needs."""
