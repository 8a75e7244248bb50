"""The unit of work on the database: one transaction with the collections of the domain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from time import monotonic
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from ...application import access
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
from ...application.ports.report import RegionReports
from ...application.ports.work import TOOK_TOO_LONG, Reactions
from ...domain.events import Event
from ...domain.exchange.duty import Topic
from ...domain.refusals import Conflict
from ...faultpoints import reached
from . import tally
from .accounts import SqlAccounts, SqlSessions
from .alerts import SqlAlerts
from .answers import SqlAnswers, SqlBusinessEvents
from .audit import SqlAudit
from .certificates import SqlCertificates
from .commitments import SqlCommitments
from .connections import connect
from .directory import SqlDepartments, SqlRegions
from .enterprises import SqlEnterprises
from .exports import SqlExports
from .facts import SqlFacts
from .files import SqlAttachments, SqlFileTickets
from .inbox import SqlInbox
from .inspections import SqlInspections
from .known_addresses import SqlKnownAddresses, SqlStrayAttempts
from .notices import SqlMessages, SqlTexts
from .outbox import SqlOutbox
from .people import SqlPeople
from .problems import SqlProblems
from .reports import SqlRegionReports
from .restores import SqlRestores
from .schedule import SqlSlots
from .settings import SqlSettings
from .shutdowns import SqlShutdownPeriods
from .transaction import Transaction, refusal_of
from .weekly import SqlWeeklyRows

AfterCommit = Callable[[frozenset[Topic], Sequence[Event]], None]


class SqlUnitOfWork:
    """One transaction. Use it once, in a `with` statement, in one thread."""

    regions: Regions
    departments: Departments
    people: People
    enterprises: Enterprises
    certificates: Certificates
    shutdown_periods: ShutdownPeriods
    settings: Settings
    facts: FactSource
    commitments: Commitments
    inspections: Inspections
    problems: Problems
    alerts: Alerts
    weekly_rows: WeeklyRows
    region_reports: RegionReports
    attachments: Attachments
    file_tickets: FileTickets
    exports: Exports
    outbox: Outbox
    inbox: Inbox
    messages: Messages
    texts: TextMessages
    accounts: Accounts
    sessions: Sessions
    known_addresses: KnownAddresses
    stray_attempts: StrayAttempts
    business_events: BusinessEvents
    slots: Slots
    audit: Audit
    answers: RememberedAnswers
    restores: Restores

    def __init__(
        self, engine: Engine, actor: access.Actor, reactions: Reactions, after_commit: AfterCommit
    ) -> None:
        self.actor = actor
        self._engine = engine
        self._reactions = reactions
        self._after_commit = after_commit
        self._used = False
        self._committing = False
        self._open_since = 0.0
        transaction = self._transaction = Transaction()
        self.regions = SqlRegions(transaction)
        self.departments = SqlDepartments(transaction)
        self.people = SqlPeople(transaction)
        self.enterprises = SqlEnterprises(transaction)
        self.certificates = SqlCertificates(transaction)
        self.shutdown_periods = SqlShutdownPeriods(transaction)
        self.settings = SqlSettings(transaction)
        self.facts = SqlFacts(transaction)
        self.commitments = SqlCommitments(transaction)
        self.inspections = SqlInspections(transaction)
        self.problems = SqlProblems(transaction)
        self.alerts = SqlAlerts(transaction)
        self.weekly_rows = SqlWeeklyRows(transaction)
        self.region_reports = SqlRegionReports(transaction)
        self.attachments = SqlAttachments(transaction)
        self.file_tickets = SqlFileTickets(transaction)
        self.exports = SqlExports(transaction)
        self.outbox = SqlOutbox(transaction)
        self.inbox = SqlInbox(transaction)
        self.messages = SqlMessages(transaction)
        self.texts = SqlTexts(transaction)
        self.accounts = SqlAccounts(transaction)
        self.sessions = SqlSessions(transaction)
        self.known_addresses = SqlKnownAddresses(transaction)
        self.stray_attempts = SqlStrayAttempts(transaction)
        self.business_events = SqlBusinessEvents(transaction)
        self.slots = SqlSlots(transaction)
        self.audit = SqlAudit(transaction)
        self.answers = SqlAnswers(transaction)
        self.restores = SqlRestores(transaction)

    def __enter__(self) -> Self:
        if self._used:
            raise RuntimeError("a unit of work is used once: ask the storage for a new one")
        self._used = True
        self._transaction.open_on(_begun(self._engine))
        self._open_since = monotonic()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._transaction.close()

    def note(self, event: Event) -> None:
        self._transaction.check_open()
        self._transaction.events.append(event)

    def commit(self, *, within: timedelta | None = None) -> None:
        transaction = self._transaction
        transaction.check_open()
        if self._committing:
            raise RuntimeError("a reaction must not commit the unit of work that it reacts in")
        self._committing = True
        topics: set[Topic] = set()
        announced: list[Event] = []
        while transaction.events:
            events, transaction.events = transaction.events, []
            announced.extend(events)
            topics.update(self._reactions(self, events))
        tally.flush(transaction)
        transaction.send()
        if within is not None and monotonic() - self._open_since > within.total_seconds():
            raise Conflict(TOOK_TOO_LONG)
        kinds = [type(event).__name__ for event in announced]
        reached("work.committing", *kinds)
        transaction.commit()
        transaction.close()
        reached("work.committed", *kinds)
        self._after_commit(frozenset(topics), announced)


def _begun(engine: Engine) -> Connection:
    connection = connect(engine)
    # SQLite has one writer: take the write lock before anything else is locked, to avoid deadlocks.
    try:
        connection.begin()
    except DBAPIError as error:
        # A busy database is a refusal. Any other error is a fault and is raised unchanged.
        connection.close()
        raise refusal_of(error) or error from error
    return connection
