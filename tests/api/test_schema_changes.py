"""The schema over time: what breaks clients of the last release is announced, and what goes says so first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLSchema, build_schema
from graphql.utilities import find_breaking_changes

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "schema.md").read_text(encoding="utf-8")
REASON = re.compile(r"改用 ?[\w.]+.*；\d+\.\d+ ?起不再提供。")


def version(path: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in path.stem.split("."))


LAST = max((ROOT / "docs" / "schema").glob("*.graphql"), key=version)


def read(path: Path) -> GraphQLSchema:
    return build_schema(path.read_text(encoding="utf-8"))


def breaks(before: GraphQLSchema, after: GraphQLSchema) -> list[str]:
    """What breaks a client, one line each, as docs/schema.md announces it."""
    return sorted(f"{each.type.name}: {each.description}" for each in find_breaking_changes(before, after))


def announced(page: str, release: str) -> list[str]:
    """The announced breaks since this release: `- TYPE: description → what to do instead`."""
    section = page.partition(f"## Since {release}\n")[2].partition("\n## ")[0]
    part = section.partition("### Announced breaks\n")[2].partition("\n### ")[0]
    lines = re.sub(r"\n  +", " ", part).splitlines()
    return sorted(line[2:].partition(" → ")[0] for line in lines if line.startswith("- ") and " → " in line)


def test_nothing_breaks_a_client_of_the_last_release_unannounced() -> None:
    found, said = breaks(read(LAST), read(ROOT / "schema.graphql")), announced(PAGE, LAST.stem)
    unannounced = [f"- {each} → …" for each in found if each not in said]
    assert unannounced == [], "keep the old way beside the new one, or add these lines to docs/schema.md"
    assert [each for each in said if each not in found] == [], "docs/schema.md announces what does not break"


@pytest.mark.parametrize(
    ("after", "line"),
    [
        ("type Query { b: Int }", "FIELD_REMOVED: Field Query.a was removed."),
        (
            "type Query { a: String b: Int }",
            "FIELD_CHANGED_KIND: Field Query.a changed type from Int to String.",
        ),
        (
            "type Query { a(x: Int!): Int b: Int }",
            "REQUIRED_ARG_ADDED: A required argument Query.a(x:) was added.",
        ),
    ],
)
def test_a_break_is_found_and_may_be_announced(after: str, line: str) -> None:
    assert breaks(build_schema("type Query { a: Int b: Int }"), build_schema(after)) == [line]
    page = f"## Since 0.1.0\n\n### Announced breaks\n\n- {line} →\n  use b.\n- No break.\n\n### New\n\n- {line} → x\n"
    assert announced(page, "0.1.0") == [line] and announced(page, "0.2.0") == []


def test_what_is_added_breaks_nobody() -> None:
    before, after = "type Query { a: Int }", "type Query { a(x: Int): Int b: Int }"
    assert breaks(build_schema(before), build_schema(after)) == []


def deprecated(schema: GraphQLSchema) -> Iterator[tuple[str, str]]:
    """Everything deprecated in the schema, with its reason."""
    for name, kind in schema.type_map.items():
        members = kind.values if isinstance(kind, GraphQLEnumType) else getattr(kind, "fields", {})
        for field, member in members.items():
            if member.deprecation_reason is not None:
                yield f"{name}.{field}", member.deprecation_reason
            if not isinstance(kind, GraphQLEnumType | GraphQLInputObjectType):
                for argument, given in member.args.items():
                    if given.deprecation_reason is not None:
                        yield f"{name}.{field}({argument})", given.deprecation_reason


def test_what_is_deprecated_says_what_to_use_and_when_it_goes() -> None:
    schema = read(ROOT / "schema.graphql")
    assert [place for place, reason in deprecated(schema) if not REASON.search(reason)] == []


def test_the_rule_for_deprecations_reads_every_place() -> None:
    good = "改用 newName；2.0 起不再提供。"
    schema = build_schema(
        f"""enum E {{ A B @deprecated(reason: "{good}") }}
        input I {{ a: Int b: Int @deprecated(reason: "old") }}
        type Query {{ a(i: I, e: E @deprecated): Int c: Int @deprecated(reason: "{good}") }}"""
    )
    found = dict(deprecated(schema))
    assert set(found) == {"E.B", "I.b", "Query.a(e)", "Query.c"}
    assert {place for place, reason in found.items() if REASON.search(reason)} == {"E.B", "Query.c"}
