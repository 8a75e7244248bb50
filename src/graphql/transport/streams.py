"""Server-sent events: the graphql-sse protocol in "distinct connections" mode, one stream per operation."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any, Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ..execution.errors import from_failure
from .asker import fork
from .encoding import frame_of
from .frames import COMMENT, ENDED, Frame, FrameQueue, Kind
from .sessions import SessionWatch, session_ended
from .sharing import Subscription

Encode = Callable[[Any], bytes]

_HEADERS: Final = {
    "cache-control": "no-store, no-transform",
    "x-accel-buffering": "no",
    "vary": "Accept",
    "x-content-type-options": "nosniff",
}
_COMMENT: Final = b":\n\n"


class _Events(Response):
    """A response of events. Every `keep_alive` seconds a comment keeps proxies from closing a quiet stream."""

    media_type = "text/event-stream"

    def __init__(self, context: Any, sessions: SessionWatch | None, keep_alive: float) -> None:
        self.status_code = 200
        self.background = None
        self.body = b""
        self.init_headers(_HEADERS)
        del self.headers["content-length"]
        self.context = context
        self._sessions = sessions
        self._keep_alive = keep_alive
        self._send: Send

    def move(self) -> None:
        """What the session may see has changed; the operation reads with the actor it began with."""

    async def _begin(self, send: Send) -> None:
        self._send = send
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})

    async def _event(self, name: str, data: bytes) -> None:
        await self._write(b"event: " + name.encode() + b"\ndata: " + data + b"\n\n")

    async def _write(self, body: bytes) -> None:
        await self._send({"type": "http.response.body", "body": body, "more_body": True})

    async def _finish(self) -> None:
        # Browsers drop an event without a data line.
        last = b"event: complete\ndata:\n\n"
        await self._send({"type": "http.response.body", "body": last, "more_body": False})


class EventStream(_Events):
    """Sends each result as a `next` event and `complete` at the end; ends when the client disconnects.

    It ends, too, when the session has ended. Plain tasks are used here, not a cancel scope: a cancelled
    operation may still await in its `finally` blocks.
    """

    def __init__(
        self,
        results: AsyncGenerator[Any, None],
        encode: Encode,
        context: Any,
        sessions: SessionWatch | None,
        keep_alive: float,
    ) -> None:
        super().__init__(context, sessions, keep_alive)
        self._results = results
        self._encode = encode
        self._ended = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream until the results end, the client disconnects, the session ends or the server stops."""
        await self._begin(send)
        ends = [
            asyncio.create_task(self._pump()),
            asyncio.create_task(_until_gone(receive)),
            asyncio.create_task(_until_set(self._ended)),
        ]
        beat = asyncio.create_task(self._beat())
        if self._sessions is not None:
            self._sessions.add(self)
        try:
            done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if self._sessions is not None:
                self._sessions.remove(self)
            for task in (*ends, beat):
                task.cancel()
            await asyncio.gather(*ends, beat, return_exceptions=True)
        if ends[0] not in done and ends[1] not in done:
            await self._event("next", frame_of(session_ended()))
            await self._finish()
        for task in done:
            task.result()  # Raise a failure of the stream itself, so that the server logs it.

    async def end(self) -> None:
        self._ended.set()

    async def _pump(self) -> None:
        try:
            async with aclosing(self._results) as results:
                async for result in results:
                    await self._event("next", self._encode(result))
        except Exception as failure:  # noqa: BLE001
            # The HTTP status has been sent already, so the client gets the error as an event.
            await self._event("next", self._encode(from_failure(failure)))
        await self._finish()

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self._keep_alive)
            await self._write(_COMMENT)


class SharedEventStream(_Events):
    """The same for a subscription that others share; it has no task of its own but the server's."""

    def __init__(
        self, subscription: Subscription, context: Any, sessions: SessionWatch | None, keep_alive: float
    ) -> None:
        super().__init__(context, sessions, keep_alive)
        self._subscription = subscription
        self._queue = FrameQueue(self._told)
        self._timer: asyncio.TimerHandle | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream until the operation ends, the client disconnects, the session ends or the server stops."""
        await self._begin(send)
        self._rest()
        if self._sessions is not None:
            self._sessions.add(self)
        self._subscription.join(fork(self.context), self)
        try:
            await _until_gone(receive)  # The server says so, too, when the answer is complete.
        finally:
            self._stop()
            await self._queue.close()

    def deliver(self, frame: Frame) -> None:
        self._queue.put(frame)

    def move(self) -> None:
        self._subscription.move(fork(self.context), self)

    async def end(self) -> None:
        self._stop()
        for frame in (Frame(Kind.NEXT, frame_of(session_ended()).decode()), ENDED):
            self._queue.put(frame)

    async def _told(self, frame: Frame) -> None:
        if frame.kind is Kind.COMMENT:
            await self._write(_COMMENT)
            return
        if frame.kind is Kind.COMPLETE:
            self._stop()
            await self._finish()
            return
        body = frame.body if frame.kind is Kind.NEXT else f'{{"errors":{frame.body}}}'
        await self._event("next", body.encode())
        if frame.kind is Kind.ERROR:
            self._queue.put(ENDED)

    def _rest(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self._keep_alive, self._beat)

    def _beat(self) -> None:
        self._queue.put(COMMENT)
        self._rest()

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._sessions is not None:
            self._sessions.remove(self)
        self._subscription.leave(self)


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _until_set(event: asyncio.Event) -> None:
    await event.wait()
