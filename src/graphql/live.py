"""Wake live subscribers: a nudge carries no data, so the subscriber reads the current figures again."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from threading import Lock


class NudgeHub:
    """Passes nudges on to the subscribers of this process. `nudge` is thread-safe and never raises.

    `src/adapters/live.py` passes nudges on to the hubs of other processes.

    Nudges do not queue: several that arrive while a subscriber is busy wake it once.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: dict[str, set[tuple[asyncio.AbstractEventLoop, asyncio.Event]]] = defaultdict(set)

    def nudge(self, topics: Sequence[str]) -> None:
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
