"""Ports to the database, write side: collections of what the domain knows, and the unit of work that holds them together.

`get(id, within=scope)` raises NotFound for what is unknown and, indistinguishably, for what lies outside the scope.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from types import TracebackType
from typing import Final, Protocol, Self
from uuid import UUID

from ...domain.commitment.commitment import Commitment
from ...domain.commitment.form import Facts
from ...domain.directory.certificate import Certificate
from ...domain.directory.enterprise import Enterprise, EnterpriseKind, ShutdownPeriod
from ...domain.directory.organisation import Department, Level, Person, Region, Role
from ...domain.events import Event
from ...domain.exchange.duty import Topic
from ...domain.identity.account import Account, Session
from ...domain.policy import Setting
from ...domain.values import (
    AccountId,
    CertificateId,
    CommitmentId,
    CreditCode,
    DepartmentId,
    EnterpriseId,
    PersonId,
    RegionId,
    ShutdownPeriodId,
)
from ..access import Actor, Scope
from .files import Attachments as Attachments
from .files import FileTickets as FileTickets
from .inspections import Inspections as Inspections
from .inspections import Problems as Problems
from .inspections import WeeklyRows as WeeklyRows
from .ledgers import Attempt as Attempt
from .ledgers import Audit as Audit
from .ledgers import AuditEntry as AuditEntry
from .ledgers import BusinessEvents as BusinessEvents
from .ledgers import Claim as Claim
from .ledgers import Messages as Messages
from .ledgers import Outbox as Outbox
from .ledgers import Outcome as Outcome
from .ledgers import RememberedAnswers as RememberedAnswers
from .ledgers import Slot as Slot
from .ledgers import Slots as Slots
from .ledgers import SlotState as SlotState
from .ledgers import TextMessages as TextMessages

LONGEST_STEP: Final = timedelta(seconds=20)
"""What somebody signs is stored within this time, or refused: it is what such steps give to `commit` as `within`."""
LONGEST_COMMIT: Final = timedelta(seconds=35)
"""What `commit` has let pass has landed after this time or never will, also when its process has stopped in between."""
TOOK_TOO_LONG: Final = "操作用时过长，未能保存，请重试。"


class Regions(Protocol):
    """The tree of regions, with its closure."""

    def save(self, region: Region) -> None:
        """Add or change; a new parent moves the whole subtree. The parent must exist."""
        ...

    def find(self, id: RegionId) -> Region | None: ...

    def lineage(self, id: RegionId) -> tuple[RegionId, ...]:
        """The region and its ancestors, nearest first; empty for an unknown one."""
        ...

    def lineages(self) -> Mapping[RegionId, tuple[RegionId, ...]]:
        """Of every region at once."""
        ...

    def within(self, id: RegionId, scope: Scope) -> bool:
        """Whether the region lies in the scope's subtrees."""
        ...


class Departments(Protocol):
    """The tree of departments. In scope is a department whose whole jurisdiction lies in the scope's subtrees."""

    def save(self, department: Department) -> None: ...

    def get(self, id: DepartmentId, *, within: Scope) -> Department: ...

    def by_name(self, name: str) -> Department | None: ...

    def answering_for(self, region_id: RegionId) -> Department | None:
        """The one whose jurisdiction has the region, or else the nearest region above it; the lowest level, then id."""
        ...

    def above(self, id: DepartmentId) -> frozenset[DepartmentId]:
        """Its parent, the parent's parent and so on, however the tree was tied; itself not included."""
        ...

    def directly_below(self, id: DepartmentId) -> Sequence[Department]:
        """Those whose parent it is, by id, wherever their jurisdictions lie."""
        ...


class People(Protocol):
    """People of departments and enterprises; in scope with their department or enterprise."""

    def save(self, person: Person) -> None: ...

    def get(self, id: PersonId, *, within: Scope) -> Person: ...

    def find_in(
        self, *, name: str, phone: str, department_id: DepartmentId | None, enterprise_id: EnterpriseId | None
    ) -> Person | None:
        """The person of that employer with that name and phone number, so that an import updates and never doubles."""
        ...

    def find_all(self, ids: Sequence[PersonId]) -> Mapping[PersonId, Person]:
        """Those of them that are known, wherever they belong, the ones that have left included."""
        ...

    def heads_of(self, enterprise_ids: Sequence[EnterpriseId]) -> Mapping[EnterpriseId, tuple[Person, ...]]:
        """The active heads (ENTERPRISE_HEAD) of each enterprise; an enterprise without one is missing."""
        ...

    def covering(
        self, regions: Sequence[RegionId], level: Level, role: Role
    ) -> Mapping[RegionId, tuple[Person, ...]]:
        """For each region the active people of this role in the departments of that level whose jurisdiction covers it.

        A department covers a region when the region or an ancestor of it is in its jurisdiction.
        """
        ...

    def in_department(self, department_id: DepartmentId) -> tuple[Person, ...]: ...


