"""Connections that readers keep in hand: to take one from the pool and to give it back costs more than a statement."""

from __future__ import annotations

from collections import deque
from typing import Any, Final
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Dialect, Engine, event

from .outages import connect, is_read_only

MOST: Final = 8
"""As many as there are threads that answer requests; the others of the pool are left to who writes."""

_KEPT: Final[WeakKeyDictionary[Dialect, Connections]] = WeakKeyDictionary()
"""By the dialect: an engine and those with other options made from it have it in common."""


class Connections:
    """Connections of one pool, in autocommit, that wait for the next reader. Threads share it.

    A connection is kept only after a statement that has succeeded, never in a transaction, and never while the server
    refuses writes: it may have become a standby, whose data grow old. All are closed when one turns out to be lost.
    """

    def __init__(self) -> None:
        self._idle: deque[Connection] = deque()

    def take(self, engine: Engine) -> Connection:
        """A connection for one statement. Raises as `connect`."""
        try:
            return self._idle.pop()
        except IndexError:
            return connect(engine)

    def keep(self, connection: Connection) -> None:
        """Take back a connection whose statement has succeeded."""
        driver: Any = connection.connection.driver_connection
        if driver.autocommit and len(self._idle) < MOST and not is_read_only(driver):
            self._idle.append(connection)
        else:
            connection.close()

    def close(self) -> None:
        """Close the idle connections."""
        while True:
            try:
                connection = self._idle.pop()
            except IndexError:
                return  # None is left, or another thread has taken the last one.
            connection.detach()  # So that it is closed, and goes back to no pool.
            connection.close()


def keep_connections(engine: Engine) -> None:
    """Let the readers of this engine keep connections in hand until it is disposed of."""
    kept = _KEPT[engine.dialect] = Connections()
    event.listen(engine, "engine_disposed", lambda _: kept.close())


def connections_of(engine: Engine) -> Connections | None:
    """What the readers of this engine share; None if they take each connection from the pool."""
    return _KEPT.get(engine.dialect)
