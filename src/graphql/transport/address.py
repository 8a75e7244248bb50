"""Remember the client's network address; failed log-ins are counted per address."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

LONGEST: Final = 64
_ADDRESS: Final[ContextVar[str | None]] = ContextVar("client_address", default=None)


def client_address() -> str | None:
    """Return the client's network address, or None when it is unknown."""
    return _ADDRESS.get()


class ClientAddress:
    """ASGI middleware that stores the address while a request, a stream or a socket is open.

    Behind a proxy this is the proxy's address, unless the server trusts its X-Forwarded-For header
    (`YANBAO_TRUSTED_PROXIES`).
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
