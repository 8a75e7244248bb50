"""Who gets the same subscribes once: one execution, one encoding, and nobody gets what is another's."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest

from yanbao.application.access import Actor
from yanbao.domain.values import Client
from yanbao.graphql.context import RequestContext
from yanbao.graphql.transport.frames import COMMENT, ENDED, Frame, FrameQueue, Kind, spliced
from yanbao.graphql.transport.sharing import Key, Operation, SharedStreams

from ...support.asking import World, a_world
from ...support.patience import PATIENCE
from ...support.system import schema

PARTY = "subscription { markers { patrolProblems { count due } unfedBack { patrol } } }"
OWN = "subscription { markers { unreadCount } }"
TODAY = "subscription($region: ID) { todayOverview(regionId: $region) { whole { tally { expected } } } }"


@pytest.fixture(scope="module")
def world() -> World:
    return a_world(enterprises=6)


@dataclass
class Stage:
    """Streams over a source that the test feeds; `opened` counts the executions."""

    feeds: list[asyncio.Queue[Any]] = field(default_factory=list)
    ended: int = 0

    async def open(self, operation: Operation, context: Any) -> AsyncGenerator[Any, None]:
        feed: asyncio.Queue[Any] = asyncio.Queue()
        self.feeds.append(feed)

        async def results() -> AsyncGenerator[Any, None]:
            try:
                while (value := await feed.get()) is not None:
                    if isinstance(value, Exception):
                        raise value
                    yield SimpleNamespace(data=value, errors=None, extensions=None)
            finally:
                self.ended += 1

        return results()

    def streams(self) -> SharedStreams:
        return SharedStreams(schema()._schema, self.open)


class Ear:
    """A subscriber that notes what it gets."""

    def __init__(self) -> None:
        self.heard: list[Frame] = []

    def deliver(self, frame: Frame) -> None:
        self.heard.append(frame)

    @property
    def shown(self) -> list[Any]:
        return [json.loads(frame.body)["data"] for frame in self.heard if frame.kind is Kind.NEXT]


def actor_of(world: World, username: str) -> Actor:
    token = world(username).token
    assert token is not None
    return world.system.app.identity.authenticate(token)


def context_of(world: World, actor: Actor | None) -> RequestContext:
    system = world.system
    return RequestContext(
        app=system.app, hub=system.hub, client=Client.WEB, secure_cookie=False, session_actor=actor
    )


def key_of(world: World, actor: Actor | None, text: str, **variables: Any) -> Key | None:
    return (
        Stage()
        .streams()
        .key_of(Operation(text, variables.pop("name", None), variables or None), context_of(world, actor))
    )


@pytest.fixture
def head(world: World) -> Actor:
    return actor_of(world, "county-head")


@pytest.fixture
def colleague(head: Actor) -> Actor:
    """Another person of the same role in the same department."""
    return replace(head, person_id=None, name="另一位", account_id=None, session_id=None)


def test_colleagues_share_what_is_their_partys(world: World, head: Actor, colleague: Actor) -> None:
    assert key_of(world, head, PARTY) is not None
    assert key_of(world, head, PARTY) == key_of(world, colleague, PARTY)
    assert key_of(world, head, TODAY, region="x") == key_of(world, colleague, TODAY, region="x")


@pytest.mark.parametrize(
    "text",
    [
        OWN,
        "subscription { markers { unfedBack { patrol } ...Own } } fragment Own on Markers { unreadCount }",
        "subscription { markers { patrolProblems { problems(first: 1) { nodes { id } } } } }",
        "subscription { todayOverview { whole { commitments(group: LATE, first: 1) { totalCount } } } }",
    ],
)
def test_what_may_differ_between_colleagues_is_shared_by_nobody_but_the_person(
    world: World, head: Actor, colleague: Actor, text: str
) -> None:
    mine = key_of(world, head, text)
    assert mine is not None and mine.personal
    assert mine == key_of(world, replace(head, session_id=None), text), "another session of the same person"
    assert mine != key_of(world, colleague, text)


def test_another_party_role_or_jurisdiction_gets_its_own(world: World, head: Actor) -> None:
    others = [actor_of(world, name) for name in ("city-head", "province-head", "county-duty")]
    keys = {key_of(world, actor, PARTY) for actor in (head, *others)}
    assert len(keys) == 4
    assert key_of(world, replace(head, must_change_password=True), PARTY) not in keys
    assert key_of(world, head, TODAY, region="a") != key_of(world, head, TODAY, region="b")
    assert key_of(world, head, PARTY) != key_of(world, head, f"{PARTY} ")


@pytest.mark.parametrize(
    "text", ["{ viewer { name } }", "mutation { logOut { __typename } }", "subscription {", "", "{"]
)
def test_what_is_no_subscription_is_not_shared(world: World, head: Actor, text: str) -> None:
    assert key_of(world, head, text) is None


def test_nothing_is_shared_without_a_session_or_for_an_unknown_operation(world: World, head: Actor) -> None:
    assert key_of(world, None, PARTY) is None
    assert key_of(world, head, PARTY, name="Other") is None


def running(act: Callable[[Stage, SharedStreams, Callable[[str], Any]], Any], world: World) -> None:
    """Run with a stage, its streams, and a way to join as the county's head: it gives the ear and its leaving."""

    async def go() -> None:
        stage = Stage()
        streams = stage.streams()

        def join(text: str = PARTY) -> tuple[Ear, Callable[[], None]]:
            ear, operation = Ear(), Operation(text, None, None)
            context = context_of(world, actor_of(world, "county-head"))
            key = streams.key_of(operation, context)
            assert key is not None
            streams.join(key, operation, context, ear)
            return ear, lambda: streams.leave(key, ear)

        await asyncio.wait_for(act(stage, streams, join), PATIENCE)

    asyncio.run(go())


