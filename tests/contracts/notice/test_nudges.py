"""Nudges reach whoever listens, in the same process or, over a real Redis, in another: one suite for both."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from yanbao.adapters.live import RedisNudges
from yanbao.application.ports.signals import Nudges
from yanbao.graphql.live import NudgeHub

from ...support.patience import PATIENCE
from ...support.redis import real_redis, until_subscribed

NEVER = 0.3
"""Seconds after which a nudge that has not come will not come."""


@dataclass
class World:
    """`here` is where something changes, `there` where somebody listens; in one process they are the same."""

    here: Nudges
    there: NudgeHub


@pytest.fixture(params=["one process", "over Redis"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    if request.param == "one process":
        hub = NudgeHub()
        yield World(hub, hub)
        return
    with real_redis() as url:
        if url is None:
            pytest.skip("no Redis answers and no redis-server is on the path: set YANBAO_TEST_REDIS")
        there = NudgeHub()
        ours, theirs = RedisNudges(url, NudgeHub()), RedisNudges(url, there)
        theirs.start()
        until_subscribed(url, theirs.channel, 1)
        yield World(ours, there)
        ours.close()
        theirs.close()


async def comes(changed: asyncio.Event, seconds: float = PATIENCE) -> bool:
    try:
        await asyncio.wait_for(changed.wait(), seconds)
    except TimeoutError:
        return False
    return True


def test_a_nudge_wakes_those_who_listen_to_its_topic_and_nobody_else(world: World) -> None:
    async def listen() -> tuple[bool, bool]:
        async with world.there.listen("person:1") as meant, world.there.listen("person:2") as other:
            world.here.nudge(["person:1"])
            return await comes(meant), await comes(other, NEVER)

    assert asyncio.run(listen()) == (True, False)


def test_who_listens_to_several_topics_is_woken_by_any_and_again_by_the_next(world: World) -> None:
    async def listen() -> list[bool]:
        woken = []
        async with world.there.listen("person:1", "县:610115") as changed:
            for topics in (["县:610115"], ["person:9", "person:1"]):
                world.here.nudge(topics)
                woken.append(await comes(changed))
                changed.clear()
        return woken

    assert asyncio.run(listen()) == [True, True]


def test_everybody_who_listens_to_a_topic_is_woken(world: World) -> None:
    async def listen() -> list[bool]:
        async with world.there.listen("person:1") as one, world.there.listen("person:1") as two:
            world.here.nudge(["person:1"])
            return [await comes(one), await comes(two)]

    assert asyncio.run(listen()) == [True, True]


def test_many_threads_may_nudge_at_once(world: World) -> None:
    async def listen() -> list[bool]:
        topics = [f"person:{number}" for number in range(40)]
        with ThreadPoolExecutor(8) as pool:
            listening = [world.there.listen(topic) for topic in topics]
            changed = [await each.__aenter__() for each in listening]
            await asyncio.gather(
                *(asyncio.get_running_loop().run_in_executor(pool, world.here.nudge, [t]) for t in topics)
            )
            woken = [await comes(each) for each in changed]
            for each in listening:
                await each.__aexit__(None, None, None)
        return woken

    assert asyncio.run(listen()) == [True] * 40


def test_a_nudge_that_nobody_waits_for_is_no_mistake(world: World) -> None:
    async def leave() -> None:
        async with world.there.listen("person:1"):
            pass

    asyncio.run(leave())
    world.here.nudge(["person:1"])
    world.here.nudge([])
