"""The transaction that the collections of a unit of work share: connection, events and roll-up deltas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
from .kept import Kept, Rows, Text, cursor_of, together
from .plain import execute_plain

Params = dict[str, Any]

# Error codes: SQLSTATE of PostgreSQL, error name of SQLite.
_UNIQUE: Final = {"23505", "SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"}
_FOREIGN_KEY: Final = {"23503", "SQLITE_CONSTRAINT_FOREIGNKEY"}
_SOMEBODY_FIRST: Final = {"40001", "40P01", "55P03", "SQLITE_BUSY"}
"""Serialization failure, deadlock, lock timeout, and SQLite's busy database."""

TallyKey = tuple[RegionId, date, EnterpriseKind]
Counts = tuple[int, int, int, int, int, int, int]
"""Counts of one or more commitments, in the column order of the roll-up."""

CHANGED: Final = "数据已被他人修改，请刷新后重试。"
RELATED: Final = ("关联的数据", None)


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A write that waits to be sent. `stale`: the conflict if it changes no row."""

    kept: Kept
    text: Text
    values: Sequence[Any]
    taken: str
    missing: tuple[str, str | None]
    stale: str | None


class Transaction:
    """A transaction in one thread. It opens once and closes for good when the unit of work ends.

    `later` collects writes whose outcome nobody waits for. They are sent before the next statement, at the
    latest at the commit: on PostgreSQL all of them in one statement.
    """

    def __init__(self) -> None:
        self._connection: Connection | None = None
        self._cursor: Any = None
        self._waiting: list[_Waiting] = []
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
        taken: str = CHANGED,
        field: str | None = None,
        missing: tuple[str, str | None] = RELATED,
    ) -> CursorResult[Any]:
        """Execute the statement.

        A violated unique key raises Conflict with the text `taken`.
        A violated foreign key raises NotFound; `missing` is the name of what is missing, and the field.
        A deadlock or lock timeout raises Conflict. An outage of the database raises Unavailable.
        """
        self.send()
        connection = self.check_open()
        try:
            return connection.execute(statement, params)
        except DBAPIError as error:
            raise refusal_of(error, taken=taken, field=field, missing=missing) or error from error

    def fetch(self, kept: Kept, params: Mapping[str, Any]) -> Rows:
        """Execute the kept statement and return its rows, each a tuple. It raises what `run` raises."""
        self.send()
        text = kept.on(self.check_open().dialect)
        try:
            return text.rows(self._execute(text.sql, text.values(params)))
        except DBAPIError as error:
            raise refusal_of(error) or error from error

    def later(
        self,
        kept: Kept,
        params: Mapping[str, Any],
        *,
        taken: str = CHANGED,
        missing: tuple[str, str | None] = RELATED,
        stale: str | None = None,
    ) -> None:
        """Execute the write soon: before the next statement of this transaction, at the latest at the commit.

        What `run` raises for it is raised then; also Conflict with the text `stale` if it changes no row.
        """
        if any(waiting.kept is kept for waiting in self._waiting):
            self.send()  # Only writes of different kinds go together: they cannot meet in a row.
        text = kept.on(self.check_open().dialect)
        self._waiting.append(_Waiting(kept, text, text.values(params), taken, missing, stale))

    def send(self) -> None:
        """Execute what waits: on PostgreSQL in one statement."""
        waiting = self._waiting
        if not waiting:
            return
        self._waiting = []
        if self.on_postgresql and len(waiting) > 1:
            self._send_together(waiting)
            return
        for one in waiting:
            try:
                cursor = self._execute(one.text.sql, one.values)
            except DBAPIError as error:
                raise refusal_of(error, taken=one.taken, missing=one.missing) or error from error
            _check_changed(one, cursor.rowcount)

    def _send_together(self, waiting: Sequence[_Waiting]) -> None:
        sql = _TOGETHER.get(kinds := tuple(one.kept for one in waiting))
        if sql is None:
            sql = _TOGETHER[kinds] = together([one.text for one in waiting])
        try:
            counts = self._execute(sql, [value for one in waiting for value in one.values]).fetchone()
        except DBAPIError as error:
            named = getattr(getattr(error.orig, "diag", None), "table_name", None)
            of = next((one for one in waiting if one.kept.table == named), waiting[0])
            raise refusal_of(error, taken=of.taken, missing=of.missing) or error from error
        for one, changed in zip(waiting, counts, strict=True):
            _check_changed(one, changed)

    def _execute(self, sql: str, values: Sequence[Any]) -> Any:
        """The driver's cursor after the statement."""
        connection = self.check_open()
        cursor = self._cursor
        if cursor is None:
            cursor = self._cursor = cursor_of(connection)
        execute_plain(connection, cursor, sql, values)
        return cursor

    def announce(self, events: list[Announced]) -> None:
        """Take over the events of a saved aggregate; its own list is emptied."""
        self.events.extend(events)
        events.clear()

    def count(self, key: TallyKey, counts: Counts) -> None:
        """Collect a delta; the commit of the unit of work adds it to the roll-up."""
        before = self.deltas.get(key)
        self.deltas[key] = counts if before is None else added(before, counts)

    def commit(self) -> None:
        """Raises OutcomeUnknown when the database is lost before it has confirmed. Send what waits first."""
        assert not self._waiting, "everything was sent"
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
        connection, self._connection, self._cursor = self._connection, None, None
        if connection is not None:
            connection.close()

    @property
    def on_postgresql(self) -> bool:
        return self.check_open().dialect.name == "postgresql"

    def check_open(self) -> Connection:
        if self._connection is None:
            raise RuntimeError("a unit of work is used inside its with statement, and not after its commit")
        return self._connection


_TOGETHER: Final[dict[tuple[Kept, ...], str]] = {}
"""The statement for each combination of writes that was ever sent together. There are as many as the code has."""


def _check_changed(one: _Waiting, rows: int) -> None:
    if one.stale is not None and rows != 1:
        raise Conflict(one.stale)


def added(left: Counts, right: Counts) -> Counts:
    """Return the sums, column by column."""
    a, b, c, d, e, f, g = left
    h, i, j, k, m, n, o = right
    return (a + h, b + i, c + j, d + k, e + m, f + n, g + o)


def refusal_of(
    error: DBAPIError,
    *,
    taken: str = CHANGED,
    field: str | None = None,
    missing: tuple[str, str | None] = RELATED,
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
