"""What follows from what: the only place where an event leads to something else, all in the event's own transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime
from enum import Enum
from typing import Any, Final
from uuid import UUID, uuid4

from ..domain.commitment.events import CommitmentReopened, CommitmentReported
from ..domain.deadlines import push_due
from ..domain.directory.events import DirectoryChanged, EnterpriseViewed
from ..domain.events import Event
from ..domain.exchange.duty import Duty, Topic
from ..domain.exchange.events import DeadLetterResent
from ..domain.files.events import FileDownloaded, FileUploaded
from ..domain.identity.events import AccessChanged, LoggedIn, LogInFailed
from ..domain.inspection.events import (
    InspectionDiscarded,
    InspectionEvent,
    InspectionOpened,
    InspectionSubmitted,
)
from ..domain.notice.events import InboxChanged
from ..domain.notice.notice import Message, MessageKind
from ..domain.problem.events import (
    ExtensionGranted,
    ExtensionRefused,
    ExtensionRequested,
    ProblemAcknowledged,
    ProblemClosed,
    ProblemEvent,
    ProblemFedBack,
    ProblemIssued,
    ProblemReturned,
    ProblemTakenUp,
    ProblemWithdrawn,
    ProgressReported,
)
from ..domain.values import MessageId, fact_id
from .inbox import tell
from .ministry_facts import commitment_facts
from .policies import PolicyBook
from .ports.operations import AuditEntry
from .ports.work import UnitOfWork
from .problem_notices import tell_of_problem

Reaction = Callable[[UnitOfWork, Any, PolicyBook], Iterable[Topic]]


def push_commitment(work: UnitOfWork, event: CommitmentReported, policies: PolicyBook) -> Iterable[Topic]:
    """Owe the ministry this revision; when it goes up follows from the settings."""
    policy = policies.policy(work, event.region_id, event.business_date, now=event.at)
    work.outbox.add(
        [
            Duty(
                id=fact_id("commitment", event.enterprise_id, event.business_date, event.report.revision),
                topic=Topic.MINISTRY_COMMITMENT,
                object_key=str(event.commitment_id),
                revision=event.report.revision,
                business_date=event.business_date,
                facts=commitment_facts(event.report),
                created_at=event.at,
                due_at=push_due(event.at, policy),
            )
        ]
    )
    return ()


def tell_of_reopening(work: UnitOfWork, event: CommitmentReopened, policies: PolicyBook) -> Iterable[Topic]:
    """The enterprise's head learns in the app that the report can be corrected today, and why."""
    heads = work.people.heads_of([event.enterprise_id]).get(event.enterprise_id, ())
    tell(
        work,
        [
            Message(
                id=MessageId(fact_id("reopened", event.commitment_id, event.at, head.id)),
                receiver_id=head.id,
                kind=MessageKind.COMMITMENT_REOPENED,
                title=f"{event.business_date}的安全承诺已重新开放",
                body=f"应急管理部门已重新开放贵企业{event.business_date}的安全承诺，请于今日内更正。原因：{event.reason}",
                subject_type="Commitment",
                subject_id=str(event.commitment_id),
                created_at=event.at,
            )
            for head in heads
        ],
    )
    return ()


def keep_business_event(work: UnitOfWork, event: Event, policies: PolicyBook) -> Iterable[Topic]:
    """Log-ins and page views are facts that patrol and spot-check records arise from."""
    work.business_events.add(event)
    return ()


def count_against_address(work: UnitOfWork, event: LogInFailed, policies: PolicyBook) -> Iterable[Topic]:
    """An address from which too many log-ins have failed is shut out for a while."""
    if event.address is not None:
        work.business_events.add(event)
    return ()


REACTIONS: Final[Mapping[type, tuple[Reaction, ...]]] = {
    CommitmentReported: (push_commitment,),
    CommitmentReopened: (tell_of_reopening,),
    LoggedIn: (keep_business_event,),
    LogInFailed: (count_against_address,),
    EnterpriseViewed: (keep_business_event,),
    DirectoryChanged: (),
    AccessChanged: (),
    FileUploaded: (),
    FileDownloaded: (),
    DeadLetterResent: (),
    InboxChanged: (),
    InspectionOpened: (),
    InspectionSubmitted: (),
    InspectionDiscarded: (),
    ProblemIssued: (tell_of_problem,),
    ProblemAcknowledged: (),
    ProblemTakenUp: (),
    ProgressReported: (),
    ProblemFedBack: (tell_of_problem,),
    ProblemClosed: (tell_of_problem,),
    ProblemReturned: (tell_of_problem,),
    ExtensionRequested: (tell_of_problem,),
    ExtensionGranted: (tell_of_problem,),
    ExtensionRefused: (tell_of_problem,),
    ProblemWithdrawn: (tell_of_problem,),
}
"""Every kind of event, with what follows from it; the audit trail follows from all of them."""


UNAUDITED: Final = (EnterpriseViewed, InboxChanged)
"""Page views are kept as business events of their own; that a message came is no act of anybody."""


class React:
    """Runs the reactions of the events of one unit of work and writes its audit trail."""

    def __init__(self, policies: PolicyBook) -> None:
        self._policies = policies

    def __call__(self, work: UnitOfWork, events: Sequence[Event]) -> Iterable[Topic]:
        topics: list[Topic] = []
        for event in events:
            for reaction in REACTIONS[type(event)]:
                topics.extend(reaction(work, event, self._policies))
        work.audit.add([audit_entry(work, event) for event in events if not isinstance(event, UNAUDITED)])
        return topics


def audit_entry(work: UnitOfWork, event: Event) -> AuditEntry:
    """One line of the trail: the event's own words, its ids, and no personal data. Page views are kept as events."""
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
        actor_id=work.actor.account_id,
        actor_name=work.actor.name,
        action=type(event).__name__,
        subject=_subject(event),
        detail=detail,
    )


def _subject(event: Event) -> str:
    if isinstance(event, InspectionEvent):
        return f"Inspection:{event.inspection_id}"
    if isinstance(event, ProblemEvent):
        return f"Problem:{event.problem_id}"
    match event:
        case CommitmentReported() | CommitmentReopened():
            return f"Commitment:{event.commitment_id}"
        case LoggedIn() | AccessChanged():
            return f"Account:{event.account_id}"
        case LogInFailed():
            return f"Account:{event.account_id or 'unknown'}"
        case EnterpriseViewed():
            return f"Enterprise:{event.enterprise_id}"
        case DirectoryChanged():
            return f"{event.what}:{event.subject}"
        case FileUploaded() | FileDownloaded():
            return f"Attachment:{event.attachment_id}"
        case DeadLetterResent():
            return f"Duty:{event.outbox_id}"
        case InboxChanged():
            return f"Person:{event.person_id}"


def _plain(value: object) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, UUID | date | datetime):
        return str(value)
    return value
