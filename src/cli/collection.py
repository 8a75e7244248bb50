"""Makes a Postman collection (v2.1, which Apifox imports) and a manifest from the documents of the clients."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from graphql import (
    DocumentNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    VariableDefinitionNode,
    is_input_type,
    is_required_input_field,
    parse,
    print_ast,
    type_from_ast,
    value_from_ast_untyped,
)

from ..graphql.execution.manifest import PREFIX, digest_of

FOLDERS: Final = {
    "session": "登录和订阅",
    "regulator-web": "监管端WEB",
    "app": "监管端APP",
    "enterprise-web": "企业端WEB",
    "actions": "操作",
}
"""The folders of documents in the order of the collection, with their names there."""
FORMAT: Final = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
_KEPT: Final = ("url", "username", "password", "token", "regionId", "enterpriseId", "id", "day")
"""The variables of the collection; those of GraphQL that bear such a name take their value from it."""
_DAYS: Final = frozenset({"firstDay", "lastDay", "businessDate", "weekEnding", "until"})
_KEEP_TOKEN: Final = (
    "const answer = pm.response.json().data.logIn;",
    "if (answer.token) { pm.collectionVariables.set('token', answer.token); }",
)


@dataclass(frozen=True, slots=True)
class ClientDocument:
    """One document of a client: a screen or an action. `title` is Chinese, from the comment at its top."""

    folder: str
    name: str
    title: str
    node: DocumentNode

    @property
    def text(self) -> str:
        """The document without its comments: the hash is of this text."""
        return print_ast(self.node)

    @property
    def operation(self) -> OperationDefinitionNode:
        (operation,) = (one for one in self.node.definitions if isinstance(one, OperationDefinitionNode))
        return operation


def read_documents(folder: Path) -> list[ClientDocument]:
    """Read the documents of every known folder below this one, by name. Raises FileNotFoundError for none."""
    found = []
    for part in FOLDERS:
        for file in sorted((folder / part).glob("*.graphql")):
            text = file.read_text(encoding="utf-8")
            title = text.splitlines()[0].removeprefix("#").strip()
            found.append(ClientDocument(part, file.stem, title, parse(text, no_location=True)))
    if not found:
        raise FileNotFoundError(f"{folder} holds no documents")
    return found


def manifest(documents: Sequence[ClientDocument]) -> str:
    """The documents by `sha256:…`, in the form in which the client preset of graphql-codegen writes its own."""
    texts = {PREFIX + digest_of(document.text): document.text for document in documents}
    return json.dumps(dict(sorted(texts.items())), ensure_ascii=False, indent=2) + "\n"


def collection(documents: Sequence[ClientDocument], schema: GraphQLSchema) -> str:
    """The collection as JSON: one request for each query and mutation. Subscriptions need a socket or a stream."""
    whole = {
        "info": {"name": "烟爆", "schema": FORMAT, "description": _ABOUT},
        "auth": {"type": "bearer", "bearer": [{"key": "token", "value": "{{token}}", "type": "string"}]},
        "variable": [{"key": name, "value": "", "type": "string"} for name in _KEPT],
        "item": [
            {
                "name": name,
                "item": [_request(one, schema) for one in documents if one.folder == folder and _sent(one)],
            }
            for folder, name in FOLDERS.items()
        ],
    }
    return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"


_ABOUT: Final = (
    "由docs/clients中的查询文档生成。先填写变量url、username、password，运行“登录和订阅”中的登录，令牌随即存入变量token；"
    "其余请求以Authorization: Bearer发送。"
)


def _sent(document: ClientDocument) -> bool:
    return document.operation.operation is not OperationType.SUBSCRIPTION


def _request(document: ClientDocument, schema: GraphQLSchema) -> dict[str, Any]:
    variables = {
        one.variable.name.value: _value(one, schema)
        for one in document.operation.variable_definitions or ()
        if not _may_be_left_out(one)
    }
    item: dict[str, Any] = {
        "name": document.title,
        "request": {
            "method": "POST",
            "header": [
                {"key": "Accept", "value": "application/graphql-response+json"},
                {"key": "X-Yanbao-Client", "value": "APP" if document.folder == "app" else "WEB"},
            ],
            "url": {"raw": "{{url}}/graphql", "host": ["{{url}}"], "path": ["graphql"]},
            "body": {
                "mode": "graphql",
                "graphql": {
                    "query": document.text,
                    "variables": json.dumps(variables, ensure_ascii=False, indent=2),
                },
            },
            "description": f"docs/clients/{document.folder}/{document.name}.graphql",
        },
        "response": [],
    }
    if document.name == "log-in":
        item["request"]["auth"] = {"type": "noauth"}
        item["event"] = [{"listen": "test", "script": {"type": "text/javascript", "exec": list(_KEEP_TOKEN)}}]
    return item


def _may_be_left_out(variable: VariableDefinitionNode) -> bool:
    return variable.default_value is None and not print_ast(variable.type).endswith("!")


def _value(variable: VariableDefinitionNode, schema: GraphQLSchema) -> Any:
    """The default of the document, or what makes a request that the schema accepts."""
    if variable.default_value is not None:
        return value_from_ast_untyped(variable.default_value)
    type_ = type_from_ast(schema, variable.type)
    assert is_input_type(type_), "the documents are checked against the schema"
    return _sample(variable.variable.name.value, type_)


def _sample(name: str, of: GraphQLInputType) -> Any:
    """A value of the type: a variable of the collection, the first value of an enumeration, or an empty one."""
    if isinstance(of, GraphQLNonNull):
        return _sample(name, of.of_type)
    if isinstance(of, GraphQLList):
        return []
    if isinstance(of, GraphQLInputObjectType):
        return {
            field: _sample(field, one.type)
            for field, one in of.fields.items()
            if is_required_input_field(one)
        }
    if isinstance(of, GraphQLEnumType):
        return next(iter(of.values))
    if name in _DAYS:
        return "{{day}}"
    if name in _KEPT:
        return "{{" + name + "}}"
    return {"Int": 1, "Float": 0.0, "Boolean": False, "Decimal": "0", "ID": "{{id}}"}.get(of.name, "")
