"""Ports that all wings use: the clock, the doorbell that wakes workers, and nudges for live clients."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The one clock of the business; a use case asks it once and passes the instant on as an argument."""

    def now(self) -> datetime:
        """The current instant, aware, in UTC."""
        ...


class Doorbell(Protocol):
    """Wakes workers when the outbox has something due. A lost ring only delays: the sweep finds the duty."""

    def ring(self, topic: str) -> None:
        """Wake a worker for the topic. Never raises: a failure is logged, and the sweep does the work."""
        ...

    def goes_on(self, topic: str) -> bool:
        """Say that long work of the topic gets on, in its own thread, so that this process counts as healthy.

        Returns False when this process is told to end: break off what can be begun again elsewhere.
        """
        ...


class Nudges(Protocol):
    """Tells live subscribers, in any process, that something they watch has changed: they read it again."""

    def nudge(self, topics: Sequence[str]) -> None:
        """Notify the subscribers of these topics. Called after commit, best effort, never raises."""
        ...
