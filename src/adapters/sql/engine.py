"""Make engines with the same guarantees on both databases: locks, foreign keys, durable commits, UTC."""

from __future__ import annotations

from typing import Any, Final

import orjson
from sqlalchemy import Connection, Engine, create_engine, event, make_url

READING: Final = "yanbao_reading"
"""Execution option of SQLite connections that only read: they take no write lock."""

_BUSY_MS: Final = 30_000
"""How long a SQLite writer waits for the lock. There is one writer at a time, and waiters have no order."""

_IDLE_SECONDS: Final = 30
"""PostgreSQL ends the session of a process that stops inside a transaction; see LONGEST_COMMIT."""


def make_engine(url: str, **options: Any) -> Engine:
    """Make an engine for `postgresql+psycopg://…` or `sqlite:///file`.

    The options go to SQLAlchemy's `create_engine`. Raises ValueError for other databases.
    """
    parsed = make_url(url)
    shared: dict[str, Any] = {"json_serializer": _dumps, "json_deserializer": orjson.loads}
    if parsed.get_backend_name() == "sqlite":
        engine = create_engine(parsed, **shared | options)
        _prepare_sqlite(engine)
        return engine
    if parsed.get_backend_name() != "postgresql":
        raise ValueError(f"neither PostgreSQL nor SQLite: {parsed.get_backend_name()}")
    shared |= {
        "pool_size": 10,
        "max_overflow": 10,
        "isolation_level": "READ COMMITTED",
        # Set in every session, so that nothing depends on the settings of the server or the database.
        # jit=off: statements here take milliseconds, and compiling one takes longer than running it.
        # random_page_cost: data is in memory or on an SSD, where random pages cost hardly more than the next.
        "connect_args": {
            "options": "-c timezone=UTC -c lock_timeout=10s -c jit=off -c random_page_cost=1.1"
            f" -c idle_in_transaction_session_timeout={_IDLE_SECONDS}s",
            "application_name": "yanbao",
        },
    }
    return create_engine(parsed.set(drivername="postgresql+psycopg"), **shared | options)


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
        if not connection.get_execution_options().get(READING):
            connection.exec_driver_sql("BEGIN IMMEDIATE")


def _lower(text: str | None) -> str | None:
    """Replace SQLite's own `lower`, which knows only ASCII."""
    return None if text is None else text.lower()


def reading_engine(engine: Engine) -> Engine:
    """Return an engine for reading, on the same pool: no write lock on SQLite, autocommit on PostgreSQL."""
    if engine.dialect.name == "sqlite":
        return engine.execution_options(**{READING: True})
    return engine.execution_options(isolation_level="AUTOCOMMIT")
