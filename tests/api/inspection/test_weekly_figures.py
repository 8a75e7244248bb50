"""The weekly figures over the API: by province and city, preliminary and frozen, with their entries of the ledger."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from yanbao.domain.deadlines import instant
from yanbao.domain.policy import Policy

from ...support.asking import Somebody, World, a_world
from ...support.dates import FRIDAY, TODAY, in_days
from ..problem.issuing import to_the_factory

FIGURES = """query($day: Date!) { weeklyFigures(weekEnding: $day) {
  weekEnding since until preliminary frozenAt
  rows { kind region { name code } inspected automatic withProblems rectifiedOnSite issued withdrawn fedBack unfedBack overdue
    exchangeEntry { topic state businessDate } } } }"""


@pytest.fixture
def world() -> World:
    return a_world()


def figures(by: Somebody, day: date = FRIDAY) -> Any:
    return by.ask(FIGURES, day=f"{day}")["weeklyFigures"]


def test_an_open_week_is_preliminary_and_has_its_window(world: World) -> None:
    found = figures(world("province-duty"))
    assert (found["weekEnding"], found["preliminary"], found["frozenAt"]) == (f"{FRIDAY}", True, None)
    assert (found["since"], found["until"]) == (
        f"{in_days(-7, FRIDAY)}T14:00:00+08:00",
        f"{FRIDAY}T14:00:00+08:00",
    )
    assert len(found["rows"]) == 24
    assert {line["exchangeEntry"] for line in found["rows"]} == {None}


def test_a_frozen_week_leads_to_the_exchange_ledger(world: World) -> None:
    to_the_factory(world)
    world.system.app.weekly.push(instant(FRIDAY, Policy().weekly_push_at))
    world.at("14:01", FRIDAY)
    found = figures(world("province-duty"))
    assert (found["preliminary"], found["frozenAt"]) == (False, f"{TODAY}T08:30:00+08:00")
    assert sum(line["issued"] for line in found["rows"]) == 1
    entries = {(line["kind"], line["exchangeEntry"]["topic"]) for line in found["rows"]}
    assert entries == {("PATROL", "MINISTRY_PATROL"), ("SPOT_CHECK", "MINISTRY_SPOT_CHECK")}
    assert {line["exchangeEntry"]["state"] for line in found["rows"]} == {"PENDING"}


def test_a_city_sees_its_own_line_without_the_ledger(world: World) -> None:
    world.system.app.weekly.push(instant(FRIDAY, Policy().weekly_push_at))
    world.at("14:01", FRIDAY)
    lines = figures(world("city-head"))["rows"]
    assert [(line["kind"], line["exchangeEntry"]) for line in lines] == [
        ("PATROL", None),
        ("SPOT_CHECK", None),
    ]
    assert len({line["region"]["code"] for line in lines}) == 1


@pytest.mark.parametrize("username", ["county-head", "enterprise-head", "system-admin"])
def test_who_has_no_city_sees_none(world: World, username: str) -> None:
    assert world(username).error(FIGURES, day=f"{FRIDAY}")["code"] == "FORBIDDEN"


def test_a_day_on_which_no_week_closes_is_refused_with_its_field(world: World) -> None:
    error = world("province-duty").send(FIGURES, day=f"{in_days(-1, FRIDAY)}")["errors"][0]
    assert error["message"] == f"{in_days(-1, FRIDAY)}是星期四，不是每周推送日（星期五）。"
    assert (error["extensions"]["code"], error["extensions"]["field"]) == ("BAD_USER_INPUT", "weekEnding")
