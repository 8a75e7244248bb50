"""Ports of the exchange: the outbox, the ministry's platform, and the reader of the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any, Final, Protocol
from uuid import UUID

from ...domain.exchange.duty import Duty, DutyState, Topic
from .paging import Page, Slice

ASK_FIRST: Final = "ASK_FIRST"
"""The answer code of a duty that may have been sent before a restore, until the receiver was asked."""
ALREADY_SENT: Final = "ALREADY_SENT"
"""The answer code of a duty that the receiver had when it was asked after a restore."""


@dataclass(frozen=True, slots=True)
class DutyRow:
    """One outbox entry in the exchange ledger; `facts` are frozen: as they were when it was added."""

    id: UUID
    topic: Topic
    object_key: str
    revision: int
    business_date: date
    state: DutyState
    attempts: int
    created_at: datetime
    due_at: datetime
    sent_at: datetime | None
    settled_at: datetime | None
    answer_code: str
    answer: str
    message_id: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DutyFilter:
    """None or empty: no restriction."""

    topic: Topic | None = None
    states: tuple[DutyState, ...] = ()
    business_date: date | None = None


class DutyOrder(Enum):
    """How the ledger is sorted, by the instant of creation: NEWEST or OLDEST first, then by id."""

    NEWEST = "NEWEST"
    OLDEST = "OLDEST"


class AttemptOrder(Enum):
    """How calls to the outside are sorted, by the instant of the call: NEWEST or OLDEST first, then by id."""

    NEWEST = "NEWEST"
    OLDEST = "OLDEST"


@dataclass(frozen=True, slots=True)
class DutyCounts:
    """How many entries of a topic and business date are in each state."""

    topic: Topic
    business_date: date
    counts: Mapping[DutyState, int]


@dataclass(frozen=True, slots=True)
class TopicHealth:
    """What a monitor watches in one topic: dead letters, and how many duties are due and since when.

    `due_since` is the earliest `due_at` of the PENDING duties that are due by now; None when nothing is.
    `last_success_at` is the newest call of which something was accepted; None if there is none, as for what
    comes in.
    """

    topic: Topic
    parked: int
    refused: int
    due: int
    due_since: datetime | None
    last_success_at: datetime | None = None


class ExchangeReader(Protocol):
    """Reads the exchange ledger: what was sent when, the answers, and what is pending."""

    def duties(
        self, where: DutyFilter, page: Page, order: DutyOrder = DutyOrder.NEWEST
    ) -> Slice[DutyRow]: ...

    def duty_count(self, where: DutyFilter) -> int: ...

    def duties_by_id(self, ids: Sequence[UUID]) -> Mapping[UUID, DutyRow]: ...

    def duties_of(
        self, topics: Sequence[Topic], object_keys: Sequence[str]
    ) -> Mapping[str, Sequence[DutyRow]]:
        """The entries of each object, by revision and then by creation; objects without any are missing."""
        ...

    def duty_counts(self, topic: Topic, first_day: date, last_day: date) -> Sequence[DutyCounts]: ...

    def attempts(
        self, topic: Topic | None, page: Page, order: AttemptOrder = AttemptOrder.NEWEST
    ) -> Slice[Attempt]: ...

    def overdue(self, topic: Topic, now: datetime) -> int:
        """How many PENDING duties are due by now."""
        ...

    def health(self, now: datetime) -> Sequence[TopicHealth]:
        """One row for each topic, in the order of `Topic`."""
        ...


@dataclass(frozen=True, slots=True)
class OutboundRecord:
    """One record for the ministry, with our field names; only the adapter knows the ministry's.

    `id` is the UUIDv5 of the business fact and stays the same over every retry. `facts` are plain JSON values
    as the application froze them; the function that builds them documents them.
    """

    id: UUID
    facts: Mapping[str, Any]


class RecordKind(Enum):
    """What is pushed to the ministry; each kind has a message type and a path in the adapter's profile.

    PATROL and SPOT_CHECK are rows of the weekly push, one per region of city rank and week. PROBLEM and ALERT
    are changes in the handling of a problem or alert, one record per change.
    """

    COMMITMENT = "COMMITMENT"
    PATROL = "PATROL"
    SPOT_CHECK = "SPOT_CHECK"
    PROBLEM = "PROBLEM"
    ALERT = "ALERT"


@dataclass(frozen=True, slots=True)
class RecordRefusal:
    """The ministry's refusal of one record: code, sentence, and whether the same record may succeed later."""

    id: UUID
    code: str
    sentence: str
    may_succeed_later: bool


@dataclass(frozen=True, slots=True)
class PushAnswer:
    """The ministry's answer to a batch: which records it accepted, which it refused, and why.

    Every id that was sent is in exactly one of the two. An id missing from the ministry's answer counts as a
    refusal that may succeed later, never as accepted.
    """

    message_id: str
    accepted: frozenset[UUID]
    refused: tuple[RecordRefusal, ...]
    http_status: int
    code: str
    sentence: str


