"""Open connections by the client's address, so that a fault can cut one without a byte of answer."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from uvicorn.protocols.http.h11_impl import H11Protocol


class Lines:
    """The connections that are open now."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, int], asyncio.Transport] = {}

    def protocol(self) -> type[asyncio.Protocol]:
        """The HTTP protocol for uvicorn that enters its connections here."""
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
        """Close the request's connection at once; whatever is answered afterwards goes nowhere."""
        assert request.client is not None, "a request over TCP has a client address"
        self._open[request.client.host, request.client.port].abort()
        await until_gone(request)


async def until_gone(request: Request) -> None:
    """Returns when the client's connection has ended; what it still sends is thrown away."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
