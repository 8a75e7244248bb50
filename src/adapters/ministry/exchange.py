"""One HTTP POST that ends on time and within its size, whatever the other side does.

The time-outs of httpx are per read: a server that drips a byte a second never meets them, and name resolution is not
bounded at all. So the exchange runs on its own thread, its caller waits no longer than the deadline, and then the
connection is shut under it. httpcore's documented `trace` extension hands out the connection.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """An HTTP answer, whole; `retry_after` is the header as it came."""

    status: int
    retry_after: str | None
    body: bytes


class NoAnswer(Exception):
    """No whole answer came; the text says why, in English. `answered` is the status where one was seen."""

    def __init__(self, reason: str, *, answered: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.answered = answered


def new_client(*, transport: httpx.BaseTransport | None = None, tls: Any = True) -> httpx.Client:
    """A client for `post`: no redirects, nothing from the environment, and each connection used once.

    A kept connection would not be announced by the trace, and a deadline could not shut it.
    """
    return httpx.Client(
        follow_redirects=False,
        trust_env=False,
        verify=tls,
        transport=transport,
        limits=httpx.Limits(max_keepalive_connections=0),
    )


def post(
    client: httpx.Client, url: str, body: bytes, headers: Mapping[str, str], *, seconds: float, limit: int
) -> RawAnswer:
    """Send and read the answer: `seconds` for everything from name resolution to the last byte, `limit` bytes.

    Raises NoAnswer. A name resolution that hangs leaves its thread behind until the resolver gives up.
    """
    exchange = _Exchange(client, url, body, headers, limit)
    return exchange.within(seconds)


class _Exchange:
    def __init__(
        self, client: httpx.Client, url: str, body: bytes, headers: Mapping[str, str], limit: int
    ) -> None:
        self._client, self._url, self._body, self._headers = client, url, body, headers
        self._limit = limit
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._over = False
        self._line: socket.socket | None = None
        self._status: int | None = None
        self._answer: RawAnswer | None = None
        self._error: Exception | None = None

    def within(self, seconds: float) -> RawAnswer:
        threading.Thread(target=self._run, args=(seconds,), name="ministry-exchange", daemon=True).start()
        if not self._done.wait(seconds):
            self._cut()
            raise NoAnswer(f"no whole answer within {seconds:g} s", answered=self._status)
        if self._answer is not None:
            return self._answer
        error = self._error
        if isinstance(error, httpx.HTTPError):
            reason = f"{type(error).__name__}: {error}".rstrip(": ")
            raise NoAnswer(reason, answered=self._status) from error
        assert error is not None, "an exchange ends with an answer or an error"
        raise error

    def _run(self, seconds: float) -> None:
        try:
            self._answer = self._talk(seconds)
        except Exception as error:  # noqa: BLE001
            # Carried over to the caller's thread and raised there.
            self._error = error
        finally:
            self._done.set()

    def _talk(self, seconds: float) -> RawAnswer:
        with self._client.stream(
            "POST",
            self._url,
            content=self._body,
            headers={**self._headers, "Accept-Encoding": "identity"},
            timeout=seconds + 1.0,  # Only a backstop for the thread: the caller has gone by then.
            extensions={"trace": self._trace},
        ) as response:
            self._status = response.status_code
            chunks, length = [], 0
            for chunk in response.iter_raw():
                length += len(chunk)
                if length > self._limit:
                    raise NoAnswer(f"answer longer than {self._limit} bytes", answered=response.status_code)
                chunks.append(chunk)
            return RawAnswer(response.status_code, response.headers.get("Retry-After"), b"".join(chunks))

    def _trace(self, event: str, info: Mapping[str, Any]) -> None:
        if event not in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            return
        line = info["return_value"].get_extra_info("socket")
        with self._lock:
            self._line = line
            if self._over:
                _shut(line)

    def _cut(self) -> None:
        with self._lock:
            self._over = True
            if self._line is not None:
                _shut(self._line)


def _shut(line: socket.socket) -> None:
    # The plain socket's own shutdown: that of a TLS socket would first change what the other thread is reading from.
    with contextlib.suppress(OSError):  # It may have been closed in the same moment, which is all we want.
        socket.socket.shutdown(line, socket.SHUT_RDWR)
