"""Port of the wall screen: what is owed in a region, and what has just happened there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Protocol
from uuid import UUID

from ...domain.alert.form import AlertLevel
from ...domain.problem.form import Severity
from ...domain.values import RegionId


@dataclass(frozen=True, slots=True)
class Owed:
    """How many still owe their final feedback, and how many of them have an unmet deadline that has passed."""

    unfed_back: int = 0
    overdue: int = 0


class EventSubject(Enum):
    """What an event of the wall screen is about."""

    COMMITMENT = "COMMITMENT"
    INSPECTION = "INSPECTION"
    PROBLEM = "PROBLEM"
    ALERT = "ALERT"


@dataclass(frozen=True, slots=True)
class NewsKey:
    """Something that has happened: the object, and when it changed last."""

    subject: EventSubject
    id: UUID
    at: datetime


class WallReader(Protocol):
    """Reads figures and news of one region with everything below it. The caller has checked the region."""

    def problems_owed(self, region_id: RegionId, now: datetime) -> Mapping[Severity, Owed]:
        """Of each severity; by the addressee's region."""
        ...

    def alerts_owed(self, region_id: RegionId, now: datetime) -> Mapping[AlertLevel, Owed]:
        """Of each level; by the enterprise's region."""
        ...

    def newest(self, region_id: RegionId, today: date, since: datetime, *, first: int) -> Sequence[NewsKey]:
        """The newest events since then, at most `first`, the newest first; of one instant, by id.

        Problems and alerts count by their last change, manual records by their submission and the region of the
        inspecting department. Of commitments, only today's late ones count, by their report.
        """
        ...
