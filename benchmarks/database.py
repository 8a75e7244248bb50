"""A database of the run's own, migrated like any other and dropped at the end."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import orjson
import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo
from psycopg.types.json import set_json_loads
from sqlalchemy import make_url
from tests.support.databases import postgres_server_url

from yanbao.adapters.sql.engine import make_engine
from yanbao.adapters.sql.migrations import upgrade


@contextmanager
def bench_database() -> Iterator[str]:
    """The SQLAlchemy address of a new database at the newest revision."""
    server = postgres_server_url()
    name = f"yanbao_bench_{os.getpid()}_{uuid4().hex[:8]}"
    with psycopg.connect(plain(server), autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        url = make_url(server).set(database=name).render_as_string(hide_password=False)
        migrate(url)
        yield url
    finally:
        with psycopg.connect(plain(server), autocommit=True) as admin:
            admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def migrate(url: str) -> None:
    """Bring a database to the newest revision."""
    engine = make_engine(url)
    try:
        upgrade(engine)
    finally:
        engine.dispose()


def plain(url: str) -> str:
    """The same address for psycopg alone."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def session(url: str) -> psycopg.Connection:
    """A connection set as the system sets its own, so that of two only the statements differ."""
    connection = psycopg.connect(session_settings(url), autocommit=True)
    set_json_loads(orjson.loads, connection)
    return connection


def session_settings(url: str) -> str:
    """The same address with the settings of such a connection in it."""
    options = "-c timezone=UTC -c lock_timeout=5s -c jit=off -c random_page_cost=1.1"
    options += " -c statement_timeout=60s -c client_connection_check_interval=2s"
    return make_conninfo(plain(url), options=options)


def server_settings(connection: psycopg.Connection) -> dict[str, str]:
    """What of the server's configuration the figures depend on."""
    names = ("shared_buffers", "work_mem", "fsync", "synchronous_commit", "jit")
    found = {name: _value(connection, name) for name in names}
    return {"server_version": _value(connection, "server_version"), **found}


def _value(connection: psycopg.Connection, name: str) -> str:
    row = connection.execute("SELECT current_setting(%s)", (name,)).fetchone()
    return "" if row is None else str(row[0])
