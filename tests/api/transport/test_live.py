"""Subscriptions as clients have them: the markers and today's overview, over sockets and event streams."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import time
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from yanbao.application.access import EVERYTHING, SYSTEM
from yanbao.application.notice.nudges import NEW_DAY, nudged_by
from yanbao.domain.deadlines import instant
from yanbao.domain.directory.events import DirectoryChanged
from yanbao.graphql import live

from ...support.asking import Somebody, World, a_world
from ...support.patience import FOR_EVER, PATIENCE
from ...support.serving import serving

MARKERS = "{ markers { unreportedCommitments { count overdue } unreadCount } }"
OVERVIEW = (
    "subscription { todayOverview { whole { region { code } tally { expected unreported stopped } } } }"
)


@pytest.fixture
def world() -> World:
    """With nudges, as in a process of its own."""
    made = a_world(enterprises=6)
    made.system.storage.after_commit = lambda topics, events: made.system.hub.nudge(  # type: ignore[attr-defined]
        sorted({name for event in events for name in nudged_by(event)})
    )
    return made


@contextmanager
def sockets(world: World, *usernames: str) -> Iterator[list[ClientConnection]]:
    """A socket for each of them, at one server."""
    with serving(world.system) as port:
        found: list[ClientConnection] = []
        try:
            for name in usernames:
                found.append(
                    connect(
                        f"ws://127.0.0.1:{port}/graphql",
                        subprotocols=[Subprotocol("graphql-transport-ws")],
                        open_timeout=PATIENCE,
                        ping_timeout=None,
                        close_timeout=PATIENCE,
                    )
                )
                tell(
                    found[-1],
                    {
                        "type": "connection_init",
                        "payload": {"authorization": f"Bearer {world(name).token}"},
                    },
                )
                assert hear(found[-1])["type"] == "connection_ack"
            yield found
        finally:
            for each in found:
                each.close()


def tell(ws: ClientConnection, message: dict[str, Any]) -> None:
    ws.send(json.dumps(message))


def hear(ws: ClientConnection) -> dict[str, Any]:
    return dict(json.loads(ws.recv(timeout=PATIENCE)))


def subscribe(ws: ClientConnection, query: str, id: str = "1") -> dict[str, Any]:
    tell(ws, {"type": "subscribe", "id": id, "payload": {"query": query}})
    return shown(ws, id)


def shown(ws: ClientConnection, id: str = "1") -> dict[str, Any]:
    message = hear(ws)
    assert (message["id"], message["type"]) == (id, "next"), message
    data: dict[str, Any] = message["payload"]["data"]
    return data


def test_query_and_subscription_give_the_same_and_each_change_shows_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "FALLBACK", FOR_EVER)
    with sockets(world, "enterprise-head", "province-head", "province-duty") as (own, province, other):
        first = subscribe(own, f"subscription {MARKERS}")
        assert first == world("enterprise-head").ask(f"{{ viewer {MARKERS} }}")["viewer"]
        assert first["markers"]["unreportedCommitments"] == {"count": 1, "overdue": False}
        figures = "whole { region { code } tally { expected unreported } }"
        overview = f"subscription {{ todayOverview {{ {figures} }} }}"
        assert subscribe(province, overview) == {
            "todayOverview": world("province-head").ask(f"{{ commitmentOverview {{ {figures} }} }}")[
                "commitmentOverview"
            ]
        }
        before = subscribe(other, overview)["todayOverview"]["whole"]["tally"]
        world.submit(world.red)
        for ws in (province, other):
            tally = shown(ws)["todayOverview"]["whole"]["tally"]
            assert tally == {**before, "unreported": before["unreported"] - 1}


def test_the_deadline_itself_shows_without_any_change(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "FALLBACK", FOR_EVER)
    world.at("09:59:59.700")
    with sockets(world, "county-head") as (ws,):
        document = "subscription { markers { unreportedCommitments { overdue } } }"
        assert subscribe(ws, document) == {"markers": {"unreportedCommitments": {"overdue": False}}}
        world.system.clock.moment = instant(world.today, time(10))
        assert shown(ws) == {"markers": {"unreportedCommitments": {"overdue": True}}}


def test_what_no_nudge_tells_is_found_by_looking(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "FALLBACK", 0.1)
    monkeypatch.setattr(live.NudgeHub, "nudge", lambda hub, topics: None)
    with sockets(world, "province-head") as (ws,):
        document = "subscription { todayOverview { whole { tally { unreported } } } }"
        before = subscribe(ws, document)["todayOverview"]["whole"]["tally"]["unreported"]
        world.submit(world.red)
        assert shown(ws)["todayOverview"]["whole"]["tally"]["unreported"] == before - 1


def test_only_figures_that_differ_are_sent(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "FALLBACK", FOR_EVER)
    with sockets(world, "province-head") as (ws,):
        document = "subscription { todayOverview { whole { tally { unreported } } } }"
        before = subscribe(ws, document)["todayOverview"]["whole"]["tally"]["unreported"]
        world.system.hub.nudge([NEW_DAY])  # Nothing has changed.
        world.submit(world.red)
        assert shown(ws)["todayOverview"]["whole"]["tally"]["unreported"] == before - 1


def test_people_of_an_enterprise_have_no_overview_and_are_told_so(world: World) -> None:
    with sockets(world, "enterprise-head") as (ws,):
        tell(ws, {"type": "subscribe", "id": "1", "payload": {"query": OVERVIEW}})
        refused, last = hear(ws), hear(ws)
        assert refused["payload"]["errors"][0]["extensions"]["code"] == "FORBIDDEN"
        assert last == {"id": "1", "type": "complete"}


def test_an_operation_may_complete_and_its_id_be_used_again(world: World) -> None:
    with sockets(world, "province-head") as (ws,):
        for _ in range(3):
            subscribe(ws, OVERVIEW)
            tell(ws, {"type": "complete", "id": "1"})
        subscribe(ws, OVERVIEW, "2")
        tell(ws, {"type": "subscribe", "id": "2", "payload": {"query": OVERVIEW}})
        with pytest.raises(ConnectionClosed) as closed:
            hear(ws)
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 4409


def test_a_document_that_does_not_fit_is_an_error_of_its_operation_alone(world: World) -> None:
    with sockets(world, "province-head") as (ws,):
        tell(
            ws,
            {"type": "subscribe", "id": "1", "payload": {"query": "subscription { todayOverview { no } }"}},
        )
        error = hear(ws)
        assert (error["id"], error["type"]) == ("1", "error")
        assert error["payload"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
        subscribe(ws, OVERVIEW)


def test_the_end_of_a_session_ends_its_sockets_and_streams_at_once(world: World) -> None:
    """Nobody waits for the regular check: whoever ends a session says so."""
    with sockets(world, "county-head", "city-head") as (ws, other):
        subscribe(ws, OVERVIEW)
        subscribe(other, OVERVIEW)
        world("county-head").ask("mutation { logOut { __typename } }")
        with pytest.raises(ConnectionClosed) as closed:
            hear(ws)
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 4401
        subscribe(other, OVERVIEW, "2")


def test_whoever_gets_another_jurisdiction_gets_its_figures(world: World) -> None:
    with sockets(world, "county-head") as (ws,):
        assert subscribe(ws, OVERVIEW)["todayOverview"]["whole"]["region"]["code"] != "610000"
        province = world.system.app.identity.authenticate(world("province-head").token or "")
        moving = world.system.app.identity.authenticate(world("county-head").token or "")
        assert moving.person_id is not None and province.department_id is not None
        with world.system.storage.work(SYSTEM) as work:
            person = work.people.get(moving.person_id, within=EVERYTHING)
            work.people.save(replace(person, department_id=province.department_id))
            work.note(DirectoryChanged("Person", str(person.id), "moved", world.now))
            work.commit()
        assert shown(ws)["todayOverview"]["whole"]["region"]["code"] == "610000"


@contextmanager
def stream(port: int, who: Somebody, query: str) -> Iterator[Iterator[str]]:
    with httpx.stream(
        "POST",
        f"http://127.0.0.1:{port}/graphql",
        json={"query": query},
        headers={"accept": "text/event-stream", "authorization": f"Bearer {who.token}"},
        timeout=PATIENCE,
    ) as response:
        assert response.status_code == 200
        yield (line for line in response.iter_lines() if line.startswith(("event:", "data:")))


def test_an_event_stream_has_the_same_and_ends_with_its_session(world: World) -> None:
    document = "subscription { todayOverview { whole { tally { unreported } } } }"
    with serving(world.system) as port, stream(port, world("province-head"), document) as lines:
        assert next(lines) == "event: next"
        before = json.loads(next(lines).removeprefix("data: "))
        world.submit(world.red)
        assert next(lines) == "event: next"
        after = json.loads(next(lines).removeprefix("data: "))
        left = before["data"]["todayOverview"]["whole"]["tally"]["unreported"]
        assert after == {"data": {"todayOverview": {"whole": {"tally": {"unreported": left - 1}}}}}
        world("province-head").ask("mutation { logOut { __typename } }")
        assert next(lines) == "event: next"
        assert "UNAUTHENTICATED" in next(lines)
        assert [next(lines), next(lines).strip()] == ["event: complete", "data:"]
        assert list(lines) == []
