"""The events of the exchange ledger, of the inbox and of a restore from a backup, named in the past tense."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ..values import EnterpriseId, RegionId
from .duty import Duty, DutyState, Topic


@dataclass(frozen=True, slots=True)
class DeadLetterResent:
    """Somebody sent a refused or parked outbox entry again."""

    outbox_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DutyGivenUp:
    """An outbox entry became a dead letter: it was refused for good, or parked after three crashes."""

    outbox_id: str
    topic: Topic
    state: DutyState
    code: str
    answer: str
    at: datetime


def given_up(duty: Duty, at: datetime) -> DutyGivenUp:
    """The event of a duty that has become a dead letter."""
    return DutyGivenUp(str(duty.id), duty.topic, duty.state, duty.answer_code, duty.answer, at)


@dataclass(frozen=True, slots=True)
class RestoreBegun:
    """An operator began a restore; `known_until` is the newest instant that the backup knows of."""

    begun_by: str
    known_until: datetime | None
    why: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RestoreFinished:
    """An operator finished a restore: what was unsettled is asked about and then sent."""

    begun_at: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class TrailReanchored:
    """The trail goes on from its `head`, by a signed break; what was anchored later (`lost`) is missing."""

    by: str
    why: str
    lost: str
    head: str
    at: datetime


@dataclass(frozen=True, slots=True)
class InboxRecordAssigned:
    """Somebody said to whom a quarantined record of the ministry belongs: an enterprise or a region."""

    record_id: UUID
    enterprise_id: EnterpriseId | None
    region_id: RegionId | None
    at: datetime


@dataclass(frozen=True, slots=True)
class InboxReprocessed:
    """Somebody had something from the ministry processed again: `what` is InboxRecord or InboxMessage."""

    what: str
    subject: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class RawMessageRead:
    """Somebody read a message of the ministry as it arrived. Its content is not in the event."""

    message_id: UUID
    at: datetime


ExchangeEvent = (
    DeadLetterResent
    | DutyGivenUp
    | InboxRecordAssigned
    | InboxReprocessed
    | RawMessageRead
    | RestoreBegun
    | RestoreFinished
    | TrailReanchored
)
"""Every event of this file."""
