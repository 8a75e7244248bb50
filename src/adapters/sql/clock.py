"""SQL for the database's clock: with it a node whose clock is wrong cannot take the leases of others."""

from __future__ import annotations

from typing import Any

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ColumnElement, bindparam
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import Float

from .types import UtcDateTime


class DatabaseTime(FunctionElement[Any]):
    """The database's time now, or plus the seconds of its one argument, a bound parameter of type Float."""

    type = UtcDateTime()
    inherit_cache = True
    name = "database_time"


def database_time() -> ColumnElement[Any]:
    """The database's time now."""
    return DatabaseTime()


def database_time_plus(parameter: str) -> ColumnElement[Any]:
    """The database's time now plus seconds; `parameter` names the bound parameter that holds them."""
    return DatabaseTime(bindparam(parameter, type_=Float()))


@compiles(DatabaseTime, "postgresql")
def _postgresql(element: DatabaseTime, compiler: SQLCompiler, **options: Any) -> str:
    if not len(element.clauses):
        return "statement_timestamp()"
    seconds = compiler.process(element.clauses, **options)
    return f"(statement_timestamp() + make_interval(secs => {seconds}))"


@compiles(DatabaseTime, "sqlite")
def _sqlite(element: DatabaseTime, compiler: SQLCompiler, **options: Any) -> str:
    # SQLite gives milliseconds. With three more zeros the text is as wide as a stored instant and comparable.
    if not len(element.clauses):
        return "(strftime('%Y-%m-%d %H:%M:%f', 'now') || '000')"
    seconds = compiler.process(element.clauses, **options)
    return f"(strftime('%Y-%m-%d %H:%M:%f', 'now', ({seconds}) || ' seconds') || '000')"
