"""Reads as served, in small: every server is asked the same, and the report names what a peer lacks."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import Any

import orjson
import pytest
from benchmarks import peer_documents, peers
from benchmarks.asking import Server
from benchmarks.bare_reads import BareReads
from benchmarks.database import session_settings
from benchmarks.load import Sent
from benchmarks.options import Options
from benchmarks.prepare import prepare
from benchmarks.served_report import serving, targets
from benchmarks.served_requests import NAMED, fill, served_requests
from benchmarks.serving import BY_HAND, OURS, Served, Serving, Spread, Turn
from benchmarks.stage import stage

from ..support.databases import postgres_server_url
from ..support.dates import TODAY

SMALL = Options(
    day=TODAY, enterprises=50, days=3, inspections_each_day=20, recent_days=5, alerts=200, parts=frozenset()
)


@pytest.mark.postgres
def test_the_bare_server_gives_our_answers_and_every_read_has_a_request_for_the_peers() -> None:
    try:
        postgres_server_url()
    except (ImportError, OSError, RuntimeError, subprocess.SubprocessError) as reason:
        pytest.skip(f"no PostgreSQL can be had, not even one of our own: {reason}")
    with stage(TODAY) as ready:
        prepare(ready, SMALL)
        fill(ready, SMALL)
        asked = served_requests(ready, SMALL)
        bodies = [request.body for request in asked.values()]
        by_hand = asyncio.run(answers(session_settings(ready.url), bodies))
        server = Server(ready.system)
        for (short, request), other in zip(asked.items(), by_hand, strict=True):
            ours = server.ask(request)
            assert ours == other["data"], short
            assert rows_of(peers.plain(ours)), short
            assert orjson.loads(peer_documents.translated(request.body))["variables"], short
        server.close()
    assert list(asked) == list(NAMED)


def rows_of(data: dict[str, Any]) -> list[Any]:
    (listed,) = data.values()
    rows: list[Any] = listed["nodes"]
    return rows


async def answers(database: str, bodies: list[bytes]) -> list[Any]:
    """What the ASGI application answers to each, from its start to its end."""
    app = BareReads(database)
    to_it: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    from_it: asyncio.Queue[Any] = asyncio.Queue()
    living = asyncio.create_task(app({"type": "lifespan"}, to_it.get, from_it.put))
    await to_it.put({"type": "lifespan.startup"})
    assert (await from_it.get())["type"] == "lifespan.startup.complete"
    found = []
    for body in bodies:
        # In two parts, as a socket may bring it.
        await to_it.put({"type": "http.request", "body": body[:40], "more_body": True})
        await to_it.put({"type": "http.request", "body": body[40:], "more_body": False})
        await app({"type": "http", "path": "/graphql"}, to_it.get, from_it.put)
        assert (await from_it.get())["status"] == 200
        found.append(orjson.loads((await from_it.get())["body"]))
    await to_it.put({"type": "lifespan.shutdown"})
    await living
    return found


def test_the_bare_server_uses_neither_our_package_nor_a_framework() -> None:
    script = "import sys, benchmarks.bare_reads; print(*{name.split('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    loaded = set(done.stdout.split())
    assert {"psycopg", "uvicorn"} <= loaded
    assert not loaded & {"sqlalchemy", "strawberry", "graphql", "pydantic", "starlette", "yanbao"}


def test_a_statement_with_names_is_written_with_places() -> None:
    found = peers.positional("WHERE a = %(one)s AND b LIKE '%%x' AND c IN (%(two)s, %(one)s)")
    assert found == {"text": "WHERE a = $1 AND b LIKE '%x' AND c IN ($2, $1)", "names": ["one", "two"]}


def test_answers_of_two_schemas_are_brought_into_one_form() -> None:
    ours = {
        "commitmentOverview": {
            "whole": {"region": {"id": "UmVnaW9uOjYxMDAwMA", "name": "陕西省"}, "tally": {"late": 2}},
            "parts": [],
        }
    }
    theirs = {"commitmentOverview": {"nodes": [{"id": "610000", "name": "陕西省", "late": 2}]}}
    assert peers.plain(ours) == peers.plain(theirs)
    here = {"dueAt": "2026-11-24T10:00:00+08:00", "businessDate": "2026-11-24"}
    there = {"dueAt": "2026-11-24T02:00:00.000000+00:00", "businessDate": "2026-11-24"}
    assert peers.plain(here) == peers.plain(there)
    assert peers.plain(here) != peers.plain(there | {"dueAt": "2026-11-24T02:00:01+00:00"})


def turns(*cpu_ms: float) -> list[Turn]:
    """Turns of a hundred answers in one second, at so much CPU for each."""
    return [Turn(Sent(1.0, [0.01] * 100, {}, 0.02), each / 10) for each in cpu_ms]


def spread(processes: int, accepted: int, api: float) -> Spread:
    return Spread(
        "overview", processes, 1.0, accepted, api=api, database=0.2, load=0.1, machine=api + 0.4, cores=2
    )


FOUND = Serving(
    [Served("overview", {OURS: turns(3.0, 6.0, 4.0), BY_HAND: turns(1.0, 3.0, 2.0)})],
    [(spread(1, 100, 1.0), spread(2, 150, 1.2))],
    {peers.MERCURIUS: "node or npm is not there"},
)


def test_the_ratio_is_the_median_of_the_rounds_and_stands_beside_its_target() -> None:
    one, *others = targets(FOUND)
    # 3/1, 6/3 and 4/2.
    assert one[1:] == ("≤ 1.6×, wanted 1.4×", "worst 2.00×: overview 2.00×")
    # 150 beside 100 answers a second; 8 ms of CPU beside 10 for each, and twice as many cores. One process, its database
    # and the load use 1.3 cores of 2.
    assert [row[1:] for row in others] == [
        (
            "≥ 1.7× the rate",
            "1.50× measured, of 1.54× that 2 cores have room for, 2.50× by CPU time with a core each",
        ),
        ("—", "API 1.00, database 0.20, load 0.10, others 0.10"),
        ("—", "API 1.20, database 0.20, load 0.10, others 0.10"),
    ]
    assert targets(None) == []


def test_rounds_without_answers_do_not_end_the_report() -> None:
    nothing = Turn(Sent(1.0, [], {"ConnectionResetError": 16}, 0.0), 0.0)
    reads = [Served("overview", {OURS: [nothing, *turns(4.0)], BY_HAND: turns(1.0, 2.0)})]
    silent = Serving(reads, [(spread(1, 0, 0.0), spread(2, 0, 0.0))], {})
    one, other, *_ = targets(silent)
    assert one[2].startswith("worst 2.00×")
    assert other[2].startswith("?× measured")
    assert serving(silent)[0].rows[0][3] == "16"


def test_the_table_has_a_row_for_each_server_and_one_for_a_peer_that_is_missing() -> None:
    reads, processes = serving(FOUND)
    assert [row[:2] for row in reads.rows] == [
        ("overview", OURS),
        ("overview", BY_HAND),
        ("all", peers.MERCURIUS),
    ]
    assert reads.rows[-1][-1] == "node or npm is not there"
    assert {len(row) for row in reads.rows} == {len(reads.headings)}
    assert [row[1] for row in processes.rows] == ["1", "2"]
    assert {len(row) for row in processes.rows} == {len(processes.headings)}
