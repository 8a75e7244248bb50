"""What is counted before anything is validated or coerced: pairs of fields, values of variables, bytes and lines."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from benchmarks.hostile import documents as hostile
from graphql import GraphQLError, Source, get_introspection_query, parse
from hypothesis import given
from hypothesis import strategies as st

from yanbao.graphql.execution.errors import MOST_QUOTED, shorten
from yanbao.graphql.execution.limits import STRANGERS, Limits, breaches
from yanbao.graphql.execution.measuring import measure
from yanbao.graphql.execution.text import MOST_BYTES, MOST_LINES, STRANGERS_BYTES, Text, oversize
from yanbao.graphql.execution.variables import too_many_values

from ...support.system import schema

ROOT = Path(__file__).parents[3]


def pairs(document: str, most: int = 10**6) -> int:
    return measure(schema()._schema, parse(document), None, Limits(pairs=most)).pairs


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ("{ a b c }", 0),
        ("{ a a a }", 3),
        ("{ x: a x: b }", 1),
        ("{ ... { a } ... { a } ... on Query { a } }", 3),
        ("{ a { b c } a { b c } }", 3),  # a with a; beneath, b with b and c with c
        ("{ ...F ...G } fragment F on Q { a } fragment G on Q { a }", 2),  # the spreads, and the fields
        ("{ ...F } fragment F on Q { a a }", 2),  # seen from the operation, and from the fragment itself
        ("{ a { ... { b } ... { b } } }", 1),
        ("{ ...F ...F ...F } fragment F on Q { a }", 0),
    ],
)
def test_pairs_are_counted_through_fragments_and_spreads(document: str, expected: int) -> None:
    assert pairs(document) == expected


def test_the_count_ends_with_the_first_pair_too_many() -> None:
    assert pairs(hostile.inline_fragments(100), most=50) == 51
    assert pairs("{...F} fragment F on Q {a {...F} a {...F}}", most=50) == 51  # would never end
    assert pairs(hostile.fragments_of_fragments(20), most=50) == 51


@pytest.mark.parametrize(
    ("variables", "limit"),
    [
        (None, None),
        ({}, None),
        ({"a": [1] * 5}, None),
        ({"a": [1] * 6}, "list"),
        ({f"v{n}": n for n in range(6)}, "list"),
        ({"a": [[1] * 5] * 3}, "values"),
        ({"a": {"b": {"c": [1]}}}, None),
        ({"a": {"b": {"c": [[1]]}}}, "nesting"),
    ],
)
def test_values_are_counted_before_they_are_coerced(variables: Any, limit: str | None) -> None:
    error = too_many_values(variables, Limits(list=5, values=15, nesting=4))
    assert (error and (error.extensions or {})["limit"]) == limit


def test_counting_values_ends_with_the_first_too_many() -> None:
    class Watched(list[int]):
        def __iter__(self) -> Any:
            raise AssertionError("a list that is too long was looked through")

    error = too_many_values({"a": Watched([1] * 1_001)}, Limits())
    assert error is not None
    assert error.message == "The variables hold a list of 1001 items, 1000 are allowed."


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{a}" + " " * (STRANGERS_BYTES - 3), None),
        ("{a}" + " " * (STRANGERS_BYTES - 2), "UNAUTHENTICATED"),
        ("汉" * 5_462, "UNAUTHENTICATED"),  # 16,386 bytes
        ("\n" * 501, "UNAUTHENTICATED"),
        ("\r" * (MOST_LINES + 1), "PAYLOAD_TOO_LARGE"),
        (" " * (MOST_BYTES + 1), "PAYLOAD_TOO_LARGE"),
        ("\ud800", None),
    ],
)
def test_a_document_has_few_bytes_and_lines(text: str, code: str | None) -> None:
    error = oversize(text, logged_in=False)
    assert (error and (error.extensions or {})["code"]) == code
    if code == "UNAUTHENTICATED":
        assert oversize(text) is None


@given(st.text(st.sampled_from("ab\r\n"), max_size=30), st.integers(0, 30))
def test_a_place_is_found_as_graphql_core_finds_it(text: str, position: int) -> None:
    assert Text(text).get_location(position) == Source(text).get_location(position)


def test_messages_are_cut_and_their_quotations_too() -> None:
    assert shorten("Unknown type 'a'.") == "Unknown type 'a'."
    long = "x" * (MOST_QUOTED + 1)
    assert shorten(f"Field '{long}' is not on 'Y'.") == f"Field '{long[:-1]}…' is not on 'Y'."
    assert len(shorten("y" * 9_000)) == 500
    between = "Fields 'a' conflict because " + "of many words " * 12 + "and 'b'."
    assert shorten(between) == between


def written_documents() -> list[tuple[str, str]]:
    """Every document in the sources of tests, benchmarks and the product that parses."""
    found = []
    for file in sorted(
        {*ROOT.glob("tests/**/*.py"), *ROOT.glob("benchmarks/*.py"), *ROOT.glob("src/**/*.py")}
    ):
        if "hostile" in file.name or file.name in ("test_limits.py", Path(__file__).name):
            continue
        for text in re.findall(r'"""(.*?)"""', file.read_text(encoding="utf-8"), re.DOTALL):
            try:
                parse(text)
            except GraphQLError:
                continue
            found.append((f"{file.name}: {text.strip()[:40]}", text))
    return found


def test_what_people_ask_for_is_within_the_limits() -> None:
    documents = written_documents()
    assert len(documents) > 40
    for name, text in documents:
        measured = measure(schema()._schema, parse(text), None, Limits())
        assert [error.message for error in breaches(measured, Limits())] == [], name
        assert oversize(text) is None, name


def test_a_development_tool_reads_the_schema_without_a_session() -> None:
    query = get_introspection_query(
        input_value_deprecation=True, specified_by_url=True, directive_is_repeatable=True
    )
    document = parse(query, max_lexical_tokens=STRANGERS.tokens)
    assert breaches(measure(schema()._schema, document, None, STRANGERS), STRANGERS) == []
    assert oversize(query, logged_in=False) is None
