"""A record that kills its worker harms nobody else, and whatever is given up is told to the province at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from uuid import UUID

import pytest

from yanbao.application.exchange.pushes import LEASE
from yanbao.application.ports.exchange import OutboundRecord, PushAnswer, RecordKind
from yanbao.domain.exchange.duty import MOST_CRASHES, DutyState, Topic
from yanbao.domain.notice.notice import Message, MessageKind

from ...support.builders import DAY
from ...support.world import DONGFENG, HONGXING, PROVINCE_DUTY, World
from .pushing import crowd, push, reported, resend, states


def deadly(world: World, *poison: UUID, after: bool = False) -> Callable[[], None]:
    """Whoever pushes one of these dies, before or after the ministry has got it; returns what heals it."""
    ministry = world.system.ministry
    push_as_ever = ministry.push

    def dying(kind: RecordKind, records: Sequence[OutboundRecord]) -> PushAnswer:
        killed = any(record.id in poison for record in records)
        if killed and not after:
            raise KeyboardInterrupt
        answer = push_as_ever(kind, records)
        if killed:
            raise KeyboardInterrupt
        return answer

    ministry.push = dying  # type: ignore[method-assign]

    def heal() -> None:
        ministry.push = push_as_ever  # type: ignore[method-assign]

    return heal


def work_off(world: World) -> int:
    """Workers come and go until nothing is due: says how many have died. A dead one's lease has run out."""
    died = 0
    while True:
        try:
            while push(world):
                pass
        except KeyboardInterrupt:
            died += 1
            world.after(LEASE)
        else:
            return died


def alarms(world: World) -> list[Message]:
    return [one for one in world.messages(PROVINCE_DUTY) if one.kind is MessageKind.EXCHANGE_ALARM]


def test_a_record_that_kills_its_worker_is_parked_alone_and_the_others_of_its_batch_are_sent() -> None:
    world = crowd(20)
    poison = world.duties()[7]
    deadly(world, poison.id)
    assert work_off(world) == MOST_CRASHES
    assert Counter(states(world)) == {DutyState.DONE: 19, DutyState.PARKED: 1}
    assert len(world.system.ministry.current(DAY)) == 19
    (parked,) = [duty for duty in world.duties() if duty.state is DutyState.PARKED]
    assert parked.id == poison.id


def test_workers_that_are_killed_again_and_again_park_nothing_that_gets_on() -> None:
    """Whoever pushes is killed before the outcome is stored, twice in a row; the third gets it done."""
    world = crowd(20)
    heal = deadly(world, *(duty.id for duty in world.duties()), after=True)
    for _ in range(1 + 20):
        with pytest.raises(KeyboardInterrupt):
            push(world)
        world.after(LEASE)
    heal()
    assert work_off(world) == 0
    assert set(states(world)) == {DutyState.DONE}
    assert {duty.crashes for duty in world.duties()} == {0}


def test_after_it_was_mended_a_parked_record_is_sent_again() -> None:
    world = reported()
    heal = deadly(world, *(duty.id for duty in world.duties()))
    assert work_off(world) == 2 * MOST_CRASHES - 1, "the first time both died together"
    assert states(world) == [DutyState.PARKED] * 2
    heal()
    resend(world, PROVINCE_DUTY, world.duties())
    push(world)
    assert states(world) == [DutyState.DONE] * 2


# ---------------------------------------------------------------- the alarm


def test_parking_raises_an_alarm_at_once() -> None:
    world = reported()
    poison = world.duty_of(DONGFENG)
    deadly(world, poison.id)
    work_off(world)
    (alarm,) = alarms(world)
    assert alarm.title == "向部级平台推送安全承诺多次异常，已搁置"
    assert alarm.created_at == world.duty_of(DONGFENG).settled_at
    assert (alarm.subject_type, alarm.subject_id) == ("ExchangeEntry", str(poison.id))


def test_a_refusal_raises_an_alarm_at_once_that_says_what_was_answered() -> None:
    world = reported()
    world.system.ministry.refuse([DONGFENG.credit_code.text], code="R103", sentence="企业不在名录")
    push(world)
    (alarm,) = alarms(world)
    assert alarm.title == "向部级平台推送安全承诺被对方拒绝"
    assert "R103 企业不在名录" in alarm.body
    assert world.told() == {PROVINCE_DUTY.name}


