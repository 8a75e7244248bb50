"""A database that stops answering: a line to the real server that can be held, with every connection left open."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import make_url

from .patience import PATIENCE


class Line:
    """Passes bytes on in both directions until it is held; then it accepts and keeps silent, like a stopped server."""

    def __init__(self, host: str, port: int) -> None:
        self._there = (host, port)
        self._flowing = threading.Event()
        self._flowing.set()
        self._closed = False
        self._sockets: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def hold(self) -> None:
        """Pass nothing on from now."""
        self._flowing.clear()

    def release(self) -> None:
        """Pass on what was held, and everything after it."""
        self._flowing.set()

    def close(self) -> None:
        self._closed = True
        self._flowing.set()
        for each in (self._listener, *self._sockets):
            with suppress(OSError):  # The other side has hung up: that is what is wanted.
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        while True:
            try:
                here, _ = self._listener.accept()
            except OSError:
                return  # The line is closed.
            there = socket.create_connection(self._there, PATIENCE)
            there.settimeout(None)
            self._sockets += [here, there]
            for pair in ((here, there), (there, here)):
                threading.Thread(target=self._pass_on, args=pair, daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65_536):
                self._flowing.wait()
                if self._closed:
                    return
                target.sendall(data)
        except OSError:
            pass  # One side is gone, so the other one is let go as well.
        for each in (source, target):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


@contextmanager
def line_to(url: str) -> Iterator[tuple[Line, str]]:
    """A line to the server of the URL, and the URL that goes through it."""
    there = make_url(url)
    line = Line(there.host or "127.0.0.1", there.port or 5432)
    try:
        here = there.set(host="127.0.0.1", port=line.port)
        yield line, here.render_as_string(hide_password=False)
    finally:
        line.close()
