"""Nobody without a session may cost much, whatever they send: the table of hostile requests, by the work that each makes.

`python -m benchmarks --only hostile` measures the same table by the clock.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any, Final

import httpx
import pytest
from benchmarks.hostile import documents
from benchmarks.hostile.application import production
from benchmarks.hostile.attacks import Attack, attacks, body_of
from benchmarks.hostile.sending import Answer, send
from graphql import get_introspection_query
from starlette.applications import Starlette

from yanbao.graphql.execution.documents import Documents
from yanbao.graphql.execution.errors import MOST_ERRORS
from yanbao.graphql.execution.limits import STRANGERS, Limits
from yanbao.graphql.execution.manifest import digest_of
from yanbao.graphql.execution.text import MOST_LINES, STRANGERS_BYTES
from yanbao.graphql.schema import SchemaSettings, make_schema
from yanbao.main import asgi
from yanbao.settings import Settings
from yanbao.wiring import System, wire

from ...support.databases import add_tables
from ...support.dates import start_clock
from .. import toy
from .work import Work

TABLE: Final = attacks()
MOST: Final = {
    # The document of a stream that is asked for by GET is read twice: once to refuse mutations.
    "tokens": 2 * STRANGERS.tokens + 2,
    "characters": 2 * STRANGERS_BYTES,
    "pairs": 2 * STRANGERS.pairs,
    "values": 3 * STRANGERS.values,
    "lines": MOST_LINES,
    # Each error is made anew with its code, and a variable's error is wrapped once more.
    "errors": 8 * MOST_ERRORS,
    "sent": 16 * 1024,
}
"""The most work for one request. `sent` counts the bytes of the answer."""
REFUSALS: Final = {200, 400, 401, 404, 405, 413, 414, 415, 431}
CLOSES: Final = {0, 1009, 4400, 4401, 4403}


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    var = tmp_path_factory.mktemp("hostile")
    start_clock(var)
    made = wire(Settings(var=var, embedded=False))
    add_tables(made.engine)
    yield made
    made.close()


@pytest.fixture(scope="module")
def app(system: System) -> Starlette:
    return production(system)


def ask(app: Starlette, attack: Attack) -> Answer:
    return asyncio.run(send(app, attack, attack.make()))


def excess(work: Work, answer: Answer) -> dict[str, int]:
    done = {**work.done, "sent": len(answer.sent)}
    return {what: count for what, count in done.items() if count > MOST[what]}


def test_the_table_has_many_kinds_and_each_name_once() -> None:
    names = [attack.name for attack in TABLE]
    assert len(names) == len(set(names)) >= 25


@pytest.mark.parametrize("attack", TABLE, ids=lambda attack: attack.name)
def test_a_stranger_makes_little_work(
    app: Starlette, attack: Attack, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = Work(monkeypatch)
    answer = ask(app, attack)
    assert excess(work, answer) == {}
    assert answer.status in (CLOSES if attack.is_socket else REFUSALS)


def test_the_count_finds_what_the_limits_keep_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limits of before, planted again: pairs per selection set, values and lines not counted at all."""
    loose = Limits(pairs=10**9, values=10**9, list=10**9, tokens=10_000, literal=10**9)
    document = documents.inline_fragments(120)
    schema = make_schema(SchemaSettings(introspection=False, suggestions=False))
    guard: Any = next(each for each in schema.extensions if hasattr(each, "__self__")).__self__
    assert isinstance(guard, Documents)
    assert [error.extensions["limit"] for error in run(schema, document, None)] == ["pairs"]
    planted = Documents(limits=loose, strangers=loose)
    schema.extensions = [
        each if not hasattr(each, "__self__") else planted.extension for each in schema.extensions
    ]
    work = Work(monkeypatch)
    assert run(schema, document, None) == []
    assert work.done["pairs"] > 100 * STRANGERS.pairs
    run(schema, "query($i:[ID!]!){nodes(ids:$i){__typename}}", {"i": ["x"] * 20_000})
    assert work.done["values"] > 100 * STRANGERS.values


