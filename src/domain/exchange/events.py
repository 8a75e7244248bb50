"""The events of the exchange ledger, named in the past tense."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

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


ExchangeEvent = DeadLetterResent | DutyGivenUp


def given_up(duty: Duty, at: datetime) -> DutyGivenUp:
    """The event of a duty that has become a dead letter."""
    return DutyGivenUp(str(duty.id), duty.topic, duty.state, duty.answer_code, duty.answer, at)
