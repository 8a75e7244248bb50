"""Pushing to the ministry: in batches, each record with its own answer, in order, and at its times."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from yanbao.domain.exchange.duty import DutyState, Topic

from ...support.builders import DAY
from ...support.world import DONGFENG, HONGXING, HONGXING_HEAD, PROVINCE_DUTY, Stage, a_stage
from .pushing import attempts, corrected, crowd, push, pushed, reported, resend, states


@pytest.fixture(autouse=True)
def _steady_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yanbao.application.exchange.pushes.random.random", lambda: 0.0)


# ---------------------------------------------------------------- batches and answers


def test_nothing_goes_up_before_the_first_push_of_the_day() -> None:
    stage = reported(at="11:59:59")
    assert push(stage) == 0 and pushed(stage) == []
    assert push(stage.at("12:00")) == 2
    assert states(stage) == [DutyState.DONE] * 2


def test_one_push_carries_at_most_twenty_records() -> None:
    stage = crowd(45)
    while push(stage):
        pass
    assert [len(ids) for ids in pushed(stage)] == [20, 20, 5]
    assert len({id for ids in pushed(stage) for id in ids}) == 45
    assert set(states(stage)) == {DutyState.DONE}
    ledger = sorted((a.sent, a.accepted, a.refused) for a in attempts(stage))
    assert ledger == [(5, 5, 0), (20, 20, 0), (20, 20, 0)]


def test_what_was_accepted_is_never_sent_again() -> None:
    stage = reported()
    push(stage)
    for _ in range(5):
        push(stage.after(timedelta(hours=1)))
    assert len(pushed(stage)) == 1


def test_the_ministry_holds_what_the_enterprise_stated() -> None:
    stage = reported()
    push(stage)
    held = {record["companyCode"]: record for record in stage.world.ministry.current(DAY)}
    assert held[DONGFENG.credit_code.text]["commitment"] == "李永红"
    assert held.keys() == {DONGFENG.credit_code.text, HONGXING.credit_code.text}


def test_one_refused_record_does_not_hold_up_the_others() -> None:
    stage = reported()
    stage.world.ministry.refuse([DONGFENG.credit_code.text], code="R103", sentence="企业编码未备案")
    push(stage)
    refused, done = stage.duty_of(DONGFENG), stage.duty_of(HONGXING)
    assert (refused.state, refused.answer_code, refused.answer) == (
        DutyState.REFUSED,
        "R103",
        "企业编码未备案",
    )
    assert done.state is DutyState.DONE
    assert [(a.sent, a.accepted, a.refused) for a in attempts(stage)] == [(2, 1, 1)]
    push(stage.after(timedelta(hours=2)))
    assert len(pushed(stage)) == 1, "a dead letter is sent again only when told to"


def test_a_record_refused_for_now_is_sent_again_by_itself_and_alone() -> None:
    stage = reported()
    stage.world.ministry.refuse([DONGFENG.credit_code.text], code="R501", times=1)
    push(stage)
    waiting = stage.duty_of(DONGFENG)
    assert (waiting.state, waiting.answer_code) == (DutyState.PENDING, "R501")
    assert waiting.due_at == stage.world.clock.now() + timedelta(seconds=2)
    assert push(stage.after(timedelta(seconds=1))) == 0
    assert push(stage.after(timedelta(seconds=1))) == 1
    assert pushed(stage)[1] == (waiting.id,)
    assert stage.duty_of(DONGFENG).state is DutyState.DONE


# ---------------------------------------------------------------- order


def test_revisions_of_one_commitment_go_up_one_after_the_other() -> None:
    stage = corrected()
    assert push(stage) == 1 and push(stage) == 1 and push(stage) == 0
    assert pushed(stage) == [(stage.duty_of(revision=1).id,), (stage.duty_of(revision=2).id,)]
    (held,) = stage.world.ministry.current(DAY)
    assert held["version"] == 2


def test_a_later_revision_waits_until_the_earlier_one_is_through() -> None:
    stage = corrected()
    stage.world.ministry.fail_next(3)
    for _ in range(3):
        push(stage)
        stage.after(timedelta(minutes=1))
    assert set(pushed(stage)) == {(stage.duty_of(revision=1).id,)}
    push(stage)
    push(stage)
    assert pushed(stage)[-1] == (stage.duty_of(revision=2).id,)


def test_one_commitment_that_waits_does_not_hold_up_another() -> None:
    stage = reported()
    stage.world.ministry.refuse([DONGFENG.credit_code.text], code="R501", times=5)
    push(stage)
    stage.reopen(of=HONGXING)
    stage.correct(HONGXING_HEAD, HONGXING)
    push(stage.at("12:30"))
    assert stage.duty_of(HONGXING, 2).state is DutyState.DONE
    assert stage.duty_of(DONGFENG).state is DutyState.PENDING


def test_a_refused_revision_does_not_block_the_next_one() -> None:
    stage = corrected()
    stage.world.ministry.refuse([DONGFENG.credit_code.text], code="R103", times=1)
    push(stage)
    push(stage)
    assert states(stage) == [DutyState.REFUSED, DutyState.DONE]


def test_an_older_revision_sent_again_after_a_newer_one_arrived_is_superseded() -> None:
    stage = corrected()
    stage.world.ministry.refuse([DONGFENG.credit_code.text], code="R103", times=1)
    push(stage)
    push(stage)
    resend(stage, PROVINCE_DUTY, [stage.duty_of(revision=1)])
    before = len(pushed(stage))
    assert push(stage) == 1
    old = stage.duty_of(revision=1)
    assert (old.state, old.answer) == (DutyState.SUPERSEDED, "部级平台已有更新的版本")
    assert len(pushed(stage)) == before, "it was not even sent"
    (held,) = stage.world.ministry.current(DAY)
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
    stage = a_stage(enterprises=[DONGFENG], at=reported_at)
    stage.submit()
    assert stage.duty_of().due_at == Stage().at(due, day).world.clock.now()


def test_two_nodes_never_push_the_same_record() -> None:
    stage = crowd(30)
    with stage.world.storage.work(stage.actor(PROVINCE_DUTY)) as work:
        other_node = work.outbox.claim(
            Topic.MINISTRY_COMMITMENT, now=stage.world.clock.now(), limit=20, lease=timedelta(minutes=2)
        )
        work.commit()
    assert push(stage) == 10
    assert {id for ids in pushed(stage) for id in ids}.isdisjoint({claim.duty.id for claim in other_node})
