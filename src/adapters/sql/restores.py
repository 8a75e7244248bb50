"""Store the restores, and notice when this database is a copy of another one."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, delete, func, literal, literal_column, null, select, true
from sqlalchemy import insert as plain_insert
from sqlalchemy.dialects.postgresql import insert

from ...domain.restore import Restore, Standing
from .tables.exchange import outbox
from .tables.operations import audit_entry, database_home, job_slot, restore
from .transaction import Transaction

_HERE: Final[ColumnElement[str]] = literal_column(
    "(SELECT system_identifier FROM pg_control_system()) || '/'"
    " || (SELECT oid FROM pg_database WHERE datname = current_database()) || '/' || 'outbox'::regclass::oid"
)
"""Where a PostgreSQL database is: its cluster, the database, a table. A copy differs in one of them at least.

A dump does not carry these numbers along. An in-place copy of the files does; see docs/operations.md. A
migration that makes the table anew must empty `database_home`.
"""
_one: Final = select(literal(1)).subquery("one")
_moved: Final = select(func.bool_or(database_home.c.home != _HERE)).scalar_subquery().label("moved")
_standing: Final = select(restore).select_from(_one.outerjoin(restore, true())).order_by(restore.c.begun_at)
_STANDING_ON_POSTGRESQL: Final = _standing.add_columns(_moved)
_STANDING_ON_SQLITE: Final = _standing.add_columns(null().label("moved"))
_SAVE: Final = insert(restore)
_KEEP: Final = _SAVE.on_conflict_do_update(
    index_elements=[restore.c.begun_at],
    set_={name: _SAVE.excluded[name] for name in ("begun_by", "reason", "known_until", "finished_at")},
)
_LEAVE: Final = delete(database_home)
_MAY_TAKE_HOME: Final = select(
    ~select(database_home.c.home).exists(), func.current_setting("transaction_read_only") == "off"
)
_TAKE_HOME: Final = plain_insert(database_home).from_select(["home"], select(_HERE))
_KNOWN_UNTIL: Final = (
    select(func.max(audit_entry.c.at)),
    select(func.max(outbox.c.created_at)),
    select(func.max(job_slot.c.finished_at)),
)


class SqlRestores:
    """Restores by the instant at which they were begun. SQLite does not know where it is: it never moves."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def standing(self) -> Standing:
        postgresql = self._transaction.on_postgresql
        rows = self._transaction.run(_STANDING_ON_POSTGRESQL if postgresql else _STANDING_ON_SQLITE).all()
        restores = (
            Restore(row.begun_at, row.begun_by, row.reason, row.known_until, row.finished_at)
            for row in rows
            if row.begun_at is not None
        )
        return Standing(tuple(restores), moved=bool(rows[0].moved))

    def save(self, restore: Restore) -> None:
        row: dict[str, Any] = {
            "begun_at": restore.begun_at,
            "begun_by": restore.begun_by,
            "reason": restore.reason,
            "known_until": restore.known_until,
            "finished_at": restore.finished_at,
        }
        self._transaction.run(_KEEP, row)

    def take_home(self, *, anew: bool = False) -> None:
        if not self._transaction.on_postgresql:
            return
        if anew:
            self._transaction.run(_LEAVE)
        # A database that can only be read is not put into use; a process starts on it nevertheless.
        if all(self._transaction.run(_MAY_TAKE_HOME).one()):
            self._transaction.run(_TAKE_HOME)

    def known_until(self) -> datetime | None:
        found = (self._transaction.run(statement).scalar_one() for statement in _KNOWN_UNTIL)
        return max((at for at in found if at is not None), default=None)
