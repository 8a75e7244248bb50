"""Both databases, empty before each test; `postgres` tests need the features that only PostgreSQL has."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from yanbao.adapters.sql.engine import make_engine
from yanbao.adapters.sql.storage import SqlStorage
from yanbao.adapters.sql.tables.metadata import metadata
from yanbao.application.access import SYSTEM

from ...support.builders import a_department_tree, a_region_tree
from ...support.databases import empty, migrated_postgres, migrated_sqlite, spare_the_disk
from ...support.settling import settle_in


@pytest.fixture(scope="session")
def sqlite_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with migrated_sqlite(tmp_path_factory.mktemp("sql")) as url:
        engine = spare_the_disk(make_engine(url))
        yield engine
        engine.dispose()


@pytest.fixture(scope="session")
def postgres_engine() -> Iterator[Engine]:
    with migrated_postgres() as url:
        engine = make_engine(url)
        yield engine
        engine.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """A database without rows."""
    engine: Engine = request.getfixturevalue(f"{request.param}_engine")
    empty(engine, metadata)
    return engine


@pytest.fixture
def postgres(postgres_engine: Engine) -> Engine:
    empty(postgres_engine, metadata)
    return postgres_engine


def storage_on(engine: Engine) -> SqlStorage:
    """A storage in which nothing follows from anything."""
    return SqlStorage(engine, reactions=lambda work, events: ())


@pytest.fixture
def storage(engine: Engine) -> SqlStorage:
    """With the trees of regions and departments."""
    storage = storage_on(engine)
    settle_in(storage, SYSTEM, *a_region_tree(), *a_department_tree())
    return storage
