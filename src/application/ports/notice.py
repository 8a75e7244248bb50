"""Ports of messages and SMS: their collections, the SMS gateway, and the reader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Protocol
from uuid import UUID

from ...domain.notice.notice import Message, Sms, SmsState
from ...domain.values import EnterpriseId, MessageId, PersonId
from ..access import Scope
from .paging import Page, Slice


@dataclass(frozen=True, slots=True)
class SmsRow:
    """An SMS; `phone` is whole, who shows it masks it. `stage` is None where it is not about unreported commitments."""

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
    stage: int | None


class NoticeReader(Protocol):
    """What people were told."""

    def messages_by_id(self, ids: Sequence[MessageId], receiver_id: PersonId) -> Mapping[MessageId, Message]:
        """The receiver's own of them."""
        ...

    def messages(self, receiver_id: PersonId, page: Page, *, unread_only: bool = False) -> Slice[Message]:
        """Newest first by (created_at, id)."""
        ...

    def unread(self, receiver_id: PersonId) -> int: ...

    def texts(self, scope: Scope, page: Page, *, business_date: date | None = None) -> Slice[SmsRow]:
        """SMS to people in scope, newest first by (created_at, id)."""
        ...

    def text_counts(self, business_date: date) -> Mapping[SmsState, int]: ...


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
