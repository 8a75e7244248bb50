"""Which reactions follow which event: nothing else reacts to events. All run in the event's transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from ..domain.alert.events import (
    AlertAcknowledged,
    AlertClosed,
    AlertEnded,
    AlertEscalated,
    AlertFedBack,
    AlertHandled,
    AlertLowered,
    AlertOpened,
    AlertProgressReported,
    AlertRaised,
    AlertReopened,
    AlertRestated,
    AlertReturned,
)
from ..domain.commitment.events import CommitmentReopened, CommitmentReported, CommitmentsOwed
from ..domain.directory.events import (
    DirectoryChanged,
    EnterpriseViewed,
    PhoneNumberRead,
    ShutdownAnnulled,
    ShutdownDeclared,
)
from ..domain.events import Event
from ..domain.exchange.duty import Topic
from ..domain.exchange.events import (
    DeadLetterResent,
    DutyGivenUp,
    InboxRecordAssigned,
    InboxReprocessed,
    RawMessageRead,
    RestoreBegun,
    RestoreFinished,
    TrailReanchored,
)
from ..domain.export.events import (
    ExportAdvanced,
    ExportCancelled,
    ExportDownloaded,
    ExportedByOperator,
    ExportExpired,
    ExportFailed,
    ExportFinished,
    ExportRequested,
)
from ..domain.files.events import FileDownloaded, FileUploaded
from ..domain.identity.events import AccessChanged, LoggedIn, LogInFailed
from ..domain.inspection.events import (
    InspectionDiscarded,
    InspectionOpened,
    InspectionSubmitted,
)
from ..domain.notice.events import InboxChanged
from ..domain.problem.events import (
    ExtensionGranted,
    ExtensionRefused,
    ExtensionRequested,
    ProblemAcknowledged,
    ProblemClosed,
    ProblemFedBack,
    ProblemHandedOver,
    ProblemIssued,
    ProblemReopened,
    ProblemRestated,
    ProblemReturned,
    ProblemTakenUp,
    ProblemWithdrawn,
    ProgressReported,
)
from ..domain.report.events import ReportDownloaded, ReportMade
from .alert.kind import watch_alert_review
from .alert.reporting import report_alert
from .alert.telling import tell_of_alert
from .alert.watch import end_renewed
from .commitment.telling import push_commitment, tell_of_reopening
from .directory.telling import tell_of_annulment, tell_of_declaration
from .exchange.alarms import tell_of_giving_up
from .exchange.queueing import queue_again
from .export.giving_up import give_up_export
from .operations.audit_entries import audit_entry
from .operations.business_events import count_against_address, keep_business_event
from .policies import PolicyBook
from .ports.work import UnitOfWork
from .problem.kind import watch_problem_review
from .problem.reporting import report_problem
from .problem.telling import tell_of_problem

Reaction = Callable[[UnitOfWork, Any, PolicyBook], Iterable[Topic]]


REACTIONS: Final[Mapping[type, tuple[Reaction, ...]]] = {
    CommitmentReported: (push_commitment,),
    CommitmentReopened: (tell_of_reopening,),
    CommitmentsOwed: (),
    LoggedIn: (keep_business_event,),
    LogInFailed: (count_against_address,),
    EnterpriseViewed: (keep_business_event,),
    DirectoryChanged: (end_renewed, queue_again),
    PhoneNumberRead: (),
    ShutdownDeclared: (tell_of_declaration,),
    ShutdownAnnulled: (tell_of_annulment,),
    AccessChanged: (),
    ExportRequested: (),
    ExportAdvanced: (),
    ExportFinished: (),
    ExportFailed: (),
    ExportCancelled: (),
    ExportDownloaded: (),
    ExportExpired: (),
    ExportedByOperator: (),
    FileUploaded: (),
    FileDownloaded: (),
    ReportMade: (),
    ReportDownloaded: (),
    DeadLetterResent: (),
    DutyGivenUp: (tell_of_giving_up, give_up_export),
    InboxRecordAssigned: (),
    InboxReprocessed: (),
    RawMessageRead: (),
    InboxChanged: (),
    InspectionOpened: (),
    InspectionSubmitted: (),
    InspectionDiscarded: (),
    ProblemIssued: (tell_of_problem, report_problem),
    ProblemAcknowledged: (report_problem,),
    ProblemTakenUp: (report_problem,),
    ProgressReported: (report_problem,),
    ProblemFedBack: (tell_of_problem, watch_problem_review, report_problem),
    ProblemClosed: (tell_of_problem, report_problem),
    ProblemReturned: (tell_of_problem, report_problem),
    ExtensionRequested: (tell_of_problem, watch_problem_review, report_problem),
    ExtensionGranted: (tell_of_problem, report_problem),
    ExtensionRefused: (tell_of_problem, report_problem),
    ProblemWithdrawn: (tell_of_problem, report_problem),
    ProblemHandedOver: (tell_of_problem, report_problem),
    ProblemRestated: (tell_of_problem, report_problem),
    ProblemReopened: (tell_of_problem, report_problem),
    AlertOpened: (tell_of_alert, report_alert),
    AlertAcknowledged: (report_alert,),
    AlertHandled: (report_alert,),
    AlertProgressReported: (report_alert,),
    AlertFedBack: (tell_of_alert, watch_alert_review, report_alert),
    AlertClosed: (tell_of_alert, report_alert),
    AlertReturned: (tell_of_alert, report_alert),
    AlertEscalated: (tell_of_alert, report_alert),
    AlertRaised: (tell_of_alert, report_alert),
    AlertLowered: (tell_of_alert, report_alert),
    AlertRestated: (report_alert,),
    AlertReopened: (tell_of_alert, report_alert),
    AlertEnded: (tell_of_alert, report_alert),
    RestoreBegun: (),
    RestoreFinished: (),
    TrailReanchored: (),
}
"""Every kind of event with its reactions. All events but UNAUDITED also go into the audit trail."""


TOGETHER: Final = frozenset({report_alert})
"""These take a list: all their events of the transaction, so that look-ups are made for all of them at once."""


UNAUDITED: Final = (CommitmentsOwed, EnterpriseViewed, ExportAdvanced, InboxChanged)
"""Page views are kept as business events instead. An arriving message, a new day, an export that gets on: nobody's action."""


WHILE_RESTORING: Final = (
    AccessChanged,
    EnterpriseViewed,
    ExportDownloaded,
    FileDownloaded,
    InboxChanged,
    LoggedIn,
    LogInFailed,
    PhoneNumberRead,
    RawMessageRead,
    ReportDownloaded,
)
"""What comes of reading: people may log in and read while a restore is open. All else is refused."""


class ReactionTable:
    """Runs the reactions to the events of one unit of work and writes its audit trail."""

    def __init__(self, policies: PolicyBook) -> None:
        self._policies = policies

    def __call__(self, work: UnitOfWork, events: Sequence[Event]) -> Iterable[Topic]:
        if not work.actor.is_system and any(not isinstance(event, WHILE_RESTORING) for event in events):
            self._policies.standing(work, now=events[0].at).check_in_use()
        topics: list[Topic] = []
        together: dict[Reaction, list[Event]] = {}
        for event in events:
            for reaction in REACTIONS[type(event)]:
                if reaction in TOGETHER:
                    together.setdefault(reaction, []).append(event)
                else:
                    topics.extend(reaction(work, event, self._policies))
        for reaction, of_these in together.items():
            topics.extend(reaction(work, of_these, self._policies))
        work.audit.add(
            [audit_entry(work.actor, event) for event in events if not isinstance(event, UNAUDITED)]
        )
        return topics
