"""Rows of the weekly push in the ledger: told by their region, and sent again to a real receiver byte for byte."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from yanbao.domain.deadlines import instant
from yanbao.domain.exchange.duty import Topic
from yanbao.domain.policy import Policy

from ...adapters.ministry.support import Simulator
from ...support.asking import World, a_world
from ...support.dates import FRIDAY
from ..notice.test_messages_and_exchange import RESEND, RESENT, entries
from ..problem.issuing import to_the_factory
from ..problem.test_problems import FINAL, step

pytestmark = pytest.mark.process

WEEKLY = (Topic.MINISTRY_PATROL, Topic.MINISTRY_SPOT_CHECK)


@pytest.fixture(scope="module")
def shared_ministry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    running = Simulator(tmp_path_factory.mktemp("ministry") / "store.sqlite")
    yield running
    running.end()


@pytest.fixture
def ministry(shared_ministry: Simulator) -> Simulator:
    shared_ministry.reset()
    return shared_ministry


@pytest.fixture
def world(ministry: Simulator) -> Iterator[World]:
    """A week with one problem of 渭南 has closed; 西安 is refused, and the rest has arrived at the ministry."""
    world = a_world(enterprises=6)
    head, problem = world("enterprise-head"), to_the_factory(world)
    step(head, "acknowledgeProblem", problem, 1)
    step(head, "rectifyProblem", problem, 2)
    world.system.app.weekly.push(instant(FRIDAY, Policy().weekly_push_at))
    # The figures move on after they were frozen.
    step(head, "feedBackProblem", problem, 3, feedback=FINAL)
    world.at("14:01", FRIDAY)
    platform = ministry.ministry()
    world.system.app.pushes._ministry = platform
    ministry.refuse(["610100"], "R103", "区域编码未备案", 2)
    push(world)
    yield world
    platform.close()


def push(world: World) -> None:
    for topic in WEEKLY:
        while world.system.app.pushes.push_due(topic):
            pass


def sent(ministry: Simulator, id: str) -> list[str]:
    """The record as it stood in each message, first to last, as text."""
    bodies = [json.loads(message["body"])["data"] for message in reversed(ministry.messages())]
    return [
        json.dumps(record, ensure_ascii=False) for data in bodies for record in data if record["id"] == id
    ]


def weekly(world: World, state: str) -> list[dict[str, Any]]:
    found = entries(world, f'{{states: [{state}], businessDate: "{FRIDAY}"}}')
    return [entry for entry in found if entry["topic"] in {topic.value for topic in WEEKLY}]


def resend(world: World, *chosen: dict[str, Any]) -> dict[str, Any]:
    return world("province-duty").change(RESEND, RESENT, ids=[entry["id"] for entry in chosen])


def test_the_ledger_says_of_which_region_a_row_is_and_what_the_answer_was(world: World) -> None:
    refused, done = weekly(world, "REFUSED"), weekly(world, "DONE")
    assert {(row["topic"], row["regionName"]) for row in refused} == {
        ("MINISTRY_PATROL", "西安市"),
        ("MINISTRY_SPOT_CHECK", "西安市"),
    }
    assert {(row["answerCode"], row["answer"]) for row in refused} == {("R103", "区域编码未备案")}
    assert len(done) == 22 and "渭南市" in {row["regionName"] for row in done}


def test_a_refused_row_is_sent_again_and_arrives_as_it_was_frozen(world: World, ministry: Simulator) -> None:
    refused = weekly(world, "REFUSED")
    assert resend(world, *refused)["count"] == 2
    push(world)
    assert weekly(world, "REFUSED") == [] and len(weekly(world, "DONE")) == 24
    held = {row["record"]["id"] for row in ministry.weekly(FRIDAY)}
    assert len(held) == 24
    assert all(len(set(sent(ministry, id))) == 1 for id in held)


def test_a_row_that_has_arrived_is_sent_again_byte_for_byte(world: World, ministry: Simulator) -> None:
    before = {row["id"]: row for row in ministry.weekly(FRIDAY)}
    (row,) = [
        entry
        for entry in weekly(world, "DONE")
        if (entry["regionName"], entry["topic"]) == ("渭南市", "MINISTRY_SPOT_CHECK")
    ]
    assert resend(world, row)["count"] == 1
    push(world)
    again = [held for held in ministry.weekly(FRIDAY) if held["times"] == 2]
    assert [(one["record"]["extAreaName"], one["kind"]) for one in again] == [("渭南市", "SPOT_CHECK")]
    assert again[0]["digest"] == before[again[0]["id"]]["digest"]
    first, second = sent(ministry, again[0]["id"])
    assert first == second and '"extUnfedBackNumber": 1' in first, "what was fed back since is not in it"


def test_with_one_that_cannot_be_sent_again_none_is(world: World, ministry: Simulator) -> None:
    chosen = [*weekly(world, "DONE")[:2], *weekly(world, "REFUSED")]
    resend(world, chosen[0])
    assert resend(world, *chosen)["code"] == "NOT_FOUND", "the first is on its way"
    push(world)
    assert sorted(row["times"] for row in ministry.weekly(FRIDAY))[-2:] == [1, 2]
