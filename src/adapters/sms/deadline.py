"""One HTTP exchange that ends on time, whatever the other side does, and that knows whether a byte has left.

The time-outs of httpx are per read: a server that drips a byte a second is never cut off by them, and name
resolution is not bounded at all. Here the exchange runs on its own thread and the caller waits for it no longer
than the deadline; then the connection is shut under it. httpcore's trace events (its documented `trace` request
extension) say how far the exchange had come.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, Generic, TypeVar

Result = TypeVar("Result")


class NeverLeft(Exception):
    """The exchange ended before a byte of the request went out; none will go out any more. Says why, in English."""


class CutOff(Exception):
    """The deadline passed after the request had, or may have, begun to leave."""


class _Progress(Enum):
    UNSEEN = "UNSEEN"
    CONNECTING = "CONNECTING"
    LEAVING = "LEAVING"


class TimedExchange(Generic[Result]):
    """Runs one piece of blocking HTTP work for at most `seconds`; good for one run.

    Hand `trace` to the request as `extensions={"trace": exchange.trace}`. A transport that does not report its
    progress is never believed to have sent nothing: its overrun is a CutOff.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._not_connected = f"not connected within {seconds:g} s"
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._progress = _Progress.UNSEEN
        self._over = False
        self._line: socket.socket | None = None
        self._result: list[Result] = []
        self._error: Exception | None = None

    def run(self, work: Callable[[], Result]) -> Result:
        """The result of `work`, or what it raised. Raises NeverLeft or CutOff when the time is up.

        `work` must be done with its connection when it returns, and it must not share it with another exchange.
        """
        threading.Thread(target=self._work, args=(work,), name="sms-exchange", daemon=True).start()
        if not self._done.wait(self._seconds):
            raise self._cut()
        if self._error is not None:
            raise self._error
        return self._result[0]

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Called by httpcore as the exchange proceeds; raises NeverLeft to stop a request that would leave too late."""
        if event == "connection.connect_tcp.started":
            self._progress = _Progress.CONNECTING
        elif event == "connection.connect_tcp.complete":
            self._hold(info["return_value"].get_extra_info("socket"))
        elif event.endswith(".send_request_headers.started"):
            with self._lock:
                if self._over:
                    raise NeverLeft(self._not_connected)
                self._progress = _Progress.LEAVING

    def _work(self, work: Callable[[], Result]) -> None:
        try:
            self._result.append(work())
        except Exception as exc:  # noqa: BLE001 - carried over to the caller's thread, which raises it.
            self._error = exc
        finally:
            with self._lock:
                if self._line is not None:
                    self._line.close()
                    self._line = None
            self._done.set()

    def _hold(self, connection: socket.socket) -> None:
        # A duplicate stays valid when TLS takes the original over, and its number cannot be reused by a stranger.
        with self._lock:
            try:
                self._line = connection.dup()
            except OSError as exc:
                # Without a hold on the connection the deadline could not be kept: better not to begin.
                raise NeverLeft(f"the connection cannot be watched: {exc}") from exc
            if self._over:
                self._shut()

    def _cut(self) -> Exception:
        with self._lock:
            self._over = True
            self._shut()
            if self._progress is _Progress.CONNECTING:
                return NeverLeft(self._not_connected)
            return CutOff(f"no complete answer within {self._seconds:g} s")

    def _shut(self) -> None:
        if self._line is not None:
            # The other side may have closed the connection in this very moment: then there is nothing to shut.
            with contextlib.suppress(OSError):
                self._line.shutdown(socket.SHUT_RDWR)
