"""Look at the values of variables before they are coerced: coercion takes some 10 µs for each of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphql import GraphQLError

from .errors import Code
from .limits import Limits, exceeded


def too_many_values(
    variables: Mapping[str, Any] | None, limits: Limits, *, known: Limits | None = None
) -> GraphQLError | None:
    """Return an error if there are too many values, too many in one list or object, or too many levels of them.

    The walk ends with the first excess. The code is BAD_USER_INPUT; or UNAUTHENTICATED, if somebody who is
    `known` may send so much in that place.
    """
    level: list[Any] = [variables] if variables else []
    values = depth = 0
    while level:
        inner: list[Any] = []
        for each in level:
            size = len(each)
            values += size
            if size > limits.list:
                return _error("list", size, limits, known)
            if values > limits.values:
                return _error("values", values, limits, known)
            items = each.values() if isinstance(each, dict) else each
            inner += [item for item in items if isinstance(item, list | dict)]
        depth += 1
        if depth > limits.nesting:
            return _error("nesting", depth, limits, known)
        level = inner
    return None


def _error(limit: str, value: int, limits: Limits, known: Limits | None) -> GraphQLError:
    allowed = getattr(limits, limit)
    message, sentence = {
        "list": (
            f"The variables hold a list of {value} items, {allowed} are allowed.",
            f"变量中有一个列表含{value}项，最多{allowed}项。",
        ),
        "values": (f"The variables hold more than {allowed} values.", f"变量中的值过多，最多{allowed}个。"),
        "nesting": (
            f"The variables are nested deeper than {allowed} levels.",
            f"变量嵌套过深，最多{allowed}层。",
        ),
    }[limit]
    enough = known is not None and value <= getattr(known, limit)
    return exceeded(limit, message, sentence, Code.UNAUTHENTICATED if enough else Code.BAD_USER_INPUT)