def test_one_reason_is_told_once_an_hour_and_another_one_at_once() -> None:
    world = crowd(40)
    codes = [duty.facts["credit_code"] for duty in world.duties()]
    world.system.ministry.refuse(codes[:30], code="R103", sentence="企业不在名录")
    push(world)
    push(world)
    assert len(alarms(world)) == 1, "thousands of refusals for one reason are one alarm"
    world.system.ministry.refuse(codes[:1], code="R102", sentence="格式错误")
    resend(world, PROVINCE_DUTY, [duty for duty in world.duties() if duty.facts["credit_code"] == codes[0]])
    push(world)
    assert len(alarms(world)) == 2
    world.after(timedelta(hours=1))
    again = [duty for duty in world.duties() if duty.facts["credit_code"] == codes[1]]
    resend(world, PROVINCE_DUTY, again)
    push(world)
    assert len(alarms(world)) == 3


def test_what_the_ministry_will_take_later_raises_no_alarm() -> None:
    world = reported()
    world.system.ministry.fail_next()
    push(world)
    assert alarms(world) == []


# ---------------------------------------------------------------- the daily comparison


def parked_after_the_ministry_got_it() -> World:
    world = reported()
    heal = deadly(world, world.duty_of(DONGFENG).id, after=True)
    work_off(world)
    heal()
    assert world.duty_of(DONGFENG).state is DutyState.PARKED
    return world


def test_what_is_parked_though_the_ministry_holds_it_is_settled_by_the_comparison() -> None:
    world = parked_after_the_ministry_got_it()
    told = len(alarms(world))
    found = world.system.app.pushes.reconcile(DAY)
    assert (found.sent, found.held, found.lost, found.parked) == (2, 2, 0, 0)
    duty = world.duty_of(DONGFENG)
    assert (duty.state, duty.answer_code, duty.answer) == (DutyState.DONE, "HELD", "对账确认对方已持有")
    assert len(alarms(world)) == told


def test_what_is_parked_and_not_there_stays_parked_and_is_told() -> None:
    world = reported()
    deadly(world, world.duty_of(DONGFENG).id)
    work_off(world)
    found = world.system.app.pushes.reconcile(DAY)
    assert (found.sent, found.held, found.lost, found.parked) == (1, 1, 0, 1)
    assert world.duty_of(DONGFENG).state is DutyState.PARKED
    (alarm,) = (one for one in alarms(world) if one.title == f"部级平台缺少1条{DAY}的安全承诺")
    assert "另有1条已搁置、未到达，请处理后重发" in alarm.body


def test_what_is_parked_is_compared_even_where_nothing_was_delivered() -> None:
    world = reported()
    heal = deadly(world, *(duty.id for duty in world.duties()), after=True)
    work_off(world)
    heal()
    assert states(world) == [DutyState.PARKED] * 2
    assert world.system.app.pushes.reconcile(DAY).sent == 2
    assert states(world) == [DutyState.DONE] * 2


def test_a_parked_record_that_the_ministry_holds_otherwise_stays_parked() -> None:
    world = parked_after_the_ministry_got_it()
    world.system.ministry.alter(world.duty_of(DONGFENG).id)
    found = world.system.app.pushes.reconcile(DAY)
    assert (found.parked, world.duty_of(DONGFENG).state) == (1, DutyState.PARKED)
    assert world.duty_of(HONGXING).state is DutyState.DONE


def test_health_shows_a_monitor_what_waits_and_what_was_given_up() -> None:
    world = reported()
    deadly(world, world.duty_of(DONGFENG).id)
    before = world.system.readers.exchange.health(world.system.clock.now())
    due_since = {one.topic: (one.due, one.due_since) for one in before}
    assert due_since[Topic.MINISTRY_COMMITMENT] == (2, world.duty_of(DONGFENG).due_at)
    work_off(world)
    after = world.system.readers.exchange.health(world.system.clock.now())
    (ministry,) = [one for one in after if one.topic is Topic.MINISTRY_COMMITMENT]
    assert (ministry.due, ministry.parked, ministry.refused) == (0, 1, 0)
