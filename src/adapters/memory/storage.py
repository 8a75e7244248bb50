"""The in-memory storage: units of work that are isolated, really roll back, and commit atomically."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from threading import Lock
from time import monotonic
from types import TracebackType
from typing import Final, Self
from uuid import uuid4

from ...application.access import Actor
from ...application.ports.alert import Alerts
from ...application.ports.commitment import Commitments, FactSource
from ...application.ports.directory_collections import (
    Certificates,
    Departments,
    Enterprises,
    People,
    Regions,
    Settings,
    ShutdownPeriods,
)
from ...application.ports.exchange import Outbox
from ...application.ports.export import Exports
from ...application.ports.files import Attachments, FileTickets
from ...application.ports.identity import Accounts, KnownAddresses, Sessions, StrayAttempts
from ...application.ports.inbox import Inbox
from ...application.ports.inspection import Inspections, WeeklyRows
from ...application.ports.notice import Messages, TextMessages
from ...application.ports.operations import Audit, BusinessEvents, RememberedAnswers, Restores, Slots
from ...application.ports.problem import Problems
from ...application.ports.readers import Readers
from ...application.ports.report import RegionReports
from ...application.ports.unavailable import WritesRefused
from ...application.ports.work import TOOK_TOO_LONG, Reactions
from ...domain.events import Announced, Event
from ...domain.exchange.duty import Topic
from ...domain.refusals import Conflict
from .accounts import MemoryAccounts, MemoryAnswers, MemoryBusinessEvents, MemorySessions
from .alerts import MemoryAlerts
from .commitments import MemoryCommitments
from .directory import MemoryDepartments, MemoryRegions, MemorySettings
from .enterprises import MemoryCertificates, MemoryEnterprises, MemoryShutdownPeriods
from .exports import MemoryExportReader, MemoryExports
from .facts import MemoryFacts
from .files import MemoryAttachmentReader, MemoryAttachments, MemoryFileTickets
from .inbox import MemoryInbox
from .inspections import MemoryInspections, MemoryWeeklyRows
from .known_addresses import MemoryKnownAddresses, MemoryStrayAttempts
from .notices import MemoryMessages, MemoryTexts
from .operations import MemoryAudit, MemorySlots
from .outbox import MemoryOutbox
from .people import MemoryPeople
from .problems import MemoryProblems
from .reading.alerts import MemoryAlertReader
from .reading.commitments import MemoryCommitmentReader
from .reading.directory import MemoryDirectoryReader
from .reading.exchange import MemoryExchangeReader
from .reading.identity import MemoryAccessReader
from .reading.inbox import MemoryInboxReader
from .reading.inspections import MemoryInspectionReader
from .reading.notices import MemoryNoticeReader
from .reading.operations import MemoryOperationsReader
from .reading.problems import MemoryProblemReader
from .reading.statistics import MemoryRollUpReader, MemoryStatisticsReader
from .reading.wall import MemoryWallReader
from .reports import MemoryRegionReportReader, MemoryRegionReports
from .restores import MemoryRestores
from .tables import State

LONGEST_WAIT: Final = 10.0
"""Seconds that a unit of work waits for the write lock."""


def _nobody(topics: frozenset[Topic], events: Sequence[Event]) -> None:
    """Do nothing after a commit."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


class MemoryStorage:
    """Keeps everything in one process. Safe to use from many threads, one unit of work in each.

    Until its first write, a unit of work reads the committed state. The first write takes the write lock and
    forks that state, so there is only one writer at a time. Leases run by `database_clock`.
    """

    def __init__(
        self,
        *,
        reactions: Reactions,
        after_commit: Callable[[frozenset[Topic], Sequence[Event]], None] = _nobody,
        database_clock: Callable[[], datetime] = _utc_now,
    ) -> None:
        self.reactions = reactions
        self.after_commit = after_commit
        self.database_clock = database_clock
        self.landed = State()
        self.place = str(uuid4())
        self.writing = Lock()
        self.refuses_writes = False
        """True plays a read-only database: who writes gets WritesRefused, who reads is answered."""

    def work(self, actor: Actor) -> MemoryUnitOfWork:
        return MemoryUnitOfWork(self, actor)

    def readers(self) -> Readers:
        """Readers of the committed state."""

        def state() -> State:
            return self.landed

        return Readers(
            directory=MemoryDirectoryReader(state),
            commitments=MemoryCommitmentReader(state),
            exchange=MemoryExchangeReader(state),
            notices=MemoryNoticeReader(state),
            access=MemoryAccessReader(state),
            operations=MemoryOperationsReader(state),
            inspections=MemoryInspectionReader(state),
            problems=MemoryProblemReader(state),
            alerts=MemoryAlertReader(state),
            inbox=MemoryInboxReader(state),
            attachments=MemoryAttachmentReader(state),
            statistics=MemoryStatisticsReader(state),
            roll_ups=MemoryRollUpReader(state),
            region_reports=MemoryRegionReportReader(state),
            exports=MemoryExportReader(state),
            wall=MemoryWallReader(state),
        )


