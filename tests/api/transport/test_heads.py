"""Heads of requests that would take long to read are refused before anything reads them, on every route."""

from __future__ import annotations

import asyncio

import pytest
from benchmarks.hostile.attacks import Attack
from benchmarks.hostile.sending import Answer, send
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from yanbao.graphql.transport.heads import MOST_HEADER_BYTES, MOST_HEADERS, MOST_URL_BYTES, GuardedHeads

MARGIN = 500
"""Bytes for the headers that every request here has."""


async def plain(request: Request) -> PlainTextResponse:
    return PlainTextResponse("read")


def ask(query: bytes = b"", *headers: tuple[bytes, bytes]) -> Answer:
    app = Starlette(routes=[Route("/", plain)], middleware=[Middleware(GuardedHeads)])
    return asyncio.run(send(app, Attack("", bytes, "GET", "/", lambda: query, headers), b""))


def test_a_usual_head_is_read() -> None:
    assert ask(b"query={viewer{name}}&a=1", (b"cookie", b"yanbao_session=" + b"t" * 43)).status == 200


@pytest.mark.parametrize(
    ("query", "status"),
    [
        (b"q" * (MOST_URL_BYTES - 1), 200),
        (b"q" * MOST_URL_BYTES, 414),
        (b"a&" * 49, 200),
        (b"a&" * 50, 414),
    ],
)
def test_a_url_has_an_end(query: bytes, status: int) -> None:
    assert ask(query).status == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ([(b"cookie", b"c" * (MOST_HEADER_BYTES - MARGIN))], 200),
        ([(b"cookie", b"c" * MOST_HEADER_BYTES)], 431),
        ([(b"x", b"y")] * (MOST_HEADERS - 2), 200),
        ([(b"x", b"y")] * MOST_HEADERS, 431),
    ],
)
def test_headers_have_an_end(headers: list[tuple[bytes, bytes]], status: int) -> None:
    answer = ask(b"", *headers)
    assert answer.status == status
    assert (b"PAYLOAD_TOO_LARGE" in answer.sent) is (status == 431)


def test_a_socket_with_too_long_a_head_is_refused() -> None:
    async def never(scope: Scope, receive: Receive, sent: Send) -> None:
        raise AssertionError("the application was asked")

    attack = Attack("", list, "SOCKET", "/", lambda: b"q" * MOST_URL_BYTES, ())
    assert asyncio.run(send(GuardedHeads(never), attack, [])).status == 1008
