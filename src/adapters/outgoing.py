"""Sends one HTTP POST with a total deadline and a size limit, and knows whether any byte was sent.

The timeouts of httpx apply to each read: a server that sends one byte a second never reaches them. Name
resolution has no timeout at all. So the request runs on its own thread, and the caller waits only until the
deadline. Then the caller shuts the connection down. httpcore's documented `trace` extension tells how far the
request has come and hands out the connection.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from math import inf
from time import monotonic
from typing import Any, Final

import httpx


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """A complete HTTP answer; `retry_after` is the header as received."""

    status: int
    retry_after: str | None
    body: bytes = field(repr=False)


class NoAnswer(Exception):
    """No complete answer came; `reason` says why, in English.

    `left` is False only when it is certain that no byte of the request was or will be sent. `answered` is the
    HTTP status, if one was received.
    """

    def __init__(self, reason: str, *, left: bool = True, answered: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.left = left
        self.answered = answered


def new_client(*, transport: httpx.BaseTransport | None = None, tls: Any = True) -> httpx.Client:
    """A client for `post`: no redirects, no settings from the environment, no reuse of connections.

    The trace does not report a reused connection, so `post` could not shut it down at the deadline. And if
    the server has just closed a reused connection, nobody knows whether the request arrived.
    """
    return httpx.Client(
        follow_redirects=False,
        trust_env=False,
        verify=tls,
        transport=transport,
        limits=httpx.Limits(max_keepalive_connections=0),
    )


def post(
    client: httpx.Client,
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    seconds: float,
    limit: int,
    not_after: float = inf,
) -> RawAnswer:
    """Send `body` and read an answer of at most `limit` bytes.

    `seconds` covers everything from name resolution to the last byte. After `not_after`, an instant of
    `time.monotonic`, no byte is sent. Raises NoAnswer. If name resolution hangs, its thread stays until the
    resolver gives up.
    """
    return _Exchange(client, url, body, headers, limit, not_after).within(seconds)


# What httpx raises before the first byte is sent: name resolution, connection, TLS, a full pool.
_BEFORE_SENDING: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
)


class _Progress(Enum):
    UNSEEN = "UNSEEN"
    CONNECTING = "CONNECTING"
    LEAVING = "LEAVING"


class _Exchange:
    def __init__(
        self,
        client: httpx.Client,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        limit: int,
        not_after: float,
    ) -> None:
        self._client, self._url, self._body, self._headers = client, url, body, headers
        self._limit = limit
        self._not_after = not_after
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._over = False
        self._progress = _Progress.UNSEEN
        self._line: socket.socket | None = None
        self._status: int | None = None
        self._answer: RawAnswer | None = None
        self._error: Exception | None = None

    def within(self, seconds: float) -> RawAnswer:
        # A process that stood still wakes up in any of its threads: each looks at the clock for itself.
        self._not_after = min(self._not_after, monotonic() + seconds)
        threading.Thread(target=self._run, args=(seconds,), name="outgoing", daemon=True).start()
        if not self._done.wait(seconds):
            raise self._cut(seconds)
        if self._answer is not None:
            return self._answer
        error = self._error
        if isinstance(error, httpx.HTTPError):
            reason = f"{type(error).__name__}: {error}".rstrip(": ")
            left = not isinstance(error, _BEFORE_SENDING)
            raise NoAnswer(reason, left=left, answered=self._status) from error
        assert error is not None, "an exchange ends with an answer or an error"
        raise error

    def _run(self, seconds: float) -> None:
        try:
            self._answer = self._talk(seconds)
        except Exception as error:  # noqa: BLE001
            # `within` raises it again on the caller's thread.
            self._error = error
        finally:
            with self._lock:
                if self._line is not None:
                    self._line.close()
                    self._line = None
            self._done.set()

    def _talk(self, seconds: float) -> RawAnswer:
        with self._client.stream(
            "POST",
            self._url,
            content=self._body,
            headers={**self._headers, "Accept-Encoding": "identity", "Connection": "close"},
            timeout=seconds + 1.0,  # Only to end this thread: the caller has stopped waiting by then.
            follow_redirects=False,
            extensions={"trace": self._trace},
        ) as response:
            self._status = response.status_code
            body = bytearray()
            for chunk in response.iter_raw():
                body += chunk
                if len(body) > self._limit:
                    raise NoAnswer(f"answer longer than {self._limit} bytes", answered=response.status_code)
            return RawAnswer(response.status_code, response.headers.get("Retry-After"), bytes(body))

    def _trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Called by httpcore at each step; a transport that never calls it is assumed to have sent bytes."""
        if event == "connection.connect_tcp.started":
            self._progress = _Progress.CONNECTING
        elif event == "connection.connect_tcp.complete":
            self._hold(info["return_value"].get_extra_info("socket"))
        elif event.endswith(".send_request_headers.started"):
            with self._lock:
                if self._over or monotonic() >= self._not_after:
                    # The caller is told that nothing was sent, so nothing may be sent now.
                    raise NoAnswer("too late to begin", left=False)
                self._progress = _Progress.LEAVING

    def _hold(self, connection: socket.socket) -> None:
        # Duplicate the descriptor: TLS takes over the original, and its number could then be reused.
        with self._lock:
            try:
                self._line = connection.dup()
            except OSError as error:
                # Without the descriptor we could not keep the deadline, so do not send anything.
                raise NoAnswer(f"the connection cannot be watched: {error}", left=False) from error
            if self._over:
                self._shut()

    def _cut(self, seconds: float) -> NoAnswer:
        with self._lock:
            self._over = True
            self._shut()
            if self._progress is _Progress.CONNECTING:
                return NoAnswer(f"not connected within {seconds:g} s", left=False)
            return NoAnswer(f"no whole answer within {seconds:g} s", answered=self._status)

    def _shut(self) -> None:
        if self._line is not None:
            # The other side may have closed the connection just now: then there is nothing to shut down.
            with contextlib.suppress(OSError):
                self._line.shutdown(socket.SHUT_RDWR)
