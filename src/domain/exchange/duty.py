"""Duties to send: the entries of the outbox, each the announcement of one business fact, and when they are due again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any, Final
from uuid import UUID


class Topic(Enum):
    """What kind of duty it is; each topic has one worker.

    MINISTRY_PATROL and MINISTRY_SPOT_CHECK are the rows of the weekly push.
    SMS_RECEIPT is work that came in: a delivery receipt that is stored first and taken in afterwards, again and again
    until the SMS it speaks of is known.
    """

    MINISTRY_COMMITMENT = "MINISTRY_COMMITMENT"
    SMS = "SMS"
    SMS_RECEIPT = "SMS_RECEIPT"
    MINISTRY_PATROL = "MINISTRY_PATROL"
    MINISTRY_SPOT_CHECK = "MINISTRY_SPOT_CHECK"


class DutyState(Enum):
    """PENDING is still owed. REFUSED and PARKED are dead letters: visible, and sent again only when told to.

    REFUSED: the receiver said no for good. PARKED: it ended its worker three times. SUPERSEDED: a newer revision of
    the same object has already arrived. DROPPED: on checking again before sending, it was no longer owed.
    """

    PENDING = "PENDING"
    DONE = "DONE"
    REFUSED = "REFUSED"
    PARKED = "PARKED"
    SUPERSEDED = "SUPERSEDED"
    DROPPED = "DROPPED"


DEAD: Final = frozenset({DutyState.REFUSED, DutyState.PARKED})
MOST_CRASHES: Final = 3
LONGEST_BACKOFF: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Duty:
    """One outbox entry.

    `id` is the UUIDv5 of the business fact; `object_key` is the business key within which order is kept by
    `revision`; `facts` are plain JSON values, frozen in the transaction that made the fact true.
    """

    id: UUID
    topic: Topic
    object_key: str
    revision: int
    business_date: date
    facts: Mapping[str, Any]
    created_at: datetime
    due_at: datetime
    state: DutyState = DutyState.PENDING
    attempts: int = 0
    crashes: int = 0
    answer_code: str = ""
    answer: str = ""
    message_id: str = ""
    sent_at: datetime | None = None
    settled_at: datetime | None = None


def backoff(attempts: int, *, jitter: float, asked: float | None = None) -> timedelta:
    """How long to wait after the n-th attempt: 2, 4, 8 … seconds up to five minutes, plus up to a quarter of jitter.

    `jitter` lies in [0, 1). `asked` (seconds) is the receiver's own Retry-After; it is honoured up to an hour.
    """
    wait = min(timedelta(seconds=2 ** min(max(attempts, 1), 16)), LONGEST_BACKOFF)
    wait += wait * 0.25 * jitter
    if asked is not None:
        wait = max(wait, timedelta(seconds=min(max(asked, 0.0), 3600.0)))
    return wait
