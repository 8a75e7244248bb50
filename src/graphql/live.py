"""Wake live subscribers: a nudge carries no data, so the subscriber reads the current figures again."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from enum import Enum
from threading import Lock
from typing import Final, TypeVar

from ..application.ports.unavailable import Unavailable
from .threads import run_in_thread

Figures = TypeVar("Figures")

FALLBACK: Final = 30.0
"""Seconds without a nudge before the figures are read anyway: a nudge of another process can get lost."""
RETRY: Final = 5.0
"""Seconds until the next attempt when the database was away."""
QUIET: Final = 0.2
"""Seconds from one reading to the next at least: many nudges in that time wake a subscriber once."""


class Session(Enum):
    """What a check finds of a session: it goes on, it sees something else from now on, or it has ended."""

    SAME = "SAME"
    CHANGED = "CHANGED"
    ENDED = "ENDED"


class NudgeHub:
    """Passes nudges on to the subscribers of this process. `nudge` is thread-safe and never raises.

    `src/adapters/live.py` passes nudges on to the hubs of other processes.

    Nudges do not queue: several that arrive while a subscriber is busy wake it once.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: dict[str, set[tuple[asyncio.AbstractEventLoop, asyncio.Event]]] = defaultdict(set)
        self._told: dict[str, list[Callable[[], None]]] = defaultdict(list)

    def tell(self, topic: str, call: Callable[[], None]) -> None:
        """Call it for every nudge of the topic, at once and in the thread that nudges; it must not raise."""
        self._told[topic].append(call)

    def nudge(self, topics: Sequence[str]) -> None:
        for topic in topics:
            for call in self._told.get(topic, ()):
                call()
        with self._lock:
            woken = [entry for topic in topics for entry in self._waiting.get(topic, ())]
        for loop, event in woken:
            with suppress(RuntimeError):  # The event loop is closed, so its subscriber is gone, too.
                loop.call_soon_threadsafe(event.set)

    @asynccontextmanager
    async def listen(self, *topics: str) -> AsyncIterator[asyncio.Event]:
        """Give an event that is set when one of the topics is nudged; clear it before each read."""
        entry = (asyncio.get_running_loop(), asyncio.Event())
        with self._lock:
            for topic in topics:
                self._waiting[topic].add(entry)
        try:
            yield entry[1]
        finally:
            with self._lock:
                for topic in topics:
                    self._waiting[topic].discard(entry)
                    if not self._waiting[topic]:
                        del self._waiting[topic]


class Follower:
    """What one subscription follows: it reads at once, then whenever somebody nudges or asks it to look again."""

    def __init__(self, hub: NudgeHub, now: Callable[[], datetime]) -> None:
        self._hub = hub
        self._now = now
        self._changed: asyncio.Event | None = None

    def look_again(self) -> None:
        """Read the figures again soon; on the event loop's thread only."""
        if self._changed is not None:
            self._changed.set()

    async def follow(
        self,
        topics: Callable[[], Iterable[str]],
        read: Callable[[], tuple[Figures, datetime | None]],
    ) -> AsyncIterator[Figures]:
        """Yield the figures, then again whenever they differ; both functions run in a thread.

        `read` also returns when the figures next change by themselves, by the clock of the business. While
        the database is away, the last figures stand; only at the start Unavailable is raised.
        """
        shown: list[Figures] = []
        while True:
            async with self._hub.listen(*await run_in_thread(lambda: list(topics()))) as self._changed:
                nudged = True
                while nudged:  # Without a nudge for long, the topics may have changed as well.
                    self._changed.clear()
                    seconds = FALLBACK
                    try:
                        figures, until = await run_in_thread(read)
                    except Unavailable:
                        if not shown:
                            raise
                        seconds = RETRY
                    else:
                        if until is not None:
                            seconds = min(seconds, max((until - self._now()).total_seconds(), 0.0))
                        if [figures] != shown:
                            shown = [figures]
                            yield figures
                    await asyncio.sleep(QUIET)
                    nudged = await _comes(self._changed, seconds)


async def _comes(changed: asyncio.Event, seconds: float) -> bool:
    """Whether the event is set within so many seconds."""
    try:
        await asyncio.wait_for(changed.wait(), seconds)
    except TimeoutError:
        return False
    return True
