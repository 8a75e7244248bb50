"""Ports to the world outside the database: time, the ministry platform, SMS, monitoring, the doorbell of work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Protocol
from uuid import UUID

from ...domain.values import RegionId


class Clock(Protocol):
    """The one clock of the business; asked once per use case and handed down as an argument."""

    def now(self) -> datetime:
        """The current instant, aware, in UTC."""
        ...


# ---------------------------------------------------------------- the ministry platform (部级平台)


@dataclass(frozen=True, slots=True)
class OutboundRecord:
    """One record for the ministry in our words; the adapter alone knows theirs.

    `id` is the UUIDv5 of the business fact and stays the same over every retry; `facts` are plain JSON values
    as the application froze them (documented beside the function that builds them).
    """

    id: UUID
    facts: Mapping[str, Any]


class RecordKind(Enum):
    """What is pushed up; each kind has a message type and a path in the adapter's profile.

    PATROL and SPOT_CHECK are rows of the weekly push: a region of city rank and a week each.
    """

    COMMITMENT = "COMMITMENT"
    PATROL = "PATROL"
    SPOT_CHECK = "SPOT_CHECK"


@dataclass(frozen=True, slots=True)
class RecordRefusal:
    """The ministry's no to one record: their code and words, and whether the same record may succeed later."""

    id: UUID
    code: str
    sentence: str
    may_succeed_later: bool


@dataclass(frozen=True, slots=True)
class PushAnswer:
    """What the ministry answered to a batch: which records it holds now and which it refused, and why.

    Every id that was sent is in exactly one of the two; an id missing from the ministry's own answer is given
    back as a refusal that may succeed later, never taken as accepted.
    """

    message_id: str
    accepted: frozenset[UUID]
    refused: tuple[RecordRefusal, ...]
    http_status: int
    code: str
    sentence: str


class PushFailed(Exception):
    """No usable answer came: refused connection, time-out, 4xx/5xx, HTML, endless or broken body.

    All that was in it stays due. `retry_after` (seconds) is the server's own wish where it gave one; `answered` is
    the HTTP status or None; `reason` is English, for operators; `message_id` is the one that was sent.
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
    """The ministry's platform, upwards. Called with no transaction open; every call has a total deadline."""

    batch_size: int
    """How many records one push may carry (20)."""

    def push(self, kind: RecordKind, records: Sequence[OutboundRecord]) -> PushAnswer:
        """Send up to `batch_size` records of one kind. Raises PushFailed when no usable answer came.

        Sending a record id again is harmless: the ministry keys on it.
        """
        ...

    def receipts(self, kind: RecordKind, business_date: date) -> Sequence[Receipt]:
        """What the ministry holds of `kind` for a business date, for the daily reconciliation. Raises PushFailed."""
        ...

    def digest(self, kind: RecordKind, record: OutboundRecord) -> str:
        """The SM3 (hex) that a receipt for this record must carry when nothing was lost or changed."""
        ...


# ---------------------------------------------------------------- SMS (短信)


@dataclass(frozen=True, slots=True)
class SmsToSend:
    """One text to one number. `id` is ours, made from (business key, receiver, stage)."""

    id: UUID
    phone: str
    text: str


@dataclass(frozen=True, slots=True)
class SmsAccepted:
    """The gateway took it over. That is not delivery: a receipt says so later, or never."""

    gateway_id: str


@dataclass(frozen=True, slots=True)
class SmsRefused:
    """The gateway said no. `may_succeed_later` is true for transport and flow errors only (busy, over the flow limit)."""

    code: str
    sentence: str
    may_succeed_later: bool


class SmsOutcomeUnknown(Exception):
    """The request may have reached the gateway but no answer came: neither sent nor not sent. `reason` is English."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class SmsNotSent(Exception):
    """Certainly not sent (connection refused before a byte went out); may be tried again. `reason` is English."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class SmsEnquiry(Enum):
    """What a gateway says when asked about one of our ids that it does not know it has."""

    NOT_FOUND = "NOT_FOUND"
    CANNOT_SAY = "CANNOT_SAY"


@dataclass(frozen=True, slots=True)
class SmsReceipt:
    """A delivery receipt as it arrived by callback; may repeat and may come before we recorded the acceptance."""

    gateway_id: str
    phone: str
    delivered: bool
    status: str
    received_at: datetime


class MalformedReceipt(ValueError):
    """A callback's body is no receipt; `reason` is English, quotes nothing of it and says which item is wrong."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class SmsGateway(Protocol):
    """An SMS provider. `send` and `enquire` are called with no transaction open and have a total deadline each."""

    name: str

    def send(self, sms: SmsToSend) -> SmsAccepted | SmsRefused:
        """Hand one text over. Raises SmsNotSent or SmsOutcomeUnknown when there is no answer."""
        ...

    def enquire(self, sms: SmsToSend) -> SmsAccepted | SmsEnquiry:
        """Ask about a text whose outcome is unknown: SmsAccepted when the gateway has it after all.

        CANNOT_SAY where the provider has no such call. NOT_FOUND holds for the instant of asking only.
        """
        ...

    def read_receipts(self, raw: bytes, *, received_at: datetime) -> Sequence[SmsReceipt]:
        """The receipts in the body of a callback, repeats included. Raises MalformedReceipt for the whole of it."""
        ...


# ---------------------------------------------------------------- video and sensors (视频、传感器监测平台)


@dataclass(frozen=True, slots=True)
class OnlineRates:
    """How much of the video and of the sensors of a region was on line, in percent from 0 to 100, as of a moment.

    None: that kind is not connected there, which is not the same as 0.
    """

    video: Decimal | None
    sensors: Decimal | None
    as_of: datetime


class MonitoringSource(Protocol):
    """A platform that watches the enterprises' video and sensors; an installation may have none."""

    def online_rates(self, region_id: RegionId, at: datetime) -> OnlineRates | None:
        """Of the region, everything below it included, at this moment; called with no transaction open.

        Has a total deadline and never raises: None where no usable answer came, and the log says why.
        """
        ...


# ---------------------------------------------------------------- work and nudges


class Doorbell(Protocol):
    """Rings when the outbox has something due. Only latency depends on it: the sweep finds what a lost ring left."""

    def ring(self, topic: str) -> None:
        """Wake a worker for the topic. Never raises: a doorbell that fails is logged, the sweep does the work."""
        ...


class Nudges(Protocol):
    """Tells live subscribers, in whatever process, that something they look at has changed: the truth is read again."""

    def nudge(self, topics: Sequence[str]) -> None:
        """Best effort, after commit; never raises."""
        ...


class PasswordHasher(Protocol):
    """argon2id in a bounded pool."""

    def hash(self, password: str) -> str: ...

    def matches(self, password: str, digest: str | None) -> bool:
        """Whether the password fits. With no digest it takes as long as with one and says False."""
        ...


class Tokens(Protocol):
    """Opaque session tokens: random, and stored only as a hash."""

    def new(self) -> str: ...

    def digest(self, token: str) -> str: ...


class AuditAnchor(Protocol):
    """A place outside the database that keeps the head of the chain: a cut tail would verify otherwise."""

    def keep(self, number: int, digest: str) -> None:
        """Append (sequence number, SM3 hex) of the newest sealed entry."""
        ...

    def newest(self) -> tuple[int, str] | None:
        """What was kept last, or None."""
        ...
