"""The first and the last days that a Date can say: everything that takes one answers or refuses; from the schema itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from itertools import combinations, product
from typing import Any, Final, cast

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
    is_leaf_type,
)
from sqlalchemy import Engine

from yanbao.adapters.memory.storage import MemoryStorage
from yanbao.adapters.sql.engine import make_engine
from yanbao.adapters.sql.storage import SqlStorage

from ..support.asking import TODAY, World, id_of, region_id
from ..support.databases import migrated_postgres, migrated_sqlite
from ..support.system import make_system, schema
from .inspection.inspecting import a_problem, a_spot_check

EXTREME: Final = ("0001-01-01", "0001-01-02", "0001-01-05", "9999-12-30", "9999-12-31")
"""The fifth day of all is a Friday and the last one, too: weeks close on them."""
PLAIN: Final = {"Int": 2, "String": "x", "Boolean": True, "Date": f"{TODAY}", "ID": region_id("610526")}
CORE: Final = schema()._schema

Way = tuple[str, ...]


def days_of(kind: Any, way: Way = ()) -> Iterator[Way]:
    """Where in an argument days stand."""
    named = get_named_type(kind)
    if named.name == "Date":
        yield way
    elif isinstance(named, GraphQLInputObjectType):
        for name, field in named.fields.items():
            yield from days_of(field.type, (*way, name))


def literal(kind: Any, days: dict[Way, str], way: Way) -> str | None:
    """Something of the type with these days in it; None where nothing has to be said."""
    required = isinstance(kind, GraphQLNonNull)
    kind = kind.of_type if required else kind
    if way in days:
        return json.dumps(days[way])
    if isinstance(kind, GraphQLInputObjectType):
        fields = {name: literal(field.type, days, (*way, name)) for name, field in kind.fields.items()}
        given = ", ".join(f"{name}: {value}" for name, value in fields.items() if value is not None)
        return f"{{{given}}}" if given or required else None
    if not required:
        return None
    if isinstance(kind, GraphQLList):
        return "[]"
    return next(iter(kind.values)) if isinstance(kind, GraphQLEnumType) else json.dumps(PLAIN[kind.name])


def selection(kind: Any) -> str:
    """Every figure and moment of what comes back, and of what it holds."""
    named = get_named_type(kind)
    if is_leaf_type(named):
        return ""
    fields = named.fields if isinstance(named, GraphQLObjectType) else {}
    plain = [name for name, of in fields.items() if is_leaf_type(get_named_type(of.type)) and not of.args]
    held = [f"{name} {selection(fields[name].type)}" for name in ("whole", "rows", "nodes") if name in fields]
    return f"{{ {' '.join(['__typename', *plain, *held])} }}"


def asked(name: str, field: Any, days: dict[Way, str]) -> str:
    given = {argument: literal(of.type, days, (argument,)) for argument, of in field.args.items()}
    arguments = ", ".join(f"{argument}: {value}" for argument, value in given.items() if value is not None)
    return f"{name}({arguments}) {selection(field.type)}"


def fields() -> Iterator[tuple[str, Any, str]]:
    """(name, field, the query around it) of the root's fields, and of those of whatever has a global id."""
    kinds = {"Query": "{ @ }"}
    for kind in CORE.get_possible_types(cast("GraphQLInterfaceType", CORE.type_map["Node"])):
        kinds[kind.name] = f"query($id: ID!) {{ node(id: $id) {{ ... on {kind.name} {{ @ }} }} }}"
    for kind_name, around in kinds.items():
        for name, field in cast("GraphQLObjectType", CORE.type_map[kind_name]).fields.items():
            yield f"{kind_name}.{name}", field, around


def all_mixes(number: int) -> Iterator[tuple[str, ...]]:
    return product(EXTREME, repeat=number)


def mixes_of_two(number: int) -> Iterator[tuple[str, ...]]:
    """So many extreme days in 25 ways, among which every two of them have every mix of two days."""
    some = len(EXTREME)  # A prime number: two different lines through these points meet once.
    assert number <= some + 1, number
    for one, other in product(range(some), repeat=2):
        yield tuple(EXTREME[each] for each in (one, *((other + n * one) % some for n in range(number - 1))))


