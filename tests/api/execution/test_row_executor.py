"""Compiled selections: whatever is asked and whatever is found, the stock executor answers alike."""

from __future__ import annotations

import asyncio
import enum
import gc
import json
import warnings
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import UTC, datetime
from inspect import isawaitable
from typing import Annotated, Any

import pytest
import strawberry
from graphql import GraphQLError
from hypothesis import event, example, given, settings
from hypothesis import strategies as st
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.types import Info

from yanbao.domain.refusals import NotFound
from yanbao.graphql.execution import executor
from yanbao.graphql.execution.executor import RowExecutor
from yanbao.graphql.schema import make_schema


@dataclass(frozen=True)
class Raises:
    """An attribute that cannot be read."""

    error: Exception


@dataclass(frozen=True)
class Later:
    """An attribute that is an awaitable of something."""

    value: Any


class Row:
    """Gives what it was made of, in the way that this is marked with."""

    def __init__(self, **values: Any) -> None:
        self._values = values

    def __getattr__(self, name: str) -> Any:
        if name not in GOOD:
            raise AttributeError(name)
        value = self._values[name] if name in self._values else GOOD[name]
        if isinstance(value, Raises):
            raise value.error
        return later(value) if isinstance(value, Later) else value


async def later(mark: Later) -> Any:
    await asyncio.sleep(0)
    if isinstance(mark.value, Raises):
        raise mark.value.error
    return mark.value


class Anything:
    """A scalar that takes whatever there is, and refuses one number."""


ANYTHING = strawberry.scalar(name="Anything", serialize=lambda value: None if value == 3 else str(value))
CONFIG = StrawberryConfig(scalar_map={Anything: ANYTHING})
CALLS: list[str] = []


@strawberry.enum
class Colour(enum.Enum):
    RED = "red"
    GREEN = "green"


@strawberry.interface
class Named:
    @strawberry.field
    def id(root: strawberry.Parent[Any], info: Info) -> strawberry.ID:
        return strawberry.ID(f"{info._raw_info.parent_type.name}:{root.name}")


@strawberry.type
class Thing(Named):
    is_type_of = classmethod(lambda cls, obj, info: isinstance(obj, Row) and obj.what == "Thing")

    name: str
    maybe: str | None
    count: int
    maybe_count: int | None
    share: float
    yes: bool
    colour: Colour
    maybe_colour: Colour | None
    at: datetime
    anything: Anything
    perhaps: Anything | None
    numbers: list[int]
    maybe_numbers: list[int | None] | None
    child: Thing | None
    sure_child: Thing
    children: list[Thing | None]
    other: Annotated[Thing | Part, strawberry.union("Either")] | None

    @strawberry.field
    def shout(root: strawberry.Parent[Row]) -> str:
        return root.name.upper() + "!"

    @strawberry.field
    def whisper(self) -> str | None:
        return self.maybe

    @strawberry.field
    def constant() -> int:
        return 7

    @strawberry.field
    def again(self, times: int = 2) -> str:
        return self.name * times

    @strawberry.field
    async def late(self) -> str:
        CALLS.append("late")
        await asyncio.sleep(0)
        return self.name

    @strawberry.field
    async def late_child(root: strawberry.Parent[Row], info: Info) -> Thing | None:
        child = root.child
        return await child if isawaitable(child) else child

    @strawberry.field
    def loaded_child(root: strawberry.Parent[Row]) -> Thing | None:
        child = root.child
        return child if isawaitable(child) else later(Later(child))  # type: ignore[return-value]  # as a loader does


@strawberry.type
class Part(Named):
    is_type_of = classmethod(lambda cls, obj, info: isinstance(obj, Row) and obj.what == "Part")

    name: str
    count: int


@strawberry.type
class Query:
    @strawberry.field
    def thing(info: Info) -> Thing | None:
        return info.context[0]

    @strawberry.field
    def things(info: Info) -> list[Thing | None]:
        return info.context

    @strawberry.field
    async def named(info: Info) -> list[Named | None]:
        return info.context


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def following(info: Info) -> AsyncGenerator[Thing, None]:
        for row in info.context:
            yield row


