"""What one request may ask for: the limits, for somebody with a session and for somebody without one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from graphql import GraphQLError

from .errors import Code, make_error


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one document and its variables.

    `cost` counts the fields an answer can have: fields × page sizes. graphql-core spends about 4 µs on each,
    so 200,000 takes 0.8 s of one core in the worst case. Two nested full pages of 100 with 16 fields each
    fit; three do not. `pairs`, `operations`, `fragments` and `variables` limit validation: it compares the
    fields of one name in pairs, about 10 µs each, and looks at each fragment for each operation.
    Introspection has a separate depth limit: the standard query is 15 deep.
    `name` and `literal` are characters of one name and of one literal. `values`, `list` and `nesting` limit the
    JSON of the variables: all values, the items of one list or object, and levels.
    """

    depth: int = 12
    introspection_depth: int = 20
    aliases: int = 30
    directives: int = 30
    root_fields: int = 20
    pairs: int = 1_000
    operations: int = 10
    fragments: int = 60
    variables: int = 60
    name: int = 100
    literal: int = 8_000
    tokens: int = 2_000
    cost: int = 200_000
    values: int = 20_000
    list: int = 1_000
    nesting: int = 32
    page: int = 20  # rows of a paged field when neither the document nor the schema says how many
    assumed_list: int = 10  # rows of a list that cannot be paged


STRANGERS: Final = Limits(
    pairs=100,
    operations=3,
    fragments=20,
    variables=20,
    literal=1_000,
    tokens=400,
    values=200,
    list=100,
    nesting=8,
)
"""The limits without a session: enough to log in, and to read the schema where that is allowed.

Each request then takes a few milliseconds at most, whatever it holds (`benchmarks/hostile`).
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """Measurements of a document. `visits` counts visited selections; `page_variables` influence `cost`.

    `pairs` is counted as far as the limit, and one further.
    """

    depth: int
    introspection_depth: int
    aliases: int
    directives: int
    root_fields: int
    pairs: int
    operations: int
    fragments: int
    variables: int
    name: int
    literal: int
    cost: int
    visits: int
    page_variables: tuple[str, ...]


_SENTENCES: Final[Mapping[str, tuple[str, str]]] = {
    "depth": (
        "is nested {value} levels deep, {allowed} are allowed",
        "查询嵌套了{value}层，最多{allowed}层。",
    ),
    "introspection_depth": (
        "introspects {value} levels deep, {allowed} are allowed",
        "结构查询嵌套了{value}层，最多{allowed}层。",
    ),
    "aliases": ("has {value} aliases, {allowed} are allowed", "查询用了{value}个别名，最多{allowed}个。"),
    "directives": (
        "has {value} directives, {allowed} are allowed",
        "查询用了{value}个指令，最多{allowed}个。",
    ),
    "root_fields": (
        "has {value} root fields, {allowed} are allowed",
        "一次请求了{value}个顶层字段，最多{allowed}个。",
    ),
    "pairs": (
        "has more than {allowed} pairs of fields of one name",
        "查询中同名字段过多，两两比较最多{allowed}次。",
    ),
    "operations": (
        "has {value} operations, {allowed} are allowed",
        "一份查询含有{value}个操作，最多{allowed}个。",
    ),
    "variables": (
        "declares {value} variables, {allowed} are allowed",
        "查询声明了{value}个变量，最多{allowed}个。",
    ),
    "name": (
        "has a name of {value} characters, {allowed} are allowed",
        "查询中有长达{value}个字符的名称，最长{allowed}个。",
    ),
    "literal": (
        "has a literal of {value} characters, {allowed} are allowed; use variables",
        "查询中直接写入的值长达{value}个字符，最长{allowed}个，请改用变量。",
    ),
    "fragments": ("has {value} fragments, {allowed} are allowed", "查询用了{value}个片段，最多{allowed}个。"),
    "cost": (
        "may return {value} fields, {allowed} are allowed; ask for smaller pages",
        "查询最多会返回{value}个字段，上限{allowed}个，请减少每页条数。",
    ),
}


def breaches(measured: Measured, limits: Limits, *, known: Limits | None = None) -> list[GraphQLError]:
    """Return an error with figures for each limit that the document exceeds.

    Its code is GRAPHQL_VALIDATION_FAILED; or UNAUTHENTICATED, if somebody who is `known` may have so much.
    """
    found = []
    for name, (message, sentence) in _SENTENCES.items():
        value, allowed = getattr(measured, name), getattr(limits, name)
        if value > allowed:
            # A cost can have hundreds of digits; printing them would waste time and space.
            figures = {"value": value if value < 10**12 else "10^12+", "allowed": allowed}
            enough = known is not None and value <= getattr(known, name)
            found.append(
                exceeded(
                    name,
                    f"The document {message.format(**figures)}.",
                    sentence.format(**figures),
                    Code.UNAUTHENTICATED if enough else Code.GRAPHQL_VALIDATION_FAILED,
                )
            )
    return found


def exceeded(limit: str, message: str, sentence: str, code: Code) -> GraphQLError:
    """Make the error of an exceeded limit; UNAUTHENTICATED says that a session allows more."""
    if code is Code.UNAUTHENTICATED:
        message, sentence = f"Log in first. Without a session: {message}", f"请先登录。未登录时：{sentence}"
    return make_error(code, message, sentence=sentence, limit=limit)
