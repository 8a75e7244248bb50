"""Run a synchronous call in a worker thread, and wait for a free thread no longer than the request may wait."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

import anyio
import anyio.to_thread

from ..application.ports.unavailable import Unavailable
from ..application.waiting import bounded, seconds_left

Result = TypeVar("Result")

CONNECTING_SECONDS: Final = 4.0
"""What a call may need for a free connection and for opening it: a thread must be free that much earlier."""
LEAST_SECONDS: Final = 0.5
"""How long a call waits for a thread, however late its request is."""


async def run_in_thread(call: Callable[[], Result]) -> Result:
    """Run the call; it waits for the database no longer than its request.

    Outside of a request (streams, sockets) each call may wait as long as a request. Raises Unavailable when no
    thread becomes free in time, because all of them wait for the database.
    """
    with bounded():
        # The time limit cancels the wait for a thread only: anyio never breaks off a call that runs.
        with anyio.move_on_after(max(seconds_left() - CONNECTING_SECONDS, LEAST_SECONDS)):
            return await anyio.to_thread.run_sync(call)
        raise Unavailable("no thread has become free")
