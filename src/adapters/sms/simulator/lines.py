"""The open connections, so that a fault can really drop one: ASGI itself has no way to hang up."""

from __future__ import annotations

import asyncio

from starlette.types import Scope
from uvicorn.protocols.http.h11_impl import H11Protocol


class Lines:
    """Which connection belongs to which caller (address and port)."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, int], asyncio.Transport] = {}

    def cut(self, scope: Scope) -> None:
        """Hang up on the caller of this request. Raises RuntimeError when the app runs in a server that has no lines."""
        line = self._open.get(tuple(scope["client"] or ()))
        if line is None:
            raise RuntimeError("faults that drop the connection need the simulator's own server")
        line.abort()

    def protocol(self) -> type[asyncio.Protocol]:
        """The HTTP protocol class for uvicorn that keeps this register."""
        register = self._open

        class Registered(H11Protocol):
            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
                super().connection_made(transport)
                if self.client:
                    register[self.client] = transport

            def connection_lost(self, exc: Exception | None) -> None:
                if self.client:
                    register.pop(self.client, None)
                super().connection_lost(exc)

        return Registered
