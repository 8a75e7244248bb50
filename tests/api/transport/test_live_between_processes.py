"""A subscription in one process shows what another process has changed, on one database and one Redis."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from yanbao.application.access import SYSTEM, Actor
from yanbao.application.notice.inbox import tell
from yanbao.domain.directory.organisation import Role
from yanbao.domain.problem.problem import Problem
from yanbao.domain.problem.workflow import ProblemAction
from yanbao.domain.values import Client
from yanbao.graphql import live
from yanbao.graphql.context import RequestContext
from yanbao.graphql.schema import make_schema
from yanbao.main import asgi
from yanbao.settings import Settings
from yanbao.wiring import System, wire

from ...contracts.problem.problems import change, keep, take
from ...support.builders import NOW, a_department_tree, a_person, a_region_tree, an_enterprise
from ...support.databases import add_tables
from ...support.dates import start_clock
from ...support.inspections import a_statement, issued
from ...support.notices import a_message
from ...support.patience import FOR_EVER, PATIENCE
from ...support.rectification import issued_as
from ...support.redis import cut_connections, real_redis, until_subscribed
from ...support.settling import settle_in

FIRM = an_enterprise()
HEAD = a_person("李永红", Role.ENTERPRISE_HEAD, of=FIRM)
MANAGER = a_person("赵安全", Role.SAFETY_MANAGER, of=FIRM)
A = ProblemAction


@pytest.fixture
def processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Callable[[], System]]]:
    """The Redis, and how another process on the same database is put together; none looks without a nudge."""
    monkeypatch.setattr(live, "FALLBACK", FOR_EVER)
    with real_redis() as url:
        if url is None:
            pytest.skip("no Redis answers and no redis-server is on the path: set YANBAO_TEST_REDIS")
        running: list[System] = []

        def another() -> System:
            start_clock(tmp_path)
            running.append(wire(Settings(var=tmp_path, redis_url=url, embedded=False)))
            return running[-1]

        add_tables(another().engine)
        settle_in(running[0].storage, SYSTEM, *a_region_tree(), *a_department_tree(), FIRM, HEAD, MANAGER)
        yield url, another
        for system in running:
            system.close()


def write_to_head(system: System, number: int) -> None:
    with system.storage.work(SYSTEM) as work:
        tell(work, [a_message(HEAD, number, at=NOW + timedelta(seconds=number))])
        work.commit()


@asynccontextmanager
async def markers(system: System, actor: Actor) -> AsyncIterator[Callable[[], Any]]:
    """The next figures of the subscription, unread and 未反馈, as a client of this process gets them."""
    context = RequestContext(
        app=system.app, hub=system.hub, client=Client.WEB, secure_cookie=False, session_actor=actor
    )
    events: Any = await make_schema().subscribe(
        "subscription { markers { unreadCount unfedBack { spotCheck } } }", context_value=context
    )

    async def following() -> tuple[int, int]:
        event = await asyncio.wait_for(anext(events), PATIENCE)
        assert event.errors is None
        shown = event.data["markers"]
        return shown["unreadCount"], shown["unfedBack"]["spotCheck"]

    try:
        yield following
    finally:
        await events.aclose()


def test_a_subscription_hears_of_a_change_made_in_another_process(
    processes: tuple[str, Callable[[], System]],
) -> None:
    url, another = processes
    serving, working = another(), another()
    actor = serving.storage.readers().access.actor(HEAD.id)
    assert actor is not None and serving.relay is not None

    async def watch() -> None:
        app = asgi(serving)
        async with app.router.lifespan_context(app), markers(serving, actor) as following:
            assert await following() == (0, 0)
            await asyncio.to_thread(until_subscribed, url, serving.relay.channel, 1)
            write_to_head(working, 1)
            assert await following() == (1, 0)
            assert cut_connections(url) >= 1
            await asyncio.to_thread(until_subscribed, url, serving.relay.channel, 1)
            write_to_head(working, 2)
            assert await following() == (2, 0)
            write_to_head(serving, 3)
            assert await following() == (3, 0)

    asyncio.run(watch())


def test_a_problem_shows_to_everybody_of_its_party_though_only_the_head_is_written_to(
    processes: tuple[str, Callable[[], System]],
) -> None:
    url, another = processes
    serving, working = another(), another()
    actor = serving.storage.readers().access.actor(MANAGER.id)
    assert actor is not None and serving.relay is not None

    async def watch() -> None:
        app = asgi(serving)
        async with app.router.lifespan_context(app), markers(serving, actor) as following:
            assert await following() == (0, 0)
            await asyncio.to_thread(until_subscribed, url, serving.relay.channel, 1)
            with working.storage.work(SYSTEM) as work:
                work.problems.save(issued(statement=a_statement(responsible=())))
                work.commit()
            assert await following() == (0, 1)

    asyncio.run(watch())


def test_whatever_is_done_to_a_problem_in_another_process_shows_in_the_markers(
    processes: tuple[str, Callable[[], System]],
) -> None:
    """Of the head, who is told as well: unread messages, and what is not fed back."""
    url, another = processes
    serving, working = another(), another()
    actor = serving.storage.readers().access.actor(HEAD.id)
    assert actor is not None and serving.relay is not None
    to_the_head = a_statement(responsible=())
    first, second = issued_as("一", statement=to_the_head), issued_as("二", statement=to_the_head)
    steps: list[tuple[Problem, list[ProblemAction], tuple[int, int]]] = [
        (first, [], (1, 1)),
        (first, [A.ACKNOWLEDGE, A.RECTIFY, A.FEED_BACK], (1, 0)),
        (first, [A.RETURN], (2, 1)),
        (first, [A.RECTIFY, A.FEED_BACK], (2, 0)),
        (first, [A.CLOSE], (3, 0)),
        (second, [], (4, 1)),
        (second, [A.WITHDRAW], (5, 0)),
    ]

    def carry_on(problem: Problem, actions: list[ProblemAction]) -> None:
        if not actions:
            keep(working.storage, problem)
        for action in actions:
            change(working.storage, problem.id, take(action))

    async def watch() -> None:
        app = asgi(serving)
        async with app.router.lifespan_context(app), markers(serving, actor) as following:
            assert await following() == (0, 0)
            await asyncio.to_thread(until_subscribed, url, serving.relay.channel, 1)
            for problem, actions, shown in steps:
                await asyncio.to_thread(carry_on, problem, actions)
                assert await following() == shown

    asyncio.run(watch())
