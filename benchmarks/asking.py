"""Requests to the real application in this process, and what each one costs: statements, SQL time, CPU."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter, process_time
from typing import Any

import orjson
import uvloop
from sqlalchemy import Engine, event
from starlette.types import Message, Scope

from yanbao.main import asgi
from yanbao.wiring import System


@dataclass(frozen=True, slots=True)
class Request:
    """A GraphQL request of somebody who is logged in."""

    body: bytes
    token: str


@dataclass(frozen=True, slots=True)
class Read:
    """What no request asks for alone: a reader called directly. Nobody is logged in; the answer can be dumped as JSON."""

    call: Callable[[], Any]


Asked = Request | Read


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement as it reached the driver, and how long the driver took."""

    text: str
    params: Any
    seconds: float

    @property
    def of_session(self) -> bool:
        """Whether it asks who is there, which costs every request the same."""
        return "FROM session" in self.text


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one request. `cpu` is the whole process's, threads included; `sql` the sum over its statements."""

    wall: float
    cpu: float
    statements: tuple[Statement, ...] = field(repr=False)

    @property
    def sql(self) -> float:
        return sum(statement.seconds for statement in self.statements)


class Meter:
    """Listens to an engine; threads may share it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._seen: list[Statement] = []

    @contextmanager
    def listening(self) -> Iterator[Meter]:
        event.listen(self._engine, "before_cursor_execute", self._before)
        event.listen(self._engine, "after_cursor_execute", self._after)
        try:
            yield self
        finally:
            event.remove(self._engine, "before_cursor_execute", self._before)
            event.remove(self._engine, "after_cursor_execute", self._after)

    def take(self) -> tuple[Statement, ...]:
        """The statements since the last time."""
        seen, self._seen = self._seen, []
        return tuple(seen)

    def _before(self, connection: Any, cursor: Any, text: str, params: Any, context: Any, many: bool) -> None:
        context.bench_began = perf_counter()

    def _after(self, connection: Any, cursor: Any, text: str, params: Any, context: Any, many: bool) -> None:
        self._seen.append(Statement(text, params, perf_counter() - context.bench_began))


class Server:
    """The ASGI application of a system, asked directly: no socket and no client in the figures."""

    def __init__(self, system: System) -> None:
        self._app = asgi(system)
        self._loop = uvloop.new_event_loop()

    def close(self) -> None:
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    def ask(self, asked: Asked) -> Any:
        """The data of the answer. Raises AssertionError for any error in it."""
        answer = orjson.loads(self.send(asked))
        if isinstance(asked, Read):
            return answer
        assert "errors" not in answer, answer
        return answer["data"]

    def send(self, asked: Asked) -> bytes:
        """The raw answer."""
        if isinstance(asked, Read):
            return orjson.dumps(asked.call(), option=orjson.OPT_NON_STR_KEYS)
        return self._loop.run_until_complete(self._send(asked.body, asked.token))

    def measured(self, asked: Sequence[Asked], meter: Meter) -> list[Cost]:
        """One after the other, and what each has cost."""
        return self._loop.run_until_complete(self._measured(asked, meter))

    async def _measured(self, asked: Sequence[Asked], meter: Meter) -> list[Cost]:
        # In one run of the loop, as a server has it: the worker threads end with it and are not to be started anew each time.
        costs = []
        for each in asked:
            meter.take()
            cpu, wall = process_time(), perf_counter()
            if isinstance(each, Read):
                self.send(each)
            else:
                await self._send(each.body, each.token)
            costs.append(Cost(perf_counter() - wall, process_time() - cpu, meter.take()))
        return costs

    async def _send(self, body: bytes, token: str) -> bytes:
        scope: Scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": "/graphql",
            "raw_path": b"/graphql",
            "query_string": b"",
            "root_path": "",
            "headers": [
                (b"host", b"bench"),
                (b"accept", b"application/json"),
                (b"content-type", b"application/json"),
                (b"content-length", str(len(body)).encode()),
                (b"authorization", b"Bearer " + token.encode()),
            ],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }
        parts: list[bytes] = []
        waiting = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> Message:
            if waiting:
                return waiting.pop()
            await asyncio.Event().wait()
            raise AssertionError

        async def send(message: Message) -> None:
            if message["type"] == "http.response.body":
                parts.append(message.get("body", b""))

        await self._app(scope, receive, send)
        return b"".join(parts)
