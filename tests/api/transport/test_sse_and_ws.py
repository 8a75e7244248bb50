"""Event streams and sockets against a real server, as a browser would use them."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from yanbao.graphql.transport.settings import EndpointSettings

from ...support.patience import PATIENCE, until
from .. import toy

SETTINGS = EndpointSettings(
    keep_alive=0.1,
    recheck=0.05,
    max_body=5_000,
    operations_per_socket=3,
    allowed_origins=("https://partner.example",),
)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """host:port of the toy app on an ephemeral loopback port."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(
        toy.make_app(settings=SETTINGS),
        log_level="error",
        ws="websockets-sansio",
        timeout_graceful_shutdown=1,
    )
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    until(lambda: running.started)
    yield f"127.0.0.1:{listener.getsockname()[1]}"
    running.should_exit = True
    thread.join(PATIENCE)


@contextmanager
def stream(server: str, query: str, method: str = "POST", **headers: str) -> Iterator[httpx.Response]:
    request: dict[str, Any] = {"json": {"query": query}} if method == "POST" else {"params": {"query": query}}
    headers = {
        "accept": "text/event-stream",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    with httpx.stream(
        method, f"http://{server}/graphql", headers=headers, timeout=PATIENCE, **request
    ) as response:
        yield response


def events(response: httpx.Response) -> list[tuple[str, Any]]:
    """(event, data) of a stream read to its end; comments are left out."""
    return told_by(response.read().decode())


def told_by(text: str) -> list[tuple[str, Any]]:
    found = []
    for block in text.split("\n\n"):
        lines = dict(line.split(":", 1) for line in block.splitlines() if line and not line.startswith(":"))
        if lines:
            data = lines["data"].strip()
            found.append((lines["event"].strip(), json.loads(data) if data else None))
    return found


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_subscription_is_streamed_as_events(server: str, method: str) -> None:
    with stream(server, "subscription { count(to: 3) }", method) as response:
        assert response.status_code == 200
        assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert response.headers["cache-control"] == "no-store, no-transform"
        assert events(response) == [
            ("next", {"data": {"count": 0}}),
            ("next", {"data": {"count": 1}}),
            ("next", {"data": {"count": 2}}),
            ("complete", None),
        ]


@pytest.mark.parametrize(
    ("query", "data"),
    [("{ hello }", {"hello": "你好，世界"}), ("mutation { change }", {"change": "changed"})],
)
def test_queries_and_mutations_can_be_streamed_too(server: str, query: str, data: Any) -> None:
    with stream(server, query) as response:
        assert events(response) == [("next", {"data": data}), ("complete", None)]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("subscription {", "GRAPHQL_PARSE_FAILED"),
        ("subscription { nope }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { refusing }", "UNAUTHENTICATED"),
        ("fragment A on Query { hello }", "BAD_USER_INPUT"),
    ],
)
def test_errors_before_the_first_result_are_events_without_data(server: str, query: str, code: str) -> None:
    with stream(server, query) as response:
        assert response.status_code == 200
        (name, body), last = events(response)
    assert name == "next" and last == ("complete", None)
    assert body["errors"][0]["extensions"]["code"] == code
    assert body.get("data") is None


