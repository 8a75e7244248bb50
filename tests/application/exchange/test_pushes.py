"""Pushing to the ministry: in batches, each record with its own answer, in order, and at its times."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from yanbao.domain.exchange.duty import DutyState, Topic

from ...support.builders import DAY
from ...support.world import DONGFENG, HONGXING, HONGXING_HEAD, PROVINCE_DUTY, World, a_world
from .pushing import attempts, corrected, crowd, push, pushed, reported, resend, states


@pytest.fixture(autouse=True)
def _steady_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yanbao.application.exchange.pushes.random.random", lambda: 0.0)


# ---------------------------------------------------------------- batches and answers


def test_nothing_goes_up_before_the_first_push_of_the_day() -> None:
    world = reported(at="11:59:59")
    assert push(world) == 0 and pushed(world) == []
    assert push(world.at("12:00")) == 2
    assert states(world) == [DutyState.DONE] * 2


def test_one_push_carries_at_most_twenty_records() -> None:
    world = crowd(45)
    while push(world):
        pass
    assert [len(ids) for ids in pushed(world)] == [20, 20, 5]
    assert len({id for ids in pushed(world) for id in ids}) == 45
    assert set(states(world)) == {DutyState.DONE}
    ledger = sorted((a.sent, a.accepted, a.refused) for a in attempts(world))
    assert ledger == [(5, 5, 0), (20, 20, 0), (20, 20, 0)]


def test_what_was_accepted_is_never_sent_again() -> None:
    world = reported()
    push(world)
    for _ in range(5):
        push(world.after(timedelta(hours=1)))
    assert len(pushed(world)) == 1


def test_the_ministry_holds_what_the_enterprise_stated() -> None:
    world = reported()
    push(world)
    held = {record["companyCode"]: record for record in world.system.ministry.current(DAY)}
    assert held[DONGFENG.credit_code.text]["commitment"] == "李永红"
    assert held.keys() == {DONGFENG.credit_code.text, HONGXING.credit_code.text}


def test_one_refused_record_does_not_hold_up_the_others() -> None:
    world = reported()
    world.system.ministry.refuse([DONGFENG.credit_code.text], code="R103", sentence="企业编码未备案")
    push(world)
    refused, done = world.duty_of(DONGFENG), world.duty_of(HONGXING)
    assert (refused.state, refused.answer_code, refused.answer) == (
        DutyState.REFUSED,
        "R103",
        "企业编码未备案",
    )
    assert done.state is DutyState.DONE
    assert [(a.sent, a.accepted, a.refused) for a in attempts(world)] == [(2, 1, 1)]
    push(world.after(timedelta(hours=2)))
    assert len(pushed(world)) == 1, "a dead letter is sent again only when told to"


def test_a_record_refused_for_now_is_sent_again_by_itself_and_alone() -> None:
    world = reported()
    world.system.ministry.refuse([DONGFENG.credit_code.text], code="R501", times=1)
    push(world)
    waiting = world.duty_of(DONGFENG)
    assert (waiting.state, waiting.answer_code) == (DutyState.PENDING, "R501")
    assert waiting.due_at == world.system.clock.now() + timedelta(seconds=2)
    assert push(world.after(timedelta(seconds=1))) == 0
    assert push(world.after(timedelta(seconds=1))) == 1
    assert pushed(world)[1] == (waiting.id,)
    assert world.duty_of(DONGFENG).state is DutyState.DONE


# ---------------------------------------------------------------- order


def test_revisions_of_one_commitment_go_up_one_after_the_other() -> None:
    world = corrected()
    assert push(world) == 1 and push(world) == 1 and push(world) == 0
    assert pushed(world) == [(world.duty_of(revision=1).id,), (world.duty_of(revision=2).id,)]
    (held,) = world.system.ministry.current(DAY)
    assert held["version"] == 2


def test_a_later_revision_waits_until_the_earlier_one_is_through() -> None:
    world = corrected()
    world.system.ministry.fail_next(3)
    for _ in range(3):
        push(world)
        world.after(timedelta(minutes=1))
    assert set(pushed(world)) == {(world.duty_of(revision=1).id,)}
    push(world)
    push(world)
    assert pushed(world)[-1] == (world.duty_of(revision=2).id,)


def test_one_commitment_that_waits_does_not_hold_up_another() -> None:
    world = reported()
    world.system.ministry.refuse([DONGFENG.credit_code.text], code="R501", times=5)
    push(world)
    world.reopen(of=HONGXING)
    world.correct(HONGXING_HEAD, HONGXING)
    push(world.at("12:30"))
    assert world.duty_of(HONGXING, 2).state is DutyState.DONE
    assert world.duty_of(DONGFENG).state is DutyState.PENDING


def test_a_refused_revision_does_not_block_the_next_one() -> None:
    world = corrected()
    world.system.ministry.refuse([DONGFENG.credit_code.text], code="R103", times=1)
    push(world)
    push(world)
    assert states(world) == [DutyState.REFUSED, DutyState.DONE]


def test_an_older_revision_sent_again_after_a_newer_one_arrived_is_superseded() -> None:
    world = corrected()
    world.system.ministry.refuse([DONGFENG.credit_code.text], code="R103", times=1)
    push(world)
    push(world)
    resend(world, PROVINCE_DUTY, [world.duty_of(revision=1)])
    before = len(pushed(world))
    assert push(world) == 1
    old = world.duty_of(revision=1)
    assert (old.state, old.answer) == (DutyState.SUPERSEDED, "部级平台已有更新的版本")
    assert len(pushed(world)) == before, "it was not even sent"
    (held,) = world.system.ministry.current(DAY)
    assert held["version"] == 2


# ---------------------------------------------------------------- when


@pytest.mark.parametrize(
    ("reported_at", "due", "day"),
    [
        ("08:30", "12:00", DAY),
        ("12:00", "12:30", DAY),
        ("12:29", "12:30", DAY),
        ("23:00", "23:30", DAY),
        ("23:29", "23:30", DAY),
        ("23:30", "12:00", DAY + timedelta(days=1)),
        ("23:59", "12:00", DAY + timedelta(days=1)),
    ],
)
def test_a_report_goes_up_at_noon_then_every_half_hour_until_half_past_eleven(
    reported_at: str, due: str, day: date
) -> None:
    world = a_world(enterprises=[DONGFENG], at=reported_at)
    world.submit()
    assert world.duty_of().due_at == World().at(due, day).system.clock.now()


def test_two_nodes_never_push_the_same_record() -> None:
    world = crowd(30)
    with world.system.storage.work(world.actor(PROVINCE_DUTY)) as work:
        other_node = work.outbox.claim(
            Topic.MINISTRY_COMMITMENT, now=world.system.clock.now(), limit=20, lease=timedelta(minutes=2)
        )
        work.commit()
    assert push(world) == 10
    assert {id for ids in pushed(world) for id in ids}.isdisjoint({claim.duty.id for claim in other_node})
