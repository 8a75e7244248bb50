"""What tests get instead of a migration: a copy that differs from a migrated database in nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect, text

from yanbao.adapters.sql.engine import make_engine
from yanbao.adapters.sql.migrations import is_behind, upgrade
from yanbao.adapters.sql.tables.metadata import metadata

from ...support.databases import add_tables, fresh_postgres, fresh_sqlite, migrated_postgres, migrated_sqlite


@contextmanager
def added_to(folder: Path) -> Iterator[str]:
    with fresh_sqlite(folder) as url:
        engine = make_engine(url)
        add_tables(engine)
        engine.dispose()
        yield url


def described(engine: Engine) -> object:
    """Every table, index and constraint, as the database tells them."""
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            found = connection.execute(text("SELECT type, name, sql FROM sqlite_master ORDER BY name")).all()
        # A migration that makes a table anew writes its constraints in any order.
        return [(kind, name, sorted((sql or "").replace(",", "").split("\n"))) for kind, name, sql in found]
    seen = inspect(engine)
    told = (seen.get_columns, seen.get_indexes, seen.get_foreign_keys, seen.get_check_constraints)
    return {name: [str(tell(name)) for tell in told] for name in seen.get_table_names()}


@pytest.mark.parametrize(
    ("bare", "copied"),
    [
        (fresh_sqlite, migrated_sqlite),
        (fresh_sqlite, added_to),
        (lambda folder: fresh_postgres(), lambda folder: migrated_postgres()),
    ],
    ids=["a SQLite file", "an engine on SQLite", "PostgreSQL"],
)
def test_a_copy_is_what_migrating_makes(
    bare: Callable[[Path], AbstractContextManager[str]],
    copied: Callable[[Path], AbstractContextManager[str]],
    tmp_path: Path,
) -> None:
    with bare(tmp_path) as one, copied(tmp_path) as other:
        migrated, copy = make_engine(one), make_engine(other)
        upgrade(migrated)
        assert described(copy) == described(migrated)
        assert not is_behind(copy)
        with copy.connect() as connection:
            assert not any(
                connection.execute(table.select().limit(1)).first() for table in metadata.sorted_tables
            )
        migrated.dispose()
        copy.dispose()
