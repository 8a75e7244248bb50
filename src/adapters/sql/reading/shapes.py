"""Statements kept by their shape: the text is made once, and each call only binds its values.

To build a statement and to find its text in SQLAlchemy's cache costs more than PostgreSQL needs for a page of
twenty rows. The text depends on the *shape* of what is asked: which conditions there are. Ids, texts and instants
only fill it. So a statement is built once with a parameter in place of each of these, and its text is kept.

Everything else is part of the shape by its value: days, numbers, switches, members of enumerations. Equal ids get
one parameter, and that they are equal is part of the shape as well: whoever builds a statement may compare them.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from enum import Enum
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, Dialect, Select, Uuid, bindparam, literal, type_coerce
from sqlalchemy.types import TypeEngine

from ..types import UtcDateTime

Build = Callable[..., Select[Any]]
"""Builds the statement of what it is given. It must not look at ids, texts and instants, except to compare two."""

_MOST: Final = 200
"""Texts kept for each reader; the oldest is dropped first."""


class Pattern(str):
    """A text in the form that LIKE takes: part of what is asked, but never of a shape."""

    __slots__ = ()


def bound(value: Any, kind: TypeEngine[Any]) -> ColumnElement[Any]:
    """The value as a parameter of this type; a value that a parameter stands for is one already."""
    return type_coerce(value, kind) if isinstance(value, BindParameter) else literal(value, kind)


@dataclass(slots=True)
class ShapedText:
    """The text of a statement, and what becomes of each value that fills it.

    `places` has, for each parameter of the driver, the number of its value and the function that prepares it.
    `constants` are the parameters that always have the same value.
    """

    text: str
    places: Sequence[tuple[str, int, Callable[[Any], Any] | None]]
    constants: Mapping[str, Any]
    order: Sequence[str] | None

    def bound(self, values: Sequence[Any]) -> Any:
        """The parameters as the driver takes them."""
        given = dict(self.constants)
        for name, number, process in self.places:
            value = values[number]
            given[name] = value if process is None else process(value)
        return given if self.order is None else tuple(given[name] for name in self.order)


class Shapes:
    """The statements of one reader. Threads may share it: at worst two of them build the same text."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._kept: OrderedDict[Any, ShapedText] = OrderedDict()

    def find(self, build: Build, given: Sequence[Any]) -> tuple[ShapedText, list[Any]]:
        """Return the statement that `build` makes of what is given, and the values that fill it."""
        shape: list[Any] = [build]
        values: dict[Any, int] = {}
        _flatten(given, shape, values)
        key = tuple(shape)
        kept = self._kept.get(key)
        if kept is None:
            statement = build(*_Symbols(values).of(tuple(given)))
            kept = self._kept[key] = _compiled(statement, self._dialect)
            while len(self._kept) > _MOST:
                self._kept.popitem(last=False)
        return kept, [value for _, value in values]


def _flatten(value: Any, shape: list[Any], values: dict[Any, int]) -> None:
    """Add the shape of the value, and the values that fill it."""
    kind = value.__class__
    if kind is UUID or kind is str or kind is datetime or kind is Pattern:
        shape.append(values.setdefault((kind, value), len(values)))
    elif kind is tuple or kind is list:
        shape += (kind, len(value))
        for each in value:
            _flatten(each, shape, values)
    elif kind is frozenset:
        shape += (kind, len(value))
        for each in _in_order(value):
            _flatten(each, shape, values)
    elif (names := _names(kind)) is not None:
        shape.append(kind)
        for name in names:
            _flatten(getattr(value, name), shape, values)
    else:
        # `True == 1`: the class tells them apart.
        shape += (kind, value)


@lru_cache(maxsize=256)
def _names(kind: type) -> tuple[str, ...] | None:
    """The fields of a data class; None for every other class."""
    return tuple(field.name for field in fields(kind)) if is_dataclass(kind) else None


def _in_order(values: frozenset[Any]) -> list[Any]:
    return sorted(values, key=lambda each: each.value if isinstance(each, Enum) else each)


class _Symbols:
    """Puts a parameter in place of each value that fills the shape."""

    def __init__(self, values: Mapping[Any, int]) -> None:
        # A text gets the type of the column that it is compared with. In a list, nothing would give a type to ids.
        types: dict[Any, Any] = {UUID: Uuid(), datetime: UtcDateTime()}
        self._symbols: dict[Any, Any] = {
            value: bindparam(_named(number), required=True, type_=types.get(value[0]))
            for value, number in values.items()
        }

    def of(self, value: Any) -> Any:
        kind = value.__class__
        found = self._symbols.get((kind, value)) if kind in (UUID, str, datetime, Pattern) else None
        if found is not None:
            return found
        if kind in (tuple, list, frozenset):
            return kind(self.of(each) for each in (_in_order(value) if kind is frozenset else value))
        names = _names(kind)
        if names is None:
            return value
        made = copy(value)
        for name in names:
            object.__setattr__(made, name, self.of(getattr(value, name)))
        return made


def _named(number: int) -> str:
    return f"given_{number}"


def _compiled(statement: Select[Any], dialect: Dialect) -> ShapedText:
    compiled = statement.compile(dialect=dialect)
    binds = compiled.binds
    numbers = {name: int(name.removeprefix("given_")) for name in binds if name.startswith("given_")}
    # What is given later gets any value for now: it is a parameter, and never part of the text.
    state = compiled.construct_expanded_state(dict.fromkeys(numbers))
    processes = {
        name: bind.type.dialect_impl(dialect).bind_processor(dialect) for name, bind in binds.items()
    }
    constants = {}
    for name, value in state.parameters.items():
        if name in numbers:
            continue
        process = processes.get(name) or state.processors.get(name)
        constants[name] = value if process is None else process(value)
    return ShapedText(
        text=state.statement,
        places=[(name, number, processes[name]) for name, number in numbers.items()],
        constants=constants,
        order=state.positiontup,
    )
