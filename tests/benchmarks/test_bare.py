"""The bare server in small: it answers what the API answers, stores what the API stores, and uses nothing that it must not."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from benchmarks.asking import Request, Server
from benchmarks.bare import Bare
from benchmarks.books import books
from benchmarks.database import session_settings
from benchmarks.options import Options
from benchmarks.prepare import prepare
from benchmarks.stage import Stage, stage
from benchmarks.submitting import MORNING, heads_of, open_day, requests_of

from yanbao.adapters.clock import MovableClock
from yanbao.domain.deadlines import instant

from ..support.databases import postgres_server_url
from ..support.dates import TODAY

pytestmark = pytest.mark.postgres

SMALL = Options(day=TODAY, enterprises=100, days=2)
STORED = {
    "commitment": "SELECT * FROM commitment WHERE business_date = %(day)s AND enterprise_id = %(enterprise)s",
    "version": "SELECT * FROM commitment_version WHERE commitment_id = %(id)s",
    "outbox": "SELECT * FROM outbox WHERE object_key = %(id)s::text",
    "audit": "SELECT * FROM audit_entry WHERE subject = 'Commitment:' || %(id)s",
    "answer": "SELECT * FROM remembered_answer WHERE reference = %(id)s::text",
}
NOT_COMPARED = {("audit", "id"), ("answer", "fingerprint")}
"""A random id; and each side may tell two inputs apart as it likes."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of two equal provinces, with the requests of all its enterprises, token and body, in the same order."""

    stage: Stage
    day: date
    enterprises: Sequence[UUID]
    requests: Sequence[tuple[str, bytes]]


@pytest.fixture(scope="module")
def sides() -> Iterator[tuple[Side, Side]]:
    """The same province twice, on the same day: once for the API, once for the bare server."""
    try:
        postgres_server_url()
    except (ImportError, OSError, RuntimeError, subprocess.SubprocessError) as reason:
        pytest.skip(f"no PostgreSQL can be had, not even one of our own: {reason}")
    with ExitStack() as stack:
        yield side(stack.enter_context(stage(TODAY))), side(stack.enter_context(stage(TODAY)))


def side(filled: Stage) -> Side:
    prepare(filled, SMALL)
    day = open_day(filled)
    at = instant(day, MORNING)
    assert isinstance(filled.system.clock, MovableClock)
    filled.system.clock.move_to(at)
    heads = heads_of(filled.connection)
    requests = requests_of(filled, heads, day, at=at)
    return Side(filled, day, [enterprise for enterprise, _ in heads], requests)


@pytest.fixture(scope="module")
def answers(sides: tuple[Side, Side]) -> Iterator[tuple[list[Any], list[Any]]]:
    """What both said to every enterprise's report and to what must be refused."""
    ours, by_hand = sides
    server = Server(ours.stage.system)
    bare = Bare(session_settings(by_hand.stage.url), by_hand.stage.system.clock.now)
    yield (
        [orjson.loads(server.send(Request(body, token))) for token, body in asked(ours)],
        [bare.answer(token, body) for token, body in asked(by_hand)],
    )
    server.close()
    bare.close()


def asked(side: Side) -> list[tuple[str, bytes]]:
    """Everybody's report; then a foreign enterprise, a stranger, a repeated call, and its key for another input."""
    (token, body), (_, foreign) = side.requests[:2]
    other = orjson.loads(body)
    other["variables"]["form"]["riskGrade"] = 2
    return [*side.requests, (token, foreign), ("nobody", body), (token, body), (token, orjson.dumps(other))]


def test_the_bare_server_answers_what_the_api_answers(answers: tuple[list[Any], list[Any]]) -> None:
    ours, by_hand = answers
    for answer in ours:
        for error in answer.get("errors", []):
            del error["locations"], error["path"]
    assert by_hand == ours
    *reports, foreign, stranger, repeated, reused = [answer["data"] for answer in by_hand]
    assert {report["submitCommitment"]["__typename"] for report in reports} == {"CommitmentSaved"}
    assert {report["submitCommitment"]["commitment"]["revision"] for report in reports} == {1, 2}
    assert foreign["submitCommitment"]["code"] == "NOT_FOUND"
    assert stranger is None
    assert repeated == reports[0]
    assert reused["submitCommitment"]["code"] == "CONFLICT"


def test_the_bare_server_stores_what_the_api_stores(
    sides: tuple[Side, Side], answers: tuple[list[Any], list[Any]]
) -> None:
    ours, by_hand = sides
    assert by_hand.enterprises == ours.enterprises
    for enterprise in ours.enterprises:
        assert stored(by_hand, enterprise) == stored(ours, enterprise)


def test_the_books_are_right_after_both(
    sides: tuple[Side, Side], answers: tuple[list[Any], list[Any]]
) -> None:
    kept = [
        books(each.stage.connection, each.stage.system.engine, each.day, each.enterprises) for each in sides
    ]
    assert kept[0] == kept[1]
    assert kept[0].right(SMALL.enterprises)


def stored(side: Side, enterprise: UUID) -> dict[str, list[dict[str, Any]]]:
    """Every row of a commitment; the instants that differ between the provinces by what they are."""
    connection, known = side.stage.connection, {"day": side.day, "enterprise": enterprise}
    row = connection.execute(
        "SELECT c.id, c.reported_at, e.updated_at, "
        "(SELECT min(o.created_at) FROM outbox o WHERE o.object_key = c.id::text) "
        "FROM commitment c JOIN enterprise e ON e.id = c.enterprise_id "
        "WHERE c.business_date = %(day)s AND e.id = %(enterprise)s",
        known,
    ).fetchone()
    assert row is not None
    # An enterprise in a shutdown period was reported automatically before, when its day was opened.
    named = {row[3]: "at first", row[1]: "when it was reported", row[2]: "when the directory was changed"}
    found = {}
    for table, statement in STORED.items():
        cursor = connection.execute(statement, known | {"id": row[0]})
        names = [column.name for column in cursor.description or ()]
        found[table] = [
            {
                name: plain(value, named)
                for name, value in zip(names, values, strict=True)
                if (table, name) not in NOT_COMPARED
            }
            for values in cursor
        ]
    return found


def plain(value: Any, named: dict[datetime, str]) -> Any:
    """The value with its instants named, where they have a name; in JSON an instant must be spelled alike, too."""
    if isinstance(value, dict):
        return {key: plain(part, named) for key, part in value.items()}
    if isinstance(value, str) and len(value) > 19 and value[10] == "T":
        moment = datetime.fromisoformat(value)
        return named.get(moment, value), moment.utcoffset() == timedelta(0), value.endswith("Z")
    return named.get(value, value) if isinstance(value, datetime) else value


def test_the_bare_server_uses_neither_our_schema_nor_a_statement_compiler() -> None:
    script = "import sys, benchmarks.bare; print(*{name.split('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    loaded = set(done.stdout.split())
    assert {"psycopg", "starlette", "uvicorn"} <= loaded
    assert not loaded & {"sqlalchemy", "strawberry", "graphql", "pydantic"}
