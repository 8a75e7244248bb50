"""Receives deliveries in groups: what arrives while one transaction runs is received together in the next."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from anyio import CapacityLimiter, to_thread

from ...application.exchange.together import Receive, receive_together
from ...application.ports.inbound import Delivery, DeliveryAnswer
from ...application.ports.unavailable import Unavailable
from ...application.waiting import bounded

MOST_TOGETHER: Final = 64
"""Deliveries of one transaction."""
MOST_BYTES_TOGETHER: Final = 4 * 1024 * 1024
MOST_BYTES_WAITING: Final = 32 * 1024 * 1024
"""Bytes that may wait for a transaction; a delivery beyond that is sent again by the ministry."""


QUIET_SECONDS: Final = 0.1
"""A burst has ended when nothing has been received for so long."""
LONGEST_WAIT: Final = 2.0
"""How long the processing of records waits for the end of a burst."""


class Burst:
    """Lets receiving go before processing where both run in one process: the sender waits for its answer."""

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._received_at = clock() - QUIET_SECONDS

    def received(self) -> None:
        """Note that something has been received just now."""
        self._received_at = self._clock()

    def before(self, process: Callable[[], int]) -> Callable[[], int]:
        """Make a function that calls `process` when the burst has ended, or after LONGEST_WAIT."""

        def act() -> int:
            until = self._clock() + LONGEST_WAIT
            while (left := min(self._received_at + QUIET_SECONDS, until) - self._clock()) > 0:
                self._sleep(left)
            return process()

        return act


@dataclass(slots=True)
class _Waiting:
    delivery: Delivery
    answer: asyncio.Future[DeliveryAnswer]


class Collector:
    """Group commit for one event loop. `receive` runs on a thread of its own, one call at a time."""

    def __init__(self, receive: Receive, burst: Burst | None = None) -> None:
        self._receive = _bounded(receive)
        self._burst = burst or Burst()
        self._waiting: deque[_Waiting] = deque()
        self._bytes = 0
        self._worker: asyncio.Task[None] | None = None
        self._thread = CapacityLimiter(1)

    async def take(self, delivery: Delivery) -> DeliveryAnswer:
        """Return the answer once the delivery is committed.

        Raises Unavailable when it could not be, or when too much waits; otherwise what `receive` raised for it.
        """
        if self._bytes + len(delivery.raw) > MOST_BYTES_WAITING:
            raise Unavailable("too many bytes wait to be received")
        waiting = _Waiting(delivery, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self._bytes += len(delivery.raw)
        if self._worker is None:
            # Keep the task: the loop itself holds a weak reference only.
            self._worker = asyncio.create_task(self._work())
        return await waiting.answer

    async def _work(self) -> None:
        try:
            while self._waiting:
                await self._receive_turn(self._next_turn())
        finally:
            self._worker = None

    def _next_turn(self) -> list[_Waiting]:
        turn = [self._waiting.popleft()]
        size = len(turn[0].delivery.raw)
        while self._waiting and len(turn) < MOST_TOGETHER:
            size += len(self._waiting[0].delivery.raw)
            if size > MOST_BYTES_TOGETHER:
                break
            turn.append(self._waiting.popleft())
        self._bytes -= sum(len(one.delivery.raw) for one in turn)
        return turn

    async def _receive_turn(self, turn: Sequence[_Waiting]) -> None:
        deliveries = [one.delivery for one in turn]
        self._burst.received()
        answers = await to_thread.run_sync(receive_together, self._receive, deliveries, limiter=self._thread)
        self._burst.received()
        for one, answer in zip(turn, answers, strict=True):
            _settle(one, answer)
        away = next((answer for answer in answers if isinstance(answer, Unavailable)), None)
        if away is not None:
            # Without a database the next turns would only wait for it, one after the other.
            while self._waiting:
                _settle(self._waiting.popleft(), away)
            self._bytes = 0


def _settle(waiting: _Waiting, answer: DeliveryAnswer | Exception) -> None:
    if waiting.answer.done():
        return  # Its request was cancelled.
    if isinstance(answer, Exception):
        waiting.answer.set_exception(answer)
    else:
        waiting.answer.set_result(answer)


def _bounded(receive: Receive) -> Receive:
    def within(deliveries: Sequence[Delivery]) -> Sequence[DeliveryAnswer]:
        with bounded():
            return receive(deliveries)

    return within
