"""Sends the hostile requests to the ASGI application in this process: no socket, no server and no client in between."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from starlette.types import ASGIApp, Message, Scope

from .attacks import Attack

MOST_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class Answer:
    """The HTTP status, or the code with which a socket was closed (0: it was left open); and every byte sent."""

    status: int
    sent: bytes


async def send(app: ASGIApp, attack: Attack, made: bytes | list[bytes], token: str | None = None) -> Answer:
    """Send one of the table. `made` is what it makes; `token` is that of a session."""
    headers = [(b"host", b"bench"), *attack.headers]
    if token is not None:
        headers = [each for each in headers if each[0] != b"authorization"]
        headers.append((b"authorization", b"Bearer " + token.encode()))
    if isinstance(made, list):
        return await _socket(app, attack, headers, made)
    headers.append((b"content-length", str(len(made)).encode()))
    scope = _scope("http", attack, headers) | {"method": attack.method}
    waiting: list[Message] = [{"type": "http.request", "body": made, "more_body": False}]
    return await _run(app, scope, waiting, ending="http.disconnect")


async def _socket(
    app: ASGIApp, attack: Attack, headers: Sequence[tuple[bytes, bytes]], frames: Sequence[bytes]
) -> Answer:
    scope = _scope("websocket", attack, headers) | {"subprotocols": ["graphql-transport-ws"]}
    waiting: list[Message] = [{"type": "websocket.connect"}]
    waiting += [{"type": "websocket.receive", "text": frame.decode("utf-8", "replace")} for frame in frames]
    waiting.append({"type": "websocket.disconnect", "code": 1000})
    return await _run(app, scope, waiting, ending="websocket.disconnect")


def _scope(kind: str, attack: Attack, headers: Sequence[tuple[bytes, bytes]]) -> Scope:
    return {
        "type": kind,
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "http" if kind == "http" else "ws",
        "path": attack.path,
        "raw_path": attack.path.encode(),
        "query_string": attack.query(),
        "root_path": "",
        "headers": list(headers),
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }


async def _run(app: ASGIApp, scope: Scope, waiting: list[Message], *, ending: str) -> Answer:
    status, parts = 0, list[bytes]()
    queue = iter(waiting)

    async def receive() -> Message:
        await asyncio.sleep(0)
        return next(queue, {"type": ending, "code": 1000})

    async def take(message: Message) -> None:
        nonlocal status
        kind: Any = message["type"]
        if kind == "http.response.start":
            status = message["status"]
        elif kind == "http.response.body":
            parts.append(message.get("body", b""))
        elif kind == "websocket.send":
            parts.append((message.get("text") or "").encode())
        elif kind == "websocket.close":
            status = message.get("code", 1000)

    async with asyncio.timeout(MOST_SECONDS):
        await app(scope, receive, take)
    return Answer(status, b"".join(parts))
