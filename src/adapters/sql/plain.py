"""Run a statement whose text is known, by the driver alone: what SQLAlchemy does around each execution costs more."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from .bounded import NoAnswerInTime


def run_plain(connection: Connection, text: str, params: Any) -> Sequence[Sequence[Any]]:
    """Return the driver's own tuples. Raises as `execute_plain`."""
    cursor = connection.connection.cursor()
    try:
        execute_plain(connection, cursor, text, params)
        return cursor.fetchall()
    finally:
        cursor.close()


def execute_plain(connection: Connection, cursor: Any, text: str, params: Any) -> None:
    """Execute with this cursor of the driver. Listeners of the engine hear of the statement and of its failure.

    Raises DBAPIError or Unavailable, as `Connection.execute` does.
    """
    heard, context = connection.dispatch, SimpleNamespace()
    try:
        for tell in heard.before_cursor_execute:
            tell(connection, cursor, text, params, context, False)
        cursor.execute(text, params)
        for tell in heard.after_cursor_execute:
            tell(connection, cursor, text, params, context, False)
    except connection.dialect.loaded_dbapi.Error as error:
        if isinstance(error, NoAnswerInTime) or not _is_lost(connection, cursor, error):
            raise _failed(connection, cursor, error) from error
        # On the same connection SQLAlchemy finds the same, and gives up all connections of the pool.
        connection.exec_driver_sql("SELECT 1")
        raise  # It has not: then the driver's own error stands.


def _is_lost(connection: Connection, cursor: Any, error: Any) -> bool:
    driver = connection.connection.driver_connection
    return connection.dialect.is_disconnect(error, cast("Any", driver), cursor)


def _failed(connection: Connection, cursor: Any, error: Exception) -> Exception:
    """What to raise for the driver's error: the engine's listeners decide, as for SQLAlchemy's own executions."""
    wrapped = DBAPIError(None, None, error, hide_parameters=True)
    told = SimpleNamespace(
        original_exception=error,
        sqlalchemy_exception=wrapped,
        chained_exception=None,
        connection=connection,
        cursor=cursor,
        is_disconnect=_is_lost(connection, cursor, error),
    )
    for judge in connection.dialect.dispatch.handle_error:
        told.chained_exception = judge(told) or told.chained_exception
    if told.is_disconnect:
        connection.invalidate(error)
    failure: Exception = told.chained_exception or wrapped
    return failure
