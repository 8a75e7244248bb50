"""The database's own clock: leases run by it, so that nodes with wrong clocks cannot take what others hold."""

from __future__ import annotations

from typing import Any

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ColumnElement, bindparam
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import Float

from .types import UtcDateTime


class DatabaseTime(FunctionElement[Any]):
    """Now by the database's clock, some seconds later: `DatabaseTime(bindparam("seconds", type_=Float))`."""

    type = UtcDateTime()
    inherit_cache = True
    name = "database_time"


def database_time() -> ColumnElement[Any]:
    """Now, by the database's clock."""
    return DatabaseTime()


def database_time_plus(parameter: str) -> ColumnElement[Any]:
    """Now and a number of seconds, taken from the parameter of that name."""
    return DatabaseTime(bindparam(parameter, type_=Float()))


@compiles(DatabaseTime, "postgresql")
def _postgresql(element: DatabaseTime, compiler: SQLCompiler, **options: Any) -> str:
    if not len(element.clauses):
        return "statement_timestamp()"
    seconds = compiler.process(element.clauses, **options)
    return f"(statement_timestamp() + make_interval(secs => {seconds}))"


@compiles(DatabaseTime, "sqlite")
def _sqlite(element: DatabaseTime, compiler: SQLCompiler, **options: Any) -> str:
    # SQLite knows milliseconds; the three zeros make the text as wide as a stored instant, so that they compare.
    if not len(element.clauses):
        return "(strftime('%Y-%m-%d %H:%M:%f', 'now') || '000')"
    seconds = compiler.process(element.clauses, **options)
    return f"(strftime('%Y-%m-%d %H:%M:%f', 'now', ({seconds}) || ' seconds') || '000')"
