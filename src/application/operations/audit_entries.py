"""Makes the audit entry of an event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime
from enum import Enum
from typing import Any
from uuid import UUID, uuid4

from ...domain.alert.events import AlertEvent
from ...domain.commitment.events import CommitmentReopened, CommitmentReported, CommitmentsOwed
from ...domain.directory.events import (
    DirectoryChanged,
    EnterpriseViewed,
    PhoneNumberRead,
    ShutdownAnnulled,
    ShutdownDeclared,
)
from ...domain.events import Event
from ...domain.exchange.events import (
    DeadLetterResent,
    DutyGivenUp,
    InboxRecordAssigned,
    InboxReprocessed,
    RawMessageRead,
    RestoreBegun,
    RestoreFinished,
    TrailReanchored,
)
from ...domain.export.events import ExportedByOperator, ExportJobEvent
from ...domain.files.events import FileDownloaded, FileUploaded
from ...domain.identity.events import AccessChanged, LoggedIn, LogInFailed
from ...domain.inspection.events import InspectionEvent
from ...domain.notice.events import InboxChanged
from ...domain.problem.events import ProblemEvent
from ...domain.report.events import ReportDownloaded, ReportMade
from ..access import Actor
from ..ports.operations import AuditEntry


def audit_entry(actor: Actor, event: Event) -> AuditEntry:
    """The audit entry of what this actor did: its class name, its ids and plain fields, no personal data.

    Page views have no entry: they are stored as business events.
    """
    detail = {
        entry.name: _plain(getattr(event, entry.name))
        for entry in fields(event)
        if entry.name not in ("at", "report", "summary", "reason")
    }
    if isinstance(event, CommitmentReported):
        detail |= {
            "revision": event.report.revision,
            "origin": event.report.origin.value,
            "late": event.report.late,
            "status": event.report.form.status.value,
        }
    if isinstance(event, DirectoryChanged | AccessChanged):
        detail["summary"] = event.summary
    return AuditEntry(
        id=uuid4(),
        at=event.at,
        actor_id=actor.account_id,
        actor_name=actor.name,
        action=type(event).__name__,
        subject=_subject(event),
        detail=detail,
    )


def _subject(event: Event) -> str:
    if isinstance(event, InspectionEvent):
        return f"Inspection:{event.inspection_id}"
    if isinstance(event, ProblemEvent):
        return f"Problem:{event.problem_id}"
    if isinstance(event, ExportJobEvent):
        return f"Export:{event.export_id}"
    if isinstance(event, AlertEvent):
        return f"Alert:{event.alert_id}"
    match event:
        case CommitmentReported() | CommitmentReopened():
            return f"Commitment:{event.commitment_id}"
        case CommitmentsOwed():
            return f"Commitments:{event.business_date}"
        case LoggedIn() | AccessChanged():
            return f"Account:{event.account_id}"
        case LogInFailed():
            return f"Account:{event.account_id or 'unknown'}"
        case EnterpriseViewed():
            return f"Enterprise:{event.enterprise_id}"
        case DirectoryChanged() | PhoneNumberRead():
            return f"{event.what}:{event.subject}"
        case ShutdownDeclared() | ShutdownAnnulled():
            return f"ShutdownPeriod:{event.period_id}"
        case FileUploaded() | FileDownloaded():
            return f"Attachment:{event.attachment_id}"
        case ReportMade() | ReportDownloaded():
            return f"RegionReport:{event.report_id}"
        case DeadLetterResent() | DutyGivenUp():
            return f"Duty:{event.outbox_id}"
        case InboxRecordAssigned():
            return f"InboxRecord:{event.record_id}"
        case InboxReprocessed():
            return f"{event.what}:{event.subject}"
        case RawMessageRead():
            return f"InboxMessage:{event.message_id}"
        case RestoreBegun() | RestoreFinished() | TrailReanchored():
            return "Database"
        case ExportedByOperator():
            return f"Export:{event.kind.value}"
        case InboxChanged():
            return f"Person:{event.person_id}"


def _plain(value: object) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, UUID | date | datetime):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    return value
