"""Orders of lists: the sort columns of each, and the position of a row in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement

from ....application.ports.paging import Key, Page
from .paging import behind, position

Shown = TypeVar("Shown")


@dataclass(frozen=True)
class By(Generic[Shown]):
    """One sort column: how its value is written in a cursor, and read from one."""

    column: Any
    descending: bool
    parse: Callable[[str], Any]
    text: Callable[[Shown], str]


@dataclass(frozen=True)
class Sorting(Generic[Shown]):
    """The sort columns of one order; the last one is unique."""

    columns: tuple[By[Shown], ...]

    @classmethod
    def by(cls, *columns: By[Shown]) -> Sorting[Shown]:
        return cls(columns)

    def after(self, page: Page) -> tuple[Any, ...] | None:
        """Parse the position that the page begins after. Raises InvalidValue if it is of another order."""
        return position(page, *(by.parse for by in self.columns))

    def rest(self, after: tuple[Any, ...] | None) -> ColumnElement[bool]:
        """Whether a row comes after the position."""
        return behind(after, *((by.column, by.descending) for by in self.columns))

    @property
    def order(self) -> tuple[Any, ...]:
        return tuple(by.column.desc() if by.descending else by.column for by in self.columns)

    @property
    def names(self) -> tuple[tuple[str, bool], ...]:
        """The names of the columns, each with True for descending order."""
        return tuple((by.column.name, by.descending) for by in self.columns)

    def key(self, row: Shown) -> Key:
        return tuple(by.text(row) for by in self.columns)


def backwards(sorting: Sorting[Shown]) -> Sorting[Shown]:
    """The same columns in the opposite direction: the same index serves both."""
    return Sorting(tuple(By(by.column, not by.descending, by.parse, by.text) for by in sorting.columns))
