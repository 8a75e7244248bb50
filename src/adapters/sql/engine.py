"""Make engines with the same guarantees on both databases: locks, foreign keys, durable commits, UTC."""

from __future__ import annotations

from typing import Any, Final

import orjson
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.pool import ConnectionPoolEntry

from ...application.waiting import seconds_left
from .bounded import BoundedConnection
from .connections import keep_connections
from .outages import handle_outages

READING: Final = "yanbao_reading"
"""Execution option of SQLite connections that only read: they take no write lock."""

_BUSY_MS: Final = 30_000
"""How long a SQLite writer waits for the lock. There is one writer at a time, and waiters have no order."""

_IN_A_HURRY: Final = "yanbao_in_a_hurry"
"""Key in a connection's `info` while it waits for the lock no longer than its request does."""

_IDLE_SECONDS: Final = 30
"""PostgreSQL ends the session of a process that stops inside a transaction; see LONGEST_COMMIT."""

REQUEST_STATEMENT_SECONDS: Final = 8.0
"""Longest statement of a process that only answers requests: shorter than a request may wait."""
JOB_STATEMENT_SECONDS: Final = 60.0
"""Longest statement elsewhere: jobs count whole weeks, imports check thousands of rows. Shorter than any lease."""
_LOCK_SECONDS: Final = 5
"""How long PostgreSQL waits for a row lock: less than a request, which is then refused as a conflict."""
_POOL_SECONDS: Final = 2.0
"""How long a caller waits for a free connection. Both this and connecting fit into a request's ten seconds."""
_CONNECT_SECONDS: Final = 2


def make_engine(
    url: str, *, statement_seconds: float | None = JOB_STATEMENT_SECONDS, **options: Any
) -> Engine:
    """Make an engine for `postgresql+psycopg://…` or `sqlite:///file`.

    `statement_seconds` bounds each statement on PostgreSQL, on the server and here; None (migrations) does not.
    The other options go to SQLAlchemy's `create_engine`. Raises ValueError for other databases.
    """
    parsed = make_url(url)
    shared: dict[str, Any] = {
        "json_serializer": _dumps,
        "json_deserializer": orjson.loads,
        # Parameters are phone numbers, user names, digests: they belong in no log.
        "hide_parameters": True,
    }
    if parsed.get_backend_name() == "sqlite":
        engine = create_engine(parsed, **shared | options)
        _prepare_sqlite(engine)
        handle_outages(engine)
        return engine
    if parsed.get_backend_name() != "postgresql":
        raise ValueError(f"neither PostgreSQL nor SQLite: {parsed.get_backend_name()}")
    shared |= {
        "pool_size": 10,
        "max_overflow": 10,
        "pool_timeout": _POOL_SECONDS,
        "isolation_level": "READ COMMITTED",
        # Set in every session, so that nothing depends on the settings of the server or the database.
        # jit=off: statements here take milliseconds, and compiling one takes longer than running it.
        # random_page_cost: data is in memory or on an SSD, where random pages cost hardly more than the next.
        "connect_args": {
            # client_connection_check_interval: the server ends a statement for which nobody waits any more.
            "options": f"-c timezone=UTC -c lock_timeout={_LOCK_SECONDS}s -c jit=off -c random_page_cost=1.1"
            f" -c statement_timeout={round((statement_seconds or 0) * 1000)}"
            f" -c idle_in_transaction_session_timeout={_IDLE_SECONDS}s -c client_connection_check_interval=2s",
            "application_name": "yanbao",
            "connect_timeout": _CONNECT_SECONDS,
        },
    }
    engine = create_engine(parsed.set(drivername="postgresql+psycopg"), **shared | options)
    _bound_waits(engine, statement_seconds)
    handle_outages(engine)
    keep_connections(engine)
    return engine


def _bound_waits(engine: Engine, statement_seconds: float | None) -> None:
    """Open connections whose waits end, a little after the server should have ended the statement itself."""

    @event.listens_for(engine, "do_connect")
    def _connect(dialect: Any, record: Any, arguments: Any, options: Any) -> BoundedConnection:
        connection = BoundedConnection.connect(*arguments, **options)
        if statement_seconds is not None:
            connection.longest = statement_seconds + 1.0
        return connection


def _dumps(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()


def _prepare_sqlite(engine: Engine) -> None:
    """Set what SQLite does not do by itself: wait for locks, check foreign keys, sync commits.

    Writers begin with BEGIN IMMEDIATE, so that two writers never collide in the middle of a transaction.
    """

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, record: Any) -> None:
        # The driver must not begin transactions itself: it would use BEGIN DEFERRED.
        connection.isolation_level = None
        connection.create_function("lower", 1, _lower, deterministic=True)
        for pragma in (
            f"busy_timeout={_BUSY_MS}",
            "journal_mode=WAL",
            "foreign_keys=ON",
            "synchronous=FULL",
        ):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        if connection.get_execution_options().get(READING):
            return
        left = seconds_left() * 1000
        if left < _BUSY_MS:
            connection.info[_IN_A_HURRY] = connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one()
            connection.exec_driver_sql(f"PRAGMA busy_timeout={max(round(left), 0)}")
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    @event.listens_for(engine, "checkin")
    def _returned(connection: Any, record: ConnectionPoolEntry) -> None:
        patience = record.info.pop(_IN_A_HURRY, None)
        if patience is not None and connection is not None:
            connection.execute(f"PRAGMA busy_timeout={patience}").close()


def _lower(text: str | None) -> str | None:
    """Replace SQLite's own `lower`, which knows only ASCII."""
    return None if text is None else text.lower()


def reading_engine(engine: Engine) -> Engine:
    """Return an engine for reading, on the same pool: no write lock on SQLite, autocommit on PostgreSQL."""
    if engine.dialect.name == "sqlite":
        return engine.execution_options(**{READING: True})
    return engine.execution_options(isolation_level="AUTOCOMMIT")
