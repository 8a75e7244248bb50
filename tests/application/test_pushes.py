"""Pushing to the ministry: in batches, each record with its own answer, in order, again after failures, and compared daily."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from uuid import UUID

import pytest

from yanbao.application.exchange import ResendDeadLetters
from yanbao.application.ports.outside import PushFailed
from yanbao.application.ports.reading import Page
from yanbao.application.ports.storage import Attempt
from yanbao.domain.duty import MOST_CRASHES, Duty, DutyState, Topic
from yanbao.domain.notice import MessageKind
from yanbao.domain.organisation import Person, Role
from yanbao.domain.refusals import Forbidden, InvalidValue, NotFound

from ..support.builders import DAY, a_person, an_enterprise, an_id
from .stage import (
    CITY_DUTY,
    COUNTY_DUTY,
    DONGFENG,
    HEAD,
    HONGXING,
    HONGXING_HEAD,
    INSPECTOR,
    PROVINCE_DUTY,
    PROVINCE_HEAD,
    SYSTEM_ADMIN,
    Stage,
    a_stage,
)


@pytest.fixture(autouse=True)
def _steady_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yanbao.application.pushes.random.random", lambda: 0.0)


def reported(*, at: str = "12:00") -> Stage:
    """Two enterprises have reported, and the first push of the day is due."""
    stage = a_stage(enterprises=[DONGFENG, HONGXING])
    stage.submit()
    stage.submit(HONGXING_HEAD, HONGXING)
    return stage.at(at)


def crowd(number: int, *, batch_size: int = 20) -> Stage:
    """So many enterprises have reported."""
    firms = [an_enterprise(f"第{n}厂") for n in range(number)]
    heads = {of.id: a_person(f"厂长{n}", Role.ENTERPRISE_HEAD, of=of) for n, of in enumerate(firms)}
    stage = a_stage(enterprises=firms).settle(*heads.values())
    for of in firms:
        stage.submit(heads[of.id], of)
    stage.world.ministry.batch_size = batch_size
    return stage.at("12:00")


def push(stage: Stage) -> int:
    return stage.world.app.pushes.push_due()


def pushed(stage: Stage) -> list[tuple[UUID, ...]]:
    return [ids for _, ids in stage.world.ministry.pushes]


def states(stage: Stage) -> list[DutyState]:
    return [duty.state for duty in stage.duties()]


def attempts(stage: Stage) -> list[Attempt]:
    """Oldest first."""
    found = stage.world.app.exchange.attempts(
        stage.actor(PROVINCE_DUTY), Topic.MINISTRY_COMMITMENT, Page(100)
    )
    return list(reversed(found.rows))


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


# ---------------------------------------------------------------- failures


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
    stage.world.ministry.fail_next(30)
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
    assert len(pushed(stage)) == 72, "there is no limit of attempts for a duty"
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


# ---------------------------------------------------------------- order


def corrected() -> Stage:
    """Dongfeng has reported and corrected: two revisions are due."""
    stage = a_stage(enterprises=[DONGFENG])
    stage.submit()
    stage.correct(top_temperature=35)
    return stage.at("12:00")


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


# ---------------------------------------------------------------- sending dead letters again


def resend(stage: Stage, by: Person, duties: list[Duty], *, key: str | None = None) -> int:
    command = ResendDeadLetters(tuple(duty.id for duty in duties))
    return stage.world.app.exchange.resend(stage.actor(by), command, key=key)


@pytest.fixture
def refused() -> Iterator[Stage]:
    stage = reported()
    stage.world.ministry.refuse([DONGFENG.credit_code.text], code="R103", times=1)
    push(stage)
    yield stage


@pytest.mark.parametrize("by", [PROVINCE_DUTY, PROVINCE_HEAD, SYSTEM_ADMIN], ids=lambda p: p.role.value)
def test_the_province_can_send_a_dead_letter_again(refused: Stage, by: Person) -> None:
    assert resend(refused, by, [refused.duty_of(DONGFENG)]) == 1
    assert refused.world.doorbell.rung[-1] == Topic.MINISTRY_COMMITMENT.value
    push(refused)
    assert states(refused) == [DutyState.DONE] * 2


@pytest.mark.parametrize("by", [CITY_DUTY, COUNTY_DUTY, INSPECTOR, HEAD], ids=lambda p: p.name)
def test_nobody_else_can(refused: Stage, by: Person) -> None:
    with pytest.raises(Forbidden):
        resend(refused, by, [refused.duty_of(DONGFENG)])
    assert refused.duty_of(DONGFENG).state is DutyState.REFUSED


def test_what_is_no_dead_letter_is_not_sent_again_and_neither_are_those_beside_it(refused: Stage) -> None:
    with pytest.raises(NotFound) as refusal:
        resend(refused, PROVINCE_DUTY, refused.duties())
    assert refusal.value.field == "ids"
    assert refused.duty_of(DONGFENG).state is DutyState.REFUSED


@pytest.mark.parametrize("number", [0, 501])
def test_between_one_and_five_hundred_at_once(refused: Stage, number: int) -> None:
    command = ResendDeadLetters(tuple(an_id("none", n) for n in range(number)))
    with pytest.raises(InvalidValue, match=f"现为{number}条"):
        refused.world.app.exchange.resend(refused.actor(PROVINCE_DUTY), command)


def test_sending_again_twice_with_one_key_revives_once(refused: Stage) -> None:
    dead = [refused.duty_of(DONGFENG)]
    assert resend(refused, PROVINCE_DUTY, dead, key="again-0001") == 1
    assert resend(refused, PROVINCE_DUTY, dead, key="again-0001") == 1
    assert sum(entry.action == "DeadLetterResent" for entry in refused.state.audit.values()) == 1


# ---------------------------------------------------------------- the daily comparison


def test_when_the_ministry_has_everything_nothing_happens() -> None:
    stage = reported()
    push(stage)
    found = stage.world.app.pushes.reconcile(DAY)
    assert (found.sent, found.held, found.lost) == (2, 2, 0)
    assert stage.messages(PROVINCE_DUTY) == []


def test_what_the_ministry_silently_lost_is_found_queued_again_and_told_to_the_province() -> None:
    stage = reported()
    stage.world.ministry.lose_next()
    push(stage)
    assert states(stage) == [DutyState.DONE] * 2 and stage.world.ministry.current(DAY) == []
    found = stage.world.app.pushes.reconcile(DAY)
    assert (found.sent, found.held, found.lost) == (2, 0, 2)
    (alarm,) = stage.messages(PROVINCE_DUTY)
    assert alarm.kind is MessageKind.EXCHANGE_ALARM
    assert alarm.title == f"部级平台缺少2条{DAY}的安全承诺"
    assert stage.told() == {PROVINCE_DUTY.name}
    push(stage)
    assert len(stage.world.ministry.current(DAY)) == 2
    assert stage.world.app.pushes.reconcile(DAY).lost == 0


def test_what_the_ministry_holds_otherwise_than_we_sent_it_counts_as_lost() -> None:
    stage = reported()
    push(stage)
    stage.world.ministry.alter(stage.duty_of(DONGFENG).id)
    assert stage.world.app.pushes.reconcile(DAY).lost == 1
    assert stage.duty_of(DONGFENG).state is DutyState.PENDING
    assert stage.duty_of(HONGXING).state is DutyState.DONE
    push(stage)
    assert stage.world.app.pushes.reconcile(DAY).lost == 0


def test_of_several_revisions_only_the_newest_must_be_there() -> None:
    stage = corrected()
    stage.world.ministry.lose_next()
    push(stage)
    push(stage)
    found = stage.world.app.pushes.reconcile(DAY)
    assert (found.sent, found.lost) == (1, 0)


def test_what_is_still_due_is_not_called_lost() -> None:
    stage = reported()
    assert stage.world.app.pushes.reconcile(DAY).sent == 0
    assert states(stage) == [DutyState.PENDING] * 2


def test_a_comparison_that_gets_no_answer_says_so() -> None:
    stage = reported()
    push(stage)
    stage.world.ministry.fail_next()
    with pytest.raises(PushFailed):
        stage.world.app.pushes.reconcile(DAY)
    assert states(stage) == [DutyState.DONE] * 2


def test_another_days_records_are_another_days_comparison() -> None:
    stage = reported()
    push(stage)
    found = stage.world.app.pushes.reconcile(DAY - timedelta(days=1))
    assert (found.sent, found.held, found.lost) == (0, 0, 0)


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