class PushFailed(Exception):
    """No usable answer came: refused connection, time-out, 4xx/5xx, HTML, endless or broken body.

    All records of the push stay due. `retry_after` is the server's Retry-After in seconds, if it sent one;
    `answered` is the HTTP status or None; `reason` is English, for operators; `message_id` is the one that
    was sent.
    """

    def __init__(
        self, reason: str, *, message_id: str, answered: int | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.message_id = message_id
        self.answered = answered
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the ministry says it holds for one record: our id and the SM3 (hex) of the facts it stored."""

    id: UUID
    digest: str


class MinistryPlatform(Protocol):
    """The ministry's platform. Called with no transaction open; every call has a total deadline."""

    batch_size: int
    """How many records one push may carry (20)."""

    def push(self, kind: RecordKind, records: Sequence[OutboundRecord]) -> PushAnswer:
        """Send up to `batch_size` records of one kind. Raises PushFailed when no usable answer came.

        Sending a record id again is harmless: the ministry keys on it.
        """
        ...

    def receipts(self, kind: RecordKind, business_date: date) -> Sequence[Receipt]:
        """What the ministry holds of `kind` for a business date, to reconcile daily. Raises PushFailed."""
        ...

    def digest(self, kind: RecordKind, record: OutboundRecord) -> str:
        """The SM3 (hex) that a receipt for this record must carry when nothing was lost or changed."""
        ...


@dataclass(frozen=True, slots=True)
class Claim:
    """A duty on lease. Its outcome is stored only while `fence` is current; a newer claim makes it stale."""

    duty: Duty
    fence: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of one claimed duty. `due_at` is when to retry, for PENDING only."""

    claim: Claim
    state: DutyState
    code: str = ""
    answer: str = ""
    message_id: str = ""
    due_at: datetime | None = None
    sent_at: datetime | None = None

    @property
    def settled(self) -> Duty:
        """The duty with its new state and answer."""
        return replace(self.claim.duty, state=self.state, answer_code=self.code, answer=self.answer)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call to an outside system, for the exchange ledger. `http_status` is None without an answer."""

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
    """Duties to send. Add them in the transaction of the fact; claim and settle in separate ones."""

    def add(self, duties: Sequence[Duty]) -> None:
        """Add the duties whose id is not stored yet; a dead letter among them is announced as given up."""
        ...

    def claim(self, topic: Topic, *, now: datetime, limit: int, lease: timedelta) -> Sequence[Claim]:
        """Lease up to `limit` due duties, oldest due first, at most one per object key.

        A duty waits while an earlier revision of its object is PENDING. Of several due duties with the same
        revision, the one created first goes first. The attempt is counted here, before the work.

        A lease that ran out without an outcome counts as a crash. What has crashed comes first and alone, so
        that it harms no other. At MOST_CRASHES the duty becomes PARKED, with the code CRASHED; it is not
        returned, and announced as given up. Leases use the database's clock; `now` is compared with `due_at`, and is when a duty
        was parked. Concurrent claims never overlap.
        """
        ...

    def renew(self, claim: Claim, *, lease: timedelta) -> bool:
        """Restart a claim's lease, from now by the database's clock; False when it has run out or is stale.

        Until this unit of work ends, nobody else can claim the duty.
        """
        ...

    def settle(self, outcomes: Sequence[Outcome], *, at: datetime) -> int:
        """Store the outcomes whose fence is still current; return how many. A stale one changes nothing.

        Any outcome resets the count of crashes. A dead letter is announced as given up.
        """
        ...

    def doubt(self, topics: Sequence[Topic], *, answer: str) -> Mapping[Topic, int]:
        """After a restore, any duty of these topics that is PENDING, REFUSED or PARKED may have been sent since.

        Mark them: the receiver is asked before they are sent. Leases end, attempts and crashes are counted
        anew, and PENDING duties get this answer. Return how many PENDING ones were marked.
        """
        ...

    def asked(self, ids: Sequence[UUID]) -> None:
        """The receiver does not have these duties: from now on they are sent like any other."""
        ...

    def answered_with(self, duty: Duty, code: str, *, since: datetime) -> bool:
        """Whether another duty of its object was settled with this answer code, at `since` or later."""
        ...

    def waiting_with(self, duty: Duty) -> Sequence[UUID]:
        """The other PENDING duties of its object that are not leased, by revision, the oldest first.

        A duty whose lease ran out is not among them: it may have been sent.
        """
        ...

    def take_back(self, ids: Sequence[UUID], *, code: str, answer: str, at: datetime) -> frozenset[UUID]:
        """Set the duties that are still PENDING and not leased to DROPPED: none is sent. Return which."""
        ...

    def delivered_revisions(self, topic: Topic, object_keys: Sequence[str]) -> Mapping[str, int]:
        """The highest DONE revision of each object key; keys with none are missing."""
        ...

    def log(self, attempt: Attempt) -> None: ...

    def dead(self, ids: Sequence[UUID]) -> Sequence[Duty]:
        """Those duties that are REFUSED or PARKED."""
        ...

    def revive(self, ids: Sequence[UUID], *, due_at: datetime) -> int:
        """Set dead letters to PENDING again and reset their counts; return how many were dead."""
        ...

    def requeue_lost(self, ids: Sequence[UUID], *, due_at: datetime) -> int:
        """Set DONE duties that the receiver lost or asks for to PENDING again; return how many were DONE."""
        ...

    def settled(self, topic: Topic, business_date: date) -> Sequence[Duty]:
        """The DONE duties of a business date, for reconciliation."""
        ...

    def parked(self, topic: Topic, business_date: date) -> Sequence[Duty]:
        """The PARKED duties of a business date, for reconciliation: the receiver may have them."""
        ...

    def arrived(self, ids: Sequence[UUID], *, code: str, answer: str, at: datetime) -> int:
        """Set PARKED duties that the receiver holds to DONE; return how many were PARKED."""
        ...
