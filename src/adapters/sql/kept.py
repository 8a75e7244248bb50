"""Statements whose SQL text is kept: compiled once per database, executed through the driver's own cursor.

SQLAlchemy spends 200 µs of CPU on executing a statement that it has compiled before; the driver needs 60.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from psycopg import RawCursor
from sqlalchemy import Connection, Dialect
from sqlalchemy.sql.elements import CompilerElement
from sqlalchemy.types import TypeEngine

Convert = Callable[[Any], Any]
Rows = list[tuple[Any, ...]]


Bind = tuple[str | None, Convert | None, Any]
"""A parameter of a text: its name, how to convert its value, and a constant for one that has no name."""


@dataclass(slots=True)
class Text:
    """A statement as one database's driver takes it. `types` are those of its columns, if it returns rows."""

    sql: str
    binds: Sequence[Bind]
    types: Sequence[TypeEngine[Any]]
    dialect: Dialect
    _reads: Sequence[tuple[int, Convert]] | None = field(default=None, init=False)

    def values(self, params: Mapping[str, Any]) -> list[Any]:
        """The parameters by position, as the driver takes them."""
        return [
            constant if name is None else params[name] if convert is None else convert(params[name])
            for name, convert, constant in self.binds
        ]

    def rows(self, cursor: Any) -> Rows:
        """The rows that the cursor has, with the same values as from SQLAlchemy."""
        raw: Rows = cursor.fetchall()
        if not raw:
            return raw
        reads = self._reads
        if reads is None:
            reads = self._reads = self._readers(cursor)
        if not reads:
            return raw
        converted = []
        for row in raw:
            values = list(row)
            for position, convert in reads:
                values[position] = convert(values[position])
            converted.append(tuple(values))
        return converted

    def _readers(self, cursor: Any) -> Sequence[tuple[int, Convert]]:
        """How to convert columns. It depends on what the driver says of them, but never on the rows."""
        codes = [column[1] for column in cursor.description]
        found = (
            (position, type_.dialect_impl(self.dialect).result_processor(self.dialect, codes[position]))
            for position, type_ in enumerate(self.types)
        )
        return [(position, convert) for position, convert in found if convert is not None]


class Kept:
    """A statement with a fixed number of parameters, all given by name. `columns` are those of an INSERT."""

    def __init__(self, statement: CompilerElement, *, columns: Sequence[str] | None = None) -> None:
        self._statement = statement
        self._columns = columns
        self._texts: dict[str, Text] = {}

    @property
    def table(self) -> str | None:
        """The name of the table that it writes."""
        name: str | None = getattr(getattr(self._statement, "table", None), "name", None)
        return name

    def on(self, dialect: Dialect) -> Text:
        """The text for the database; compiled when it is asked for the first time."""
        text = self._texts.get(dialect.name)
        if text is None:
            text = self._texts[dialect.name] = self._compiled(dialect)
        return text

    def _compiled(self, dialect: Dialect) -> Text:
        if dialect.name == "postgresql":
            numbered: Any = type(dialect)
            dialect = numbered(paramstyle="numeric_dollar")
        compiled = self._statement.compile(dialect=dialect, column_keys=self._columns)
        state = compiled.construct_expanded_state(dict(compiled.params))  # type: ignore[attr-defined]
        binds: list[Bind] = []
        for name in state.positiontup or ():
            bind = compiled.binds[name]  # type: ignore[attr-defined]
            convert = bind.type.dialect_impl(dialect).bind_processor(dialect)
            if bind.required:
                binds.append((name, convert, None))
            else:
                constant = bind.effective_value
                binds.append((None, None, constant if convert is None else convert(constant)))
        types = [column.type for column in getattr(self._statement, "exported_columns", ())]
        return Text(state.statement, binds, types, dialect)


def cursor_of(connection: Connection) -> Any:
    """A cursor of the driver, which takes the parameters of a text by position."""
    driver: Any = connection.connection.driver_connection
    return RawCursor(driver) if connection.dialect.name == "postgresql" else driver.cursor()


_NUMBER: Final = re.compile(r"\$(\d+)")


def together(texts: Sequence[Text]) -> str:
    """One statement that executes them all, in this order, and returns how many rows each has changed.

    Only for PostgreSQL, and only for statements that change different rows: they share a snapshot.
    """
    parts, counts, before = [], [], 0
    for number, text in enumerate(texts):
        sql = _NUMBER.sub(partial(_further, before), text.sql)
        parts.append(f"w{number} AS ({sql} RETURNING 1)")
        counts.append(f"(SELECT count(*) FROM w{number})")
        before += len(text.binds)
    return f"WITH {', '.join(parts)} SELECT {', '.join(counts)}"


def _further(by: int, number: re.Match[str]) -> str:
    return f"${int(number[1]) + by}"