class MemoryUnitOfWork:
    """One transaction of the in-memory storage."""

    def __init__(self, storage: MemoryStorage, actor: Actor) -> None:
        self.actor = actor
        self._storage = storage
        self._open = False
        self._used = False
        self._committing = False
        self._open_since = 0.0
        self._fork: State | None = None
        self._events: list[Event] = []
        self.regions: Regions = MemoryRegions(self)
        self.departments: Departments = MemoryDepartments(self)
        self.people: People = MemoryPeople(self)
        self.enterprises: Enterprises = MemoryEnterprises(self)
        self.certificates: Certificates = MemoryCertificates(self)
        self.shutdown_periods: ShutdownPeriods = MemoryShutdownPeriods(self)
        self.settings: Settings = MemorySettings(self)
        self.facts: FactSource = MemoryFacts(self)
        self.commitments: Commitments = MemoryCommitments(self)
        self.inspections: Inspections = MemoryInspections(self)
        self.problems: Problems = MemoryProblems(self)
        self.alerts: Alerts = MemoryAlerts(self)
        self.weekly_rows: WeeklyRows = MemoryWeeklyRows(self)
        self.region_reports: RegionReports = MemoryRegionReports(self)
        self.attachments: Attachments = MemoryAttachments(self)
        self.file_tickets: FileTickets = MemoryFileTickets(self)
        self.exports: Exports = MemoryExports(self)
        self.outbox: Outbox = MemoryOutbox(self, storage.database_clock)
        self.inbox: Inbox = MemoryInbox(self, storage.database_clock)
        self.messages: Messages = MemoryMessages(self)
        self.texts: TextMessages = MemoryTexts(self)
        self.accounts: Accounts = MemoryAccounts(self)
        self.sessions: Sessions = MemorySessions(self)
        self.known_addresses: KnownAddresses = MemoryKnownAddresses(self)
        self.stray_attempts: StrayAttempts = MemoryStrayAttempts(self)
        self.business_events: BusinessEvents = MemoryBusinessEvents(self)
        self.slots: Slots = MemorySlots(self, storage.database_clock)
        self.audit: Audit = MemoryAudit(self)
        self.answers: RememberedAnswers = MemoryAnswers(self)
        self.restores: Restores = MemoryRestores(self, storage.place)

    # ------------------------------------------------------------ used by the collections

    def reading(self) -> State:
        """The state to read: the committed state, or this unit's own fork after its first write."""
        self._check_open()
        return self._storage.landed if self._fork is None else self._fork

    def to_write(self) -> State:
        """The fork to write to. Waits for the write lock; raises Conflict after LONGEST_WAIT seconds.

        Raises WritesRefused while `refuses_writes` is set.
        """
        self._check_open()
        if self._storage.refuses_writes:
            raise WritesRefused("the twin plays a read-only database")
        if self._fork is None:
            if not self._storage.writing.acquire(timeout=LONGEST_WAIT):
                raise Conflict("数据正被他人修改，请稍后重试。")
            self._fork = self._storage.landed.fork()
        return self._fork

    def collect(self, events: list[Announced]) -> None:
        """Take over the events of a saved aggregate and clear its list."""
        self._events.extend(events)
        events.clear()

    # ------------------------------------------------------------ the unit of work

    def __enter__(self) -> Self:
        if self._used:
            raise RuntimeError("a unit of work is used once: ask the storage for a new one")
        self._open = self._used = True
        self._open_since = monotonic()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def note(self, event: Event) -> None:
        self._check_open()
        self._events.append(event)

    def commit(self, *, within: timedelta | None = None) -> None:
        self._check_open()
        if self._committing:
            raise RuntimeError("a reaction must not commit the unit of work that it reacts in")
        self._committing = True
        topics: set[Topic] = set()
        announced: list[Event] = []
        while self._events:
            events, self._events = self._events, []
            announced.extend(events)
            topics.update(self._storage.reactions(self, events))
        if within is not None and monotonic() - self._open_since > within.total_seconds():
            raise Conflict(TOOK_TOO_LONG)
        if self._fork is not None:
            self._storage.landed = self._fork
        self._close()
        self._storage.after_commit(frozenset(topics), announced)

    def _close(self) -> None:
        self._open = False
        self._events = []
        if self._fork is not None:
            self._fork = None
            self._storage.writing.release()

    def _check_open(self) -> None:
        if not self._open:
            raise RuntimeError("a unit of work is used inside its with statement, and not after its commit")
