"""Ports of messages and SMS: the collections, the SMS gateway, and the reader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from math import inf
from typing import Protocol
from uuid import UUID

from ...domain.notice.notice import Message, MessageKind, Sms, SmsState
from ...domain.values import AlertId, EnterpriseId, MessageId, PersonId, ProblemId, ShutdownPeriodId
from ..access import Scope
from .paging import Page, Slice


@dataclass(frozen=True, slots=True)
class SmsRow:
    """An SMS; `phone` is the whole number, whoever shows it must mask it.

    `kinds` and the ids are those of everything that it is about, merged topics included: `enterprise_ids` had
    not reported, `shutdown_period_ids` are declared ones. `stages` are those of reminders of commitments.
    `kind` and `stage` are those of the first topic. `handed_over_at` is when it was last given to the
    gateway.
    """

    id: UUID
    receiver_id: PersonId
    receiver_name: str
    phone: str
    state: SmsState
    text: str | None
    created_at: datetime
    changed_at: datetime | None
    note: str
    business_date: date
    kind: MessageKind
    stage: int | None
    kinds: tuple[MessageKind, ...]
    stages: tuple[int, ...]
    enterprise_ids: tuple[EnterpriseId, ...]
    problem_ids: tuple[ProblemId, ...]
    alert_ids: tuple[AlertId, ...]
    shutdown_period_ids: tuple[ShutdownPeriodId, ...]
    handed_over_at: datetime | None


@dataclass(frozen=True, slots=True)
class SmsFilter:
    """None or empty: no restriction. `stage` is that of reminders about unreported commitments.

    An SMS is found by `kinds` and `stage` if any of its topics fits, merged ones included.
    """

    business_date: date | None = None
    states: tuple[SmsState, ...] = ()
    kinds: tuple[MessageKind, ...] = ()
    stage: int | None = None
    receiver_id: PersonId | None = None
    enterprise_id: EnterpriseId | None = None
    """To people of this enterprise."""


class MessageOrder(Enum):
    """How somebody's messages are sorted, by the instant of creation, then by id.

    NEWEST: newest first. OLDEST: oldest first. UNREAD: unread ones before read ones, each newest first.
    """

    NEWEST = "NEWEST"
    OLDEST = "OLDEST"
    UNREAD = "UNREAD"


class SmsOrder(Enum):
    """How the record of SMS is sorted, by the instant of creation: NEWEST or OLDEST first, then by id."""

    NEWEST = "NEWEST"
    OLDEST = "OLDEST"


class NoticeReader(Protocol):
    """Reads messages and SMS."""

    def messages_by_id(self, ids: Sequence[MessageId], receiver_id: PersonId) -> Mapping[MessageId, Message]:
        """Those messages that are the receiver's own."""
        ...

    def messages(
        self,
        receiver_id: PersonId,
        page: Page,
        *,
        unread_only: bool = False,
        order: MessageOrder = MessageOrder.NEWEST,
    ) -> Slice[Message]: ...

    def message_count(self, receiver_id: PersonId) -> int:
        """All of the receiver's messages, read or not."""
        ...

    def unread(self, receiver_id: PersonId) -> int: ...

    def texts(
        self, where: SmsFilter, scope: Scope, page: Page, order: SmsOrder = SmsOrder.NEWEST
    ) -> Slice[SmsRow]:
        """SMS to people in scope."""
        ...

    def texts_by_id(self, ids: Sequence[UUID], scope: Scope) -> Mapping[UUID, SmsRow]: ...

    def text_count(self, where: SmsFilter, scope: Scope) -> int: ...

    def text_counts(self, business_date: date) -> Mapping[SmsState, int]: ...


@dataclass(frozen=True, slots=True)
class SmsToSend:
    """One text to one number. `id` is ours, made from (business key, receiver, stage).

    `not_after` is an instant of `time.monotonic`: the lease may be over after it, and somebody else may send.
    """

    id: UUID
    phone: str
    text: str
    not_after: float = inf


@dataclass(frozen=True, slots=True)
class SmsAccepted:
    """The gateway accepted the SMS. That is not delivery: a receipt may confirm that later."""

    gateway_id: str


