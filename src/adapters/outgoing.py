"""One HTTP POST to the outside that ends on time and within its size, and that knows whether a byte has left.

The time-outs of httpx are per read: a server that drips a byte a second never meets them, and name resolution is not
bounded at all. So the request runs on its own thread, its caller waits no longer than the deadline, and then the
connection is shut under it. httpcore's documented `trace` extension says how far the request has come and hands out
the connection.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

import httpx


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """An HTTP answer, whole; `retry_after` is the header as it came."""

    status: int
    retry_after: str | None
    body: bytes = field(repr=False)


class NoAnswer(Exception):
    """No whole answer came; `reason` says why, in English.

    `left` is False only when certainly no byte of the request went out, and none will. `answered` is the status where
    one was seen.
    """

    def __init__(self, reason: str, *, left: bool = True, answered: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.left = left
        self.answered = answered


def new_client(*, transport: httpx.BaseTransport | None = None, tls: Any = True) -> httpx.Client:
    """A client for `post`: no redirects, nothing from the environment, and each connection used once.

    A kept connection would not be announced by the trace, so that a deadline could not shut it; and one that the server
    has just closed turns into an outcome nobody knows.
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
    return _Exchange(client, url, body, headers, limit).within(seconds)


# What httpx raises before the first byte of a request leaves: resolution, connection, TLS, a full pool.
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
        self, client: httpx.Client, url: str, body: bytes, headers: Mapping[str, str], limit: int
    ) -> None:
        self._client, self._url, self._body, self._headers = client, url, body, headers
        self._limit = limit
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._over = False
        self._progress = _Progress.UNSEEN
        self._line: socket.socket | None = None
        self._status: int | None = None
        self._answer: RawAnswer | None = None
        self._error: Exception | None = None

    def within(self, seconds: float) -> RawAnswer:
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
            # Carried over to the caller's thread and raised there.
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
            timeout=seconds + 1.0,  # Only a backstop for the thread: the caller has gone by then.
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
        """Called by httpcore as the request proceeds; a transport that does not is never believed to have sent nothing."""
        if event == "connection.connect_tcp.started":
            self._progress = _Progress.CONNECTING
        elif event == "connection.connect_tcp.complete":
            self._hold(info["return_value"].get_extra_info("socket"))
        elif event.endswith(".send_request_headers.started"):
            with self._lock:
                if self._over:
                    # The caller has been told that nothing left, so nothing may.
                    raise NoAnswer("too late to begin", left=False)
                self._progress = _Progress.LEAVING

    def _hold(self, connection: socket.socket) -> None:
        # A duplicate stays valid when TLS takes the original over, and its number cannot be reused by a stranger.
        with self._lock:
            try:
                self._line = connection.dup()
            except OSError as error:
                # Without a hold on the connection the deadline could not be kept: better not to begin.
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
            # The other side may have closed the connection in this very moment: then there is nothing to shut.
            with contextlib.suppress(OSError):
                self._line.shutdown(socket.SHUT_RDWR)