def run(schema: Any, document: str, variables: Any) -> list[Any]:
    """The errors of the document, and not those of its fields."""
    result = asyncio.run(schema.execute(document, variable_values=variables))
    return [error for error in result.errors or () if error.path is None]


def test_what_somebody_with_a_session_has_used_is_answered_to_strangers_from_memory() -> None:
    """A document of the manifest, larger than a stranger may send: UNAUTHENTICATED, until it is remembered."""
    text = "{ nodes(ids: [" + '"1" ' * STRANGERS.tokens + "]) { name } }"
    digest = digest_of(text)

    async def ask_as(http: httpx.AsyncClient, who: str) -> int:
        answer = await http.post("/graphql", json={"documentId": digest}, headers={"x-toy": who})
        return answer.status_code if "errors" in answer.json() else 0

    async def go() -> list[int]:
        async with toy.client(persisted={digest: text}) as http:
            return [await ask_as(http, who) for who in ("nobody", "somebody", "nobody")]

    assert asyncio.run(go()) == [401, 0, 0]


@pytest.mark.parametrize(
    ("document", "limit"),
    [
        (documents.inline_fragments(10), "pairs"),
        (documents.fragments_of(15, "name person{name}"), "pairs"),
        (documents.operations(20), "operations"),
        (documents.declared(40), "variables"),
        ("{viewer{...F}}fragment F on Viewer" + "@skip(if:true)" * 31 + "{name}", "directives"),
        ("query($v:Int" + "@d" * 31 + "){viewer{name}}", "directives"),
        ("{viewer{" + "n" * 101 + "}}", "name"),
        ('{node(id:"' + "x" * 1_001 + '"){__typename}}', "literal"),
        ("{" + " viewer{name}" * 101 + "}", "tokens"),
    ],
)
def test_each_cap_says_itself(app: Starlette, document: str, limit: str) -> None:
    answer = ask(app, Attack("", lambda: body_of(document)))
    assert f'"limit":"{limit}"' in answer.sent.decode()


def test_who_could_ask_for_more_with_a_session_is_told_to_log_in(app: Starlette) -> None:
    answer = ask(app, Attack("", lambda: body_of("{" + " viewer{name}" * 101 + "}")))
    assert (answer.status, "请先登录。未登录时：" in answer.sent.decode()) == (401, True)
    answer = ask(
        app, Attack("", lambda: body_of("query($i:[ID!]!){nodes(ids:$i){__typename}}", {"i": ["x"] * 101}))
    )
    assert answer.status == 401
    answer = ask(app, Attack("", lambda: body_of("{" + " " * 20_000 + "viewer{name}}")))
    assert answer.status == 401


def test_a_quotation_is_cut_to_a_hundred_characters(app: Starlette) -> None:
    answer = ask(app, Attack("", lambda: body_of('{viewer(a:"' + "x" * 900 + '"){name}}')))
    assert "x" * 101 not in answer.sent.decode()
    wrong = Attack("", lambda: body_of("query($n:Int!){accounts(first:$n){nodes{id}}}", {"n": "x" * 900}))
    assert "x" * 101 not in ask(app, wrong).sent.decode()


def test_production_suggests_nothing_for_variables_either(app: Starlette, system: System) -> None:
    document = "query($w:ProblemFilterInput!){problems(first:1,where:$w){totalCount}}"
    asked = Attack("", lambda: body_of(document, {"w": {"kindz": 1}}))
    shown = ask(app, asked).sent.decode()
    assert "kindz" in shown
    assert "Did you mean" not in shown
    assert "Did you mean" in ask(asgi(system), asked).sent.decode()  # The demo helps.


def test_the_introspection_of_a_development_tool_needs_no_session(system: System) -> None:
    query = get_introspection_query(input_value_deprecation=True, specified_by_url=True)
    answer = ask(asgi(system), Attack("", lambda: body_of(query)))
    assert (answer.status, b'"errors"' in answer.sent) == (200, False)