GOOD: dict[str, Any] = {
    "what": "Thing",
    "name": "雷",
    "maybe": "鸣",
    "count": 3,
    "maybe_count": 4,
    "share": 0.5,
    "yes": True,
    "colour": Colour.RED,
    "maybe_colour": Colour.GREEN,
    "at": datetime(2026, 11, 20, 6, tzinfo=UTC),
    "anything": 1,
    "perhaps": 2,
    "numbers": [1, 2],
    "maybe_numbers": [1, None],
    "child": None,
    "sure_child": None,
    "children": [],
    "other": None,
}
LEAVES = [
    *("id", "name", "maybe", "count", "maybeCount", "share", "yes", "colour", "maybeColour", "at"),
    *("anything", "perhaps"),
    *("numbers", "maybeNumbers", "shout", "whisper", "constant", "late", "again", "once: again(times: 1)"),
    *("__typename", "called: name", "counted: count", "coloured: maybeColour", "loud: shout"),
]
OBJECTS = ["child", "sureChild", "children", "lateChild", "loadedChild"]


class Quiet(strawberry.Schema):
    """Strawberry logs every error with its traceback."""

    def process_errors(self, errors: Any, execution_context: Any = None) -> None:
        """Nothing."""


def a_schema(executor: type[StrawberryGraphQLCoreExecutionContext]) -> strawberry.Schema:
    return Quiet(
        Query, subscription=Subscription, types=[Thing, Part], config=CONFIG, execution_context_class=executor
    )


STOCK, SHORT = a_schema(StrawberryGraphQLCoreExecutionContext), a_schema(RowExecutor)

wrong: st.SearchStrategy[Any] = st.sampled_from(
    [
        None,
        ValueError("a value that is an error"),
        Raises(KeyError("away")),
        Raises(NotFound("部件")),
        Raises(GraphQLError("said so", extensions={"code": "X"})),
        object,
        [],
        "text",
        3,
        2**40,
        "red",
        Colour.RED,
        float("nan"),
    ]
)
awaited = st.sampled_from([Later(None), Later(5), Later(Raises(ValueError("too late")))])
spoiled = st.dictionaries(st.sampled_from([name for name in GOOD if name != "what"]), wrong, max_size=2)
spoiled_objects = st.dictionaries(
    st.sampled_from(["child", "sure_child", "children", "other"]), wrong | awaited, max_size=1
)


def row_of(values: dict[str, Any], below: list[Row], waiting: bool, objects: dict[str, Any]) -> Row:
    tree: dict[str, Any] = {}
    if below:
        tree = {"child": below[0], "sure_child": below[-1], "children": below, "other": below[0]}
    if below and waiting:
        tree |= {"child": Later(below[0]), "children": Later(below)}
    return Row(**{**values, **tree, **objects})


rows = st.recursive(
    st.builds(Row, what=st.sampled_from(["Thing", "Thing", "Part", "Neither"]))
    | spoiled.map(lambda values: Row(**values)),
    lambda below: st.builds(
        row_of, spoiled, st.lists(below, max_size=3), st.booleans(), st.just({}) | spoiled_objects
    ),
    max_leaves=8,
)


def braces(parts: list[str]) -> str:
    return "{ " + " ".join(parts) + " }"


when = st.sampled_from(["", "", "", " @include(if: $on)", " @skip(if: $on)"])
leaf = st.builds("{}{}".format, st.sampled_from(LEAVES), when)
selections = st.recursive(
    st.lists(leaf, min_size=1, max_size=6).map(braces),
    lambda inner: st.builds(
        lambda leaves, objects, more: braces([*leaves, *objects, *more]),
        st.lists(leaf, max_size=4),
        st.lists(st.builds("{} {}".format, st.sampled_from(OBJECTS), inner), min_size=1, max_size=2),
        st.lists(
            st.sampled_from(
                [
                    "... on Named { id }",
                    "...known",
                    "other { __typename ... on Part { name count } ...known }",
                ]
            ),
            max_size=2,
        ),
    ),
    max_leaves=4,
)


