"""Filling large tables fast, and leaving them as a database that has run for long would have them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, LiteralString, cast

import psycopg

# What can be made anew afterwards: every index but those that foreign keys of other tables stand on.
_INDEXES: Final = """
SELECT format('DROP INDEX %%s', i.indexrelid::regclass), pg_get_indexdef(i.indexrelid)
FROM pg_index i WHERE i.indrelid = ANY(%(tables)s::regclass[])
  AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid)
UNION ALL
SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', c.conrelid::regclass, c.conname),
       format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', c.conrelid::regclass, c.conname, pg_get_constraintdef(c.oid))
FROM pg_constraint c WHERE c.conrelid = ANY(%(tables)s::regclass[]) AND c.contype IN ('p', 'u')
  AND NOT EXISTS (SELECT 1 FROM pg_constraint f WHERE f.contype = 'f' AND f.conindid = c.conindid)
"""


@contextmanager
def trusting(connection: psycopg.Connection) -> Iterator[None]:
    """The rows refer to what has just been read: checking foreign keys of each again would take most of the time."""
    connection.execute("SET session_replication_role = replica")
    connection.execute("SET jit = off")  # Compiling a statement takes longer than running it.
    yield
    connection.execute("SET session_replication_role = DEFAULT")
    connection.execute("SET jit = DEFAULT")


@contextmanager
def without_indexes(connection: psycopg.Connection, *tables: str) -> Iterator[None]:
    """The indexes of these tables are made anew afterwards, as a restore would."""
    indexes = connection.execute(_INDEXES, {"tables": list(tables)}).fetchall()
    for drop, _ in indexes:
        connection.execute(_known(drop))
    yield
    connection.execute("SET maintenance_work_mem = '512MB'")
    for _, create in indexes:
        connection.execute(_known(create))
    settle(connection)


def settle(connection: psycopg.Connection) -> None:
    """Leave the tables as autovacuum would: counted, and with the pages that all may see marked."""
    connection.execute("VACUUM (ANALYZE)")
    connection.execute("CHECKPOINT")


def _known(statement: str) -> LiteralString:
    """The database itself wrote it."""
    return cast("LiteralString", statement)
