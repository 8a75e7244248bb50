"""Ports of what all wings use: the clock, the doorbell of the workers, and nudges for live clients."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The one clock of the business; asked once per use case and handed down as an argument."""

    def now(self) -> datetime:
        """The current instant, aware, in UTC."""
        ...


class Doorbell(Protocol):
    """Rings when the outbox has something due. Only latency depends on it: the sweep finds what a lost ring left."""

    def ring(self, topic: str) -> None:
        """Wake a worker for the topic. Never raises: a doorbell that fails is logged, the sweep does the work."""
        ...


class Nudges(Protocol):
    """Tells live subscribers, in whatever process, that something they look at has changed: the truth is read again."""

    def nudge(self, topics: Sequence[str]) -> None:
        """Best effort, after commit; never raises."""
        ...
