"""Connections that readers keep in hand: when they are kept, and when they are given up."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine, make_url, text

from yanbao.adapters.sql.connections import MOST, Connections, connect, connections_of
from yanbao.adapters.sql.engine import make_engine, reading_engine
from yanbao.adapters.sql.reading.identity import SqlAccessReader

from ...support.databases import migrated_postgres
from ...support.patience import until

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """A migrated database of these tests alone: its settings are changed, and its sessions ended."""
    with migrated_postgres() as url:
        yield url


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    made = make_engine(database)
    yield made
    made.dispose()


def kept_by(engine: Engine) -> Connections:
    found = connections_of(engine)
    assert found is not None, "readers of PostgreSQL keep connections"
    return found


def read(engine: Engine) -> None:
    assert SqlAccessReader(reading_engine(engine)).session("of nobody") is None


def in_hand(engine: Engine) -> int:
    number: int = engine.pool.checkedout()  # type: ignore[attr-defined]
    assert number == len(kept_by(engine)._idle), "nobody else has one"
    return number


def order(database: str, statement: str) -> None:
    """As an operator, from another database."""
    url = make_url(database)
    beside = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with beside.connect() as connection:
        connection.execute(text(statement.format(name=url.database)))
    beside.dispose()


END = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"


def test_one_reader_after_the_other_uses_the_same(engine: Engine) -> None:
    for _ in range(3):
        read(engine)
        assert in_hand(engine) == 1


def test_what_was_lost_meanwhile_is_not_missed(database: str, engine: Engine) -> None:
    read(engine)
    kept, reading = kept_by(engine), reading_engine(engine)
    for connection in [kept.take(reading) for _ in range(3)]:
        kept.keep(connection)
    order(database, END)
    read(engine)
    assert in_hand(engine) == 1


def test_none_is_kept_while_the_server_only_reads(database: str, engine: Engine) -> None:
    read(engine)
    order(database, "ALTER DATABASE {name} SET default_transaction_read_only = on")
    order(database, END)
    read(engine)
    assert in_hand(engine) == 0
    order(database, "ALTER DATABASE {name} RESET default_transaction_read_only")
    read(engine)
    assert in_hand(engine) == 1


def test_none_is_kept_in_a_transaction(engine: Engine) -> None:
    assert SqlAccessReader(engine).session("of nobody") is None
    assert in_hand(engine) == 0


def test_no_more_are_kept_than_there_are_threads(engine: Engine) -> None:
    kept, reading = kept_by(engine), reading_engine(engine)
    taken = [kept.take(reading) for _ in range(MOST + 2)]
    for connection in taken:
        kept.keep(connection)
    assert in_hand(engine) == MOST


def test_nobody_waits_for_one_that_is_in_hand(database: str) -> None:
    engine = make_engine(database, pool_size=2, max_overflow=0, pool_timeout=0.05)
    read(engine)
    with connect(engine), connect(engine):
        assert not kept_by(engine)._idle
    read(engine)
    assert in_hand(engine) == 1
    engine.dispose()


def test_none_is_kept_while_the_pool_is_strained(database: str) -> None:
    engine = make_engine(database, pool_size=1, max_overflow=1)
    with connect(engine):
        read(engine)
        assert not kept_by(engine)._idle
    engine.dispose()


def test_with_the_engine_they_are_closed(database: str, engine: Engine) -> None:
    read(engine)
    (connection,) = kept_by(engine)._idle
    engine.dispose()
    assert in_hand(engine) == 0
    assert connection.closed
    beside = create_engine(make_url(database).set(database="postgres"))
    with beside.connect() as look:
        open_ones = text("SELECT count(*) FROM pg_stat_activity WHERE datname = :name")
        name = {"name": make_url(database).database}
        until(lambda: look.scalar(open_ones, name) == 0, "a connection is still open")
    beside.dispose()
