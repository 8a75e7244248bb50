"""A bare receiver: the floor of receiving, an ASGI app that stores the bytes of each request by one INSERT.

`python -m benchmarks.bare_inbound PORT` takes what the API takes for a delivery, whatever its path. Its database (a libpq
connection string) comes in the environment as BENCH_DATABASE. It verifies, parses and compares nothing.
"""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from queue import LifoQueue
from typing import Final

import anyio.to_thread
import psycopg
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from .bare import DATABASE, THREADS

TABLE: Final = "CREATE TABLE bench_inbound (id bigserial PRIMARY KEY, body bytea NOT NULL)"
INSERT: Final = "INSERT INTO bench_inbound (body) VALUES (%s)"
ANSWER: Final = b'{"code":"0","msg":"ok","data":{"success":[],"fail":[]}}'


def app(database: str) -> Starlette:
    free: LifoQueue[psycopg.Connection] = LifoQueue()
    for _ in range(THREADS):
        free.put(psycopg.connect(database, autocommit=True))

    def store(body: bytes) -> None:
        connection = free.get()
        try:
            connection.execute(INSERT, (body,))
        finally:
            free.put(connection)

    async def receive(request: Request) -> Response:
        await anyio.to_thread.run_sync(store, await request.body())
        return Response(ANSWER, media_type="application/json")

    async def health(request: Request) -> Response:
        return PlainTextResponse("ok")

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
        yield
        for _ in range(THREADS):
            free.get().close()

    routes = [Route("/healthz", health), Route("/{path:path}", receive, methods=["POST"])]
    return Starlette(routes=routes, lifespan=lifespan)


if __name__ == "__main__":
    uvicorn.run(
        app(os.environ[DATABASE]),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        timeout_graceful_shutdown=5,
        access_log=False,
        log_config=None,
        server_header=False,
    )
