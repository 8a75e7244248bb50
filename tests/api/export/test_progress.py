"""The subscription `exportProgress`: the first value at once, the newest after every nudge, and an end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from yanbao.application.notice.nudges import nudged_by
from yanbao.domain.exchange.duty import Topic
from yanbao.domain.refusals import NotFound
from yanbao.domain.values import Client
from yanbao.graphql.context import RequestContext
from yanbao.graphql.export import fields as subscriptions

from ...support.asking import Somebody, World, a_world, unknown
from ...support.patience import FOR_EVER, PATIENCE
from ...support.system import schema
from .asking import CANCEL, all_in_the_queue, export, requested


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """Nudges reach this process, and nobody looks without one."""
    monkeypatch.setattr(subscriptions, "FALLBACK", FOR_EVER)
    monkeypatch.setattr(subscriptions, "COALESCED", 0.0)
    world = all_in_the_queue(a_world())
    world.system.app.export_runs._progress_seconds = 0.0

    def nudge(topics: frozenset[Topic], events: Any) -> None:
        world.system.hub.nudge(sorted({name for event in events for name in nudged_by(event)}))

    world.system.storage.after_commit = nudge  # type: ignore[attr-defined]
    return world


class Following:
    """The events of one subscription, as a client gets them."""

    def __init__(self, who: Somebody, id: str) -> None:
        actor = who.system.app.identity.authenticate(str(who.token))
        self._context = RequestContext(
            app=who.system.app,
            hub=who.system.hub,
            client=Client.WEB,
            secure_cookie=False,
            session_actor=actor,
        )
        self._id = id
        self._events: Any = None

    async def next(self) -> Any:
        if self._events is None:
            query = "subscription($id: ID!) { exportProgress(id: $id) { state rowsDone rowsTotal } }"
            self._events = await schema().subscribe(
                query, context_value=self._context, variable_values={"id": self._id}
            )
        return await asyncio.wait_for(anext(self._events), PATIENCE)

    async def state(self) -> str:
        event = await self.next()
        assert event.errors is None, event.errors
        return str(event.data["exportProgress"]["state"])

    async def ends(self) -> bool:
        try:
            await self.next()
        except StopAsyncIteration:
            return True
        return False


def run(scenario: Callable[[], Any]) -> None:
    asyncio.run(scenario())


def test_it_is_followed_from_the_queue_to_the_end(world: World) -> None:
    who = world("county-duty")
    id = requested(who)["id"]

    async def scenario() -> None:
        following = Following(who, id)
        assert await following.state() == "QUEUED"
        await asyncio.to_thread(world.system.app.export_runs.run_due)
        seen = await following.state()
        while seen == "RUNNING":
            seen = await following.state()
        assert seen == "READY" and await following.ends()

    run(scenario)


def test_what_has_ended_already_is_said_once(world: World) -> None:
    who = world("county-duty")
    id = requested(who)["id"]
    who.change(CANCEL, id=id)

    async def scenario() -> None:
        following = Following(who, id)
        assert await following.state() == "CANCELLED" and await following.ends()

    run(scenario)


def test_many_nudges_while_nobody_reads_are_one_event_with_the_newest_figures(world: World) -> None:
    who = world("county-duty")
    id = requested(who)["id"]

    async def scenario() -> None:
        following = Following(who, id)
        assert await following.state() == "QUEUED"
        await asyncio.to_thread(world.system.app.export_runs.run_due)
        assert export_state(who, id) == "READY"
        assert await following.state() == "READY" and await following.ends()

    def export_state(who: Somebody, id: str) -> str:
        jobs = world.state.exports.values()
        return str(next(iter(jobs)).state.value)

    run(scenario)


@pytest.mark.parametrize("whose", ["somebody else's", "nobody's"])
def test_an_export_that_is_not_ones_own_is_not_found(world: World, whose: str) -> None:
    id = requested(world("city-duty"))["id"] if whose == "somebody else's" else unknown("Export")

    async def scenario() -> None:
        event = await Following(world("county-duty"), id).next()
        (error,) = event.errors
        assert isinstance(error.original_error, NotFound) or error.extensions["code"] == "NOT_FOUND"

    run(scenario)


def test_the_plain_query_says_the_same(world: World) -> None:
    who = world("county-duty")
    id = requested(who)["id"]
    world.system.app.export_runs.run_due()
    assert export(who, id)["state"] == "READY"
