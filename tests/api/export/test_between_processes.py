"""A subscription in one process follows an export that a worker of another process makes, over one Redis."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from yanbao.application.access import SYSTEM
from yanbao.application.export.exports import RequestExport
from yanbao.application.ports.directory import DepartmentFilter
from yanbao.domain.export.kind import ExportKind
from yanbao.domain.values import Client
from yanbao.graphql.context import RequestContext
from yanbao.graphql.export import fields as subscriptions
from yanbao.graphql.parts.ids import global_id
from yanbao.main import asgi
from yanbao.settings import Settings
from yanbao.wiring import System, wire

from ...support.accounts import an_account
from ...support.builders import a_department_tree, a_person, a_region_tree, an_id
from ...support.databases import add_tables
from ...support.dates import start_clock
from ...support.patience import FOR_EVER, PATIENCE
from ...support.redis import real_redis, until_subscribed
from ...support.settling import settle_in
from ...support.system import schema

HER = a_person("赵导出", of=a_department_tree()[0])


@pytest.fixture
def processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Callable[[], System]]]:
    """The Redis, and how another process on the same database is put together; none looks without a nudge."""
    monkeypatch.setattr(subscriptions, "FALLBACK", FOR_EVER)
    with real_redis() as url:
        if url is None:
            pytest.skip("no Redis answers and no redis-server is on the path: set YANBAO_TEST_REDIS")
        running: list[System] = []

        def another() -> System:
            start_clock(tmp_path)
            running.append(wire(Settings(var=tmp_path, redis_url=url, embedded=False)))
            return running[-1]

        add_tables(another().engine)
        account = replace(an_account(HER, "zhao"), must_change_password=False)
        settle_in(running[0].storage, SYSTEM, *a_region_tree(), *a_department_tree(), HER, account)
        yield url, another
        for system in running:
            system.close()


def test_an_export_is_followed_to_its_end_from_another_process(
    processes: tuple[str, Callable[[], System]],
) -> None:
    url, another = processes
    serving, working = another(), another()
    found = serving.storage.readers().access.actor(HER.id)
    assert found is not None and serving.relay is not None
    actor = replace(found, account_id=an_account(HER).id, session_id=an_id("session"))
    serving.app.exports._rows_at_once = 0
    command = RequestExport(ExportKind.DEPARTMENTS, DepartmentFilter())
    row = serving.app.exports.request(actor, command)
    context = RequestContext(
        app=serving.app, hub=serving.hub, client=Client.WEB, secure_cookie=False, session_actor=actor
    )

    async def watch() -> None:
        app = asgi(serving)
        async with app.router.lifespan_context(app):
            await asyncio.to_thread(until_subscribed, url, serving.relay.channel, 1)  # type: ignore[union-attr]
            query = "subscription($id: ID!) { exportProgress(id: $id) { state rowsDone } }"
            events: Any = await schema().subscribe(
                query, context_value=context, variable_values={"id": global_id("Export", row.id)}
            )
            states: list[str] = []

            async def follow() -> None:
                async for event in events:
                    assert event.errors is None
                    states.append(event.data["exportProgress"]["state"])
                    if len(states) == 1:
                        asyncio.get_running_loop().run_in_executor(None, working.app.export_runs.run_due)

            await asyncio.wait_for(follow(), PATIENCE)
            assert states[0] == "QUEUED" and states[-1] == "READY" and set(states[1:-1]) <= {"RUNNING"}

    asyncio.run(watch())
