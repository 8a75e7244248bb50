"""A register of open connections, so that a fault can close one without an answer."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from uvicorn.protocols.http.h11_impl import H11Protocol


class Lines:
    """The open connections by the client's address and port."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, int], asyncio.Transport] = {}

    def protocol(self) -> type[asyncio.Protocol]:
        """An HTTP protocol class for uvicorn that registers its connections here."""
        lines = self._open

        class ListedProtocol(H11Protocol):
            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
                super().connection_made(transport)
                if self.client is not None:
                    lines[self.client] = transport

            def connection_lost(self, exc: Exception | None) -> None:
                if self.client is not None:
                    lines.pop(self.client, None)
                super().connection_lost(exc)

        return ListedProtocol

    async def cut(self, request: Request) -> None:
        """Close the request's connection at once; a later answer reaches nobody."""
        assert request.client is not None, "a request over TCP has a client address"
        self._open[request.client.host, request.client.port].abort()
        await until_gone(request)


async def until_gone(request: Request) -> None:
    """Wait until the client's connection has ended; discard what it still sends."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
