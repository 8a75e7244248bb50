"""Ports to the database, write side: the unit of work, which holds the collections of all wings together.

`get(id, within=scope)` raises NotFound for what is unknown and, indistinguishably, for what lies outside the scope.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from types import TracebackType
from typing import Final, Protocol, Self

from ...domain.events import Event
from ...domain.exchange.duty import Topic
from ..access import Actor
from .commitment import Commitments, FactSource
from .directory import Certificates, Departments, Enterprises, People, Regions, Settings, ShutdownPeriods
from .exchange import Outbox
from .files import Attachments, FileTickets
from .identity import Accounts, Sessions
from .inspection import Inspections, WeeklyRows
from .notice import Messages, TextMessages
from .operations import Audit, BusinessEvents, RememberedAnswers, Slots
from .problem import Problems

LONGEST_STEP: Final = timedelta(seconds=20)
"""What somebody signs is stored within this time, or refused: it is what such steps give to `commit` as `within`."""
LONGEST_COMMIT: Final = timedelta(seconds=35)
"""What `commit` has let pass has landed after this time or never will, also when its process has stopped in between."""
TOOK_TOO_LONG: Final = "操作用时过长，未能保存，请重试。"


class UnitOfWork(Protocol):
    """One transaction. Leaving it without `commit` rolls everything back, also in the in-memory twin.

    `commit` first gathers the events of every aggregate that was saved and hands them, with this unit of work, to the
    reactions; what these write lands in the same transaction. Ringing and nudging happen after it has landed.
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
    weekly_rows: WeeklyRows
    attachments: Attachments
    file_tickets: FileTickets
    outbox: Outbox
    messages: Messages
    texts: TextMessages
    accounts: Accounts
    sessions: Sessions
    business_events: BusinessEvents
    slots: Slots
    audit: Audit
    answers: RememberedAnswers

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def note(self, event: Event) -> None:
        """Record an event that no aggregate carries."""
        ...

    def commit(self, *, within: timedelta | None = None) -> None:
        """Make it all true. Raises Conflict where the database says that somebody else was first.

        Raises Conflict as well, and changes nothing, when this unit of work, reactions and all, has been open for longer
        than `within`. Whoever asks the clock inside it then knows how old its answer can be at most when it lands.
        """
        ...


class Reactions(Protocol):
    """What follows from events, within the transaction; returns the topics to ring for after the commit."""

    def __call__(self, work: UnitOfWork, events: Sequence[Event]) -> Iterable[Topic]: ...


class Storage(Protocol):
    """Where everything is kept."""

    def work(self, actor: Actor) -> UnitOfWork:
        """A new unit of work on behalf of the actor; use it in a `with` statement, in one thread."""
        ...
