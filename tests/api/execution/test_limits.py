"""What one document may ask for, and that finding out is cheap."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from graphql import DocumentNode, get_introspection_query, parse
from strawberry.schema import schema as strawberry_schema

import yanbao.graphql.execution.documents as documents_module
from yanbao.graphql.execution.documents import Documents
from yanbao.graphql.execution.limits import Limits, Measured
from yanbao.graphql.execution.measuring import measure

from ..toy import make_schema

SCHEMA = make_schema(Documents(introspection=True))


def measured(
    document: str, variables: dict[str, Any] | None = None, limits: Limits | None = None
) -> Measured:
    return measure(SCHEMA._schema, parse(document), variables, limits or Limits())


def run(document: str, *, variables: dict[str, Any] | None = None, **options: Any) -> list[dict[str, Any]]:
    """The extensions of the errors a fresh schema answers with."""
    schema = make_schema(Documents(**options))
    result = asyncio.run(schema.execute(document, variable_values=variables))
    return [dict(error.extensions or {}) for error in result.errors or ()]


def nested_fragments(levels: int) -> str:
    """Each fragment spreads the next one twice: 2^levels paths through a few hundred bytes."""
    spreads = "".join(f"fragment F{i} on Item{{...F{i + 1} ...F{i + 1}}}" for i in range(levels))
    return f"{{items{{...F0}}}}{spreads}fragment F{levels} on Item{{name}}"


def aliased_fragments(levels: int) -> str:
    """The same with two fields of different names, so that no merging makes it harmless."""
    spreads = "".join(
        f"fragment F{i} on Item{{a:items{{...F{i + 1}}}b:items{{...F{i + 1}}}}}" for i in range(levels)
    )
    return f"{{items{{...F0}}}}{spreads}fragment F{levels} on Item{{name}}"


def test_nested_fragments_are_visited_in_proportion_to_their_text() -> None:
    document = next(text for levels in range(99) if len(text := nested_fragments(levels)) >= 732)
    selections = document.count("...") + 2  # the spreads, `items` and `name`
    assert measured(document).visits <= 2 * selections
    assert [found["limit"] for found in run(document)] == ["cost"]


@pytest.mark.parametrize("shape", [nested_fragments, aliased_fragments])
def test_twice_the_text_is_twice_the_walk(shape: Any) -> None:
    visits = [measured(shape(levels)).visits for levels in (10, 20, 40)]
    assert visits[1] <= 2 * visits[0]
    assert visits[2] <= 2 * visits[1]


def test_the_cost_of_nested_aliases_is_exponential_even_though_the_walk_is_not() -> None:
    assert measured(aliased_fragments(10)).cost > Limits().cost
    assert [found["limit"] for found in run(aliased_fragments(8))] == ["cost"]


def test_cycles_end_and_are_left_to_validation() -> None:
    document = "{ ...A } fragment A on Query { hello ...B } fragment B on Query { hello ...A ...B }"
    assert measured(document).visits == 6
    assert {found["code"] for found in run(document)} == {"GRAPHQL_VALIDATION_FAILED"}


@pytest.mark.parametrize(
    ("document", "depth"),
    [
        ("{ hello }", 1),
        ("{ items { name } }", 2),
        ("{ ...A } fragment A on Query { items { ...B } } fragment B on Item { items { name } }", 3),
        ("{ items { ... { ... on Item { name } } } }", 2),
        ("query A { hello } query B { items { items { name } } }", 3),
    ],
)
def test_depth_counts_fields_and_not_fragments(document: str, depth: int) -> None:
    assert measured(document).depth == depth


def test_twelve_levels_pass_and_thirteen_do_not() -> None:
    def nest(levels: int) -> str:
        inner = "name"
        for _ in range(levels - 2):
            inner = f"items(first: 1) {{ {inner} }}"
        return f"{{ items(first: 1) {{ {inner} }} }}"

    assert run(nest(12)) == []
    (refused,) = run(nest(13))
    assert refused["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert refused["limit"] == "depth"
    assert refused["sentence"] == "查询嵌套了13层，最多12层。"


@pytest.mark.parametrize(
    ("document", "limit"),
    [
        ("{" + " ".join(f"a{i}: __typename" for i in range(31)) + "}", "aliases"),
        ("{ items {" + " name" * 50 + "} }", "pairs"),
        ("{ items { name " + " @include(if: true)" * 31 + "} }", "directives"),
        ("{" + " ".join(f"a{i}: hello" for i in range(21)) + "}", "root_fields"),
        (
            "{ hello" + "".join(f" ...F{i}" for i in range(61)) + "}"
            + "".join(f" fragment F{i} on Item {{ name }}" for i in range(61)),
            "fragments",
        ),
        ("{ items(first: 999999) { name } }", "cost"),
    ],
)  # fmt: skip
def test_each_limit_is_enforced_before_validation(document: str, limit: str) -> None:
    assert limit in [found.get("limit") for found in run(document)]


def test_aliases_of_a_fragment_count_once_however_often_it_is_spread() -> None:
    found = measured(
        "{ items { ...F } a: items { ...F } b: items { ...F } } fragment F on Item { x: name y: name }"
    )
    assert found.aliases == 4


def test_too_many_tokens_are_refused_by_the_parser() -> None:
    assert run("{" + " hello" * 2_000 + "}")[0]["code"] == "GRAPHQL_PARSE_FAILED"
    assert run("{ hello }" + "#\n" * 2_001)[0]["code"] == "GRAPHQL_PARSE_FAILED"


@pytest.mark.parametrize("opening", ["{ items", "{ ...", "[", "{ hello(name: ["])
def test_absurd_nesting_is_refused_and_not_stumbled_over(opening: str) -> None:
    assert run(opening * 600)[0]["code"] == "GRAPHQL_PARSE_FAILED"


def test_a_long_chain_of_fragments_is_refused_and_not_stumbled_over() -> None:
    links = "".join(f"fragment F{i} on Item{{items{{...F{i + 1}}}}}" for i in range(900))
    found = run(
        f"{{items{{...F0}}}}{links}fragment F900 on Item{{name}}", limits=Limits(tokens=99_999, fragments=999)
    )
    assert "depth" in [error["limit"] for error in found]


@pytest.mark.parametrize(
    ("document", "variables", "cost"),
    [
        ("{ hello }", None, 1),
        ("{ items(first: 50) { name } }", None, 51),
        ("{ items { name } }", None, 11),  # the schema's own default
        ("query ($n: Int) { items(first: $n) { name } }", {"n": 7}, 8),
        ("query ($n: Int = 30) { items(first: $n) { name } }", None, 31),
        ("query ($n: Int) { items(first: $n) { name } }", None, 11),
        ("query ($n: Int) { items(first: $n) { name } }", {"n": "wrong"}, 11),
        ("query ($n: Int) { items(first: $n) { name } }", {"n": -5}, 2),
        ('{ nodes(ids: ["1", "2", "3"]) { name } }', None, 4),
        ("query ($i: [ID!]!) { nodes(ids: $i) { name } }", {"i": ["1"] * 9}, 10),
        ("{ items(first: 2) { parts { name } } }", None, 5),  # directly under a page: counted by the page
        ("{ items(first: 2) { items(first: 1) { parts { parts { name } } } } }", None, 27),
    ],
)
def test_cost_is_fields_times_page_sizes(document: str, variables: dict[str, Any] | None, cost: int) -> None:
    assert measured(document, variables).cost == cost


def test_the_cost_of_a_remembered_document_is_weighed_again_for_other_variables() -> None:
    documents = Documents(limits=Limits(cost=100))
    schema = make_schema(documents)

    def codes(first: int) -> list[Any]:
        text = "query ($n: Int!) { items(first: $n) { name } }"
        result = asyncio.run(schema.execute(text, variable_values={"n": first}))
        return [(error.extensions or {})["limit"] for error in result.errors or ()]

    assert codes(50) == []
    assert codes(500) == ["cost"]
    assert codes(51) == []
    assert codes(500) == ["cost"]
    assert documents.hits == 3


def test_monstrous_figures_are_not_written_out() -> None:
    (refused,) = run(aliased_fragments(30), limits=Limits(depth=99, aliases=99, fragments=99))
    assert "10^12+" in refused["sentence"]


def test_the_standard_introspection_query_fits() -> None:
    assert run(get_introspection_query(), introspection=True) == []


def test_introspection_is_off_unless_asked_for() -> None:
    assert run("{ __schema { types { name } } }")[0]["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert run("{ __typename }") == []
    assert run('{ __type(name: "Item") { name } }', introspection=True) == []


def test_introspection_that_multiplies_is_refused() -> None:
    loop = "fields { type { " * 4 + "name" + " } }" * 4
    found = run(f"{{ __schema {{ types {{ {loop} }} }} }}", introspection=True)
    assert [error["code"] for error in found] == ["GRAPHQL_VALIDATION_FAILED"]


class Calls:
    """Counts the calls of a function it stands in for."""

    def __init__(self, original: Any) -> None:
        self.original, self.count = original, 0

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.count += 1
        return self.original(*args, **kwargs)


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> dict[str, Calls]:
    """Counters in front of parse, validate and measure, wherever they could be called."""
    calls = {
        "parse": Calls(strawberry_schema.parse),
        "validate": Calls(documents_module.validate),
        "strawberry validate": Calls(strawberry_schema.validate),
        "measure": Calls(documents_module.measure),
    }
    monkeypatch.setattr(strawberry_schema, "parse", calls["parse"])
    monkeypatch.setattr(strawberry_schema, "validate", calls["strawberry validate"])
    monkeypatch.setattr(documents_module, "validate", calls["validate"])
    monkeypatch.setattr(documents_module, "measure", calls["measure"])
    return calls


def test_a_repeated_document_is_neither_parsed_nor_validated_nor_measured_again(
    work: dict[str, Calls],
) -> None:
    documents = Documents()
    schema = make_schema(documents)
    for _ in range(5):
        result = asyncio.run(
            schema.execute("query ($n: Int!) { items(first: $n) { name } }", variable_values={"n": 3})
        )
        assert result.errors is None
    counts = {name: calls.count for name, calls in work.items()}
    assert counts == {"parse": 1, "validate": 1, "strawberry validate": 0, "measure": 1}
    assert (documents.hits, documents.misses) == (4, 1)


def test_only_valid_documents_are_remembered(work: dict[str, Calls]) -> None:
    schema = make_schema(Documents())
    for _ in range(2):
        assert asyncio.run(schema.execute("{ nope }")).errors
    assert work["validate"].count == 2


def test_the_memory_of_documents_is_bounded_by_number_and_by_size() -> None:
    def kept(**options: int) -> int:
        documents = Documents(**options)
        schema = make_schema(documents)
        for number in range(10):
            asyncio.run(schema.execute(f"query Q{number} {{ hello }}"))
        documents.hits = 0
        for number in reversed(range(10)):
            documents.find(schema, f"query Q{number} {{ hello }}")
        return documents.hits

    assert kept() == 10
    assert kept(entries=4) == 4
    assert kept(tokens=3 * parse("query Q1 { hello }").token_count) == 3


def test_documents_of_two_schemas_are_not_mixed() -> None:
    documents = Documents()
    first, second = make_schema(documents), make_schema(documents)
    documents.find(first, "{ hello }")
    with pytest.raises(RuntimeError, match="one schema"):
        documents.find(second, "{ hello }")


def test_a_document_without_any_operation_measures_nothing() -> None:
    assert measured("fragment A on Item { name }").cost == 0
    assert isinstance(parse("fragment A on Item { name }"), DocumentNode)
