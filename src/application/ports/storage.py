"""Ports to the database, write side: collections of what the domain knows, and the unit of work that holds them together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from types import TracebackType
from typing import Any, Protocol, Self
from uuid import UUID

from ...domain.account import Account, Session
from ...domain.certificate import Certificate
from ...domain.commitment import Commitment
from ...domain.commitment_form import Facts
from ...domain.duty import Duty, DutyState, Topic
from ...domain.enterprise import Enterprise, EnterpriseKind, ShutdownPeriod
from ...domain.events import Event
from ...domain.notice import Message, Sms
from ...domain.organisation import Department, Level, Person, Region
from ...domain.policy import Setting
from ...domain.values import (
    AccountId,
    CertificateId,
    CommitmentId,
    CreditCode,
    DepartmentId,
    EnterpriseId,
    MessageId,
    PersonId,
    RegionId,
    ShutdownPeriodId,
)
from ..access import Actor, Scope

# `get(id, within=scope)` raises NotFound for what is unknown and, indistinguishably, for what lies outside the scope.


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


class People(Protocol):
    """People of departments and enterprises; in scope with their department or enterprise."""

    def save(self, person: Person) -> None: ...

    def get(self, id: PersonId, *, within: Scope) -> Person: ...

    def find_in(
        self, *, name: str, phone: str, department_id: DepartmentId | None, enterprise_id: EnterpriseId | None
    ) -> Person | None:
        """The person of that employer with that name and phone number, so that an import updates and never doubles."""
        ...

    def heads_of(self, enterprise_ids: Sequence[EnterpriseId]) -> Mapping[EnterpriseId, tuple[Person, ...]]:
        """The active heads (ENTERPRISE_HEAD) of each enterprise; an enterprise without one is missing."""
        ...

    def duty_persons(
        self, regions: Sequence[RegionId], level: Level
    ) -> Mapping[RegionId, tuple[Person, ...]]:
        """For each region the active duty persons of the departments of that level whose jurisdiction covers it.

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

        The permit is the newest of the enterprise's own kind; valid when it covers `day`. `shutdown` is the reason of
        the period covering the day (the enterprise's own before its region's), `shutdown_until` the day after it ends.
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


@dataclass(frozen=True, slots=True)
class Claim:
    """A duty on lease. `fence` must still be current when the outcome is stored; a newer claim makes it stale."""

    duty: Duty
    fence: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one claimed duty. `due_at` is when to try again, for PENDING only."""

    claim: Claim
    state: DutyState
    code: str = ""
    answer: str = ""
    message_id: str = ""
    due_at: datetime | None = None
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call to the outside, for the exchange ledger. `took` in milliseconds; `http_status` None without an answer."""

    id: UUID
    topic: Topic
    message_id: str
    at: datetime
    took_ms: int
    http_status: int | None
    code: str
    sentence: str
    sent: int
    accepted: int
    refused: int


class Outbox(Protocol):
    """Duties to send. Adding belongs to the transaction of the fact; claiming and settling are transactions of their own."""

    def add(self, duties: Sequence[Duty]) -> None:
        """Add those whose id is not there yet."""
        ...

    def claim(self, topic: Topic, *, now: datetime, limit: int, lease: timedelta) -> Sequence[Claim]:
        """Take up to `limit` due duties on lease, oldest due first, at most one per object key and in order of revision.

        A duty waits while an earlier revision of its object is PENDING. The attempt is counted here, before the work.
        A lease that ran out without an outcome counts as a crash; at MOST_CRASHES the duty is PARKED instead of given
        out. Leases run by the database's clock, `due_at` is compared with `now`. Concurrent claims never overlap.
        """
        ...

    def settle(self, outcomes: Sequence[Outcome], *, at: datetime) -> int:
        """Store outcomes whose fence is still current; says how many were. A stale one changes nothing."""
        ...

    def delivered_revisions(self, topic: Topic, object_keys: Sequence[str]) -> Mapping[str, int]:
        """The highest revision DONE for each object key; those with none are missing."""
        ...

    def log(self, attempt: Attempt) -> None: ...

    def dead(self, ids: Sequence[UUID]) -> Sequence[Duty]:
        """Those of the ids that are REFUSED or PARKED."""
        ...

    def revive(self, ids: Sequence[UUID], *, due_at: datetime) -> int:
        """Make dead letters PENDING again with a clean count; says how many were dead."""
        ...

    def requeue_lost(self, ids: Sequence[UUID], *, due_at: datetime) -> int:
        """Make DONE duties PENDING again, because the receiver turned out not to have them."""
        ...

    def settled(self, topic: Topic, business_date: date) -> Sequence[Duty]:
        """The DONE duties of a business date, for reconciliation."""
        ...


class Messages(Protocol):
    """In-app messages."""

    def add(self, messages: Sequence[Message]) -> int:
        """Add those whose id is not there yet; says how many were."""
        ...

    def mark_read(self, receiver_id: PersonId, ids: Sequence[MessageId] | None, *, at: datetime) -> int:
        """Mark the receiver's own unread messages as read: those of `ids`, or all. Says how many changed."""
        ...


