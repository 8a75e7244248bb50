"""Keyset paging: find the rows after a position by index, without OFFSET."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Engine, Executable, Row, and_, any_, false, func, literal, or_, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import DBAPIError

from ....application.ports.paging import Key, Page, Slice
from ....application.ports.unavailable import Unavailable
from ....domain.refusals import InvalidValue
from ..outages import LOCKED, ConnectionLost, connect, error_code

Shown = TypeVar("Shown")

_INSTANT: Final = "%Y-%m-%dT%H:%M:%S.%fZ"


class Reading:
    """Runs statements that only read, each on its own connection."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @property
    def on_postgresql(self) -> bool:
        return self._engine.dialect.name == "postgresql"

    def rows(self, statement: Executable, params: dict[str, Any] | None = None) -> Sequence[Row[Any]]:
        """Raises Unavailable when the database cannot be used, or has locked the table for long."""
        try:
            return self._rows(statement, params)
        except ConnectionLost:
            # A restart ends every connection of the pool. To read again on a new one is harmless.
            return self._rows(statement, params)

    def _rows(self, statement: Executable, params: dict[str, Any] | None) -> Sequence[Row[Any]]:
        with connect(self._engine) as connection:
            try:
                return connection.execute(statement, params).all()
            except DBAPIError as error:
                if error_code(error.orig) == LOCKED:
                    raise Unavailable("a table is locked") from error
                raise

    def of_these(self, column: Any, ids: Sequence[Any], scope: ColumnElement[bool]) -> ColumnElement[bool]:
        """Whether the column is one of the ids and the row is in scope, for look-ups by key.

        PostgreSQL gets several ids as one array, so the statement is the same for any number of ids.
        The scope is written so that it can only filter (`IS true`), not start the search.
        A generic plan takes every region for a small one, and would read every enterprise of the province.
        """
        if len(ids) == 1:
            found = column == ids[0]
        elif self.on_postgresql:
            found = column == any_(literal(list(ids), ARRAY(column.type)))
        else:
            found = column.in_(ids)
        return and_(found, scope.is_(true()))

    def number(self, statement: Executable, params: dict[str, Any] | None = None) -> int:
        return int(self.rows(statement, params)[0][0])


def instant_key(moment: datetime) -> str:
    """Format a moment in UTC as text of fixed width, so that texts sort like moments."""
    return moment.astimezone(UTC).strftime(_INSTANT)


def position(page: Page, *parse: Callable[[str], Any]) -> tuple[Any, ...] | None:
    """Parse the position that the page begins after. Raises InvalidValue if it is not of this list."""
    if page.after is None:
        return None
    refusal = InvalidValue("分页位置不正确。", field="after")
    if len(page.after) != len(parse):
        raise refusal
    try:
        return tuple(read(part) for read, part in zip(parse, page.after, strict=True))
    except ValueError:
        raise refusal from None


def instant(text: str) -> datetime:
    return datetime.strptime(text, _INSTANT).replace(tzinfo=UTC)


def day(text: str) -> date:
    return date.fromisoformat(text)


def uuid(text: str) -> UUID:
    return UUID(text)


def behind(values: tuple[Any, ...] | None, *columns: tuple[Any, bool]) -> ColumnElement[bool]:
    """Whether a row comes after the position. Each column comes with True for descending order."""
    if values is None:
        return true()
    alternatives = []
    for index, (column, descending) in enumerate(columns):
        equal = [other == value for (other, _), value in zip(columns[:index], values[:index], strict=True)]
        further = column < values[index] if descending else column > values[index]
        alternatives.append(and_(*equal, further))
    # This repeats part of the condition, so that the index scan can start at the first column's value.
    first, descending = columns[0]
    bound = first <= values[0] if descending else first >= values[0]
    return and_(bound, or_(*alternatives))


def slice_of(
    rows: Sequence[Row[Any]], page: Page, shown: Callable[[Row[Any]], Shown], key: Callable[[Shown], Key]
) -> Slice[Shown]:
    """Make a page of `page.first` rows from the rows; one row more only shows that there is a next page."""
    chosen = [shown(row) for row in rows[: page.first]]
    return Slice(rows=chosen, keys=[key(row) for row in chosen], has_next=len(rows) > page.first)


def contains(text: str | None, *columns: Any) -> ColumnElement[bool]:
    """Whether a column contains the text, ignoring case; always true for an empty text."""
    wanted = (text or "").strip().lower()
    if not wanted:
        return true()
    for special in "/%_":
        wanted = wanted.replace(special, f"/{special}")
    # ILIKE on the column: of lower(column) PostgreSQL has no statistics, and would take every text for a rare one.
    return or_(*(column.ilike(f"%{wanted}%", escape="/") for column in columns))


def unestimated(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """The same condition, of which PostgreSQL assumes that every second row meets it.

    It may then keep one plan for every value. Otherwise it plans each execution anew, to save rows that a page of
    few rows never reads; the planning costs more than the page.
    """
    return func.coalesce(condition, false())
