"""How many sockets a session may have, how long one may wait with its first message, and how long that may be."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from yanbao.graphql.transport.settings import EndpointSettings

from ...support.patience import FOR_EVER, PATIENCE, until
from ...support.serving import serving
from .. import toy

INIT = {"type": "connection_init"}


class Toy:
    """The toy application, as something to serve."""

    def __init__(self, **settings: Any) -> None:
        self._settings = EndpointSettings(recheck=FOR_EVER, **settings)

    def asgi(self) -> Any:
        return toy.make_app(settings=self._settings)


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    with ExitStack() as sockets:
        yield sockets


def a_socket(opened: ExitStack, port: int, session: str) -> ClientConnection:
    return opened.enter_context(
        connect(
            f"ws://127.0.0.1:{port}/graphql",
            subprotocols=[Subprotocol("graphql-transport-ws")],
            additional_headers={"x-session": session},
            open_timeout=PATIENCE,
            ping_timeout=None,
            close_timeout=PATIENCE,
        )
    )


def hear(ws: ClientConnection) -> str:
    return str(json.loads(ws.recv(timeout=PATIENCE))["type"])


def closed_with(ws: ClientConnection) -> int:
    with pytest.raises(ConnectionClosed) as closed:
        ws.recv(timeout=PATIENCE)
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code


def admitted(opened: ExitStack, port: int, session: str) -> ClientConnection | None:
    """A socket that is acknowledged; None if it is one too many."""
    ws = a_socket(opened, port, session)
    ws.send(json.dumps(INIT))
    try:
        assert hear(ws) == "connection_ack"
    except ConnectionClosed as refused:
        assert refused.rcvd is not None and refused.rcvd.code == 4429
        return None
    return ws


def test_twenty_sockets_of_one_session_and_no_more(opened: ExitStack) -> None:
    assert EndpointSettings().sockets_per_session == 20
    with serving(Toy()) as port, opened:
        mine = [admitted(opened, port, "mine") for _ in range(20)]
        assert None not in mine
        assert admitted(opened, port, "mine") is None
        assert admitted(opened, port, "other") is not None, "another session has its own twenty"
        assert mine[0] is not None
        mine[0].close()
        until(lambda: admitted(opened, port, "mine") is not None)


def test_a_socket_without_its_first_message_closes_after_ten_seconds(opened: ExitStack) -> None:
    assert EndpointSettings().init_wait == 10.0
    with serving(Toy(init_wait=0.05)) as port, opened:
        assert closed_with(a_socket(opened, port, "slow")) == 4408


def test_before_the_acknowledgement_a_frame_may_be_as_long_as_a_strangers_body(opened: ExitStack) -> None:
    long = json.dumps({"type": "ping", "payload": {"text": "x" * 2_000}})
    with serving(Toy(max_strangers_body=1_000)) as port, opened:
        early = a_socket(opened, port, "early")
        early.send(long)
        assert closed_with(early) == 1009
        later = admitted(opened, port, "later")
        assert later is not None
        later.send(long)
        assert hear(later) == "pong"
