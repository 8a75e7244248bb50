"""Rows of readers by position: which column, or which function of columns, each field of a row is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from enum import Enum
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import Dialect, FromClause
from sqlalchemy import Enum as SqlEnum

from ..types import given_by_driver

Shown = TypeVar("Shown")

Made = Callable[[Sequence[Sequence[Any]]], list[Any]]
"""Makes the rows of tuples."""


@dataclass(frozen=True)
class Of:
    """A value that a function makes of columns."""

    make: Callable[..., Any]
    columns: tuple[Any, ...]


def of(make: Callable[..., Any], *columns: Any) -> Of:
    """A value made of these columns."""
    return Of(make, columns)


@dataclass(frozen=True)
class Where:
    """A row beside the row, if two columns are equal; otherwise None."""

    layout: Layout[Any]
    left: Any
    right: Any


class Layout(Generic[Shown]):
    """The one place that says where the fields of a row come from; a field is added to a list here.

    Each field is a column, a function of columns (`of`), another layout, or another layout under a condition
    (`Where`). Statements select `columns`, in this order; `made` turns their tuples into rows. The code for it
    is written once for each dialect: it finds values by position, never by name.
    """

    def __init__(self, shown: type[Shown], **given: Any) -> None:
        names = [field.name for field in fields(shown)]  # type: ignore[arg-type]
        if unknown := given.keys() - set(names):
            raise TypeError(f"{shown.__name__} has no {', '.join(sorted(unknown))}")
        self._shown = shown
        self._fields = {name: given[name] for name in names if name in given}
        self.columns: Final[tuple[Any, ...]] = tuple(_columns_of(self))
        self._made: dict[tuple[str, bool], Made] = {}

    def columns_from(self, source: FromClause, table: FromClause) -> list[Any]:
        """The columns, those of `table` taken from `source`, which selects them by their names."""
        return [
            source.c[column.name] if getattr(column, "table", None) is table else column
            for column in self.columns
        ]

    def of_table(self, table: FromClause) -> list[Any]:
        """The columns of this table alone."""
        return [column for column in self.columns if getattr(column, "table", None) is table]

    def made(self, rows: Sequence[Any], dialect: Dialect, *, raw: bool = False) -> list[Shown]:
        """Make the rows of SQLAlchemy's rows, or of the driver's own tuples (`raw`)."""
        make = self._made.get((dialect.name, raw))
        if make is None:
            make = self._made[dialect.name, raw] = _Writer(self.columns, dialect if raw else None).made(self)
        return make(rows)

    @property
    def shown(self) -> type[Shown]:
        return self._shown

    @property
    def fields(self) -> Mapping[str, Any]:
        return self._fields


def _columns_of(layout: Layout[Any]) -> list[Any]:
    found: dict[Any, None] = {}
    for value in layout.fields.values():
        match value:
            case Layout():
                found |= dict.fromkeys(value.columns)
            case Where(inner, left, right):
                found |= dict.fromkeys((*inner.columns, left, right))
            case Of(_, columns):
                found |= dict.fromkeys(columns)
            case _:
                found[value] = None
    return list(found)


class _Writer:
    """Writes the function that makes rows of tuples with these columns."""

    def __init__(self, columns: Sequence[Any], dialect: Dialect | None) -> None:
        self._places = {column: place for place, column in enumerate(columns)}
        self._dialect = dialect
        self._space: dict[str, Any] = {}
        self._shared: dict[int, str] = {}
        self._lines: list[str] = []

    def made(self, layout: Layout[Any]) -> Made:
        values = [self._value(column) for column in self._places]
        changed = [f"v{place} = {text}" for place, text in enumerate(values) if text != f"v{place}"]
        row = self._layout(layout)
        names = "".join(f"v{place}, " for place in range(len(values)))
        body = "".join(f"        {line}\n" for line in (*changed, *self._lines, f"add({row})"))
        source = (
            f"def make(rows):\n    made = []\n    add = made.append\n"
            f"    for {names}in rows:\n{body}    return made\n"
        )
        # The source holds names of our own making only.
        exec(compile(source, "<rows by position>", "exec"), self._space)
        make: Made = self._space["make"]
        return make

    def _layout(self, layout: Layout[Any]) -> str:
        shown, names = self._given(layout.shown), [field.name for field in fields(layout.shown)]
        given = []
        for place, (name, value) in enumerate(layout.fields.items()):
            # Python passes arguments faster without their names.
            text = self._field(value)
            given.append(text if names[place] == name else f"{name}={text}")
        return f"{shown}({', '.join(given)})"

    def _field(self, value: Any) -> str:
        match value:
            case Layout():
                return self._once(value)
            case Where(inner, left, right):
                return f"{self._layout(inner)} if {self._place(left)} == {self._place(right)} else None"
            case Of(make, columns):
                return f"{self._given(make)}({', '.join(map(self._place, columns))})"
            case _:
                return self._place(value)

    def _once(self, layout: Layout[Any]) -> str:
        """A layout that stands in several fields is one object."""
        name = self._shared.get(id(layout))
        if name is None:
            row = self._layout(layout)
            name = self._shared[id(layout)] = f"s{len(self._shared)}"
            self._lines.append(f"{name} = {row}")
        return name

    def _place(self, column: Any) -> str:
        return f"v{self._places[column]}"

    def _value(self, column: Any) -> str:
        """The value of the column, as Python knows it."""
        place, kind = self._place(column), column.type
        if self._dialect is None or given_by_driver(kind, self._dialect):
            return place
        if isinstance(kind, SqlEnum) and kind.enum_class is not None:
            members: dict[str | None, Enum | None] = {member.value: member for member in kind.enum_class}
            return f"{self._given(members | {None: None})}[{place}]"
        process = kind.dialect_impl(self._dialect).result_processor(self._dialect, None)
        return place if process is None else f"{self._given(process)}({place})"

    def _given(self, value: Any) -> str:
        name = f"g{len(self._space)}"
        self._space[name] = value
        return name
