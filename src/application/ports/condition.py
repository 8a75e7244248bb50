"""Port to the condition of the database and of what waits in it, for readiness, metrics and the doctor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Protocol

from ...domain.exchange.duty import DutyState, Topic


@dataclass(frozen=True, slots=True)
class Condition:
    """What one look at the database has found."""

    writable: bool
    database_time: datetime
    """Its clock at the look; leases run by it."""
    oldest_due: Mapping[Topic, datetime] = field(default_factory=dict)
    """Per topic the due time of the oldest pending duty; topics without one are missing."""
    missed_slots: int = 0
    """Slots of the schedule that are still not run, and due for longer than asked."""
    inbox_waiting: int = 0
    """Records of the ministry that are quarantined and messages that could not be read: a person must look."""
    newest_slot_at: datetime | None = None
    """The newest slot that was written down; None before the schedule has ever run."""


class ConditionReader(Protocol):
    """Reads it by a few look-ups in indices, whatever the tables hold. Raises Unavailable."""

    def condition(self, now: datetime, *, missed_after: timedelta) -> Condition:
        """`missed_after`: a slot that has waited longer than this is missed."""
        ...

    def dead_letters(self, since: date, until: date) -> Mapping[tuple[Topic, DutyState], int]:
        """How many duties of these business dates are PARKED or REFUSED; zero counts are missing."""
        ...
