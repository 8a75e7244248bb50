"""Ports of the inbox: what the ministry has sent is kept there, and read from there for the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any, Protocol
from uuid import UUID

from ...domain.exchange.inbound import (
    InboundKind,
    InboxMessage,
    InboxRecord,
    MessageOutcome,
    RecordFault,
    RecordState,
)
from ...domain.values import EnterpriseId, RegionId
from .paging import Page, Slice


@dataclass(frozen=True, slots=True)
class KnownVersion:
    """A record that was taken, without its content."""

    kind: InboundKind
    external_id: str
    version: int
    digest: str
    enterprise_id: EnterpriseId | None
    region_id: RegionId | None


@dataclass(frozen=True, slots=True)
class UsedNonce:
    """The nonce of an authentic delivery: the SHA-256 (hex) of the bytes under it, and their message.

    The message is the kept one: if the delivery repeated an earlier message, it is that one.
    """

    nonce: str
    digest: str
    message_id: UUID


class Inbox(Protocol):
    """The messages and records of the ministry, write side. Nothing but old nonces is ever removed.

    Every method takes as many statements for many keys as for one.
    """

    def find_messages(
        self,
        *,
        ids: Sequence[UUID] = (),
        message_ids: Sequence[tuple[InboundKind, str]] = (),
    ) -> Sequence[InboxMessage]:
        """The messages with any of these ids or sender's message ids; conflicting ones by id only."""
        ...

    def find_nonces(self, nonces: Sequence[str]) -> Sequence[UsedNonce]:
        """Those of these nonces that came before."""
        ...

    def add_nonces(self, used: Sequence[UsedNonce]) -> None:
        """Remember them; their messages must have been added. Raises Conflict when one has come first."""
        ...

    def forget_nonces(self, *, older_than: timedelta) -> int:
        """Remove the nonces that were added longer ago, by the database's clock; return how many."""
        ...

    def add_messages(self, messages: Sequence[InboxMessage]) -> None:
        """Add them; a conflicting one that is stored already is skipped.

        Raises Conflict when one with the id, or the kind and message id, of another has come first.
        Conflicting messages are no obstacle.
        """
        ...

    def save_message(self, message: InboxMessage) -> None:
        """Store a message that is UNREADABLE: what it turned out to be. Raises Conflict if it is not any more."""
        ...

    def known_versions(self, keys: Sequence[tuple[InboundKind, str]]) -> Sequence[KnownVersion]:
        """The records of these kinds and external ids that were taken, in all versions; not the refused ones."""
        ...

    def add_records(self, records: Sequence[InboxRecord]) -> None:
        """Add them; a refused one that is stored already is skipped. Their messages must have been added.

        Raises Conflict when a record with the kind, external id and version of a taken one has come first.
        """
        ...

    def find_records(self, ids: Sequence[UUID]) -> Mapping[UUID, InboxRecord]:
        """Those records that exist."""
        ...

    def quarantined_of(self, kind: InboundKind, external_id: str) -> Sequence[InboxRecord]:
        """The quarantined versions of one object, the oldest first."""
        ...

    def quarantined_for(
        self, *, enterprise_id: EnterpriseId | None = None, region_id: RegionId | None = None
    ) -> Sequence[InboxRecord]:
        """The quarantined records that name the enterprise's credit code, or the region's code; oldest first.

        A region has its own code and, if it is a local one, that of GB/T 2260.
        """
        ...

    def save_records(self, records: Sequence[InboxRecord], *, were: RecordState) -> None:
        """Store state, fault, sentence, subject, assignment and settling of these records.

        Raises Conflict, and the caller must not commit, unless all of them were in the state `were`.
        """
        ...


@dataclass(frozen=True, slots=True)
class InboxMessageRow:
    """A message in the ledger, without its bytes. `unreadable` is why it could not be read (English), or empty."""

    id: UUID
    kind: InboundKind
    message_id: str | None
    received_at: datetime
    outcome: MessageOutcome
    size: int
    digest: str
    answer: Mapping[str, Any]

    @property
    def unreadable(self) -> str:
        return str(self.answer.get("unreadable", ""))


@dataclass(frozen=True, slots=True)
class InboxRecordRow:
    """A record in the ledger, without its content."""

    id: UUID
    message_id: UUID
    kind: InboundKind
    external_id: str
    version: int
    company_code: str
    area_code: str
    received_at: datetime
    state: RecordState
    fault: RecordFault | None
    sentence: str
    subject: str | None
    enterprise_id: EnterpriseId | None
    region_id: RegionId | None
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class InboxMessageFilter:
    """None or empty: no restriction. The days are business days of the receipt, both included."""

    kinds: tuple[InboundKind, ...] = ()
    outcomes: tuple[MessageOutcome, ...] = ()
    first_day: date | None = None
    last_day: date | None = None
    text: str | None = None
    """Searched in the sender's message id."""


@dataclass(frozen=True, slots=True)
class InboxRecordFilter:
    """None or empty: no restriction. The days are business days of the receipt, both included."""

    kinds: tuple[InboundKind, ...] = ()
    states: tuple[RecordState, ...] = ()
    faults: tuple[RecordFault, ...] = ()
    first_day: date | None = None
    last_day: date | None = None
    message_id: UUID | None = None
    text: str | None = None
    """Searched in the external id, the credit code and the area code."""


class InboxMessageOrder(Enum):
    """How messages are sorted, by the instant of receipt: NEWEST or OLDEST first, then by id."""

    NEWEST = "NEWEST"
    OLDEST = "OLDEST"


class InboxRecordOrder(Enum):
    """How records are sorted, by the instant of receipt: NEWEST or OLDEST first, then by id."""

    NEWEST = "NEWEST"
    OLDEST = "OLDEST"


@dataclass(frozen=True, slots=True)
class InboxHealth:
    """When something last came from the ministry and was last settled, and how much waits.

    `quarantined` records and `unreadable` messages wait for a person, `pending` records for the worker.
    """

    last_received_at: datetime | None
    last_settled_at: datetime | None
    pending: int
    quarantined: int
    unreadable: int


class InboxReader(Protocol):
    """Reads the inbox for the ledger. Only the province's people may see it, so it takes no scope."""

    def messages(
        self, where: InboxMessageFilter, page: Page, order: InboxMessageOrder = InboxMessageOrder.NEWEST
    ) -> Slice[InboxMessageRow]: ...

    def message_count(self, where: InboxMessageFilter) -> int: ...

    def messages_by_id(self, ids: Sequence[UUID]) -> Mapping[UUID, InboxMessageRow]: ...

    def records(
        self, where: InboxRecordFilter, page: Page, order: InboxRecordOrder = InboxRecordOrder.NEWEST
    ) -> Slice[InboxRecordRow]: ...

    def record_count(self, where: InboxRecordFilter) -> int: ...

    def records_by_id(self, ids: Sequence[UUID]) -> Mapping[UUID, InboxRecordRow]: ...

    def health(self) -> InboxHealth: ...
