"""Sending dead letters again: by whom, which, and once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from yanbao.application.exchange.exchange import ResendDeadLetters
from yanbao.domain.directory.organisation import Person
from yanbao.domain.exchange.duty import DutyState, Topic
from yanbao.domain.refusals import Forbidden, InvalidValue, NotFound

from ...support.builders import an_id
from ...support.world import (
    CITY_DUTY,
    COUNTY_DUTY,
    DONGFENG,
    HEAD,
    INSPECTOR,
    PROVINCE_DUTY,
    PROVINCE_HEAD,
    SYSTEM_ADMIN,
    World,
)
from .pushing import push, reported, resend, states


@pytest.fixture(autouse=True)
def _steady_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yanbao.application.exchange.pushes.random.random", lambda: 0.0)


@pytest.fixture
def refused() -> Iterator[World]:
    world = reported()
    world.system.ministry.refuse([DONGFENG.credit_code.text], code="R103", times=1)
    push(world)
    yield world


@pytest.mark.parametrize("by", [PROVINCE_DUTY, PROVINCE_HEAD], ids=lambda p: p.role.value)
def test_the_province_can_send_a_dead_letter_again(refused: World, by: Person) -> None:
    assert resend(refused, by, [refused.duty_of(DONGFENG)]) == 1
    assert refused.system.doorbell.rung[-1] == Topic.MINISTRY_COMMITMENT.value
    push(refused)
    assert states(refused) == [DutyState.DONE] * 2


@pytest.mark.parametrize("by", [CITY_DUTY, COUNTY_DUTY, INSPECTOR, HEAD, SYSTEM_ADMIN], ids=lambda p: p.name)
def test_nobody_else_can(refused: World, by: Person) -> None:
    with pytest.raises(Forbidden):
        resend(refused, by, [refused.duty_of(DONGFENG)])
    assert refused.duty_of(DONGFENG).state is DutyState.REFUSED


def test_what_is_no_dead_letter_is_not_sent_again_and_neither_are_those_beside_it(refused: World) -> None:
    with pytest.raises(NotFound) as refusal:
        resend(refused, PROVINCE_DUTY, refused.duties())
    assert refusal.value.field == "ids"
    assert refused.duty_of(DONGFENG).state is DutyState.REFUSED


@pytest.mark.parametrize("number", [0, 501])
def test_between_one_and_five_hundred_at_once(refused: World, number: int) -> None:
    command = ResendDeadLetters(tuple(an_id("none", n) for n in range(number)))
    with pytest.raises(InvalidValue, match=f"现为{number}条"):
        refused.system.app.exchange.resend(refused.actor(PROVINCE_DUTY), command)


def test_sending_again_twice_with_one_key_revives_once(refused: World) -> None:
    dead = [refused.duty_of(DONGFENG)]
    assert resend(refused, PROVINCE_DUTY, dead, key="again-0001") == 1
    assert resend(refused, PROVINCE_DUTY, dead, key="again-0001") == 1
    assert sum(entry.action == "DeadLetterResent" for entry in refused.state.audit.values()) == 1
