"""Engines, set up so that each database keeps its word: locks, foreign keys, durable commits, time in UTC."""

from __future__ import annotations

from typing import Any, Final

import orjson
from sqlalchemy import Connection, Engine, create_engine, event, make_url

READING: Final = "yanbao_reading"
"""Execution option of connections that only read: they take no write lock."""

_BUSY_MS: Final = 30_000
"""SQLite has one writer at a time, and whoever waits is served in no order."""

_IDLE_SECONDS: Final = 30
"""PostgreSQL ends the transaction of a process that has stopped in the middle of it; see LONGEST_COMMIT."""


def make_engine(url: str, **options: Any) -> Engine:
    """An engine for `postgresql+psycopg://…` or `sqlite:///file`; options go to SQLAlchemy's `create_engine`."""
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
        # As if asked for in every session: nothing depends on how the server or the database is set. Statements here
        # take milliseconds: compiling one takes longer than running it. And what they look for is in memory or on solid
        # state, where a page elsewhere costs hardly more than the next one.
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
    """SQLite drops locks, ignores foreign keys and lets two writers run into each other unless it is told otherwise."""

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, record: Any) -> None:
        # The driver must not begin transactions by itself: it would begin them deferred.
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
    """SQLite's own knows only ASCII."""
    return None if text is None else text.lower()


def reading_engine(engine: Engine) -> Engine:
    """The same pool for statements that only read: no transaction is opened around each of them."""
    if engine.dialect.name == "sqlite":
        return engine.execution_options(**{READING: True})
    return engine.execution_options(isolation_level="AUTOCOMMIT")
