"""The address of the demo's clock: it moves forward, and says in Chinese why it does not."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from yanbao.main import asgi
from yanbao.settings import Settings
from yanbao.wiring import System, wire

from ...support.databases import add_tables
from ...support.dates import start_clock

SAY_A_MOMENT = '请提交带时区的时刻，例如 {"to": "2026-11-25T09:00:00+08:00"}。'


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    folder: Path = tmp_path_factory.mktemp("clock")
    start_clock(folder)
    system = wire(Settings(var=folder, embedded=False))
    add_tables(system.engine)
    yield system
    system.close()


def post(system: System, body: bytes) -> tuple[int, Any]:
    async def call() -> httpx.Response:
        transport = httpx.ASGITransport(app=asgi(system))
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
            return await http.post("/demo/clock", content=body)

    answer = asyncio.run(call())
    return answer.status_code, answer.json()


def to(moment: datetime) -> bytes:
    return f'{{"to": "{moment.isoformat()}"}}'.encode()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        b"[]",
        b"null",
        b"{}",
        b'{"to": null}',
        b'{"to": 5}',
        b'{"to": "tomorrow"}',
        b'{"to": "2030-11-25T09:00:00"}',
        b'{"to": "2030-13-25T09:00:00+08:00"}',
    ],
    ids=lambda body: repr(body[:40]),
)
def test_what_says_no_moment_is_told_how_to_say_one(system: System, body: bytes) -> None:
    before = system.clock.now()
    assert post(system, body) == (400, {"code": "BAD_USER_INPUT", "message": SAY_A_MOMENT})
    assert system.clock.now() - before < timedelta(minutes=1)


def test_the_clock_does_not_go_back_and_says_where_it_stands(system: System) -> None:
    for moment in (datetime.min.replace(tzinfo=UTC), system.clock.now() - timedelta(seconds=5)):
        status, answer = post(system, to(moment))
        assert (status, answer["code"]) == (400, "BAD_USER_INPUT")
        assert answer["message"].startswith("时钟只能向前拨，现为20") and answer["message"].isprintable()


def test_the_clock_does_not_go_where_it_could_not_come_back_from(system: System) -> None:
    status, answer = post(system, b'{"to": "9999-12-31T23:59:59-08:00"}')
    assert (status, answer["message"]) == (400, "时钟最远可拨到2100年，现要求9999年。")


def test_the_clock_moves_forward(system: System) -> None:
    moment = system.clock.now() + timedelta(minutes=2)
    status, answer = post(system, to(moment))
    assert status == 200 and datetime.fromisoformat(answer["now"]) >= moment
