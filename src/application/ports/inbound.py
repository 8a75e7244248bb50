"""Ports of what the ministry sends down: the reader of its messages, and the inbox that keeps them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from ...domain.alert.form import AlertKind, AlertLevel, RiskType
from ...domain.exchange.inbound import InboundKind, RecordFault
from ...domain.problem.form import ProblemCategory, Severity


@dataclass(frozen=True, slots=True)
class MinistryProblem:
    """A problem that the ministry states, in our words.

    `area_code` has six digits. A patrol problem has it; a spot-check problem has `company_code`, a credit code
    that is checked for its form only. `withdrawn` is why the ministry withdraws it; None: it stands.
    """

    external_id: str
    version: int
    area_code: str | None
    company_code: str | None
    category: ProblemCategory
    severity: Severity
    description: str
    rectify_on: date | None
    found_at: datetime
    withdrawn: str | None


@dataclass(frozen=True, slots=True)
class MinistryWarning:
    """A warning that the ministry states, in our words. `risk_type` is None for a certificate alert.

    `certificate_number` is the number on the certificate; `expires_on` its last day; None if not stated.
    `ended` is why the warning is over; None: it stands. `reason` is why its level changed, or empty.
    """

    external_id: str
    version: int
    area_code: str | None
    company_code: str
    kind: AlertKind
    level: AlertLevel
    risk_type: RiskType | None
    description: str
    value: str
    occurred_at: datetime
    certificate_number: str | None
    expires_on: date | None
    ended: str | None
    reason: str


class UnreadableMessage(Exception):
    """The message cannot be read: not JSON, not decrypted, no envelope. `reason` is English, for operators."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class UnfitRecord(Exception):
    """One record cannot be taken as it is. `sentence` is Chinese and names the field of the ministry."""

    def __init__(self, fault: RecordFault, sentence: str) -> None:
        super().__init__(f"{fault.value}: {sentence}")
        self.fault = fault
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class ReadMessage:
    """A message that was read: its id, and the records as plain JSON objects, in their order."""

    message_id: str
    contents: Sequence[Mapping[str, Any]]


class MinistryReader(Protocol):
    """Reads what the ministry sends; the adapter alone knows its format. It is pure and needs no network."""

    def message(self, kind: InboundKind, raw: bytes) -> ReadMessage:
        """Decrypt and parse a message. Raises UnreadableMessage."""
        ...

    def identity(self, kind: InboundKind, content: Mapping[str, Any]) -> tuple[str, int]:
        """The external id and the version (≥ 1) of a record. Raises UnfitRecord."""
        ...

    def problem(self, kind: InboundKind, content: Mapping[str, Any]) -> MinistryProblem:
        """The problem of a record of kind PATROL_PROBLEM or SPOT_CHECK_PROBLEM. Raises UnfitRecord."""
        ...

    def warning(self, content: Mapping[str, Any]) -> MinistryWarning:
        """The warning of a record of kind WARNING. Raises UnfitRecord."""
        ...


@dataclass(frozen=True, slots=True)
class Delivery:
    """One authentic message: its signature, time and size have been checked. `nonce` is None when polled."""

    kind: InboundKind
    nonce: str | None
    headers: Mapping[str, str]
    raw: bytes


@dataclass(frozen=True, slots=True)
class RecordAnswer:
    """What the sender is told of one record. `fault` None: taken, or known already."""

    external_id: str
    fault: RecordFault | None
    sentence: str


@dataclass(frozen=True, slots=True)
class DeliveryAnswer:
    """What the sender is told of a message, after it has been committed.

    `unreadable` is why it could not be read (English). `conflicting`: its id or nonce came before with other
    content. `repeated`: it came before, with the same content, and had no effect this time.
    """

    message_id: str | None
    records: Sequence[RecordAnswer] = ()
    unreadable: str | None = None
    conflicting: bool = False
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class WaitingMessage:
    """A message in the ministry's mailbox that was not confirmed yet; `id` is the mailbox's own."""

    id: str
    delivery: Delivery


class MailboxFailed(Exception):
    """The mailbox gave no usable answer. `reason` is English, for operators."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class MinistryMailbox(Protocol):
    """Where the ministry keeps messages for us to fetch. Called with no transaction open."""

    def waiting(self) -> Sequence[WaitingMessage]:
        """Some of the messages that were not confirmed, of each kind the oldest first. Raises MailboxFailed."""
        ...

    def confirm(self, answered: Sequence[tuple[WaitingMessage, DeliveryAnswer]]) -> None:
        """Tell what became of these messages, after the commit; they are not listed again.

        Confirming twice is harmless. Raises MailboxFailed.
        """
        ...
