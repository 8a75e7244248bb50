"""One certificate shows the same date, days and level on the enterprise's page, in its form and in a spot check."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from yanbao.application.access import SYSTEM, Actor
from yanbao.application.notice.nudges import nudged_by
from yanbao.domain.directory.certificate import PERMITS, Certificate
from yanbao.domain.directory.organisation import Role
from yanbao.domain.events import Event
from yanbao.domain.values import Client
from yanbao.graphql.context import RequestContext
from yanbao.graphql.schema import make_schema

from ...support.asking import World, a_world, id_of
from ...support.dates import in_days
from ..inspection.inspecting import figures, open_patrol, open_spot_check
from .alerting import opened, restate

PAGE = """query($id: ID!) { node(id: $id) { ... on Enterprise { certificates { number expiresOn daysLeft trade
    dues { kind dueOn daysLeft alertId alertLevel alertState } } } } }"""
FORM = """query($id: ID!) { commitmentPrefill(enterpriseId: $id) { suggestedGrade gradeReasons text
    figures { key value source asOf } } }"""
COUNTS = "{ unfedBackAlerts { certificate risk } }"
LEVELS = {"YELLOW": "黄色（一般）", "ORANGE": "橙色（较大）", "RED": "红色（重大）"}


@pytest.fixture
def world() -> World:
    return a_world()


def with_days_left(world: World, days: int) -> Certificate:
    """The permit of 红光, changed so that it ends in so many days; the watch has looked at it."""
    found = [
        c for c in world.state.certificates.values() if c.enterprise_id == world.red.id and c.kind in PERMITS
    ]
    permit = replace(found[0], expires_on=in_days(days), issued_on=in_days(days - 1000))
    with world.system.storage.work(SYSTEM) as work:
        work.certificates.save(permit)
        work.commit()
    world.at("08:30")
    world.system.app.certificate_watch.look()
    return permit


def page_of(world: World, username: str, number: str) -> Any:
    found = world(username).ask(PAGE, id=id_of(world.red))["node"]["certificates"]
    return next(one for one in found if one["number"] == number)


@pytest.mark.parametrize(("days", "level"), [(45, "YELLOW"), (20, "ORANGE"), (0, "RED")])
def test_page_form_and_spot_check_agree(world: World, days: int, level: str) -> None:
    permit = with_days_left(world, days)
    for username in ("enterprise-head", "county-inspector"):
        page = page_of(world, username, permit.number)
        assert (page["expiresOn"], page["daysLeft"]) == (f"{permit.expires_on}", days)
        (due,) = page["dues"]
        assert (due["kind"], due["dueOn"], due["daysLeft"]) == ("EXPIRY", f"{permit.expires_on}", days)
        assert (due["alertLevel"], due["alertState"]) == (level, "OPEN")
    alert = world("enterprise-head").ask(
        "query($id: ID!) { node(id: $id) { ... on Alert { level dueOn certificate { number } } } }",
        id=due["alertId"],
    )["node"]
    assert alert == {"level": level, "dueOn": due["dueOn"], "certificate": {"number": permit.number}}

    form = world("enterprise-head").ask(FORM, id=id_of(world.red))["commitmentPrefill"]
    shown = {figure["key"]: figure for figure in form["figures"]}
    left = "今日到期" if days == 0 else f"剩{days}天"
    assert shown["permit"]["value"] == f"有效（有效期至{permit.expires_on}，{left}）"
    open_alerts = int(shown["openAlerts"]["value"])
    assert open_alerts >= 1 and shown["openAlerts"]["source"] == "预警台账" and shown["openAlerts"]["asOf"]
    assert shown["highestAlertLevel"]["value"] == LEVELS[level]
    assert form["suggestedGrade"] <= (2 if level == "RED" else 3)
    reason = "有红色预警未办结" if level == "RED" else f"未办结预警{open_alerts}条"
    assert reason in form["gradeReasons"] and f"尚有{open_alerts}条预警未办结" in form["text"]

    draft = open_spot_check(world("county-inspector"), world.red)
    sheet = figures(draft)
    assert (sheet["openAlerts"]["value"], sheet["unfedBackAlerts"]["value"]) == (f"{open_alerts}",) * 2
    assert sheet["highestAlertLevel"]["value"] == LEVELS[level]
    assert draft["sheet"]["permits"][0]["expiresOn"] == f"{permit.expires_on}"
    assert draft["sheet"]["permits"][0]["daysLeft"] == days


def test_a_patrol_counts_the_alerts_of_its_area(world: World) -> None:
    opened(world, "W-1")
    opened(world, "W-2")
    restate(world, "W-2", ended="人员已撤离")
    shown = figures(open_patrol(world("city-inspector")))
    assert (shown["openAlerts"]["shown"], shown["unfedBackAlerts"]["shown"]) == ("1条", "1条")


def test_what_the_enterprise_owes_is_counted_by_kind_and_departments_owe_nothing(world: World) -> None:
    with_days_left(world, 20)
    opened(world)
    own = world("enterprise-head").ask(COUNTS)["unfedBackAlerts"]
    assert own["certificate"] >= 1 and own["risk"] == 1
    for username in ("county-head", "province-head"):
        assert world(username).ask(COUNTS)["unfedBackAlerts"] == {"certificate": 0, "risk": 0}


def test_the_marker_follows_an_alert_within_a_second(world: World) -> None:
    system = world.system

    def wake(topics: object, events: Sequence[Event]) -> None:
        system.hub.nudge(sorted({name for event in events for name in nudged_by(event)}))

    system.storage.after_commit = wake
    head = next(
        p
        for p in world.state.people.values()
        if p.enterprise_id == world.red.id and p.role is Role.ENTERPRISE_HEAD
    )
    actor = system.readers.access.actor(head.id)
    assert actor is not None
    assert asyncio.run(markers_around(world, actor)) == [0, 1, 0]


async def markers_around(world: World, actor: Actor) -> list[int]:
    """The count of risk alerts that the subscription shows at first, after one is opened and after it ends."""
    system = world.system
    context = RequestContext(
        app=system.app, hub=system.hub, client=Client.WEB, secure_cookie=False, session_actor=actor
    )
    query = "subscription { markers { unfedBackAlerts { risk } } }"
    events: Any = await make_schema().subscribe(query, context_value=context)

    async def following() -> int:
        event = await asyncio.wait_for(anext(events), 1)
        assert event.errors is None
        return int(event.data["markers"]["unfedBackAlerts"]["risk"])

    try:
        shown = [await following()]
        await asyncio.to_thread(opened, world)
        shown.append(await following())
        await asyncio.to_thread(restate, world, "W-1", ended="人员已撤离")
        return [*shown, await following()]
    finally:
        await events.aclose()
