"""Many graphql-transport-ws subscribers in one process that costs little, so that the server is what is measured.

`python -m benchmarks.listening PORT FILE DOCUMENT` opens a socket for each line of the file, a token, and subscribes.
It prints a line of JSON when all have their first frame, then one for each line on its standard input: when the
last of the subscribers got its next frame.
"""

from __future__ import annotations

import asyncio
import base64
import os
import sys
from collections.abc import Callable
from pathlib import Path
from time import monotonic, process_time
from typing import Any, Final

import orjson
import uvloop

from .machine import many_files

AT_ONCE: Final = 50
"""Sockets that are being opened at the same time."""
PATIENCE: Final = 60.0
ATTEMPTS: Final = 3
"""On a busy machine a server gives up a connection on which nothing has come for seconds."""
_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10


class Listener(asyncio.Protocol):
    """One subscriber."""

    def __init__(self, port: int, token: str, document: str, heard: Callable[[], None]) -> None:
        self._port = port
        self._token = token
        self._document = document
        self._heard = heard
        self._shaken = False
        self._read = b""
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(
            f"GET /graphql HTTP/1.1\r\nhost: 127.0.0.1:{self._port}\r\nupgrade: websocket\r\n"
            f"connection: Upgrade\r\nsec-websocket-key: {key}\r\nsec-websocket-version: 13\r\n"
            "sec-websocket-protocol: graphql-transport-ws\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        self._read += data
        if not self._shaken:
            head, found, rest = self._read.partition(b"\r\n\r\n")
            if not found:
                return
            if b" 101 " not in head.partition(b"\r\n")[0]:
                self._fail(head.decode(errors="replace"))
                return
            self._shaken, self._read = True, rest
            self._tell({"type": "connection_init", "payload": {"authorization": f"Bearer {self._token}"}})
        while (frame := self._frame()) is not None:
            self._take(*frame)

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(f"the connection was lost: {exc}")

    def _take(self, opcode: int, body: bytes) -> None:
        if opcode == _PING:
            self._write(_PONG, body)
        elif opcode == _CLOSE:
            self._fail(f"closed: {body!r}")
        elif b'"connection_ack"' in body[:40]:
            self._tell({"type": "subscribe", "id": "1", "payload": {"query": self._document}})
        elif b'"next"' in body[:40]:
            if self.ready.done():
                self._heard()
            else:
                self.ready.set_result(None)
        else:
            self._fail(body.decode(errors="replace"))

    def _frame(self) -> tuple[int, bytes] | None:
        """The next whole frame; the server does not mask."""
        raw = self._read
        if len(raw) < 2:
            return None
        size, at = raw[1] & 127, 2
        if size > 125:
            at = 4 if size == 126 else 10
            if len(raw) < at:
                return None
            size = int.from_bytes(raw[2:at], "big")
        if len(raw) < at + size:
            return None
        self._read = raw[at + size :]
        return raw[0] & 15, raw[at : at + size]

    def _tell(self, message: object) -> None:
        self._write(_TEXT, orjson.dumps(message))

    def _write(self, opcode: int, body: bytes) -> None:
        size = len(body)
        length = bytes([128 | size]) if size < 126 else bytes([128 | 126]) + size.to_bytes(2, "big")
        self._transport.write(bytes([128 | opcode]) + length + b"\0\0\0\0" + body)  # Masked with zeros.

    def _fail(self, why: str) -> None:
        if not self.ready.done():
            self.ready.set_exception(ConnectionError(why))


class _Ear:
    """Counts frames, and says when a frame has come for everybody."""

    def __init__(self) -> None:
        self.left = 0
        self.done = asyncio.Event()
        self.last = 0.0

    def heard(self) -> None:
        self.left -= 1
        if self.left <= 0:
            self.last = monotonic()
            self.done.set()


async def _listen(port: int, tokens: list[str], document: str) -> None:
    loop, ear, gate = asyncio.get_running_loop(), _Ear(), asyncio.Semaphore(AT_ONCE)

    async def open_one(token: str) -> Listener:
        async with gate:
            for attempt in range(ATTEMPTS):
                _, listener = await loop.create_connection(
                    lambda: Listener(port, token, document, ear.heard), "127.0.0.1", port
                )
                try:
                    await asyncio.wait_for(listener.ready, PATIENCE)
                except ConnectionError:
                    if attempt == ATTEMPTS - 1:
                        raise
                else:
                    return listener
            raise AssertionError("the last attempt returns or raises")

    began = monotonic()
    kept = await asyncio.gather(*(open_one(token) for token in tokens))
    _say({"opened": len(kept), "seconds": monotonic() - began, "cpu": process_time()})
    while await loop.run_in_executor(None, sys.stdin.readline):
        ear.left = len(kept)
        ear.done.clear()
        _say({"waiting": True})
        await asyncio.wait_for(ear.done.wait(), PATIENCE)
        _say({"last": ear.last})


def _say(what: dict[str, Any]) -> None:
    print(orjson.dumps(what).decode(), flush=True)


if __name__ == "__main__":
    many_files()
    uvloop.run(_listen(int(sys.argv[1]), Path(sys.argv[2]).read_text().split(), sys.argv[3]))