class Enterprises(Protocol):
    """Enterprises with their workshops and warehouses."""

    def save(self, enterprise: Enterprise, *, at: datetime) -> None:
        """Add or change; `at` is kept as the archive's date. Raises Conflict when another one has the credit code."""
        ...

    def get(self, id: EnterpriseId, *, within: Scope) -> Enterprise: ...

    def by_credit_code(self, code: CreditCode) -> Enterprise | None: ...

    def owing(self, day: date, *, limit: int) -> Sequence[tuple[EnterpriseId, RegionId, EnterpriseKind]]:
        """Active enterprises that have no commitment for the day yet, at most `limit`, in the order of their ids."""
        ...


class Certificates(Protocol):
    """Certificates; in scope with their enterprise."""

    def save(self, certificate: Certificate) -> None: ...

    def get(self, id: CertificateId, *, within: Scope) -> Certificate: ...

    def find(self, enterprise_id: EnterpriseId, number: str) -> Certificate | None: ...


class ShutdownPeriods(Protocol):
    """Shutdown periods; in scope with their enterprise or region."""

    def save(self, period: ShutdownPeriod) -> None: ...

    def get(self, id: ShutdownPeriodId, *, within: Scope) -> ShutdownPeriod: ...


class Settings(Protocol):
    """Settings per region with the day from which they hold."""

    def save(self, setting: Setting, *, at: datetime, by: PersonId | None) -> None:
        """Add; one for the same region, key and day takes the earlier one's place."""
        ...

    def all(self) -> Sequence[Setting]: ...

    def on_path(self, region: RegionId) -> Sequence[Setting]:
        """Those of the region and its ancestors."""
        ...


class FactSource(Protocol):
    """The automatic figures of the commitment form, from the archives."""

    def take(
        self, enterprise_ids: Sequence[EnterpriseId], day: date, *, at: datetime
    ) -> Mapping[EnterpriseId, Facts]:
        """Facts for each known enterprise, in a number of statements that does not grow with their number.

        The permit is of the enterprise's own kind: the newest of those that cover `day`, else the newest, which is
        not valid then. `shutdown` is the reason of the period covering the day (the enterprise's own before its
        region's), `shutdown_until` the day after it ends.
        """
        ...


class Commitments(Protocol):
    """Commitments, each with its current report; earlier reports are kept as versions and never change."""

    def owe(self, commitments: Sequence[Commitment]) -> int:
        """Add the duties that are not there yet; says how many were new. Repeating it is harmless."""
        ...

    def find(self, enterprise_id: EnterpriseId, day: date) -> Commitment | None: ...

    def get(self, id: CommitmentId, *, within: Scope) -> Commitment: ...

    def save(self, commitment: Commitment) -> None:
        """Store a change; a new report becomes the next version, and the day's tallies follow.

        Raises Conflict when somebody else has changed it since it was read.
        """
        ...

    def unreported(self, day: date, *, due_at: datetime | None = None) -> Sequence[Commitment]:
        """Those without a report, of a day, with exactly that deadline when one is given; by region, then id."""
        ...

    def in_shutdown(self, day: date) -> Sequence[Commitment]:
        """Those without a report whose enterprise is in a shutdown period on the day."""
        ...

    def still_owed(self, enterprise_ids: Sequence[EnterpriseId], day: date) -> frozenset[EnterpriseId]:
        """Which of them have no report for the day."""
        ...

    def due_times(self, day: date) -> Sequence[tuple[datetime, RegionId]]:
        """The distinct (deadline, region) of the day's commitments."""
        ...


class Accounts(Protocol):
    """Accounts, by id and user name (folded to lower case).

    With `hold` nobody else changes the account until this unit of work ends; who wants to, waits and then sees it.
    """

    def save(self, account: Account) -> None:
        """Raises Conflict when the user name is taken or the account was changed meanwhile."""
        ...

    def by_username(self, username: str, *, hold: bool = False) -> Account | None: ...

    def get(self, id: AccountId, *, within: Scope, hold: bool = False) -> Account: ...

    def of_person(self, person_id: PersonId) -> Account | None: ...


class Sessions(Protocol):
    """Server-side sessions."""

    def add(self, session: Session) -> None: ...

    def touch(self, id: UUID, at: datetime) -> None:
        """Move `last_seen_at` forward; never back."""
        ...

    def revoke(self, ids: Sequence[UUID], *, at: datetime) -> int: ...

    def revoke_all(self, account_id: AccountId, *, at: datetime, but: UUID | None = None) -> int: ...


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