def test_a_subscription_that_fails_is_masked(server: str) -> None:
    with stream(server, "subscription { failing }") as response:
        first, failed, last = events(response)
    assert first == ("next", {"data": {"failing": 1}})
    assert failed[1]["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert toy.SECRET not in str(failed)
    assert last == ("complete", None)


def test_a_quiet_stream_gets_comments_and_ends_when_the_client_leaves(server: str) -> None:
    with stream(server, 'subscription { forever(tag: "left") }') as response:
        lines = response.iter_lines()
        seen = [next(lines) for _ in range(7)]
        assert seen[:2] == ["event: next", 'data: {"data":{"forever":"first"}}']
        assert seen.count(":") >= 2
        assert "left" not in toy.CLEANED_UP
    until(lambda: "left" in toy.CLEANED_UP)


def test_a_stream_ends_when_its_session_is_revoked(server: str) -> None:
    with stream(server, 'subscription { forever(tag: "revoked") }', x_session="sse-1") as response:
        text = ""
        for piece in response.iter_text():
            text += piece
            if "first" in text:
                toy.REVOKED.add("sse-1")
        first, refused, last = told_by(text)
    assert first[1] == {"data": {"forever": "first"}}
    assert refused[1]["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert last == ("complete", None)
    assert "revoked" in toy.CLEANED_UP


def test_a_stream_lives_on_while_its_session_cannot_be_looked_up(server: str) -> None:
    with stream(server, 'subscription { forever(tag: "away") }', x_session="sse-2") as response:
        text = ""
        for piece in response.iter_text():
            text += piece
            if "first" in text and "sse-2" not in toy.REVOKED:
                toy.AWAY["sse-2"] = 0
                until(lambda: toy.AWAY["sse-2"] > 2, "nobody looks")
                toy.REVOKED.add("sse-2")
                del toy.AWAY["sse-2"]
        _, refused, _ = told_by(text)
    assert refused[1]["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


@contextmanager
def socket_to(server: str, init: dict[str, Any] | None = None, **options: Any) -> Iterator[ClientConnection]:
    options.setdefault("subprotocols", ["graphql-transport-ws"])
    options |= {"open_timeout": PATIENCE, "ping_timeout": None, "close_timeout": PATIENCE}
    with connect(f"ws://{server}/graphql", compression=None, **options) as ws:
        if init is not None:
            tell(ws, {"type": "connection_init", "payload": init})
            assert hear(ws) == {"type": "connection_ack"}
        yield ws


def tell(ws: ClientConnection, message: object) -> None:
    ws.send(json.dumps(message))


def hear(ws: ClientConnection) -> dict[str, Any]:
    received = ws.recv(timeout=PATIENCE)
    assert isinstance(received, str), "the protocol knows text frames only"
    return dict(json.loads(received))


def subscribe(ws: ClientConnection, query: str, name: str = "1", **payload: Any) -> None:
    tell(ws, {"type": "subscribe", "id": name, "payload": {"query": query, **payload}})


def close_code(ws: ClientConnection) -> int:
    with pytest.raises(ConnectionClosed) as closed:
        while True:
            ws.recv(timeout=PATIENCE)
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code


def test_a_subscription_over_the_socket(server: str) -> None:
    with socket_to(server, {}) as ws:
        assert ws.subprotocol == "graphql-transport-ws"
        subscribe(ws, "subscription ($n: Int!) { count(to: $n) }", variables={"n": 2})
        assert [hear(ws) for _ in range(3)] == [
            {"id": "1", "type": "next", "payload": {"data": {"count": 0}}},
            {"id": "1", "type": "next", "payload": {"data": {"count": 1}}},
            {"id": "1", "type": "complete"},
        ]


def test_each_operation_has_a_context_of_its_own(server: str) -> None:
    with socket_to(server, {"token": "t"}) as ws:
        numbers = []
        for name in ("1", "2"):
            subscribe(ws, "{ forkNumber parameters }", name)
            data = hear(ws)["payload"]["data"]
            assert data["parameters"] == {"token": "t"}
            numbers.append(data["forkNumber"])
            assert hear(ws)["type"] == "complete"
        assert numbers == [1, 2]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("subscription {", "GRAPHQL_PARSE_FAILED"),
        ("{ nope }", "GRAPHQL_VALIDATION_FAILED"),
        ("", "BAD_USER_INPUT"),
        ("fragment A on Query { hello }", "BAD_USER_INPUT"),
    ],
)
def test_one_bad_operation_leaves_the_socket_open(server: str, query: str, code: str) -> None:
    with socket_to(server, {}) as ws:
        subscribe(ws, query)
        answer = hear(ws)
        assert answer["type"] == "error"
        assert answer["payload"][0]["extensions"]["code"] == code
        assert answer["payload"][0]["extensions"]["sentence"]
        subscribe(ws, "{ hello }", "2")
        assert hear(ws)["payload"] == {"data": {"hello": "你好，世界"}}


def test_a_subscription_that_refuses_says_why_and_completes(server: str) -> None:
    with socket_to(server, {}) as ws:
        subscribe(ws, "subscription { refusing }")
        refused, last = hear(ws), hear(ws)
        assert refused["payload"]["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        assert last == {"id": "1", "type": "complete"}


def test_an_unexpected_error_is_masked_on_the_socket(server: str) -> None:
    with socket_to(server, {}) as ws:
        subscribe(ws, "{ broken }")
        error = hear(ws)["payload"]["errors"][0]
        assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
        assert toy.SECRET not in str(error)


def test_completing_an_operation_cancels_it(server: str) -> None:
    with socket_to(server, {}) as ws:
        subscribe(ws, 'subscription { forever(tag: "completed") }')
        assert hear(ws)["type"] == "next"
        tell(ws, {"type": "complete", "id": "1"})
        until(lambda: "completed" in toy.CLEANED_UP)


def test_leaving_cancels_all_operations(server: str) -> None:
    with socket_to(server, {}) as ws:
        for name in ("gone-1", "gone-2"):
            subscribe(ws, f'subscription {{ forever(tag: "{name}") }}', name)
            assert hear(ws)["type"] == "next"
    until(lambda: {"gone-1", "gone-2"} <= set(toy.CLEANED_UP))


def test_too_many_operations_at_once_are_refused_one_by_one(server: str) -> None:
    with socket_to(server, {}) as ws:
        for name in "123":
            subscribe(ws, "subscription { forever }", name)
            assert hear(ws)["type"] == "next"
        subscribe(ws, "{ hello }", "4")
        refused = hear(ws)
        assert (refused["id"], refused["type"]) == ("4", "error")
        assert refused["payload"][0]["extensions"]["code"] == "RATE_LIMITED"


def test_a_revoked_session_closes_the_socket(server: str) -> None:
    with socket_to(server, {"session": "ws-1"}) as ws:
        subscribe(ws, 'subscription { forever(tag: "ws-revoked") }')
        assert hear(ws)["type"] == "next"
        toy.REVOKED.add("ws-1")
        assert close_code(ws) == 4401
    until(lambda: "ws-revoked" in toy.CLEANED_UP)


def test_a_socket_lives_on_while_its_session_cannot_be_looked_up_and_runs_nothing(server: str) -> None:
    with socket_to(server, {"session": "ws-2"}) as ws:
        toy.AWAY["ws-2"] = 0
        until(lambda: toy.AWAY["ws-2"] > 2, "nobody looks")
        subscribe(ws, "{ hello }")
        refused = hear(ws)
        assert (refused["type"], refused["payload"][0]["extensions"]["code"]) == ("error", "TRY_AGAIN")
        del toy.AWAY["ws-2"]
        subscribe(ws, "{ hello }", "2")
        assert hear(ws)["payload"] == {"data": {"hello": "你好，世界"}}


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ([1], 4400),
        ("x", 4400),
        ({}, 4400),
        ({"type": 1}, 4400),
        ({"type": "launch"}, 4400),
        ({"type": "subscribe", "payload": {"query": "{ hello }"}}, 4400),
        ({"type": "subscribe", "id": 1, "payload": {"query": "{ hello }"}}, 4400),
        ({"type": "subscribe", "id": "1"}, 4400),
        ({"type": "subscribe", "id": "1", "payload": {"query": 1}}, 4400),
        ({"type": "subscribe", "id": "1", "payload": {"query": "{ hello }", "variables": []}}, 4400),
        ({"type": "connection_init"}, 4429),
    ],
)
def test_what_is_no_message_of_the_protocol_closes_the_socket(
    server: str, message: object, code: int
) -> None:
    with socket_to(server, {}) as ws:
        tell(ws, message)
        assert close_code(ws) == code


