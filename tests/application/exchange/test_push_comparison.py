"""The daily comparison: what the ministry lost or holds otherwise is found and sent again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from yanbao.application.ports.exchange import PushFailed
from yanbao.domain.exchange.duty import DutyState
from yanbao.domain.notice.notice import MessageKind

from ...support.builders import DAY
from ...support.world import DONGFENG, HONGXING, PROVINCE_DUTY
from .pushing import corrected, push, reported, states


@pytest.fixture(autouse=True)
def _steady_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yanbao.application.exchange.pushes.random.random", lambda: 0.0)


def test_when_the_ministry_has_everything_nothing_happens() -> None:
    world = reported()
    push(world)
    found = world.system.app.pushes.reconcile(DAY)
    assert (found.sent, found.held, found.lost) == (2, 2, 0)
    assert world.messages(PROVINCE_DUTY) == []


def test_what_the_ministry_silently_lost_is_found_queued_again_and_told_to_the_province() -> None:
    world = reported()
    world.system.ministry.lose_next()
    push(world)
    assert states(world) == [DutyState.DONE] * 2 and world.system.ministry.current(DAY) == []
    found = world.system.app.pushes.reconcile(DAY)
    assert (found.sent, found.held, found.lost) == (2, 0, 2)
    (alarm,) = world.messages(PROVINCE_DUTY)
    assert alarm.kind is MessageKind.EXCHANGE_ALARM
    assert alarm.subject_type == "ExchangeEntry"
    assert alarm.subject_id in {str(world.duty_of(of).id) for of in (DONGFENG, HONGXING)}
    assert alarm.title == f"部级平台缺少2条{DAY}的安全承诺"
    assert world.told() == {PROVINCE_DUTY.name}
    push(world)
    assert len(world.system.ministry.current(DAY)) == 2
    assert world.system.app.pushes.reconcile(DAY).lost == 0


def test_what_the_ministry_holds_otherwise_than_we_sent_it_counts_as_lost() -> None:
    world = reported()
    push(world)
    world.system.ministry.alter(world.duty_of(DONGFENG).id)
    assert world.system.app.pushes.reconcile(DAY).lost == 1
    assert world.duty_of(DONGFENG).state is DutyState.PENDING
    assert world.duty_of(HONGXING).state is DutyState.DONE
    push(world)
    assert world.system.app.pushes.reconcile(DAY).lost == 0


def test_of_several_revisions_only_the_newest_must_be_there() -> None:
    world = corrected()
    world.system.ministry.lose_next()
    push(world)
    push(world)
    found = world.system.app.pushes.reconcile(DAY)
    assert (found.sent, found.lost) == (1, 0)


def test_what_is_still_due_is_not_called_lost() -> None:
    world = reported()
    assert world.system.app.pushes.reconcile(DAY).sent == 0
    assert states(world) == [DutyState.PENDING] * 2


def test_a_comparison_that_gets_no_answer_says_so() -> None:
    world = reported()
    push(world)
    world.system.ministry.fail_next()
    with pytest.raises(PushFailed):
        world.system.app.pushes.reconcile(DAY)
    assert states(world) == [DutyState.DONE] * 2


def test_another_days_records_are_another_days_comparison() -> None:
    world = reported()
    push(world)
    found = world.system.app.pushes.reconcile(DAY - timedelta(days=1))
    assert (found.sent, found.held, found.lost) == (0, 0, 0)
