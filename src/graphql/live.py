"""Nudges for live subscribers: something changed; what it is now is read again by who hears it."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from threading import Lock


class NudgeHub:
    """Fans nudges out to the subscribers of this process. `nudge` may be called from any thread, and never raises.

    Where there are several processes, `src/adapters/live.py` tells the hubs of the others.

    A subscriber that is still busy with the last nudge is not queued a second one: one wake-up is enough to read anew.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: dict[str, set[tuple[asyncio.AbstractEventLoop, asyncio.Event]]] = defaultdict(set)

    def nudge(self, topics: Sequence[str]) -> None:
        with self._lock:
            woken = [entry for topic in topics for entry in self._waiting.get(topic, ())]
        for loop, event in woken:
            with suppress(RuntimeError):  # The loop has closed, and its subscriber is gone with it.
                loop.call_soon_threadsafe(event.set)

    @asynccontextmanager
    async def listen(self, *topics: str) -> AsyncIterator[asyncio.Event]:
        """An event that is set whenever one of the topics is nudged; clear it before reading anew."""
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
