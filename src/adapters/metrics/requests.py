"""ASGI middleware that measures requests by route, method and status."""

from __future__ import annotations

from time import perf_counter
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .figures import Metrics

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "OPTIONS"})
ROUTES: Final = ("/graphql", "/files/", "/callbacks/", "/exchange/", "/healthz", "/readyz", "/demo/clock")
"""Beginnings of paths; the rest of a path may be a ticket or a secret and is no label."""


class MeasuredRequests:
    """Measures until an answer begins: a stream may go on for hours."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            self._metrics.socket(1)
            try:
                await self._app(scope, receive, send)
            finally:
                self._metrics.socket(-1)
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, path, method = perf_counter(), scope["path"], scope["method"]
        route = next((known for known in ROUTES if path.startswith(known)), "other")
        method = method if method in METHODS else "other"

        async def measured(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._metrics.request(route, method, message["status"], perf_counter() - begun)
            await send(message)

        await self._app(scope, receive, measured)
