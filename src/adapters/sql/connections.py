"""Take connections from the pool; and those that readers keep in hand between their statements.

To take a connection from the pool and to give it back costs more than a small statement.
"""

from __future__ import annotations

import logging
from collections import deque
from typing import Any, Final
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Dialect, Engine, event
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import QueuePool

from ...application.ports.unavailable import Unavailable
from .outages import is_read_only

log = logging.getLogger(__name__)

MOST: Final = 8
"""As many as there are threads that answer requests."""

_KEPT: Final[WeakKeyDictionary[Dialect, Connections]] = WeakKeyDictionary()
"""By the dialect: an engine and those with other options made from it have it in common."""


def connect(engine: Engine) -> Connection:
    """Take a connection from the pool. Raises Unavailable when the database cannot be reached or all are in use."""
    kept = _KEPT.get(engine.dialect)
    if kept is not None:
        kept.make_room(engine)
    try:
        return engine.connect()
    except PoolTimeout as error:
        log.warning("database.no_free_connection")
        raise Unavailable("every connection is in use") from error


class Connections:
    """Connections of one pool, in autocommit, that wait for the next reader. Threads share it.

    Nobody waits for one of them: who finds none in the pool gets one that waits here, and none is kept while more are in
    use than the pool keeps open.

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
        few = len(self._idle) < MOST and not _is_strained(connection.engine)
        if few and driver.autocommit and not is_read_only(driver):
            self._idle.append(connection)
        else:
            connection.close()

    def make_room(self, engine: Engine) -> None:
        """Give an idle connection back to the pool if it has none."""
        if self._idle and not _pool(engine).checkedin():
            try:
                self._idle.pop().close()
            except IndexError:
                return  # Another thread has taken the last one.

    def close(self) -> None:
        """Close the idle connections."""
        while True:
            try:
                connection = self._idle.pop()
            except IndexError:
                return  # None is left, or another thread has taken the last one.
            connection.detach()  # So that it is closed, and goes back to no pool.
            connection.close()


def _pool(engine: Engine) -> QueuePool:
    pool = engine.pool
    assert isinstance(pool, QueuePool), "engines of PostgreSQL have no other"
    return pool


def _is_strained(engine: Engine) -> bool:
    """Whether more connections are in use than the pool keeps open."""
    pool = _pool(engine)
    return pool.checkedout() > pool.size()


def keep_connections(engine: Engine) -> None:
    """Let the readers of this engine keep connections in hand until it is disposed of."""
    kept = _KEPT[engine.dialect] = Connections()
    event.listen(engine, "engine_disposed", lambda _: kept.close())


def connections_of(engine: Engine) -> Connections | None:
    """What the readers of this engine share; None if they take each connection from the pool."""
    return _KEPT.get(engine.dialect)
