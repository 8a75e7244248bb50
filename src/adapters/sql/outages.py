"""Tell an outage of the database from a bug, give connections up that an outage has spoilt, and keep errors secret-free."""

from __future__ import annotations

import logging
from typing import Any, Final

from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection, ExceptionContext
from sqlalchemy.pool import ConnectionPoolEntry

from ...application.ports.unavailable import Unavailable, WritesRefused
from .bounded import NoAnswerInTime

log = logging.getLogger(__name__)

_READ_ONLY: Final = "25006"
_WRITES_REFUSED: Final = {_READ_ONLY, "53100", "SQLITE_READONLY", "SQLITE_FULL"}
"""Read-only transaction, disk full, and SQLite's names for the same."""
_GONE: Final = {"57P01", "57P02", "57P03", "57P05", "25P03"}
"""The server ends the session: shutdown, crash, starting up, idle for too long; also all of class 08."""
_BUSY: Final = {"57014", "53000", "53200", "53300", "53400", "SQLITE_IOERR", "SQLITE_CANTOPEN"}
"""The statement took too long, or the server has no memory or connection left; SQLite cannot reach its file."""
LOCKED: Final = "55P03"
"""Somebody holds a lock for longer than `lock_timeout`: a conflict for who writes, an outage for who reads."""
_WITH_VALUES: Final = ("22", "23")
"""Classes of SQLSTATE whose texts quote the values of a row: data exception, integrity violation."""
_READ_ONLY_PARAMETERS: Final = ("default_transaction_read_only", "in_hot_standby")
"""Settings that PostgreSQL (14 and newer) reports by itself whenever they change, so asking costs nothing."""


class ConnectionLost(Unavailable):
    """A connection of the pool has ended, perhaps long ago: on a new one the same statement may succeed."""


def handle_outages(engine: Engine) -> None:
    """Make the engine raise Unavailable for outages, and drop the pool's connections that an outage has spoilt."""
    event.listen(engine, "handle_error", _translate)
    if engine.dialect.name == "postgresql":
        event.listen(engine, "checkin", _let_read_only_go)


def error_code(error: BaseException | None) -> str | None:
    """SQLSTATE of PostgreSQL, error name of SQLite without its sub-codes; None for an error of neither."""
    code = getattr(error, "sqlstate", None)
    if code is None and (name := getattr(error, "sqlite_errorname", None)):
        code = "_".join(name.split("_")[:2])
    return code


def _translate(context: ExceptionContext) -> Exception | None:
    """Turn an outage into Unavailable; its connections are not used again. Strip values off other errors."""
    error = context.original_exception
    code = error_code(error)
    if context.sqlalchemy_exception is None:
        return None  # Not an error of the driver: a bug of ours, or Ctrl-C.
    lost = context.is_disconnect or code in _GONE or (code or "").startswith("08")
    # Without a connection and a code, the server could not be reached or has turned us away.
    lost = lost or (code is None and context.connection is None)
    if lost or code == _READ_ONLY:
        context.is_disconnect = True
    if code in _WRITES_REFUSED:
        return _unavailable(WritesRefused(f"writes are refused: {code}"))
    if isinstance(error, NoAnswerInTime):
        return _unavailable(Unavailable(str(error)))
    if lost:
        kind = Unavailable if context.connection is None else ConnectionLost
        return _unavailable(kind(code or _first_line(error)))
    if code in _BUSY:
        return _unavailable(Unavailable(f"the statement was ended: {code}"))
    _strip_values(context, code)
    return None


def _unavailable(failure: Unavailable) -> Unavailable:
    log.warning("database.unavailable", extra={"reason": failure.reason})
    return failure


def _strip_values(context: ExceptionContext, code: str | None) -> None:
    """Keep what PostgreSQL quotes from a row out of every log: phone numbers, digests, user names."""
    error = context.original_exception
    if not hasattr(error, "diag"):
        return  # SQLite names columns only.
    if (code or "").startswith(_WITH_VALUES):
        diag = error.diag
        places = (diag.constraint_name, diag.table_name, diag.column_name, diag.datatype_name)
        text = " ".join([f"SQLSTATE {code}", *(place for place in places if place)])
    else:
        text = _first_line(error)
    error.args = (text,)
    wrapped = context.sqlalchemy_exception
    assert wrapped is not None, "the caller has looked"
    wrapped.args = (f"({type(error).__module__}.{type(error).__qualname__}) {text}",)


def _first_line(error: BaseException) -> str:
    """The message without the lines DETAIL, CONTEXT and LINE, which quote values."""
    return str(error).partition("\n")[0]


def _let_read_only_go(connection: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
    """Close a connection that is read-only instead of keeping it: a new one has the settings of that moment."""
    if connection is None:
        return
    if is_read_only(connection):
        record.invalidate()


def is_read_only(driver: Any) -> bool:
    """Whether the server has said that this connection of PostgreSQL's driver can only read; it is not asked."""
    status = driver.info.parameter_status
    return any(status(name) == "on" for name in _READ_ONLY_PARAMETERS)
