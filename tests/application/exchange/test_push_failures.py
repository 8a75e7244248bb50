"""Pushing to the ministry through failures: the same again, later each time, and nothing lost."""

from __future__ import annotations

from datetime import timedelta

import pytest

from yanbao.domain.exchange.duty import DutyState

from ...support.builders import DAY
from ...support.world import DONGFENG, HONGXING, HONGXING_HEAD, a_world
from .pushing import attempts, crowd, push, pushed, reported, states


@pytest.fixture(autouse=True)
def _steady_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yanbao.application.exchange.pushes.random.random", lambda: 0.0)


def test_after_a_failure_the_same_ids_and_the_same_message_go_up_again() -> None:
    world = reported()
    world.system.ministry.fail_next(reason="HTTP 503")
    push(world)
    assert states(world) == [DutyState.PENDING] * 2
    push(world.after(timedelta(seconds=3)))
    first, second = world.system.ministry.pushes
    assert first == second
    assert states(world) == [DutyState.DONE] * 2
    assert [(a.http_status, a.code) for a in attempts(world)] == [(503, "NO_ANSWER"), (200, "0")]


def test_a_lost_answer_makes_no_second_record() -> None:
    world = reported()
    world.system.ministry.lose_answers()
    push(world)
    assert states(world) == [DutyState.PENDING] * 2 and attempts(world)[0].http_status is None
    push(world.after(timedelta(seconds=3)))
    assert states(world) == [DutyState.DONE] * 2
    assert len(world.system.ministry.current(DAY)) == 2


def test_failures_wait_longer_each_time_up_to_five_minutes() -> None:
    world = reported()
    world.system.ministry.fail_next(1000)
    waits = []
    for _ in range(12):
        push(world)
        waits.append(world.duty_of().due_at - world.system.clock.now())
        world.system.clock.moment = world.duty_of().due_at
    assert [wait.total_seconds() for wait in waits] == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300, 300]


def test_the_ministrys_own_wish_to_wait_is_honoured() -> None:
    world = reported()
    world.system.ministry.fail_next(answered=429, reason="HTTP 429", retry_after=600.0)
    push(world)
    assert push(world.after(timedelta(seconds=599))) == 0
    assert len(pushed(world)) == 1
    push(world.after(timedelta(seconds=1)))
    assert states(world) == [DutyState.DONE] * 2


def test_a_wish_to_wait_holds_back_new_reports_too() -> None:
    world = a_world(enterprises=[DONGFENG, HONGXING])
    world.submit()
    world.at("12:00")
    world.system.ministry.fail_next(answered=503, retry_after=2_400.0)
    push(world)
    world.submit(HONGXING_HEAD, HONGXING)
    assert push(world.at("12:30")) == 0
    push(world.at("12:40"))
    assert states(world) == [DutyState.DONE] * 2


def test_after_five_failures_in_a_row_the_ministry_is_left_alone_for_a_while() -> None:
    world = crowd(14, batch_size=2)
    world.system.ministry.fail_next(5)
    for _ in range(5):
        assert push(world) == 2
    assert push(world) == 0, "the sixth batch is due, but the breaker is open"
    assert push(world.after(timedelta(seconds=31))) == 0
    assert push(world.after(timedelta(seconds=1))) == 2, "one batch is let through"
    while push(world):
        pass
    assert set(states(world)) == {DutyState.DONE}


def test_when_the_batch_let_through_fails_the_ministry_is_left_alone_again() -> None:
    world = crowd(14, batch_size=2)
    world.system.ministry.fail_next(6)
    for _ in range(5):
        push(world)
    world.after(timedelta(seconds=32))
    assert push(world) == 2 and push(world) == 0
    assert len(pushed(world)) == 6


def test_a_success_forgets_the_failures_before_it() -> None:
    world = reported()
    for _ in range(3):
        world.system.ministry.fail_next(4)
        for _ in range(4):
            push(world)
            world.after(timedelta(minutes=6))
        push(world)
        assert set(states(world)) == {DutyState.DONE}
        world.reopen()
        world.correct(revision=world.commitment().revision)
        world.after(timedelta(minutes=31))


def test_nothing_is_lost_when_the_ministry_is_down_for_three_days() -> None:
    world = reported()
    world.system.ministry.fail_next(1000)
    for _ in range(72):
        push(world)
        world.after(timedelta(hours=1))
    assert states(world) == [DutyState.PENDING] * 2
    assert {duty.attempts for duty in world.duties()} == {72}, "there is no limit of attempts for a duty"
    world.system.ministry._failures.clear()
    push(world)
    assert states(world) == [DutyState.DONE] * 2
