"""Who is not logged in is told to log in before anything is said of what they sent; drawn from the schema itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    get_named_type,
)

from ...support.asking import REFUSAL, World, a_world
from ...support.system import schema

BROKEN = "%%%"
PLAIN = {
    "ID": BROKEN,
    "String": "x",
    "Int": 1,
    "Boolean": True,
    "Decimal": "1",
    "Date": "2026-11-24",
}
OPEN = {"Query.viewer", "Mutation.logIn"}
"""What is meant for those who are not logged in."""


def roots() -> Iterator[tuple[str, str, Any]]:
    """(operation, name, field) of everything that can be asked for."""
    core = schema()._schema
    for operation, root in (("query", core.query_type), ("mutation", core.mutation_type)):
        assert root is not None
        for name, field in root.fields.items():
            yield operation, f"{root.name}.{name}", field


def mentions_an_id(kind: Any) -> bool:
    named = get_named_type(kind)
    if isinstance(named, GraphQLInputObjectType):
        return any(mentions_an_id(field.type) for field in named.fields.values())
    return named.name == "ID"


def something(kind: Any) -> str:
    """A literal of the type in which every id is broken."""
    if isinstance(kind, GraphQLNonNull):
        return something(kind.of_type)
    if isinstance(kind, GraphQLList):
        return f"[{something(kind.of_type)}]"
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    if isinstance(kind, GraphQLScalarType):
        return json.dumps(PLAIN[kind.name])
    assert isinstance(kind, GraphQLInputObjectType)
    wanted = {
        name: field.type
        for name, field in kind.fields.items()
        if isinstance(field.type, GraphQLNonNull) or mentions_an_id(field.type)
    }
    if kind.extensions["strawberry-definition"].is_one_of:
        wanted = dict(list(wanted.items())[:1])
    return "{" + ", ".join(f"{name}: {something(of)}" for name, of in wanted.items()) + "}"


def asked(operation: str, name: str, field: Any) -> str:
    """The field with every argument that it needs and every id that it takes."""
    arguments = {
        argument: something(of.type)
        for argument, of in field.args.items()
        if isinstance(of.type, GraphQLNonNull) or mentions_an_id(of.type)
    }
    given = f"({', '.join(f'{argument}: {value}' for argument, value in arguments.items())})"
    selection = f"{{ {REFUSAL} }}" if operation == "mutation" else "{ __typename }"
    if isinstance(get_named_type(field.type), GraphQLScalarType):
        selection = ""
    return f"{operation} {{ {name.split('.')[1]}{given if arguments else ''} {selection} }}"


SCENE: World = a_world()
CLOSED = {name: asked(operation, name, field) for operation, name, field in roots() if name not in OPEN}


def test_the_ids_of_the_schema_are_among_them() -> None:
    assert len([name for name, query in CLOSED.items() if json.dumps(BROKEN) in query]) > 20


@pytest.mark.parametrize(
    "name",
    CLOSED,
)
def test_whatever_is_asked_and_however_badly_nobody_is_told_to_log_in(name: str) -> None:
    answer = SCENE.nobody.send(CLOSED[name])
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["UNAUTHENTICATED"], answer
