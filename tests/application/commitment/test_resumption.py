"""The day before a declared stop ends the head is reminded; and what becomes of it all after a standstill."""

from __future__ import annotations

from datetime import date, timedelta

from yanbao.application.commitment.jobs import RESUMPTION_REMINDERS
from yanbao.application.ports.operations import SlotState
from yanbao.domain.notice.notice import MessageKind, SmsState

from ...support.builders import DAY, LINTONG, a_shutdown
from ...support.stops import (
    TOMORROW,
    annul,
    declare,
    in_days,
    morning,
    origins,
)
from ...support.system import send_texts
from ...support.world import DONGFENG, HEAD, World, a_world

# ---------------------------------------------------------------- the day before resumption


def remind(world: World, day: date, at: str = "15:00") -> int:
    return world.at(at, day).system.app.resumption_reminders.remind(day)


def ending(world: World) -> list[str]:
    return [m.body for m in world.messages(HEAD) if m.kind is MessageKind.SHUTDOWN_ENDING]


def test_the_head_is_reminded_on_the_day_before_resumption_by_message_and_sms_once() -> None:
    world = a_world()
    declare(world, in_days(3))
    assert [remind(world, in_days(n)) for n in (0, 1, 2, 2)] == [0, 0, 1, 1]
    (body,) = ending(world)
    last, next_day = in_days(2), in_days(3)
    assert body == (
        f"{DONGFENG.name}申报的停产期{last.month}月{last.day}日结束，自{next_day.month}月{next_day.day}日起"
        f"须每日10:00前上报安全承诺；继续停产的，请在{next_day.month}月{next_day.day}日上报时填写新的预计复产日期。"
    )
    send_texts(world.system.app.texts)
    (sms,) = world.texts(HEAD)
    assert (sms.state, sms.text) == (SmsState.ACCEPTED, body)


def test_a_stop_of_one_day_an_ended_and_an_annulled_one_need_no_reminder() -> None:
    one_day = a_world()
    declare(one_day, TOMORROW)
    assert remind(one_day, DAY) == 0
    ended = a_world()
    declare(ended, in_days(3))
    morning(ended, in_days(1)).submit(day=in_days(1))
    assert remind(ended, in_days(2)) == 0
    annulled = a_world()
    declare(annulled, in_days(3))
    annul(annulled)
    assert remind(annulled, in_days(2)) == 0


def test_nobody_is_reminded_of_an_end_that_a_regions_period_continues() -> None:
    world = a_world()
    declare(world, in_days(3))
    world.settle(a_shutdown(LINTONG, first=in_days(3), last=in_days(9)))
    assert remind(world, in_days(2)) == 0


def test_a_reminder_that_waited_is_dropped_when_the_stop_has_changed() -> None:
    world = a_world()
    declare(world, in_days(3))
    remind(world, in_days(2))
    annul(world)
    send_texts(world.system.app.texts)
    states = {sms.topic.kind: sms.state for sms in world.texts(HEAD)}
    assert states == {
        MessageKind.SHUTDOWN_ENDING: SmsState.DROPPED,
        MessageKind.SHUTDOWN_ANNULLED: SmsState.ACCEPTED,
    }


def test_a_reminder_that_waited_until_the_next_day_is_dropped() -> None:
    world = a_world()
    declare(world, in_days(3))
    remind(world, in_days(2))
    morning(world, in_days(3))
    send_texts(world.system.app.texts)
    assert [sms.state for sms in world.texts(HEAD)] == [SmsState.DROPPED]


# ---------------------------------------------------------------- the operator


def test_after_a_day_of_downtime_that_day_is_reported_automatically_and_nobody_is_reminded_too_late() -> None:
    world = a_world(opened=False)
    world.system.app.schedule.tick()
    declare(world, in_days(3))
    world.at("08:30", in_days(3)).system.app.schedule.tick()
    for _ in range(50):
        world.after(timedelta(seconds=40)).system.app.schedule.tick()
    assert origins(world, [TOMORROW, in_days(2), in_days(3)]) == ["AUTO", "AUTO", "-"]
    assert ending(world) == []
    slots = [row.slot for row in world.state.slots.values() if row.slot.job == RESUMPTION_REMINDERS]
    assert {slot.state for slot in slots if slot.slot_at < world.system.clock.moment} == {SlotState.SKIPPED}


def test_who_resumes_before_the_system_has_made_up_for_a_lost_day_keeps_that_day_as_stopped() -> None:
    world = a_world()
    declare(world, in_days(9))
    world.at("08:00", in_days(2))
    world.system.app.commitments.open_day(in_days(2))
    world.submit(day=in_days(2))
    world.system.app.commitments.open_day(TOMORROW)
    world.system.app.commitments.report_shutdowns(TOMORROW)
    assert origins(world, [TOMORROW, in_days(2)]) == ["AUTO", "MANUAL"]
