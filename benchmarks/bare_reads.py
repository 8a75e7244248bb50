"""A bare server: the floor of reading, written by hand as an ASGI application with psycopg and orjson alone.

`python -m benchmarks.bare_reads PORT` takes the requests that the API takes for the documents of `READS`, on POST
/graphql, as uvicorn serves the API: one process, the same settings. It has as many database connections as the API has threads, and
no thread beside the event loop's: psycopg's AsyncConnection took about a tenth less CPU here than threads with a
connection each. Its database (a libpq connection string) comes in the environment as BENCH_DATABASE.

It reads the variables, asks the hand-written SQL of the floors for what the province sees, and writes the same answer.
Left out, because a floor needs none of it: parsing and checking the document, which it knows by its text; asking whose
session it is; cookies, limits, figures and logs.
"""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, Final

import orjson
import psycopg
import uvicorn
from psycopg.types.json import set_json_loads

from . import alert_floor, documents, floor, inspection_floor

DATABASE: Final = "BENCH_DATABASE"
CONNECTIONS: Final = 8
REGION: Final = "610000"
LEVEL: Final = "PROVINCE"

Json = Mapping[str, Any]
Rows = Sequence[Sequence[Any]]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Read:
    """How one document is answered: its SQL, the parameters of it, and the answer, all from the variables."""

    statement: Callable[[Json], str]
    params: Callable[[Json], dict[str, Any]]
    answer: Callable[[Rows, Json], Json]


@cache
def _history(filters: tuple[str, ...]) -> str:
    (statement,) = floor.history(LEVEL, filters).values()
    return statement


def _filters(asked: Json) -> tuple[str, ...]:
    return tuple(name for name in asked["where"] if name in floor.CONDITIONS)


def _days(asked: Json) -> dict[str, Any]:
    where = asked["where"]
    first, last = date.fromisoformat(where["firstDay"]), date.fromisoformat(where["lastDay"])
    return {"first_day": first, "last_day": last, "limit": asked["first"] + 1}


def _history_params(asked: Json) -> dict[str, Any]:
    return _days(asked) | {name: asked["where"][name] for name in _filters(asked)}


def _instants(asked: Json) -> dict[str, Any]:
    days = _days(asked)
    return {
        "first_at": _midnight(days["first_day"]),
        "until": _midnight(days["last_day"] + timedelta(days=1)),
        "limit": days["limit"],
    }


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=floor.SHANGHAI)


(_RECORDS,) = inspection_floor.records_in_sight(LEVEL).values()
(_PROBLEMS,) = inspection_floor.problems_in_sight(LEVEL, overdue=False).values()
(_ALERTS,) = alert_floor.alerts_in_sight(LEVEL, "true", alert_floor.NEWEST).values()

READS: Final[Mapping[str, Read]] = {
    documents.HISTORY: Read(
        lambda asked: _history(_filters(asked)),
        _history_params,
        lambda rows, asked: floor.history_answer(rows, asked["first"]),
    ),
    documents.OVERVIEW: Read(
        lambda asked: floor.OVERVIEW,
        lambda asked: {"day": date.fromisoformat(asked["day"]), "region": REGION},
        lambda rows, asked: floor.overview_answer(rows),
    ),
    documents.PROBLEMS: Read(
        lambda asked: _PROBLEMS,
        _instants,
        lambda rows, asked: inspection_floor.problems_answer("problems", rows, asked["first"]),
    ),
    documents.RECORDS: Read(
        lambda asked: _RECORDS,
        _days,
        lambda rows, asked: inspection_floor.records_answer(rows, asked["first"]),
    ),
    documents.ALERTS: Read(
        lambda asked: _ALERTS,
        lambda asked: {"limit": asked["first"] + 1},
        lambda rows, asked: alert_floor.alerts_answer(rows, asked["first"]),
    ),
}


class BareReads:
    """The ASGI application over one database."""

    def __init__(self, database: str) -> None:
        self._database = database
        self._free: asyncio.LifoQueue[psycopg.AsyncConnection] = asyncio.LifoQueue()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["path"] == "/graphql":
            await _respond(send, b"application/json", await self._answer(await _body(receive)))
        else:
            await _respond(send, b"text/plain", b"ok")

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        for _ in range(CONNECTIONS):
            connection = await psycopg.AsyncConnection.connect(self._database, autocommit=True)
            set_json_loads(orjson.loads, connection)
            self._free.put_nowait(connection)
        gc.collect()
        gc.freeze()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        for _ in range(CONNECTIONS):
            await (await self._free.get()).close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _answer(self, body: bytes) -> bytes:
        asked = orjson.loads(body)
        read, variables = READS[asked["query"]], asked["variables"]
        connection = await self._free.get()
        try:
            cursor = await connection.execute(read.statement(variables), read.params(variables))
            rows = await cursor.fetchall()
        finally:
            self._free.put_nowait(connection)
        return orjson.dumps({"data": read.answer(rows, variables)})


async def _body(receive: Receive) -> bytes:
    message = await receive()
    body: bytes = message["body"]
    while message["more_body"]:
        message = await receive()
        body += message["body"]
    return body


async def _respond(send: Send, kind: bytes, body: bytes) -> None:
    headers = [(b"content-type", kind), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


if __name__ == "__main__":
    uvicorn.run(
        BareReads(os.environ[DATABASE]),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        timeout_graceful_shutdown=5,
        access_log=False,
        log_config=None,
        server_header=False,
    )
