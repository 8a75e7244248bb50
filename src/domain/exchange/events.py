"""The events of the exchange ledger, named in the past tense."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class DeadLetterResent:
    """Somebody sent a refused or parked outbox entry again."""

    outbox_id: str
    at: datetime
