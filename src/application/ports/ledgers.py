"""Ports to the database, the ledgers: duties to send, notices, the schedule's slots, the audit trail, remembered answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any, Protocol
from uuid import UUID

from ...domain.events import Event
from ...domain.exchange.duty import Duty, DutyState, Topic
from ...domain.notice.notice import Message, Sms
from ...domain.values import (
    AccountId,
    EnterpriseId,
    MessageId,
    PersonId,
)


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

        A duty waits while an earlier revision of its object is PENDING; of those of the same revision that are due, the
        one that was made first goes first. The attempt is counted here, before the work.
        A lease that ran out without an outcome counts as a crash; at MOST_CRASHES the duty is PARKED instead of given
        out. Leases run by the database's clock; `now` is compared with `due_at`, and is when a duty was parked.
        Concurrent claims never overlap.
        """
        ...

    def renew(self, claim: Claim, *, lease: timedelta) -> bool:
        """Begin the lease of a claim anew, from now by the database's clock; false when it has run out or is stale.

        Until this unit of work ends nobody else can claim the duty.
        """
        ...

    def settle(self, outcomes: Sequence[Outcome], *, at: datetime) -> int:
        """Store outcomes whose fence is still current; says how many were. A stale one changes nothing."""
        ...

    def waiting_with(self, duty: Duty) -> Sequence[UUID]:
        """The other PENDING duties of its object that are in nobody's hands, the first revision and the oldest first.

        One whose lease ran out is not among them: it may have been sent.
        """
        ...

    def take_back(self, ids: Sequence[UUID], *, code: str, answer: str, at: datetime) -> frozenset[UUID]:
        """Make those DROPPED that are still PENDING and in nobody's hands, so that nobody sends them; says which."""
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
        """Make DONE duties PENDING again, because the receiver has lost them or asks for them; says how many were."""
        ...

    def settled(self, topic: Topic, business_date: date) -> Sequence[Duty]:
        """The DONE duties of a business date, for reconciliation."""
        ...


class Messages(Protocol):
    """In-app messages."""

    def add(self, messages: Sequence[Message]) -> int:
        """Add those whose id is not there yet; says how many were."""
        ...

    def known(self, ids: Sequence[MessageId]) -> frozenset[MessageId]:
        """Which of them have been written."""
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

    def find_all(self, ids: Sequence[UUID]) -> Mapping[UUID, Sms]:
        """Those of them that are known."""
        ...

    def save(self, sms: Sms) -> None: ...

    def told(
        self, receiver_ids: Sequence[PersonId], day: date
    ) -> Mapping[tuple[PersonId, int], frozenset[EnterpriseId]]:
        """By receiver and stage, the enterprises that their SMS of the day are about, whatever became of these."""
        ...

    def by_gateway(self, gateway_id: str, phone: str) -> Sms | None:
        """The SMS that a receipt speaks of."""
        ...

    def sent_since(self, phone: str, since: datetime) -> int:
        """How many have been handed to the gateway for a number since then (ACCEPTED, DELIVERED, UNKNOWN)."""
        ...


class BusinessEvents(Protocol):
    """Log-ins, failed ones and views of enterprise pages: facts that something arises from later."""

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
        """The due slot with the fewest attempts that nobody holds, on lease, with its fence; None when there is none.

        Of several the oldest. Slots of one job are given out strictly in order: a later one waits for the earlier.
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

    def hash_at(self, number: int) -> str | None:
        """The hash of the sealed entry with this sequence number; None when there is none."""
        ...


class RememberedAnswers(Protocol):
    """Answers of mutations with a client-made key, so that a repeated call gets the first answer."""

    def claim(
        self, account_id: AccountId, key: str, *, fingerprint: str, reference: str, at: datetime
    ) -> tuple[str, str] | None:
        """None: the key is this call's, with this answer. Else the fingerprint and the reference it was claimed with.

        Waits for another open unit of work that has claimed the same key, or raises Conflict.
        """
        ...

    def settle(self, account_id: AccountId, key: str, *, reference: str) -> None:
        """Put another reference to the answer in the place of the one that the key was claimed with."""
        ...
