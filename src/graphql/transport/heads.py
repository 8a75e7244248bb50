"""Refuse heads of requests that take long to read, for every route: parsing headers and parameters costs time."""

from __future__ import annotations

from typing import Final

import orjson
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ..execution.errors import Code
from .requests import Fault

MOST_HEADER_BYTES: Final = 16 * 1024
"""Of all headers together; a session's cookie and a browser's usual ones have under two thousand."""
MOST_HEADERS: Final = 100
MOST_URL_BYTES: Final = 16 * 1024
"""Of path and query string together: a small document and its variables, as proxies let through."""
MOST_PARAMETERS: Final = 50

HEADERS_TOO_LARGE: Final = Fault(
    431,
    Code.PAYLOAD_TOO_LARGE,
    f"At most {MOST_HEADERS} headers with {MOST_HEADER_BYTES} bytes are read.",
    f"请求头过大，最多{MOST_HEADERS}项、{MOST_HEADER_BYTES // 1024} KB。",
    {"connection": "close"},
)
URL_TOO_LONG: Final = Fault(
    414,
    Code.PAYLOAD_TOO_LARGE,
    f"At most {MOST_URL_BYTES} bytes of URL with {MOST_PARAMETERS} parameters are read. Use POST.",
    f"请求地址过长，最大{MOST_URL_BYTES // 1024} KB、{MOST_PARAMETERS}个参数，请改用 POST。",
    {"connection": "close"},
)
POLICY_VIOLATION: Final = 1008
"""The close code of a socket whose head is refused."""


class GuardedHeads:
    """ASGI middleware: HTTP 414 or 431 for too long a head; a socket is refused."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        fault = _fault(scope) if scope["type"] in ("http", "websocket") else None
        if fault is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            body = orjson.dumps({"errors": [fault.error().formatted]})
            response = Response(body, fault.status, dict(fault.headers), "application/json")
            await response(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": fault.message})


def _fault(scope: Scope) -> Fault | None:
    query: bytes = scope["query_string"]
    if len(scope["path"]) + len(query) > MOST_URL_BYTES or query.count(b"&") >= MOST_PARAMETERS:
        return URL_TOO_LONG
    headers: list[tuple[bytes, bytes]] = scope["headers"]
    if len(headers) > MOST_HEADERS or sum(len(n) + len(v) for n, v in headers) > MOST_HEADER_BYTES:
        return HEADERS_TOO_LARGE
    return None
