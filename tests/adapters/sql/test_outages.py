"""Outages of the database: they heal without hands, are bounded in time, and put nobody's data into a log."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, make_url, text
from sqlalchemy.exc import DBAPIError, StatementError

from yanbao.adapters.sql.connections import connect
from yanbao.adapters.sql.engine import make_engine
from yanbao.adapters.sql.storage import SqlStorage
from yanbao.application.access import SYSTEM
from yanbao.application.ports.unavailable import OutcomeUnknown, Unavailable, WritesRefused
from yanbao.application.waiting import bounded, seconds_left
from yanbao.domain.directory.organisation import Level, Region
from yanbao.domain.refusals import Conflict
from yanbao.domain.values import RegionId

from ...support.databases import migrated_postgres, migrated_sqlite
from ...support.standstill import line_to
from .conftest import storage_on

REGION = Region(RegionId("990000"), "某省", Level.PROVINCE, None)
HURRY = 0.2
"""Seconds after which a request of these tests gives up; LEAST_SECONDS is added by the driver."""


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """A migrated database of these tests alone: its settings are changed."""
    with migrated_postgres() as url:
        yield url


@contextmanager
def storage_at(url: str) -> Iterator[tuple[SqlStorage, Engine]]:
    engine = make_engine(url)
    try:
        yield storage_on(engine), engine
    finally:
        engine.dispose()


@contextmanager
def operator(url: str) -> Iterator[Callable[[str], None]]:
    """Somebody who changes the database from beside the system."""
    engine = make_engine(
        make_url(url).set(database="postgres").render_as_string(hide_password=False),
        isolation_level="AUTOCOMMIT",
    )
    name = make_url(url).database

    def do(statement: str) -> None:
        with engine.connect() as connection:
            connection.execute(text(statement.format(name=name)))

    try:
        yield do
    finally:
        do("ALTER DATABASE {name} RESET default_transaction_read_only")
        engine.dispose()


END_SESSIONS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
READ_ONLY = "ALTER DATABASE {name} SET default_transaction_read_only = on"
WRITABLE = "ALTER DATABASE {name} RESET default_transaction_read_only"


def save(storage: SqlStorage) -> None:
    with storage.work(SYSTEM) as work:
        work.regions.save(REGION)
        work.commit()


def test_after_a_read_only_spell_the_first_request_is_saved_and_no_session_was_ended_by_hand(
    database: str,
) -> None:
    with operator(database) as do, storage_at(database) as (storage, _):
        do(READ_ONLY)
        for _ in range(25):  # More than the pool keeps: all of its connections were made in the spell.
            with pytest.raises(WritesRefused):
                save(storage)
            storage.readers().directory.regions()
        do(WRITABLE)
        for _ in range(25):
            save(storage)


def test_a_connection_that_was_made_before_the_spell_follows_it_too(database: str) -> None:
    with operator(database) as do, storage_at(database) as (storage, engine):
        save(storage)
        with engine.connect() as connection:  # As if the server's own setting had been changed and reloaded.
            connection.execute(text("SET SESSION default_transaction_read_only = on"))
            connection.commit()
        save(storage)
        do(WRITABLE)


def test_when_the_sessions_are_ended_readers_do_not_notice_and_writers_try_once_more(database: str) -> None:
    with operator(database) as do, storage_at(database) as (storage, _):
        save(storage)
        before = storage.readers().directory.regions()
        do(END_SESSIONS)
        assert storage.readers().directory.regions() == before
        do(END_SESSIONS)
        with pytest.raises(Unavailable):
            save(storage)
        save(storage)


def test_a_server_that_does_not_answer_is_given_up_with_the_request_and_used_again_at_once(
    database: str,
) -> None:
    with line_to(database) as (line, url), storage_at(url) as (storage, engine):
        save(storage)
        line.hold()
        for attempt in (storage.readers().directory.regions, lambda: save(storage)):
            with bounded(HURRY), pytest.raises(Unavailable):
                attempt()
        assert engine.pool.checkedout() == 0  # type: ignore[attr-defined]
        line.release()
        save(storage)


def test_a_commit_that_is_not_confirmed_is_said_to_be_uncertain(database: str) -> None:
    with line_to(database) as (line, url), storage_at(url) as (storage, _):
        with storage.work(SYSTEM) as work:
            work.regions.save(REGION)
            line.hold()
            with bounded(HURRY), pytest.raises(OutcomeUnknown) as raised:
                work.commit()
        assert "不能确认" in raised.value.sentence


def test_every_statement_has_a_limit_on_the_server_too(database: str) -> None:
    engine = make_engine(database, statement_seconds=0.05)
    with connect(engine) as connection, pytest.raises(Unavailable):
        connection.execute(text("SELECT pg_sleep(60)"))
    engine.dispose()


def test_a_table_that_stays_locked_is_an_outage_for_readers_and_a_conflict_for_writers(database: str) -> None:
    impatient = make_url(database).update_query_dict({"options": "-c lock_timeout=50"})
    with storage_at(database) as (_, engine), engine.begin() as blocking:
        blocking.execute(text("LOCK TABLE region IN ACCESS EXCLUSIVE MODE"))
        hurried = make_engine(impatient.render_as_string(hide_password=False), connect_args={})
        with pytest.raises(Unavailable):
            storage_on(hurried).readers().directory.regions()
        with pytest.raises(Conflict):
            save(storage_on(hurried))
        hurried.dispose()


def test_whoever_waits_for_a_free_connection_is_asked_to_try_again(database: str) -> None:
    engine = make_engine(database, pool_size=1, max_overflow=0, pool_timeout=0.05)
    with engine.connect(), pytest.raises(Unavailable):
        storage_on(engine).readers().directory.regions()
    engine.dispose()


def test_a_database_that_is_not_there_is_an_outage() -> None:
    with (
        storage_at("postgresql+psycopg://nobody@127.0.0.1:1/nothing") as (storage, _),
        pytest.raises(Unavailable),
    ):
        storage.readers().directory.regions()


def test_a_writer_of_sqlite_waits_no_longer_than_its_request_and_the_next_one_as_long_as_ever(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with migrated_sqlite(tmp_path_factory.mktemp("hurry")) as url:
        engine, other = make_engine(url), make_engine(url)
        with storage_on(other).work(SYSTEM), bounded(HURRY), pytest.raises(Conflict):
            save(storage_on(engine))
        with engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one() == 30_000
        engine.dispose()
        other.dispose()


def test_the_end_of_waiting_is_that_of_the_outermost() -> None:
    with bounded(1), bounded(1000):
        assert 0 < seconds_left() <= 1
    assert seconds_left() == float("inf")


NOBODY = "INSERT INTO account (id, username) VALUES (CAST(:id AS uuid), :username)"
PRIVATE = {"id": "3fa85f64-5717-4562-b3fc-2c963f66afa6", "username": "zhangsan-13912345678"}


def test_a_statement_that_fails_shows_no_value_in_any_log(engine: Engine) -> None:
    attempts = [
        NOBODY,  # Columns are missing: PostgreSQL quotes the whole row.
        "INSERT INTO region (id, name, level, local) VALUES (:username, :username, 'CITY', false), "
        "(:username, :username, 'CITY', false)",
        "SELECT CAST(:username AS integer) + CAST(:username AS uuid) FROM nothing_" + "x" * 9,
        "INSERT INTO log_in (id) VALUES (CAST(:username AS uuid))",
    ]
    seen = ""
    for statement in attempts:
        try:
            with engine.begin() as connection:
                connection.execute(text(statement), PRIVATE)
        except (DBAPIError, StatementError) as error:
            seen += "".join(traceback.format_exception(error))
    assert seen.count("Error") >= 4
    for value in PRIVATE.values():
        assert value not in seen


def test_a_failed_statement_still_says_which_rule_it_broke(postgres: Engine) -> None:
    with pytest.raises(DBAPIError, match=r"SQLSTATE 23502.*account"), postgres.begin() as connection:
        connection.execute(text(NOBODY), PRIVATE)


RAISE = "DO $$ BEGIN RAISE EXCEPTION 'outage' USING ERRCODE = '{code}'; END $$"


@pytest.mark.parametrize(
    ("code", "invalidated"),
    [
        *((code, True) for code in ("25006", "25P03", "57P01", "57P02", "57P03", "08000", "08003", "08006")),
        *((code, False) for code in ("57014", "53100", "53200", "53300")),
    ],
)
def test_what_an_outage_has_spoilt_is_not_used_again(postgres: Engine, code: str, invalidated: bool) -> None:
    with connect(postgres) as connection:
        with pytest.raises(Unavailable):
            connection.execute(text(RAISE.format(code=code)))
        assert connection.invalidated is invalidated


def test_an_error_of_ours_is_no_outage_and_spoils_nothing(postgres: Engine) -> None:
    with connect(postgres) as connection:
        with pytest.raises(DBAPIError, match="does not exist"):
            connection.execute(text("SELECT * FROM nowhere"))
        assert not connection.invalidated
