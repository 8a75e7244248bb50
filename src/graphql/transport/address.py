"""From which network address a request comes: what failed log-ins are counted by."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

LONGEST: Final = 64
_ADDRESS: Final[ContextVar[str | None]] = ContextVar("client_address", default=None)


def client_address() -> str | None:
    """The address of whoever is asking; None where it is not known."""
    return _ADDRESS.get()


class ClientAddress:
    """ASGI middleware that keeps the address for as long as a request, a stream or a socket lasts.

    Behind a proxy it is the proxy's own, unless the server believes its X-Forwarded-For (`YANBAO_TRUSTED_PROXIES`).
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        client = scope.get("client")
        token = _ADDRESS.set(client[0][:LONGEST] if client else None)
        try:
            await self._app(scope, receive, send)
        finally:
            _ADDRESS.reset(token)
