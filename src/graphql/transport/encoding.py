"""Encode answers and results as JSON."""

from __future__ import annotations

import json
from typing import Any

import orjson
from graphql import GraphQLError
from strawberry.types.execution import PreExecutionError

from ..execution.errors import coded


def encode(body: object) -> bytes:
    """Encode as JSON: UTF-8, on one line."""
    try:
        return orjson.dumps(body)
    except TypeError:
        # orjson rejects integers beyond 64 bits; the slower standard library accepts them.
        return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def body_of(result: Any, errors: list[GraphQLError]) -> dict[str, Any]:
    """The body of an answer with data."""
    body: dict[str, Any] = {"data": result.data}
    if errors:
        body["errors"] = [error.formatted for error in errors]
    if getattr(result, "extensions", None):
        body["extensions"] = result.extensions
    return body


def frame_of(result: Any) -> bytes:
    """One result of a stream as JSON; without `data` if nothing was executed."""
    if isinstance(result, GraphQLError):
        return encode({"errors": [result.formatted]})
    errors = [coded(error) for error in result.errors or ()]
    if isinstance(result, PreExecutionError) or failed_before_execution(result.data, errors):
        return encode({"errors": [error.formatted for error in errors]})
    return encode(body_of(result, errors))


def failed_before_execution(data: object, errors: list[GraphQLError]) -> bool:
    # graphql-core stops at a variable that it cannot coerce, before any field; such errors have no path.
    return data is None and bool(errors) and all(error.path is None for error in errors)
