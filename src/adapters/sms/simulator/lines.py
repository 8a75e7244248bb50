"""A register of open connections, so that a fault can close one: ASGI itself cannot."""

from __future__ import annotations

import asyncio

from starlette.types import Scope
from uvicorn.protocols.http.h11_impl import H11Protocol


class Lines:
    """The open connections by the caller's address and port."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, int], asyncio.Transport] = {}

    def cut(self, scope: Scope) -> None:
        """Close this request's connection at once. Raises RuntimeError if the server registers none."""
        line = self._open.get(tuple(scope["client"] or ()))
        if line is None:
            raise RuntimeError("faults that drop the connection need the simulator's own server")
        line.abort()

    def protocol(self) -> type[asyncio.Protocol]:
        """An HTTP protocol class for uvicorn that registers its connections here."""
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
