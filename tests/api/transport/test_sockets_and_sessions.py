"""What a session may do over an open socket once it has ended: nothing, as over HTTP, and at once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from ...support.asking import Somebody, World, a_world
from ...support.patience import PATIENCE
from ...support.serving import serving

LOG_OUT = "mutation { logOut { __typename } }"
UPLOAD = 'mutation { requestUpload(name: "夜班.jpg", size: 9) { __typename } }'
"""Something that leaves its trace when it runs."""


@pytest.fixture
def world() -> World:
    return a_world(enterprises=6)


@contextmanager
def socket_of(who: Somebody) -> Iterator[ClientConnection]:
    """A socket that is acknowledged; its session is looked at again seconds later only."""
    with (
        serving(who.system) as port,
        connect(
            f"ws://127.0.0.1:{port}/graphql",
            subprotocols=[Subprotocol("graphql-transport-ws")],
            open_timeout=PATIENCE,
            ping_timeout=None,
            close_timeout=PATIENCE,
        ) as ws,
    ):
        tell(ws, {"type": "connection_init", "payload": {"authorization": f"Bearer {who.token}"}})
        assert hear(ws)["type"] == "connection_ack"
        yield ws


def tell(ws: ClientConnection, message: dict[str, Any]) -> None:
    ws.send(json.dumps(message))


def hear(ws: ClientConnection) -> dict[str, Any]:
    return dict(json.loads(ws.recv(timeout=PATIENCE)))


def operate(ws: ClientConnection, query: str, name: str = "1") -> dict[str, Any]:
    """The first message that answers an operation."""
    tell(ws, {"type": "subscribe", "id": name, "payload": {"query": query}})
    answer = hear(ws)
    assert answer["id"] == name
    return answer


def refuses_and_closes(ws: ClientConnection, query: str) -> None:
    """The operation is refused and the socket closed; or, on a busy machine, the guard has closed it before."""
    try:
        answer = operate(ws, query, "late")
    except ConnectionClosed as closed_before:
        assert closed_before.rcvd is not None and closed_before.rcvd.code == 4401
        return
    assert answer["type"] == "error"
    assert [error["extensions"]["code"] for error in answer["payload"]] == ["UNAUTHENTICATED"]
    with pytest.raises(ConnectionClosed) as closed:
        ws.recv(timeout=PATIENCE)
    assert closed.value.rcvd is not None and closed.value.rcvd.code == 4401


@pytest.mark.parametrize("query", [UPLOAD, "{ viewer { name } }", "subscription { markers { unreadCount } }"])
def test_after_a_log_out_nothing_new_runs_on_the_socket(world: World, query: str) -> None:
    head = world("enterprise-head")
    with socket_of(head) as ws:
        assert operate(ws, UPLOAD)["payload"]["data"]["requestUpload"]["__typename"] == "UploadReady"
        assert hear(ws)["type"] == "complete"
        head.ask(LOG_OUT)
        before = world.state
        refuses_and_closes(ws, query)
    assert world.state is before, "nothing has been written"


def test_logging_out_over_the_socket_itself_ends_it(world: World) -> None:
    with socket_of(world("enterprise-head")) as ws:
        assert operate(ws, LOG_OUT)["payload"]["data"] == {"logOut": {"__typename": "Done"}}
        assert hear(ws)["type"] == "complete"
        refuses_and_closes(ws, UPLOAD)


def test_a_disabled_account_does_nothing_more_over_its_socket(world: World) -> None:
    with socket_of(world("enterprise-head")) as ws:
        found = world("security-admin").ask(
            '{ accounts(first: 100, text: "enterprise-head") { nodes { id } } }'
        )
        for node in found["accounts"]["nodes"]:
            answer = world("security-admin").change(
                "mutation($id: ID!) { disableAccount(accountId: $id) @ }", id=node["id"]
            )
            assert answer["__typename"] == "Done", answer
        refuses_and_closes(ws, UPLOAD)


def test_a_session_that_cannot_be_looked_up_runs_nothing_and_the_socket_stays(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = world("enterprise-head")
    with socket_of(head) as ws:
        assert operate(ws, "{ __typename }", "0")["payload"]["data"] == {"__typename": "Query"}
        assert hear(ws)["type"] == "complete"
        with monkeypatch.context() as broken:
            broken.setattr(world.system.app.identity, "authenticate", _fail)
            answer = operate(ws, UPLOAD)
        assert answer["type"] == "error"
        assert [error["extensions"]["code"] for error in answer["payload"]] == ["INTERNAL_SERVER_ERROR"]
        assert operate(ws, "{ viewer { name } }", "2")["payload"]["data"]["viewer"]["name"]


def _fail(token: str) -> None:
    raise ConnectionError("the database does not answer")