def answer(schema: strawberry.Schema, document: str, found: list[Row], on: bool) -> tuple[Any, Any]:
    result = asyncio.run(schema.execute(document, {"on": on}, context_value=found))
    errors = [(error.message, error.path, error.locations, error.extensions) for error in result.errors or ()]
    # Fields that wait report in the order in which they end, which the specification leaves open.
    return result.data, sorted(errors, key=lambda error: [str(part) for part in error[1] or ()])


DOCUMENT = """
query ($on: Boolean!) {
  thing %s
  things %s
  named { id ...known ... on Part { count } }
  ... on Query @include(if: $on) { __typename }
}
fragment known on Thing { id name count colour child { id name maybe } }"""


FAILING_BELOW = [Row(child=Row(name=Raises(ValueError("no name"))))]


@example(
    [Row(anything=3, perhaps=3), Row(anything=ValueError("x"), perhaps=ValueError("y"))],
    "{ id }",
    "{ perhaps anything }",
    True,
)
@example(FAILING_BELOW, "{ child { late } sureChild { id } }", "{ child { late } }", True)
@example(
    [Row(child=Row(child=Row(), name=None))],
    "{ child { child { late } late } }",
    "{ lateChild { late } }",
    False,
)
@settings(deadline=None)
@given(st.lists(rows, min_size=1, max_size=3), selections, selections, st.booleans())
def test_whatever_is_asked_and_found_both_executors_say_the_same(
    found: list[Row], one: str, two: str, on: bool
) -> None:
    document = DOCUMENT % (one, two)
    short, stock = (answer(schema, document, found, on) for schema in (SHORT, STOCK))
    assert short == stock
    assert json.dumps(short[0]) == json.dumps(stock[0]), "in the same order"
    event("fields failed" if short[1] else "all is well")
    assert all(path for _, path, _, _ in short[1]), "the documents of this test are valid"


@pytest.mark.parametrize("schema", [STOCK, SHORT], ids=["stock", "short"])
def test_an_event_of_a_subscription_is_shown_like_a_row(schema: strawberry.Schema) -> None:
    async def follow() -> list[tuple[Any, int]]:
        document = "subscription { following { id name child { count } } }"
        events: Any = await schema.subscribe(document, context_value=[Row(child=Row()), Row(name=None)])
        return [(event.data, len(event.errors or ())) async for event in events]

    whole = {"following": {"id": "Thing:雷", "name": "雷", "child": {"count": 3}}}
    assert asyncio.run(follow()) == [(whole, 0), (None, 1)]


def test_only_root_fields_are_executed_by_the_stock_executor(monkeypatch: pytest.MonkeyPatch) -> None:
    long = []
    stock = StrawberryGraphQLCoreExecutionContext.execute_field

    def noted(self: Any, parent: Any, source: Any, details: Any, path: Any, context: Any) -> Any:
        long.append(path.key)
        return stock(self, parent, source, details, path, context)

    CALLS.clear()
    monkeypatch.setattr(StrawberryGraphQLCoreExecutionContext, "execute_field", noted)
    document = DOCUMENT % (braces(LEAVES), braces([*LEAVES, "child { name }", "lateChild { name }"]))
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        data, errors = answer(SHORT, document, [Row(child=Row()), Row()], True)
    assert errors == [] and data["things"][0]["lateChild"] == {"name": "雷"}
    assert CALLS == ["late"] * 3 and warned == [], "each coroutine is awaited"
    assert set(long) == {"thing", "things", "named", "__typename"}


def test_what_the_schema_says_of_itself_is_left_to_the_stock_executor() -> None:
    document = (
        '{ __schema { types { name } } __type(name: "Thing") { fields { name type { kind } } } thing { id } }'
    )
    short, stock = (answer(schema, document, [Row()], True) for schema in (SHORT, STOCK))
    assert short == stock and short[0]["__type"]["fields"]


def test_the_plans_of_a_document_go_with_it() -> None:
    before = len(executor._KNOWN)
    assert answer(SHORT, DOCUMENT % ("{ id }", "{ name }"), [Row()], True)[1] == []
    gc.collect()
    assert len(executor._KNOWN) <= before


def test_the_schema_is_executed_so() -> None:
    assert make_schema().execution_context_class is RowExecutor
