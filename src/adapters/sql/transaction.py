"""The transaction that the collections of a unit of work share: connection, events and roll-up deltas."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, CursorResult, Executable
from sqlalchemy.exc import DBAPIError

from ...application.ports.unavailable import OutcomeUnknown, Unavailable, WritesRefused
from ...domain.directory.enterprise import EnterpriseKind
from ...domain.events import Announced, Event
from ...domain.refusals import Conflict, NotFound, Refused
from ...domain.values import RegionId

Params = dict[str, Any]

# Error codes: SQLSTATE of PostgreSQL, error name of SQLite.
_UNIQUE: Final = {"23505", "SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"}
_FOREIGN_KEY: Final = {"23503", "SQLITE_CONSTRAINT_FOREIGNKEY"}
_SOMEBODY_FIRST: Final = {"40001", "40P01", "55P03", "SQLITE_BUSY"}
"""Serialization failure, deadlock, lock timeout, and SQLite's busy database."""

TallyKey = tuple[RegionId, date, EnterpriseKind]
Counts = tuple[int, int, int, int, int, int, int]
"""Counts of one or more commitments, in the column order of the roll-up."""


class Transaction:
    """A transaction in one thread. It opens once and closes for good when the unit of work ends."""

    def __init__(self) -> None:
        self._connection: Connection | None = None
        self.events: list[Event] = []
        self.deltas: dict[TallyKey, Counts] = {}
        self.remembered: dict[UUID, tuple[int, Counts, int]] = {}
        """For each loaded commitment by id: its version, what it counted for, and its revision."""

    def open_on(self, connection: Connection) -> None:
        self._connection = connection

    def run(
        self,
        statement: Executable,
        params: Params | Sequence[Params] | None = None,
        *,
        taken: str = "数据已被他人修改，请刷新后重试。",
        field: str | None = None,
        missing: tuple[str, str | None] = ("关联的数据", None),
    ) -> CursorResult[Any]:
        """Execute the statement.

        A violated unique key raises Conflict with the text `taken`.
        A violated foreign key raises NotFound; `missing` is the name of what is missing, and the field.
        A deadlock or lock timeout raises Conflict. An outage of the database raises Unavailable.
        """
        connection = self.check_open()
        try:
            return connection.execute(statement, params)
        except DBAPIError as error:
            raise refusal_of(error, taken=taken, field=field, missing=missing) or error from error

    def announce(self, events: list[Announced]) -> None:
        """Take over the events of a saved aggregate; its own list is emptied."""
        self.events.extend(events)
        events.clear()

    def count(self, key: TallyKey, counts: Counts) -> None:
        """Collect a delta; the commit of the unit of work adds it to the roll-up."""
        before = self.deltas.get(key)
        self.deltas[key] = counts if before is None else added(before, counts)

    def commit(self) -> None:
        """Raises OutcomeUnknown when the database is lost before it has confirmed."""
        connection = self.check_open()
        try:
            connection.commit()
        except WritesRefused:
            raise
        except Unavailable as failure:
            raise OutcomeUnknown(failure.reason) from failure
        except DBAPIError as error:
            raise refusal_of(error) or error from error

    def close(self) -> None:
        """Close the connection; the database rolls back what was not committed."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    @property
    def on_postgresql(self) -> bool:
        return self.check_open().dialect.name == "postgresql"

    def check_open(self) -> Connection:
        if self._connection is None:
            raise RuntimeError("a unit of work is used inside its with statement, and not after its commit")
        return self._connection


def added(left: Counts, right: Counts) -> Counts:
    """Return the sums, column by column."""
    a, b, c, d, e, f, g = left
    h, i, j, k, m, n, o = right
    return (a + h, b + i, c + j, d + k, e + m, f + n, g + o)


def refusal_of(
    error: DBAPIError,
    *,
    taken: str = "数据已被他人修改，请刷新后重试。",
    field: str | None = None,
    missing: tuple[str, str | None] = ("关联的数据", None),
) -> Refused | None:
    """Translate a database error into a refusal of the domain; None when it is a fault instead."""
    kind = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "sqlite_errorname", None)
    if kind in _UNIQUE:
        return Conflict(taken, field=field)
    if kind in _FOREIGN_KEY:
        return NotFound(missing[0], field=missing[1])
    if kind in _SOMEBODY_FIRST:
        return Conflict("数据正被他人修改，请稍后重试。")
    return None
