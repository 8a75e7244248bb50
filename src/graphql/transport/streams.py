"""Server-sent events: the graphql-sse protocol in "distinct connections" mode, one stream per operation."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ...application.ports.unavailable import Unavailable
from ..execution.errors import Code, from_failure, make_error

Frame = Callable[[Any], bytes]
Welcome = Callable[[], Awaitable[bool]]


class EventStream(Response):
    """Sends each result as a `next` event and `complete` at the end; ends when the client disconnects.

    A comment every `keep_alive` seconds keeps proxies from closing a quiet stream. `still_welcome` is called
    every `recheck` seconds; the stream ends when the session has been revoked. Plain tasks are used here, not
    a cancel scope: a cancelled operation may still await in its `finally` blocks.
    """

    media_type = "text/event-stream"

    def __init__(
        self,
        results: AsyncGenerator[Any, None],
        frame: Frame,
        *,
        keep_alive: float,
        still_welcome: Welcome | None = None,
        recheck: float = 4.0,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status_code = 200
        self.background = None
        self._results = results
        self._frame = frame
        self._keep_alive = keep_alive
        self._still_welcome = still_welcome
        self._recheck = recheck
        self.body = b""
        self.init_headers(
            {"cache-control": "no-store, no-transform", "x-accel-buffering": "no", **(headers or {})}
        )
        del self.headers["content-length"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream until the results end, the client disconnects, the session ends or the server stops."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        ends = [asyncio.create_task(self._pump(send)), asyncio.create_task(_until_gone(receive))]
        if self._still_welcome is not None:
            ends.append(asyncio.create_task(self._until_unwelcome(self._still_welcome)))
        beat = asyncio.create_task(self._beat(send))
        try:
            done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (*ends, beat):
                task.cancel()
            await asyncio.gather(*ends, beat, return_exceptions=True)
        if ends[0] not in done and ends[1] not in done:
            await self._event(send, "next", self._refusal())
            await self._finish(send)
        for task in done:
            task.result()  # Raise a failure of the stream itself, so that the server logs it.

    async def _pump(self, send: Send) -> None:
        try:
            async with aclosing(self._results) as results:
                async for result in results:
                    await self._event(send, "next", self._frame(result))
        except Exception as failure:  # noqa: BLE001
            # The HTTP status has been sent already, so the client gets the error as an event.
            await self._event(send, "next", self._frame(from_failure(failure)))
        await self._finish(send)

    async def _beat(self, send: Send) -> None:
        while True:
            await asyncio.sleep(self._keep_alive)
            await send({"type": "http.response.body", "body": b":\n\n", "more_body": True})

    async def _until_unwelcome(self, still_welcome: Welcome) -> None:
        while True:
            try:
                if not await still_welcome():
                    return
            except Unavailable:
                pass  # Nobody can be asked just now, and nothing can be read either: look again later.
            await asyncio.sleep(self._recheck)

    def _refusal(self) -> bytes:
        return self._frame(make_error(Code.UNAUTHENTICATED, "The session has ended."))

    async def _event(self, send: Send, name: str, data: bytes) -> None:
        body = b"event: " + name.encode() + b"\ndata: " + data + b"\n\n"
        await send({"type": "http.response.body", "body": body, "more_body": True})

    async def _finish(self, send: Send) -> None:
        # Browsers drop an event without a data line.
        await send({"type": "http.response.body", "body": b"event: complete\ndata:\n\n", "more_body": False})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