def queries(
    name: str, field: Any, around: str, mixes: Callable[[int], Iterable[tuple[str, ...]]]
) -> Iterator[str]:
    """The field with each of its days at each end, the others of today; and with all of its days at the ends."""
    ways = [way for argument, of in field.args.items() for way in days_of(of.type, (argument,))]
    for way, day in product(ways, EXTREME):
        yield around.replace("@", asked(name, field, {way: day}))
    if len(ways) > 1:
        for mix in mixes(len(ways)):
            yield around.replace("@", asked(name, field, dict(zip(ways, mix, strict=True))))


QUERIES, FEWER = (
    {
        name: found
        for name, field, around in fields()
        if (found := list(queries(name.split(".")[1], field, around, mixes)))
    }
    for mixes in (all_mixes, mixes_of_two)
)
"""The twin is asked all of them. The databases, which only compare days, are asked those with every mix of two days."""


@pytest.fixture(scope="module", params=["memory", "sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """With a problem in it, on the twin and on both databases."""
    if request.param == "memory":
        yield _filled(World(make_system().seeded(6)))
        return
    fresh = (
        migrated_postgres()
        if request.param == "postgresql"
        else migrated_sqlite(tmp_path_factory.mktemp("days"))
    )
    with fresh as url:
        engine: Engine = make_engine(url)
        yield _filled(World(make_system(lambda react: SqlStorage(engine, reactions=react)).seeded(6)))
        engine.dispose()


def _filled(world: World) -> World:
    a_spot_check(world("city-inspector"), world.red, problems=[a_problem()])
    return world


def test_the_days_of_the_schema_are_among_them() -> None:
    assert {"Query.problems", "Query.weeklyFigures", "Query.smsCounts", "Enterprise.commitment"} <= set(
        QUERIES
    )
    taking = [
        f"{kind.name}.{name}"
        for kind in CORE.type_map.values()
        if isinstance(kind, GraphQLObjectType) and kind.name != "Mutation"
        for name, field in kind.fields.items()
        if any(list(days_of(argument.type)) for argument in field.args.values())
    ]
    assert set(taking) == set(QUERIES), "one is reached by no query of this test"


@pytest.mark.parametrize("number", [2, 3, 4, 5, 6])
def test_every_two_of_the_days_have_every_mix(number: int) -> None:
    every = set(product(EXTREME, repeat=2))
    for one, other in combinations(range(number), 2):
        assert {(mix[one], mix[other]) for mix in mixes_of_two(number)} == every


@pytest.mark.parametrize("name", QUERIES)
def test_whatever_day_is_asked_for_the_answer_is_no_failure(world: World, name: str) -> None:
    on_the_twin = isinstance(world.system.storage, MemoryStorage)
    for query in (QUERIES if on_the_twin else FEWER)[name]:
        known = {"id": id_of(world.red)} if "$id" in query else {}
        for error in world("province-duty").send(query, **known).get("errors", ()):
            assert error["extensions"]["code"] == "BAD_USER_INPUT", (query, error)
            assert error["path"], (query, error)


@pytest.mark.parametrize(
    ("where", "count"),
    [
        ({"lastDay": "9999-12-31"}, 1),
        ({"firstDay": "0001-01-01"}, 1),
        ({"firstDay": "0001-01-01", "lastDay": "9999-12-31"}, 1),
        ({"firstDay": f"{TODAY}", "lastDay": "9999-12-31"}, 1),
        ({"firstDay": "9999-12-31"}, 0),
        ({"lastDay": "0001-01-01"}, 0),
    ],
    ids=str,
)
def test_the_ends_of_time_leave_a_list_open(world: World, where: dict[str, str], count: int) -> None:
    query = "query($where: ProblemFilterInput!) { problems(where: $where, first: 1) { totalCount } }"
    assert world("province-duty").ask(query, where=where) == {"problems": {"totalCount": count}}
