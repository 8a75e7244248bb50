"""Keyset paging: find the rows after a position by index, without OFFSET."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, Final, TypeVar
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Engine,
    Executable,
    Row,
    and_,
    any_,
    false,
    func,
    literal,
    or_,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import DBAPIError

from ....application.ports.paging import Key, Keys, Page, Slice
from ....application.ports.unavailable import Unavailable
from ....domain.refusals import InvalidValue
from ..connections import Connections, connect, connections_of
from ..outages import LOCKED, ConnectionLost, error_code
from ..plain import run_plain
from .layout import Layout
from .shapes import Build, Pattern, Shapes

Shown = TypeVar("Shown")
Answer = TypeVar("Answer")

_INSTANT: Final = "%Y-%m-%dT%H:%M:%S.%fZ"


class Reading:
    """Runs statements that only read, each on its own connection."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._shapes = Shapes(engine.dialect)
        self._kept = connections_of(engine)

    @property
    def on_postgresql(self) -> bool:
        return self._engine.dialect.name == "postgresql"

    def rows(self, statement: Executable, params: dict[str, Any] | None = None) -> Sequence[Row[Any]]:
        """Raises Unavailable when the database cannot be used, or has locked the table for long."""
        return self._read(lambda connection: connection.execute(statement, params).all())

    def listed(self, layout: Layout[Shown], build: Build, *given: Any) -> list[Shown]:
        """Return the rows of the statement that `build` makes of what is given; its text is kept by its shape.

        The statement selects `layout.columns`. Raises as `rows`.
        """
        kept, values = self._shapes.find(build, given)
        bound = kept.bound(values)
        found = self._run(kept.text, bound)
        return layout.made(found, self._engine.dialect, raw=True)

    def shown(
        self, layout: Layout[Shown], statement: Executable, params: dict[str, Any] | None = None
    ) -> list[Shown]:
        """Return the rows of a statement that selects `layout.columns`. Raises as `rows`."""
        return layout.made(self.rows(statement, params), self._engine.dialect)

    def _run(self, text: str, bound: Any) -> Sequence[Sequence[Any]]:
        kept = self._kept
        if kept is None:
            return self._read(lambda connection: run_plain(connection, text, bound))
        try:
            return self._run_once(kept, text, bound)
        except ConnectionLost:
            kept.close()  # They are lost, too.
            return self._run_once(kept, text, bound)

    def _run_once(self, kept: Connections, text: str, bound: Any) -> Sequence[Sequence[Any]]:
        """Run a statement on a connection that is kept in hand."""
        connection = kept.take(self._engine)
        try:
            found = run_plain(connection, text, bound)
        except BaseException as error:
            connection.close()
            if isinstance(error, DBAPIError) and error_code(error.orig) == LOCKED:
                raise Unavailable("a table is locked") from error
            raise
        kept.keep(connection)
        return found

    def _read(self, call: Callable[[Connection], Answer]) -> Answer:
        try:
            return self._read_once(call)
        except ConnectionLost:
            # A restart ends every connection of the pool. To read again on a new one is harmless.
            return self._read_once(call)

    def _read_once(self, call: Callable[[Connection], Answer]) -> Answer:
        with connect(self._engine) as connection:
            try:
                return call(connection)
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
    """As `part_of`, of rows that are still to be made; only those of the page are."""
    return replace(
        part_of([shown(row) for row in rows[: page.first]], page, key), has_next=len(rows) > page.first
    )


def part_of(rows: Sequence[Shown], page: Page, key: Callable[[Shown], Key]) -> Slice[Shown]:
    """Make a page of `page.first` rows from the rows; one row more only shows that there is a next page."""
    chosen = rows[: page.first]
    return Slice(rows=chosen, keys=Keys(chosen, key), has_next=len(rows) > page.first)


def contains(text: str | None, *columns: Any) -> ColumnElement[bool]:
    """Whether a column contains the text, ignoring case; always true for an empty text."""
    wanted = like(text)
    if wanted is None:
        return true()
    # ILIKE on the column: of lower(column) PostgreSQL has no statistics, and would take every text for a rare one.
    return or_(*(column.ilike(wanted, escape="/") for column in columns))


def like(text: str | None) -> Pattern | None:
    """Make the pattern of what contains the text; None for an empty text, which everything contains."""
    if text is None or isinstance(text, (Pattern, BindParameter)):
        return text
    wanted = text.strip().lower()
    for special in "/%_":
        wanted = wanted.replace(special, f"/{special}")
    return Pattern(f"%{wanted}%") if wanted else None


def unestimated(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """The same condition, of which PostgreSQL assumes that every second row meets it.

    It may then keep one plan for every value. Otherwise it plans each execution anew, to save rows that a page of
    few rows never reads; the planning costs more than the page.
    """
    return func.coalesce(condition, false())
