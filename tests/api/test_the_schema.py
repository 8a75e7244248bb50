"""The schema as teams of clients see it: the committed text is the true one, every word is explained, nothing is secret."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLUnionType,
    build_schema,
    get_named_type,
)

from yanbao.application.access import Permission
from yanbao.graphql.schema import SchemaSettings, make_schema

from ..support.system import schema

COMMITTED = Path(__file__).parents[2] / "schema.graphql"
CHINESE = re.compile(r"[\u4e00-\u9fff]")
BUILT_IN = ("String", "Int", "Float", "Boolean", "ID")
SECRET = re.compile(r"password|digest|secret|hash|salt|token|cookie|session", re.IGNORECASE)


def types() -> Iterator[GraphQLNamedType]:
    """Every type of our own."""
    for name, kind in sorted(schema()._schema.type_map.items()):
        if not name.startswith("__") and name not in BUILT_IN:
            yield kind


def fields() -> Iterator[tuple[str, Any]]:
    """(Type.field, field) of everything that has fields."""
    for kind in types():
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            for name, field in kind.fields.items():
                yield f"{kind.name}.{name}", field


def lacking(described: Iterator[tuple[str, str | None]]) -> list[str]:
    """Those whose description is missing or does not begin with a Chinese line."""
    return [name for name, text in described if not text or not CHINESE.search(text.strip().splitlines()[0])]


def test_the_committed_schema_is_the_true_one() -> None:
    assert COMMITTED.read_text(encoding="utf-8").strip() == schema().as_str().strip(), "make schema"


def test_the_committed_schema_can_be_read_by_everybody() -> None:
    assert set(build_schema(COMMITTED.read_text(encoding="utf-8")).type_map) == set(schema()._schema.type_map)


def test_every_type_is_described_in_chinese_first() -> None:
    assert lacking((kind.name, kind.description) for kind in types()) == []


def test_every_field_is_described_in_chinese_first() -> None:
    assert lacking((name, field.description) for name, field in fields()) == []


def test_every_value_of_every_enumeration_is_described_in_chinese() -> None:
    enums = (kind for kind in types() if isinstance(kind, GraphQLEnumType))
    values = (
        (f"{kind.name}.{name}", value.description) for kind in enums for name, value in kind.values.items()
    )
    assert lacking(values) == []


def test_no_field_that_can_be_read_returns_a_secret() -> None:
    readable = {
        name
        for name, _ in fields()
        if not isinstance(schema()._schema.type_map[name.split(".")[0]], GraphQLInputObjectType)
    }
    telling = {name for name in readable if SECRET.search(name.split(".")[1])}
    assert telling == {
        # The token once, at log-in, and what concerns passwords and sessions without being one.
        "LoggedIn.token",
        "Account.mustChangePassword",
        "Viewer.mustChangePassword",
        "Mutation.changePassword",
        "Mutation.revokeSessions",
        # The checksum of a message of the ministry, not of a secret.
        "InboxMessage.digest",
    }


def test_nothing_that_clients_see_is_named_after_a_table_or_a_foreign_key() -> None:
    foreign = [
        name
        for name, field in fields()
        if name.endswith("Id") and str(get_named_type(field.type)) != "ID" and "message" not in name.lower()
    ]
    assert foreign == []


def test_every_mutation_answers_with_a_success_or_a_refusal() -> None:
    mutation = schema()._schema.mutation_type
    assert mutation is not None
    for name, field in mutation.fields.items():
        answer = get_named_type(field.type)
        assert isinstance(answer, GraphQLUnionType), name
        members = {member.name for member in answer.types}
        assert {"NotFoundRefusal", "ForbiddenRefusal", "ConflictRefusal", "InvalidInputRefusal"} <= members
        assert any(not member.endswith("Refusal") for member in members), name


def test_every_refusal_is_one_by_its_interface() -> None:
    refusal = schema()._schema.type_map["Refusal"]
    named = {
        kind.name for kind in types() if isinstance(kind, GraphQLObjectType) and refusal in kind.interfaces
    }
    assert named == {
        kind.name for kind in types() if kind.name.endswith("Refusal") and kind.name != "Refusal"
    }
    assert len(named) == 7


def test_lists_are_connections_with_first_required() -> None:
    for name, field in fields():
        kind = get_named_type(field.type)
        if kind.name.endswith("Connection"):
            assert str(field.args["first"].type) == "Int!", name
            assert str(field.args["after"].type) == "String", name
            assert isinstance(kind, GraphQLObjectType)
            assert set(kind.fields) == {"edges", "nodes", "pageInfo", "totalCount"}


def test_every_mutation_takes_a_key_but_those_that_hand_out_a_secret() -> None:
    mutation = schema()._schema.mutation_type
    assert mutation is not None
    keys = {name: field.args.get("clientMutationKey") for name, field in mutation.fields.items()}
    # It is shown once and never stored: nobody could give the first answer again.
    keyless = {name for name, key in keys.items() if key is None}
    assert keyless == {"logIn", "requestUpload", "requestDownload", "exportTicket", "reportTicket"}
    # A draft is known by its key: without one, a call that is repeated would open another.
    owed = {name for name, key in keys.items() if key is not None and str(key.type) == "String!"}
    assert owed == {"openPatrol", "openSpotCheck"}
    assert {str(key.type) for name, key in keys.items() if key and name not in owed} == {"String"}


def test_the_permissions_that_clients_see_are_those_of_the_table() -> None:
    shown = schema()._schema.type_map["Command"]
    assert isinstance(shown, GraphQLEnumType)
    assert set(shown.values) == {permission.name for permission in Permission}


def test_choices_of_one_are_said_to_be_such() -> None:
    text = schema().as_str()
    for name in ("ShutdownTargetInput", "EmployerInput", "ExportInput"):
        assert re.search(rf"input {name} @oneOf", text), name


@pytest.mark.parametrize("development", [True, False])
def test_suggestions_in_errors_about_variables_are_given_in_development_only(development: bool) -> None:
    made = make_schema(SchemaSettings(suggestions=development))
    query = "query($kind: EnterpriseKind!) { checklist(kind: $kind) { code } }"
    result = asyncio.run(made.execute(query, variable_values={"kind": "PRODUCTON"}))
    (error,) = result.errors or ()
    assert (error.extensions or {})["code"] == "BAD_USER_INPUT"
    assert ("Did you mean the enum value 'PRODUCTION'?" in error.message) is development


def arguments(name: str) -> dict[str, tuple[bool, str | None]]:
    """Type.field → whether the argument of this name must be given, and its description."""
    return {
        path: (str(argument.type).endswith("!"), argument.description)
        for path, field in fields()
        for given, argument in getattr(field, "args", {}).items()
        if given == name
    }


def test_only_an_id_that_may_be_left_out_is_said_to_be_left_out_for_something_new() -> None:
    ids = arguments("id")
    assert len(ids) > 20
    for path, (required, description) in ids.items():
        assert ("新增时不填" in (description or "")) is not required, path


def test_a_name_is_described_as_what_it_names() -> None:
    names = {path.partition(".")[2]: description for path, (_, description) in arguments("name").items()}
    assert names["requestUpload"] == "文件名，扩展名须与内容一致。"
    assert len(set(names.values())) == len(names), "no two of them say the same"
