"""What is selected below a field as one Python function; only what is as it should be passes through it.

The function reads attributes, calls resolvers and checks types, and builds the dicts and lists of the answer. It
records no error: for any value that is not as it should be it raises, and the stock executor does it all again
(decision 0010).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLObjectType,
    GraphQLOutputType,
)


class NotAsExpected(Exception):
    """A value is not as it should be: the stock executor must complete it, and report what is wrong."""


class Reader(Protocol):
    """How the value of a field is read from its object, apart from the request."""

    @property
    def attribute(self) -> str | None:
        """The name of a plain attribute; None: `bound` gives the function."""
        ...

    @property
    def plain(self) -> tuple[Callable[..., Any], bool] | None:
        """A function of the object, or (True) of the object and `info`; None: `bound` gives the function."""
        ...

    def info(self, run: Run) -> Any:
        """What `plain` gets as `info` in one operation."""
        ...

    def bound(self, run: Run) -> Callable[[Any], Any]:
        """The function for one operation."""
        ...


class Run(Protocol):
    """What a compiled function needs of the operation that it works for."""

    def is_awaitable(self, value: Any) -> bool: ...

    def info_for(self, field: GraphQLField, nodes: list[FieldNode], parent: GraphQLObjectType) -> Any:
        """The `info` that all objects of a list share."""
        ...

    def runtime_type(self, abstract: Any, value: Any, info: Any) -> str | None:
        """The name of the value's object type. Raises for a value of no type."""
        ...


class Selecting(Protocol):
    """What compiling needs of the document."""

    def fields_of(self, parent: GraphQLObjectType, details: Any) -> dict[str, Any]:
        """The fields selected on the type, by their names in the answer; each with its details."""
        ...

    def nodes_of(self, details: Any) -> list[FieldNode]: ...

    def possible_types(self, abstract: Any) -> Sequence[GraphQLObjectType]: ...

    def reader_of(self, parent: GraphQLObjectType, details: Any) -> tuple[GraphQLOutputType, Reader] | None:
        """The type and the reader of the field; None if it cannot be compiled."""
        ...


@dataclass(slots=True, eq=False)
class Later:
    """Stands where a value is awaited, until `into` is called with what it becomes part of."""

    awaitable: Awaitable[Any]
    complete: Callable[[Any], Any]
    holder: Any = None
    key: Any = None

    def into(self, holder: Any, key: Any) -> None:
        self.holder, self.key = holder, key


@dataclass(slots=True)
class Waiting:
    """The awaited values of one call of a compiled function."""

    later: list[Later] = field(default_factory=list)

    def add(self, awaitable: Awaitable[Any], complete: Callable[[Any], Any]) -> Later:
        found = Later(awaitable, complete)
        self.later.append(found)
        return found

    def root(self, holder: list[Any]) -> None:
        """Tell the value that `holder` has, if it is awaited itself, where it belongs."""
        if holder[0].__class__ is Later:
            holder[0].into(holder, 0)

    async def finish(self) -> None:
        """Await everything, and what that makes necessary, level by level. Raises whatever fails."""
        while self.later:
            level, self.later = self.later, []
            values = await asyncio.gather(*(one.awaitable for one in level), return_exceptions=True)
            for one, value in zip(level, values, strict=True):
                if isinstance(value, BaseException):
                    self.drop()
                    raise NotAsExpected from value
                completed = one.complete(value)
                one.holder[one.key] = completed
                if completed.__class__ is Later:
                    completed.into(one.holder, one.key)

    def drop(self) -> None:
        """Close coroutines that nobody will await."""
        for one in self.later:
            if asyncio.iscoroutine(one.awaitable):
                one.awaitable.close()
        self.later = []


Complete = Callable[[Any], Any]


@dataclass(slots=True)
class Plan:
    """A compiled selection; `bind` makes the function for one operation."""

    code: Callable[..., Complete]
    makers: list[Callable[[Run, Waiting], Any]]

    def bind(self, run: Run, waiting: Waiting) -> Complete:
        """Make the function; it leaves in `waiting` what must be awaited."""
        return self.code(run, waiting, *[make(run, waiting) for make in self.makers])
