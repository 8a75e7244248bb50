"""A PostgreSQL database notices that it is a copy: it is not where it was put into use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, event, make_url, text

from yanbao.adapters.sql.engine import make_engine
from yanbao.adapters.sql.migrations import upgrade
from yanbao.application.access import SYSTEM

from ...support.databases import fresh_postgres, fresh_sqlite, postgres_server_url
from .conftest import storage_on


def moved(engine: Engine) -> bool:
    with storage_on(engine).work(SYSTEM) as work:
        return work.restores.standing().moved


def put_into_use(engine: Engine, *, anew: bool = False) -> None:
    with storage_on(engine).work(SYSTEM) as work:
        work.restores.take_home(anew=anew)
        work.commit()


@pytest.mark.postgres
def test_a_copy_has_moved_until_it_is_put_into_use_anew_and_the_original_has_not() -> None:
    with fresh_postgres() as original, fresh_postgres() as copy:
        engine = make_engine(original)
        upgrade(engine)
        put_into_use(engine)
        assert not moved(engine)
        engine.dispose()
        admin = create_engine(postgres_server_url(), isolation_level="AUTOCOMMIT")
        names = [make_url(url).database for url in (copy, original)]
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {names[0]}"))
            connection.execute(text(f"CREATE DATABASE {names[0]} TEMPLATE {names[1]}"))
        admin.dispose()
        copied = make_engine(copy)
        put_into_use(copied)
        assert moved(copied), "a process that starts does not hide it"
        put_into_use(copied, anew=True)
        assert not moved(copied)
        copied.dispose()
        again = make_engine(original)
        assert not moved(again)
        again.dispose()


@pytest.mark.postgres
def test_a_database_that_can_only_be_read_is_not_put_into_use_and_nothing_fails(postgres: Engine) -> None:
    reading = make_engine(postgres.url.render_as_string(hide_password=False))

    def only_read(connection: Any, record: Any) -> None:
        connection.execute("SET default_transaction_read_only = on")
        connection.commit()

    event.listen(reading, "connect", only_read)
    put_into_use(reading)
    assert not moved(reading)
    reading.dispose()
    homes = text("SELECT count(*) FROM database_home")
    with postgres.connect() as connection:
        assert connection.execute(homes).scalar_one() == 0
    put_into_use(postgres)
    with postgres.connect() as connection:
        assert connection.execute(homes).scalar_one() == 1


def test_sqlite_does_not_know(tmp_path: Path) -> None:
    with fresh_sqlite(tmp_path) as url:
        engine = make_engine(url)
        upgrade(engine)
        put_into_use(engine)
        assert not moved(engine)
        engine.dispose()
