"""Write and compile the function for what is selected below a field (decision 0010)."""

from __future__ import annotations

import enum
import keyword
import math
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Final

from graphql import (
    GraphQLEnumType,
    GraphQLList,
    GraphQLObjectType,
    GraphQLOutputType,
    Undefined,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)

from .plans import Complete, Later, NotAsExpected, Plan, Reader, Run, Selecting, Waiting

MOST_PARTS: Final = 800
"""Functions of one compiled selection. One with more is left to the stock executor."""
_BEYOND_INT: Final = 2**31


class _NotCompiled(Exception):
    """A part of the selection cannot be compiled."""


def compiled(
    selecting: Selecting, kind: GraphQLOutputType, details: Any, parent: GraphQLObjectType
) -> Plan | None:
    """Compile the completion of values of this type; None if it cannot be compiled."""
    writer = _Writer(selecting)
    try:
        start = writer.completer(kind, details, parent)
    except _NotCompiled:
        return None
    return writer.plan(start)


class _Writer:
    """Writes the source of one function."""

    def __init__(self, selecting: Selecting) -> None:
        self._selecting = selecting
        self._makers: list[Callable[[Run, Waiting], Any]] = []
        self._parts = 0
        self._lines: list[str] = []
        self._static: dict[int, str] = {}
        self._space: dict[str, Any] = {"Later": Later, "finite": math.isfinite}

    def plan(self, start: str) -> Plan:
        given = ", ".join(f"g{number}" for number in range(len(self._makers)))
        body = "\n".join(f"    {line}" for line in (*self._lines, f"return {start}"))
        # The source holds nothing of a document but names that GraphQL allows, quoted by `repr`.
        exec(
            compile(f"def bind(run, waiting, {given}):\n{body}\n", "<compiled selection>", "exec"),
            self._space,
        )
        return Plan(self._space["bind"], self._makers)

    # ------------------------------------------------------------ what a function is given

    def _given(self, make: Callable[[Run, Waiting], Any]) -> str:
        """The name of what is made for each operation."""
        self._makers.append(make)
        return f"g{len(self._makers) - 1}"

    def _constant(self, value: Any) -> str:
        """The name of what is the same for all operations."""
        known = self._static.get(id(value))
        if known is None:
            known = self._static[id(value)] = f"k{len(self._static)}"
            self._space[known] = value
        return known

    # ------------------------------------------------------------ values

    def completer(self, kind: GraphQLOutputType, details: Any, parent: GraphQLObjectType) -> str:
        """Write a function that completes a value of the type; returns its name."""
        nullable, inner = _split(kind)
        if is_leaf_type(inner):
            return self._leaf(inner, nullable, waits=True)
        if is_list_type(inner):
            return self._list(inner, nullable, details, parent)
        if is_object_type(inner):
            return self._checked(inner, nullable, details, parent)
        assert is_abstract_type(inner), "an output type is a leaf, a list, an object or abstract"
        return self._abstract(inner, nullable, details, parent)

    def _leaf(self, kind: Any, nullable: bool, *, waits: bool) -> str:
        """A function for values that the quick check does not pass."""
        coerce = kind.coerce_output_value

        def leaf(value: Any, run: Run, waiting: Waiting) -> Any:
            if value is None and nullable:
                return None
            if value is None or isinstance(value, Exception):
                raise NotAsExpected
            if run.is_awaitable(value):
                if not waits:
                    raise NotAsExpected
                return waiting.add(value, lambda found: leaf(found, run, waiting))
            found = coerce(value)
            if found is None or found is Undefined:
                raise NotAsExpected
            return found

        # It is the same for all operations: hardly any value needs it, and there are many leaves.
        name = self._named("f")
        self._lines.append(f"def {name}(value): return {self._constant(leaf)}(value, run, waiting)")
        return name

    def _list(self, kind: GraphQLList[Any], nullable: bool, details: Any, parent: GraphQLObjectType) -> str:
        item = self.completer(kind.of_type, details, parent)
        name = self._named("l")
        self._lines += [
            f"def {name}(values):",
            f"    found = [{item}(value) for value in values]",
            "    for place, one in enumerate(found):",
            "        if one.__class__ is Later: one.into(found, place)",
            "    return found",
        ]
        return self._guarded(name, nullable, lambda value: value.__class__ in (list, tuple))

    def _guarded(self, name: str, nullable: bool, fits: Callable[[Any], bool]) -> str:
        """A function that passes fitting values to `name`, and waits for awaitables."""

        def make(run: Run, waiting: Waiting) -> Callable[[Complete], Complete]:
            is_awaitable = run.is_awaitable

            def around(inner: Complete) -> Complete:
                def guarded(value: Any) -> Any:
                    if value is None and nullable:
                        return None
                    if fits(value):
                        return inner(value)
                    if is_awaitable(value):
                        return waiting.add(value, guarded)
                    raise NotAsExpected

                return guarded

            return around

        guarded = self._named("c")
        self._lines.append(f"{guarded} = {self._given(make)}({name})")
        return guarded

    def _checked(
        self, kind: GraphQLObjectType, nullable: bool, details: Any, parent: GraphQLObjectType
    ) -> str:
        """A function for values of an object type: quick for classes that have been checked before."""
        inner = self._object(kind, details)
        known: set[type] = set()
        check = self._admitting(kind, details, parent, known, nullable)
        name = self._named("c")
        self._lines += [
            f"slow_{name} = {check}({inner})",
            f"def {name}(value):",
            f"    if value.__class__ in {self._constant(known)}: return {inner}(value)",
            f"    return slow_{name}(value)",
        ]
        return name

    def _admitting(
        self,
        kind: GraphQLObjectType,
        details: Any,
        parent: GraphQLObjectType,
        known: set[type],
        nullable: bool,
    ) -> str:
        is_type_of = kind.is_type_of
        by_class = is_type_of is None or getattr(is_type_of, "by_class", False)
        asks = self._info_of(details, parent)

        def make(run: Run, waiting: Waiting) -> Callable[[Complete], Complete]:
            is_awaitable = run.is_awaitable

            def around(inner: Complete) -> Complete:
                def slow(value: Any) -> Any:
                    if value is None and nullable:
                        return None
                    if value is None or value is Undefined or isinstance(value, Exception):
                        raise NotAsExpected
                    if is_awaitable(value):
                        return waiting.add(value, slow)
                    if is_type_of is not None and is_type_of(value, asks(run)) is not True:
                        raise NotAsExpected
                    if by_class:
                        known.add(value.__class__)
                    return inner(value)

                return slow

            return around

        return self._given(make)

    def _abstract(self, kind: Any, nullable: bool, details: Any, parent: GraphQLObjectType) -> str:
        possible = self._selecting.possible_types(kind)
        names = {one.name: self._checked(one, False, details, parent) for one in possible}
        asks = self._info_of(details, parent)

        def make(run: Run, waiting: Waiting) -> Callable[[dict[str, Complete]], Complete]:
            is_awaitable = run.is_awaitable

            def around(by_type: dict[str, Complete]) -> Complete:
                def resolved(value: Any) -> Any:
                    if value is None and nullable:
                        return None
                    if value is None or value is Undefined or isinstance(value, Exception):
                        raise NotAsExpected
                    if is_awaitable(value):
                        return waiting.add(value, resolved)
                    name = run.runtime_type(kind, value, asks(run))
                    if not isinstance(name, str):
                        raise NotAsExpected
                    return by_type[name](value)

                return resolved

            return around

        name = self._named("a")
        table = "{" + ", ".join(f"{each!r}: {function}" for each, function in names.items()) + "}"
        self._lines.append(f"{name} = {self._given(make)}({table})")
        return name

    def _info_of(self, details: Any, parent: GraphQLObjectType) -> Callable[[Run], Any]:
        nodes = self._selecting.nodes_of(details)
        asked = parent.fields.get(nodes[0].name.value)
        if asked is None:
            raise _NotCompiled  # `__schema` and `__type` are no fields of the root type.
        return lambda run: run.info_for(asked, nodes, parent)

    # ------------------------------------------------------------ objects

    def _object(self, kind: GraphQLObjectType, details: Any) -> str:
        """Write a function that makes the dict of an object of the type; returns its name."""
        name = self._named("o")
        lines, entries, waits = [f"def {name}(source):"], [], []
        for place, (key, selected) in enumerate(self._selecting.fields_of(kind, details).items()):
            value = f"v{place}"
            if self._selecting.nodes_of(selected)[0].name.value == "__typename":
                entries.append(f"{key!r}: {kind.name!r}")
                continue
            found = self._selecting.reader_of(kind, selected)
            if found is None:
                raise _NotCompiled
            type_, reader = found
            lines += [f"    {line}" for line in self._read(value, reader)]
            may_wait = reader.attribute is None or not is_leaf_type(_split(type_)[1])
            lines += [f"    {line}" for line in self._complete(value, type_, selected, kind, may_wait)]
            entries.append(f"{key!r}: {value}")
            if may_wait:
                waits.append((key, value))
        lines.append("    made = {" + ", ".join(entries) + "}")
        lines += [f"    if {value}.__class__ is Later: {value}.into(made, {key!r})" for key, value in waits]
        lines.append("    return made")
        self._lines += lines
        return name

    def _read(self, value: str, reader: Reader) -> list[str]:
        name = reader.attribute
        if name is not None and name.isidentifier() and not keyword.iskeyword(name):
            return [f"{value} = source.{name}"]
        if reader.plain is not None:
            function, wants_info = reader.plain
            if not wants_info:
                return [f"{value} = {self._constant(function)}(source)"]
            info = self._given(lambda run, waiting: reader.info(run))
            return [f"{value} = {self._constant(function)}(source, {info})"]
        return [f"{value} = {self._given(lambda run, waiting: reader.bound(run))}(source)"]

    def _complete(
        self, value: str, kind: GraphQLOutputType, details: Any, parent: GraphQLObjectType, may_wait: bool
    ) -> list[str]:
        nullable, inner = _split(kind)
        if not is_leaf_type(inner):
            return [f"{value} = {self.completer(kind, details, parent)}({value})"]
        complete = self._leaf(inner, nullable, waits=may_wait)
        none = f"{value} is not None and " if nullable else ""
        if isinstance(inner, GraphQLEnumType):
            plain = _plain_enum(inner)
            if plain is None:
                return [f"if {none}True: {value} = {complete}({value})"]
            return [
                f"if {value}.__class__ is {self._constant(plain)}: {value} = {value}._name_",
                f"elif {none}True: {value} = {complete}({value})",
            ]
        written = _WRITTEN.get(inner.name)
        if written is not None:
            write = self._constant(inner.coerce_output_value)
            return [
                f"if {value}.__class__ is {self._constant(written)}: {value} = {write}({value})",
                f"elif {none}True: {value} = {complete}({value})",
            ]
        fits = _FITS.get(inner.name)
        if fits is None:
            return [f"if {none}True: {value} = {complete}({value})"]
        return [f"if {none}not ({fits.format(value)}): {value} = {complete}({value})"]

    def _named(self, prefix: str) -> str:
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise _NotCompiled
        return f"{prefix}_{self._parts}"


_FITS: Final = {
    "String": "{0}.__class__ is str",
    "ID": "{0}.__class__ is str",
    "Boolean": "{0}.__class__ is bool",
    "Int": f"{{0}}.__class__ is int and -{_BEYOND_INT} <= {{0}} < {_BEYOND_INT}",
    "Float": "{0}.__class__ is float and finite({0})",
}
"""For each scalar of the specification, the test of a value that is its own output."""


_WRITTEN: Final[dict[str, type]] = {"DateTime": datetime, "Date": date}
"""For our own scalars, the class whose values are always written as a text."""


def _split(kind: GraphQLOutputType) -> tuple[bool, Any]:
    """(Whether it may be null, the type itself)."""
    return (False, kind.of_type) if is_non_null_type(kind) else (True, kind)


def _plain_enum(kind: GraphQLEnumType) -> type[enum.Enum] | None:
    """The Python enumeration, if its members have the names and values of the GraphQL type."""
    found: type[enum.Enum] | None = getattr(kind, "wrapped_cls", None)
    if found is None:
        return None
    plain = {name: value.value for name, value in kind.values.items()}
    return found if plain == {member.name: member.value for member in found} else None