@pytest.mark.parametrize(("frame", "code"), [("{", 4400), (b"{}", 4400), ("x" * 5_001, 1009)])
def test_frames_that_cannot_be_read_close_the_socket(server: str, frame: str | bytes, code: int) -> None:
    with socket_to(server, {}) as ws:
        ws.send(frame)
        assert close_code(ws) == code


def test_nothing_runs_before_the_socket_is_acknowledged(server: str) -> None:
    with socket_to(server) as ws:
        subscribe(ws, "{ hello }")
        assert close_code(ws) == 4401


def test_the_application_may_refuse_the_parameters(server: str) -> None:
    with socket_to(server) as ws:
        tell(ws, {"type": "connection_init", "payload": {"token": "wrong"}})
        assert close_code(ws) == 4403


def test_a_context_that_refuses_closes_the_socket(server: str) -> None:
    with socket_to(server, additional_headers={"x-toy": "stranger"}) as ws:
        assert close_code(ws) == 4403


def test_the_legacy_protocol_is_off(server: str) -> None:
    with socket_to(server, subprotocols=["graphql-ws"]) as ws:
        assert close_code(ws) == 4406


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1"])
def test_pages_of_other_sites_may_not_open_a_socket(server: str, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refused, socket_to(server, origin=origin):
        pass
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("origin", [None, "same", "https://partner.example"])
def test_our_own_pages_the_listed_ones_and_programs_may(server: str, origin: str | None) -> None:
    with socket_to(server, {}, origin=f"http://{server}" if origin == "same" else origin) as ws:
        subscribe(ws, "{ hello }")
        assert hear(ws)["type"] == "next"


def test_a_hundred_streams_at_once_are_all_cleaned_up(server: str) -> None:
    async def go() -> None:
        async with httpx.AsyncClient(timeout=PATIENCE, limits=httpx.Limits(max_connections=None)) as http:

            async def one(number: int) -> None:
                body = {"query": f'subscription {{ forever(tag: "many-{number}") }}'}
                headers = {"accept": "text/event-stream"}
                async with http.stream(
                    "POST", f"http://{server}/graphql", json=body, headers=headers
                ) as response:
                    assert "first" in await anext(response.aiter_text())

            await asyncio.gather(*(one(number) for number in range(100)))

    asyncio.run(go())
    until(lambda: {f"many-{number}" for number in range(100)} <= set(toy.CLEANED_UP))