async def settled() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def test_many_subscribers_cost_one_execution_and_a_newcomer_gets_the_newest_at_once(world: World) -> None:
    async def act(stage: Stage, streams: SharedStreams, join: Any) -> None:
        ears = [join()[0] for _ in range(50)]
        await settled()
        assert len(stage.feeds) == 1 and len(streams) == 1
        stage.feeds[0].put_nowait({"n": 1})
        await settled()
        late, _ = join()
        assert late.shown == [{"n": 1}]
        stage.feeds[0].put_nowait({"n": 2})
        await settled()
        assert [ear.shown for ear in ears] == [[{"n": 1}, {"n": 2}]] * 50
        assert late.shown == [{"n": 1}, {"n": 2}]
        assert len({id(ear.heard[1]) for ear in ears}) == 1, "it was encoded once"

    running(act, world)


def test_when_the_last_one_leaves_the_execution_ends_and_the_next_begins_anew(world: World) -> None:
    async def act(stage: Stage, streams: SharedStreams, join: Any) -> None:
        (_, leave_first), (second, leave_second) = join(), join()
        await settled()
        leave_first()
        leave_first()
        stage.feeds[0].put_nowait({"n": 1})
        await settled()
        assert second.shown == [{"n": 1}] and stage.ended == 0
        leave_second()
        await settled()
        assert stage.ended == 1 and len(streams) == 0
        again, _ = join()
        await settled()
        assert len(stage.feeds) == 2 and again.heard == []

    running(act, world)


def test_an_end_and_a_failure_reach_everybody_and_the_next_begins_anew(world: World) -> None:
    async def act(stage: Stage, streams: SharedStreams, join: Any) -> None:
        for value, kinds in (
            (None, [Kind.COMPLETE]),
            (RuntimeError("secret"), [Kind.NEXT, Kind.COMPLETE]),
        ):
            ears = [join()[0] for _ in range(2)]
            await settled()
            stage.feeds[-1].put_nowait(value)
            await settled()
            for ear in ears:
                assert [frame.kind for frame in ear.heard] == kinds
                assert "secret" not in str(ear.heard)
            assert len(streams) == 0

    running(act, world)


def test_who_is_slow_finds_only_the_newest_result_and_every_end() -> None:
    async def go() -> None:
        written: list[Frame] = []
        free = asyncio.Event()

        async def write(frame: Frame) -> None:
            written.append(frame)
            await free.wait()

        queue = FrameQueue(write)
        frames = [Frame(Kind.NEXT, str(number)) for number in range(5)]
        for frame in (*frames[:1], *frames[1:4]):
            queue.put(frame)
            await settled()
        queue.put(COMMENT)
        queue.put(frames[4])
        queue.put(ENDED)
        free.set()
        await asyncio.wait_for(queue.written(), PATIENCE)
        assert written == [frames[0], frames[3], COMMENT, frames[4], ENDED]

    asyncio.run(go())


@pytest.mark.parametrize("id", ["1", 'a"b', "编号", "\\"])
def test_a_spliced_message_is_the_one_of_the_protocol(id: str) -> None:
    assert json.loads(spliced(id, Frame(Kind.NEXT, '{"data":{"n":1}}'))) == {
        "id": id,
        "type": "next",
        "payload": {"data": {"n": 1}},
    }
    assert json.loads(spliced(id, Frame(Kind.ERROR, "[]"))) == {"id": id, "type": "error", "payload": []}
    assert json.loads(spliced(id, ENDED)) == {"id": id, "type": "complete"}
