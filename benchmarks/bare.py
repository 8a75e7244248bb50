"""A bare server: the floor of submitting, written by hand with Starlette and psycopg alone.

`python -m benchmarks.bare PORT CLOCK` takes the requests that the API takes for `documents.SUBMIT`, on POST /graphql, as
uvicorn serves the API: one process, the same settings, as many threads, a connection for each. Its database (a libpq
connection string) comes in the environment as BENCH_DATABASE; CLOCK is the file of the movable clock.

It asks whose session it is, whether that has ended, and whether the enterprise is the person's own. Then it writes what
the API writes for a report, row by row and column by column: the remembered answer of the key, the commitment, its version
with form and facts, the outbox row with what the ministry is told, the line of the audit trail, and the roll-up. For that
it takes three statements, each a transaction of its own, the last of which locks the commitment, checks that it is as it
was read, and writes everything. The API takes three as well, two of them in a transaction that costs two round trips more.

Left out, because a floor needs none of it: parsing and checking the document (the variables are believed); the rules of the
form, of the permit and of the day; what a commitment that may not be reported is refused with (CONFLICT, whatever the
reason); making the duty of an enterprise that came after the day was opened; noting once a minute when a session was seen;
the settings of a region (the starting values of the push hold everywhere), which the API reads once a second; waking
workers; limits, cookies and logs. The chain of hashes over the audit trail belongs to no request of either: the schedule
seals it once an hour.
"""

from __future__ import annotations

import gc
import hashlib
import os
import sys
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from queue import LifoQueue
from typing import Any, Final
from uuid import UUID

import anyio.to_thread
import orjson
import psycopg
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from yanbao.adapters.clock import MovableClock
from yanbao.domain.values import fact_id

from .bare_rows import writing
from .bare_sql import DUTY, REMEMBERED, SESSION, WRITE
from .floor import global_id

DATABASE: Final = "BENCH_DATABASE"
THREADS: Final = 8
IDLE: Final = timedelta(minutes=30)
OLDEST: Final = timedelta(hours=12)
PASSWORD_LASTS: Final = timedelta(days=90)

ENDED: Final = ("UNAUTHENTICATED", "登录已失效，请重新登录。")
FOREIGN: Final = ("NotFoundRefusal", "NOT_FOUND", "没有找到企业，或您无权查看。")
USED: Final = ("ConflictRefusal", "CONFLICT", "同一个clientMutationKey已用于另一项不同的提交。")
CHANGED: Final = ("ConflictRefusal", "CONFLICT", "该承诺已被他人修改，请刷新后重试。")

Json = dict[str, Any]


class Bare:
    """Answers requests, each in one thread on one connection. `now` is the business clock."""

    def __init__(self, database: str, now: Callable[[], datetime]) -> None:
        self._now = now
        self._free: LifoQueue[psycopg.Connection] = LifoQueue()
        for _ in range(THREADS):
            self._free.put(psycopg.connect(database, autocommit=True))

    def close(self) -> None:
        for _ in range(THREADS):
            self._free.get().close()

    def answer(self, token: str, body: bytes) -> Json:
        """The whole answer to `documents.SUBMIT`; raises KeyError, ValueError or psycopg.Error for nonsense."""
        connection = self._free.get()
        try:
            return self._answer(connection, token, body)
        finally:
            self._free.put(connection)

    def _answer(self, connection: psycopg.Connection, token: str, body: bytes) -> Json:
        digest = hashlib.sha256(token.encode()).hexdigest()
        session = connection.execute(SESSION, {"digest": digest}).fetchone()
        now = self._now()
        if session is None or not _alive(session, now):
            code, sentence = ENDED
            extensions = {"code": code, "sentence": sentence}
            return {"data": None, "errors": [{"message": sentence, "extensions": extensions}]}
        asked = orjson.loads(body)["variables"]
        enterprise = _uuid("Enterprise", asked["enterprise"])
        day = date.fromisoformat(asked["day"])
        account, person, name, role, own = session[3], *session[7:11]
        if role not in ("ENTERPRISE_HEAD", "SAFETY_MANAGER") or own != enterprise:
            return _refused(*FOREIGN)
        id = fact_id("commitment", enterprise, day)
        duty = connection.execute(DUTY, {"id": id}).fetchone()
        if duty is None:
            return _refused(*FOREIGN)
        fingerprint = hashlib.sha256(
            orjson.dumps([asked["enterprise"], asked["day"], asked["form"]])
        ).hexdigest()
        written = writing(
            duty, asked["form"], enterprise=enterprise, day=day, id=id, now=now, signed=(person, name)
        )
        written |= {"account": account, "key": asked["key"], "fingerprint": fingerprint}
        if connection.execute(WRITE, written).rowcount == 1:
            return _saved(id, "REPORTED", written["revision"], written["late"])
        known = connection.execute(REMEMBERED, {"account": account, "key": asked["key"]}).fetchone()
        if known is None:
            return _refused(*CHANGED)
        return _saved(id, *known[1:]) if known[0] == fingerprint else _refused(*USED)


def _alive(session: Sequence[Any], now: datetime) -> bool:
    created_at, last_seen_at, revoked_at, _, disabled, must_change, set_at = session[:7]
    if revoked_at is not None or disabled or must_change:
        return False
    return bool(now < last_seen_at + IDLE and now < created_at + OLDEST and now < set_at + PASSWORD_LASTS)


def _uuid(type_name: str, raw: str) -> UUID:
    named, _, own = urlsafe_b64decode(raw + "=" * (-len(raw) % 4)).decode().partition(":")
    if named != type_name:
        raise ValueError(f"not the id of a {type_name}: {raw}")
    return UUID(own)


def _saved(id: UUID, state: str, revision: int, late: bool) -> Json:
    shown = {"id": global_id("Commitment", id), "state": state, "revision": revision, "late": late}
    return {"data": {"submitCommitment": {"__typename": "CommitmentSaved", "commitment": shown}}}


def _refused(type_name: str, code: str, sentence: str) -> Json:
    return {"data": {"submitCommitment": {"__typename": type_name, "code": code, "message": sentence}}}


def app(bare: Bare) -> Starlette:
    async def graphql(request: Request) -> Response:
        token = request.headers["authorization"].removeprefix("Bearer ")
        answer = await anyio.to_thread.run_sync(bare.answer, token, await request.body())
        return Response(orjson.dumps(answer), media_type="application/json")

    async def health(request: Request) -> Response:
        return PlainTextResponse("ok")

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
        gc.collect()
        gc.freeze()
        yield
        bare.close()

    routes = [Route("/graphql", graphql, methods=["POST"]), Route("/healthz", health)]
    return Starlette(routes=routes, lifespan=lifespan)


if __name__ == "__main__":
    served = Bare(os.environ[DATABASE], MovableClock(Path(sys.argv[2])).now)
    uvicorn.run(
        app(served),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        timeout_graceful_shutdown=5,
        access_log=False,
        log_config=None,
        server_header=False,
    )