class TextMessages(Protocol):
    """SMS and what became of them."""

    def add(self, texts: Sequence[Sms]) -> int:
        """Add those whose id is not there yet; says how many were."""
        ...

    def find(self, id: UUID) -> Sms | None: ...

    def save(self, sms: Sms) -> None: ...

    def by_gateway(self, gateway_id: str, phone: str) -> Sms | None:
        """The SMS that a receipt speaks of."""
        ...

    def sent_since(self, phone: str, since: datetime) -> int:
        """How many have been handed to the gateway for a number since then (ACCEPTED, DELIVERED, UNKNOWN)."""
        ...


class Accounts(Protocol):
    """Accounts, by id and user name (folded to lower case)."""

    def save(self, account: Account) -> None:
        """Raises Conflict when the user name is taken or the account was changed meanwhile."""
        ...

    def by_username(self, username: str) -> Account | None: ...

    def get(self, id: AccountId, *, within: Scope) -> Account: ...

    def of_person(self, person_id: PersonId) -> Account | None: ...


class Sessions(Protocol):
    """Server-side sessions."""

    def add(self, session: Session) -> None: ...

    def touch(self, id: UUID, at: datetime) -> None:
        """Move `last_seen_at` forward; never back."""
        ...

    def revoke(self, ids: Sequence[UUID], *, at: datetime) -> int: ...

    def revoke_all(self, account_id: AccountId, *, at: datetime, but: UUID | None = None) -> int: ...


class BusinessEvents(Protocol):
    """Log-ins and views of enterprise pages: facts that later records arise from."""

    def add(self, event: Event) -> None: ...


class SlotState(Enum):
    """DUE waits for a worker, DONE has run, SKIPPED had nothing left to do when it was made up (its note says why)."""

    DUE = "DUE"
    DONE = "DONE"
    SKIPPED = "SKIPPED"


@dataclass(frozen=True, slots=True)
class Slot:
    """One run that the schedule owes: a job and the instant it was meant for, never when it happens to run."""

    job: str
    slot_at: datetime
    state: SlotState = SlotState.DUE
    attempts: int = 0
    note: str = ""
    finished_at: datetime | None = None


class Slots(Protocol):
    """The slot table of the schedule."""

    def latest(self, job: str) -> datetime | None:
        """The newest slot of a job, whatever its state."""
        ...

    def add(self, slots: Iterable[tuple[str, datetime]]) -> int:
        """Add those not there yet; says how many were."""
        ...

    def claim(self, *, now: datetime, lease: timedelta) -> tuple[Slot, int] | None:
        """The oldest due slot that nobody holds, on lease, with its fence; None when there is none.

        Slots of one job are given out strictly in order: a later one waits for the earlier.
        """
        ...

    def finish(self, slot: Slot, fence: int, *, state: SlotState, note: str, at: datetime) -> bool:
        """Whether the outcome was stored: false when the lease had gone to somebody else."""
        ...

    def release(self, slot: Slot, fence: int, *, note: str, retry_after: timedelta) -> None:
        """Give a slot back after a failure; it may be claimed again after the wait."""
        ...


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One line of the audit trail: who did what to what, when. `detail` is plain JSON without personal data."""

    id: UUID
    at: datetime
    actor_id: AccountId | None
    actor_name: str
    action: str
    subject: str
    detail: Mapping[str, Any]


class Audit(Protocol):
    """The audit trail: append-only; entries are chained by SM3 hash in the order in which they are sealed."""

    def add(self, entries: Sequence[AuditEntry]) -> None: ...

    def seal(self, *, limit: int, at: datetime) -> int:
        """Chain up to `limit` entries that are not chained yet; says how many were."""
        ...

    def verify(self) -> tuple[int, str | None]:
        """How many sealed entries were read, and the id of the first that does not fit its hash (None: all fit)."""
        ...

    def head(self) -> tuple[int, str]:
        """The sequence number and hash of the newest sealed entry; (0, "") when there is none."""
        ...


class RememberedAnswers(Protocol):
    """Answers of mutations with a client-made key, so that a repeated call gets the first answer."""

    def find(self, account_id: AccountId, key: str) -> tuple[str, str] | None:
        """(fingerprint of the input, reference to the answer) or None."""
        ...

    def add(self, account_id: AccountId, key: str, *, fingerprint: str, reference: str, at: datetime) -> None:
        """Raises Conflict when the key was taken in the meantime."""
        ...


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

    def commit(self) -> None:
        """Make it all true. Raises Conflict where the database says that somebody else was first."""
        ...


class Reactions(Protocol):
    """What follows from events, within the transaction; returns the topics to ring for after the commit."""

    def __call__(self, work: UnitOfWork, events: Sequence[Event]) -> Iterable[Topic]: ...


class Storage(Protocol):
    """Where everything is kept."""

    def work(self, actor: Actor) -> UnitOfWork:
        """A new unit of work on behalf of the actor; use it in a `with` statement, in one thread."""
        ...
