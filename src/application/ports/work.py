"""Ports to the database, write side: the unit of work, which gives access to the collections of all wings.

`get(id, within=scope)` raises the same NotFound for what is unknown and for what lies outside the scope.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from types import TracebackType
from typing import Final, Protocol, Self

from ...domain.events import Event
from ...domain.exchange.duty import Topic
from ..access import Actor
from .alert import Alerts
from .commitment import Commitments, FactSource
from .directory_collections import (
    Certificates,
    Departments,
    Enterprises,
    People,
    Regions,
    Settings,
    ShutdownPeriods,
)
from .exchange import Outbox
from .export import Exports
from .files import Attachments, FileTickets
from .identity import Accounts, KnownAddresses, Sessions, StrayAttempts
from .inbox import Inbox
from .inspection import Inspections, WeeklyRows
from .notice import Messages, TextMessages
from .operations import Audit, BusinessEvents, RememberedAnswers, Restores, Slots
from .problem import Problems
from .report import RegionReports

LONGEST_STEP: Final = timedelta(seconds=20)
"""A signed step is stored within this time or refused: such steps pass it to `commit` as `within`."""
LONGEST_COMMIT: Final = timedelta(seconds=35)
"""What passes the check of `commit` is committed within this time or never, even if its process hangs."""
TOOK_TOO_LONG: Final = "操作用时过长，未能保存，请重试。"


class UnitOfWork(Protocol):
    """One transaction. Leaving it without `commit` rolls everything back, also in the in-memory twin.

    `commit` first collects the events of all saved aggregates and passes them, with this unit of work, to the
    reactions; these write in the same transaction. Doorbells and nudges come after the database commit.
    """

    actor: Actor
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

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def note(self, event: Event) -> None:
        """Add an event that belongs to no aggregate."""
        ...

    def commit(self, *, within: timedelta | None = None) -> None:
        """Run the reactions and commit the transaction. Raises Conflict when a concurrent change came first.

        Also raises Conflict, and changes nothing, when this unit of work, with its reactions, was open for
        longer than `within`. So an instant read from the clock inside it has a known greatest age at the
        commit.
        """
        ...


class Reactions(Protocol):
    """Runs what follows from events, in the same transaction; returns the topics to ring after the commit."""

    def __call__(self, work: UnitOfWork, events: Sequence[Event]) -> Iterable[Topic]: ...


class Storage(Protocol):
    """The database, or its in-memory twin; opens units of work."""

    def work(self, actor: Actor) -> UnitOfWork:
        """Open a unit of work on behalf of the actor; use it in a `with` statement, in one thread."""
        ...