@dataclass(frozen=True, slots=True)
class SmsRefused:
    """The gateway refused the SMS. `may_succeed_later` is True only for transport and rate-limit errors."""

    code: str
    sentence: str
    may_succeed_later: bool


class SmsOutcomeUnknown(Exception):
    """No answer came, but the request may have reached the gateway: sent or not. `reason` is English."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class SmsNotSent(Exception):
    """Certainly not sent (connection refused before a byte went out); may be retried. `reason` is English."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class SmsEnquiry(Enum):
    """A gateway's answer about one of our ids, other than that it has the SMS."""

    NOT_FOUND = "NOT_FOUND"
    CANNOT_SAY = "CANNOT_SAY"


@dataclass(frozen=True, slots=True)
class SmsReceipt:
    """A delivery receipt from a callback; may repeat, and may come before we recorded the acceptance."""

    gateway_id: str
    phone: str
    delivered: bool
    status: str
    received_at: datetime


class MalformedReceipt(ValueError):
    """A callback's body is no receipt; `reason` says in English which item is wrong, and quotes nothing."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class SmsGateway(Protocol):
    """An SMS provider. Call `send` and `enquire` with no transaction open; each has a total deadline."""

    name: str

    def send(self, sms: SmsToSend) -> SmsAccepted | SmsRefused:
        """Send one text to the gateway. Raises SmsNotSent or SmsOutcomeUnknown when there is no answer.

        When the text is about to go out after its `not_after`, it does not, and SmsNotSent is raised.
        """
        ...

    def enquire(self, sms: SmsToSend) -> SmsAccepted | SmsEnquiry:
        """Ask about a text whose outcome is unknown; return SmsAccepted when the gateway has it.

        CANNOT_SAY when the provider has no such call. NOT_FOUND is true only at the instant of asking.
        """
        ...

    def read_receipts(self, raw: bytes, *, received_at: datetime) -> Sequence[SmsReceipt]:
        """The receipts in a callback's body, with repeats. Raises MalformedReceipt if any is unreadable."""
        ...


class Messages(Protocol):
    """In-app messages."""

    def add(self, messages: Sequence[Message]) -> int:
        """Add the messages whose id is not stored yet; return how many were added."""
        ...

    def known(self, ids: Sequence[MessageId]) -> frozenset[MessageId]:
        """Which of the ids are stored."""
        ...

    def read(self, ids: Sequence[MessageId]) -> frozenset[MessageId]:
        """Which of the ids are stored and have been read."""
        ...

    def mark_read(self, receiver_id: PersonId, ids: Sequence[MessageId] | None, *, at: datetime) -> int:
        """Mark the receiver's own unread messages as read, those in `ids` or all; return how many changed."""
        ...


class TextMessages(Protocol):
    """SMS and their states."""

    def add(self, texts: Sequence[Sms]) -> int:
        """Add the SMS whose id is not stored yet; return how many were added."""
        ...

    def find(self, id: UUID) -> Sms | None: ...

    def find_all(self, ids: Sequence[UUID]) -> Mapping[UUID, Sms]:
        """Those SMS that exist."""
        ...

    def save(self, sms: Sms) -> None: ...

    def save_all(self, texts: Sequence[Sms]) -> None:
        """Save several, each once, in one statement. Raises NotFound if one of them is not stored."""
        ...

    def doubt(self, *, at: datetime) -> int:
        """Set every QUEUED SMS to UNKNOWN: it may have been sent. Return how many."""
        ...

    def reminded_of(
        self, receiver_ids: Sequence[PersonId], day: date
    ) -> Mapping[tuple[PersonId, int], frozenset[EnterpriseId]]:
        """By receiver and stage, the enterprises that the day's SMS are about, whatever their state."""
        ...

    def by_gateway(self, keys: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], Sms]:
        """The SMS that receipts are about, by (gateway id, number): the newest of each; unknown keys are missing."""
        ...

    def sent_since(self, phone: str, since: datetime) -> int:
        """How many SMS for a number were handed over to the gateway since then, by `handed_over_at`.

        Only those that are ACCEPTED, DELIVERED or UNKNOWN now. A later receipt changes nothing.
        """
        ...
