"""Pushing to the ministry through failures: the same again, later each time, and nothing lost."""

from __future__ import annotations

from datetime import timedelta

import pytest

from yanbao.domain.exchange.duty import MOST_CRASHES, DutyState

from ...support.builders import DAY
from ...support.world import DONGFENG, HONGXING, HONGXING_HEAD, PROVINCE_DUTY, a_stage
from .pushing import attempts, crowd, push, pushed, reported, resend, states


@pytest.fixture(autouse=True)
def _steady_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yanbao.application.exchange.pushes.random.random", lambda: 0.0)


def test_after_a_failure_the_same_ids_and_the_same_message_go_up_again() -> None:
    stage = reported()
    stage.world.ministry.fail_next(reason="HTTP 503")
    push(stage)
    assert states(stage) == [DutyState.PENDING] * 2
    push(stage.after(timedelta(seconds=3)))
    first, second = stage.world.ministry.pushes
    assert first == second
    assert states(stage) == [DutyState.DONE] * 2
    assert [(a.http_status, a.code) for a in attempts(stage)] == [(503, "NO_ANSWER"), (200, "0")]


def test_a_lost_answer_makes_no_second_record() -> None:
    stage = reported()
    stage.world.ministry.lose_answers()
    push(stage)
    assert states(stage) == [DutyState.PENDING] * 2 and attempts(stage)[0].http_status is None
    push(stage.after(timedelta(seconds=3)))
    assert states(stage) == [DutyState.DONE] * 2
    assert len(stage.world.ministry.current(DAY)) == 2


def test_failures_wait_longer_each_time_up_to_five_minutes() -> None:
    stage = reported()
    stage.world.ministry.fail_next(1000)
    waits = []
    for _ in range(12):
        push(stage)
        waits.append(stage.duty_of().due_at - stage.world.clock.now())
        stage.world.clock.moment = stage.duty_of().due_at
    assert [wait.total_seconds() for wait in waits] == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300, 300]


def test_the_ministrys_own_wish_to_wait_is_honoured() -> None:
    stage = reported()
    stage.world.ministry.fail_next(answered=429, reason="HTTP 429", retry_after=600.0)
    push(stage)
    assert push(stage.after(timedelta(seconds=599))) == 0
    assert len(pushed(stage)) == 1
    push(stage.after(timedelta(seconds=1)))
    assert states(stage) == [DutyState.DONE] * 2


def test_a_wish_to_wait_holds_back_new_reports_too() -> None:
    stage = a_stage(enterprises=[DONGFENG, HONGXING])
    stage.submit()
    stage.at("12:00")
    stage.world.ministry.fail_next(answered=503, retry_after=2_400.0)
    push(stage)
    stage.submit(HONGXING_HEAD, HONGXING)
    assert push(stage.at("12:30")) == 0
    push(stage.at("12:40"))
    assert states(stage) == [DutyState.DONE] * 2


def test_after_five_failures_in_a_row_the_ministry_is_left_alone_for_a_while() -> None:
    stage = crowd(14, batch_size=2)
    stage.world.ministry.fail_next(5)
    for _ in range(5):
        assert push(stage) == 2
    assert push(stage) == 0, "the sixth batch is due, but the breaker is open"
    assert push(stage.after(timedelta(seconds=31))) == 0
    assert push(stage.after(timedelta(seconds=1))) == 2, "one batch is let through"
    while push(stage):
        pass
    assert set(states(stage)) == {DutyState.DONE}


def test_when_the_batch_let_through_fails_the_ministry_is_left_alone_again() -> None:
    stage = crowd(14, batch_size=2)
    stage.world.ministry.fail_next(6)
    for _ in range(5):
        push(stage)
    stage.after(timedelta(seconds=32))
    assert push(stage) == 2 and push(stage) == 0
    assert len(pushed(stage)) == 6


def test_a_success_forgets_the_failures_before_it() -> None:
    stage = reported()
    for _ in range(3):
        stage.world.ministry.fail_next(4)
        for _ in range(4):
            push(stage)
            stage.after(timedelta(minutes=6))
        push(stage)
        assert set(states(stage)) == {DutyState.DONE}
        stage.reopen()
        stage.correct(revision=stage.commitment().revision)
        stage.after(timedelta(minutes=31))


def test_nothing_is_lost_when_the_ministry_is_down_for_three_days() -> None:
    stage = reported()
    stage.world.ministry.fail_next(1000)
    for _ in range(72):
        push(stage)
        stage.after(timedelta(hours=1))
    assert states(stage) == [DutyState.PENDING] * 2
    assert {duty.attempts for duty in stage.duties()} == {72}, "there is no limit of attempts for a duty"
    stage.world.ministry._failures.clear()
    push(stage)
    assert states(stage) == [DutyState.DONE] * 2


def test_a_record_that_ends_its_worker_three_times_is_parked_and_visible(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stage = reported()

    def explode(*_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as broken:
        broken.setattr(stage.world.ministry, "push", explode)
        for _ in range(MOST_CRASHES):
            with pytest.raises(ZeroDivisionError):
                push(stage)
            stage.after(timedelta(minutes=3))
        assert push(stage) == 0
    assert states(stage) == [DutyState.PARKED] * 2
    resend(stage, PROVINCE_DUTY, stage.duties())
    push(stage)
    assert states(stage) == [DutyState.DONE] * 2
