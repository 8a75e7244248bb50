"""The schedule: every job at its instants, each made up for itself after a standstill, none of them run twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

import pytest

from yanbao.application.commitment.jobs import (
    COMMITMENT_REMINDERS,
    OPEN_DAY,
    SHUTDOWN_REPORTS,
)
from yanbao.application.exchange.jobs import RECONCILE_COMMITMENTS
from yanbao.application.operations.schedule import Job, JobResult, Schedule, at_times, every
from yanbao.application.ports.operations import Slot, SlotState
from yanbao.domain.commitment.commitment import CommitmentState
from yanbao.domain.exchange.duty import DutyState
from yanbao.domain.notice.notice import MessageKind

from ...support.builders import DAY, a_shutdown
from ...support.dates import month_day
from ...support.world import COUNTY_DUTY, DONGFENG, ENTERPRISES, HEAD, PROVINCE_HEAD, World, clock
from .standing_still import IN_FOUR_DAYS, a_morning, catch_up, caught_up

TOMORROW = DAY + timedelta(days=1)


def slots(world: World, job: str) -> list[Slot]:
    """The slots of a job, oldest first."""
    found = [row.slot for row in world.state.slots.values() if row.slot.job == job]
    return sorted(found, key=lambda slot: slot.slot_at)


# ---------------------------------------------------------------- a day as it should be


def test_the_first_tick_opens_the_day() -> None:
    world = a_morning()
    world.system.app.schedule.tick()
    assert len(world.state.commitments) == len(ENTERPRISES)
    (opened,) = slots(world, OPEN_DAY)
    assert (opened.slot_at, opened.state) == (clock("00:00"), SlotState.DONE)
    assert opened.note == f"应报{len(ENTERPRISES)}家，停产期自动上报0家"


def test_a_tick_with_nothing_due_runs_nothing() -> None:
    tick = a_morning().system.app.schedule.tick
    assert [tick() > 0, tick(), tick()] == [True, 0, 0]


def test_opening_the_day_reports_who_stands_still() -> None:
    world = a_morning().settle(a_shutdown(DONGFENG))
    world.system.app.schedule.tick()
    assert world.commitment().state is CommitmentState.REPORTED_AUTOMATICALLY
    assert slots(world, OPEN_DAY)[0].note.endswith("停产期自动上报1家")


def test_a_shutdown_period_that_is_entered_during_the_day_is_seen_within_half_an_hour() -> None:
    world = a_morning()
    world.system.app.schedule.tick()
    world.settle(a_shutdown(DONGFENG)).at("08:59")
    world.system.app.schedule.tick()
    assert world.commitment().unreported
    world.at("09:00")
    world.system.app.schedule.tick()
    assert world.commitment().state is CommitmentState.REPORTED_AUTOMATICALLY


def test_reminders_come_at_the_deadline_and_not_a_moment_earlier() -> None:
    world = a_morning()
    world.at("09:59:59.999999").system.app.schedule.tick()
    assert world.messages(HEAD) == []
    world.at("10:00").system.app.schedule.tick()
    assert len(world.messages(HEAD)) == 1
    world.at("12:00").system.app.schedule.tick()
    assert len(world.messages(HEAD)) == 2


def test_a_reminder_that_runs_late_on_the_same_day_still_reminds() -> None:
    world = a_morning()
    world.at("11:40").system.app.schedule.tick()
    assert len(world.messages(HEAD)) == 1
    assert [slot.state for slot in slots(world, COMMITMENT_REMINDERS)] == [SlotState.DONE]


def test_who_went_into_a_shutdown_period_just_before_the_deadline_is_not_reminded() -> None:
    world = a_morning()
    world.at("09:31").system.app.schedule.tick()
    world.settle(a_shutdown(DONGFENG)).at("10:00").system.app.schedule.tick()
    assert world.messages(HEAD) == []
    assert DONGFENG.name not in world.messages(COUNTY_DUTY)[0].body


# ---------------------------------------------------------------- after a standstill


@pytest.fixture
def down_for_three_days() -> World:
    """The system ran until 08:30, stood still for three days and comes back on the fourth at 08:30."""
    world = a_morning().at("08:30", IN_FOUR_DAYS)
    world.system.storage.landed = caught_up().fork()
    return world


def test_every_day_of_the_standstill_is_opened_for_itself(down_for_three_days: World) -> None:
    opened = slots(down_for_three_days, OPEN_DAY)
    assert [slot.slot_at for slot in opened] == [
        clock("00:00", DAY + timedelta(days=number)) for number in range(5)
    ]
    days = Counter(c.business_date for c in down_for_three_days.state.commitments.values())
    assert days == {DAY + timedelta(days=number): len(ENTERPRISES) for number in range(5)}


def test_made_up_days_keep_the_deadline_of_their_own_day(down_for_three_days: World) -> None:
    for number in range(5):
        day = DAY + timedelta(days=number)
        assert down_for_three_days.commitment(DONGFENG, day).due_at == clock("10:00", day)


def test_reminders_of_past_days_are_skipped_and_say_why(down_for_three_days: World) -> None:
    past = slots(down_for_three_days, COMMITMENT_REMINDERS)
    assert len(past) == 8, "two stages a day, for the day it fell and the three it missed"
    assert {slot.state for slot in past} == {SlotState.SKIPPED}
    assert {slot.note for slot in past} == {"补跑时已不是当日，不再提醒"}
    assert down_for_three_days.told() == {PROVINCE_HEAD.name}, "only that the reports of these days are ready"
    kinds = {message.kind for message in down_for_three_days.messages(PROVINCE_HEAD)}
    assert kinds == {MessageKind.REPORT_READY}


def test_the_comparison_with_the_ministry_is_made_up_for_every_day(down_for_three_days: World) -> None:
    compared = slots(down_for_three_days, RECONCILE_COMMITMENTS)
    assert [slot.slot_at for slot in compared] == [
        clock("23:45", DAY + timedelta(days=number)) for number in range(4)
    ]
    assert {slot.state for slot in compared} == {SlotState.DONE}


def test_automatic_reports_of_past_days_come_with_opening_them() -> None:
    world = a_morning()
    world.system.app.schedule.tick()
    world.settle(a_shutdown(DONGFENG, first=TOMORROW, last=TOMORROW))
    catch_up(world.at("08:30", IN_FOUR_DAYS))
    assert world.commitment(DONGFENG, TOMORROW).state is CommitmentState.REPORTED_AUTOMATICALLY
    assert world.commitment(DONGFENG, TOMORROW + timedelta(days=1)).unreported
    made_up = [s for s in slots(world, SHUTDOWN_REPORTS) if s.slot_at >= clock("09:00")]
    past = [s for s in made_up if s.slot_at < clock("00:00", IN_FOUR_DAYS)]
    assert {s.state for s in past} == {SlotState.SKIPPED} and all(s.note for s in past)


def test_today_is_reminded_of_after_a_standstill_as_on_any_day(down_for_three_days: World) -> None:
    down_for_three_days.at("10:00", IN_FOUR_DAYS).system.app.schedule.tick()
    (message,) = down_for_three_days.messages(HEAD)
    assert month_day(IN_FOUR_DAYS, told=IN_FOUR_DAYS) in message.body


def test_a_standstill_of_years_is_made_up_for_a_month_only() -> None:
    world = a_morning()
    runs = Runs()
    schedule = runs.schedule(world, Job("daily", "每日", at_times(time(0, 0)), runs.run))
    schedule.tick()
    world.at("08:30", date(2028, 11, 24))
    schedule.tick()
    assert len(runs.at) == 1 + 32


# ---------------------------------------------------------------- failures and several nodes


@dataclass
class Runs:
    """What ran; `fails` says how often the next runs fail."""

    at: list[datetime] = field(default_factory=list)
    fails: int = 0
    during: Callable[[], object] = lambda: None

    def run(self, slot_at: datetime) -> JobResult:
        self.during()
        if self.fails:
            self.fails -= 1
            raise ConnectionError("the database went away")
        self.at.append(slot_at)
        return JobResult("好")

    @staticmethod
    def schedule(world: World, *jobs: Job) -> Schedule:
        return Schedule(world.system.storage, world.system.clock, jobs)


def hourly(runs: Runs, name: str = "hourly") -> Job:
    return Job(name, "每小时", every(60), runs.run)


def test_a_job_that_fails_is_tried_again_and_says_what_happened() -> None:
    world, runs = a_morning().at("00:00"), Runs(fails=2)
    schedule = runs.schedule(world, hourly(runs))
    schedule.tick()
    (slot,) = slots(world, "hourly")
    assert (slot.state, slot.note, slot.attempts) == (SlotState.DUE, "ConnectionError", 1)
    world.after(timedelta(seconds=29))
    assert schedule.tick() == 0
    world.after(timedelta(seconds=1))
    schedule.tick()
    world.after(timedelta(minutes=1))
    schedule.tick()
    (slot,) = slots(world, "hourly")
    assert (slot.state, slot.note, slot.attempts) == (SlotState.DONE, "好", 3)
    assert runs.at == [clock("00:00")]


def test_a_job_that_fails_does_not_stop_the_others() -> None:
    world, failing, fine = a_morning().at("00:00"), Runs(fails=99), Runs()
    schedule = Runs.schedule(world, hourly(failing, "a-failing"), hourly(fine, "b-fine"))
    for hour in range(3):
        world.at(f"0{hour}:00")
        schedule.tick()
    assert len(fine.at) == 3 and failing.at == []


def test_a_job_that_goes_on_failing_waits_longer_each_time_up_to_ten_minutes() -> None:
    world, runs = a_morning().at("00:00"), Runs(fails=99)
    schedule = runs.schedule(world, hourly(runs))
    schedule.tick()
    for seconds in (30, 60, 120, 240, 480, 600, 600):
        assert world.after(timedelta(seconds=seconds - 1)) and schedule.tick() == 0
        assert world.after(timedelta(seconds=1)) and schedule.tick() == 1


def test_jobs_that_fail_slowly_take_nobodys_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    world, slow, fine = a_morning().at("00:00"), Runs(fails=999), Runs()
    started = world.system.clock.moment
    monkeypatch.setattr(
        "yanbao.application.operations.schedule.monotonic",
        lambda: (world.system.clock.moment - started).total_seconds(),
    )
    slow.during = lambda: world.after(timedelta(seconds=35))
    jobs = [hourly(slow, "a-slow"), hourly(slow, "b-slow"), Job("c-fine", "每分钟", every(1), fine.run)]
    schedule = Runs.schedule(world, *jobs)
    while world.system.clock.moment < clock("02:00"):
        schedule.tick()
        world.after(timedelta(seconds=1))
        late = world.system.clock.moment - max(fine.at, default=started)
        assert late < timedelta(minutes=3), "two that fail, and the minute itself"
    assert len(fine.at) >= 119


def test_slots_of_one_job_run_in_order_even_when_the_first_fails() -> None:
    world, runs = a_morning().at("00:00"), Runs()
    schedule = runs.schedule(world, hourly(runs))
    schedule.tick()
    runs.fails = 1
    world.at("03:00")
    schedule.tick()
    assert runs.at == [clock("00:00")], "02:00 and 03:00 wait for 01:00"
    world.after(timedelta(seconds=30))
    schedule.tick()
    assert runs.at == [clock(f"0{hour}:00") for hour in range(4)]


def test_two_nodes_write_each_slot_down_once() -> None:
    world, one, other = a_morning().at("05:30"), Runs(), Runs()
    first, second = Runs.schedule(world, hourly(one)), Runs.schedule(world, hourly(other))
    assert first.add_due() == 6
    assert second.add_due() == 0


def test_two_nodes_never_run_one_slot_twice() -> None:
    world, one, other = a_morning().at("05:30"), Runs(), Runs()
    first, second = Runs.schedule(world, hourly(one)), Runs.schedule(world, hourly(other))
    # While the first node is at work on a slot, the second one looks for something to do.
    one.during = second.tick
    first.tick()
    assert sorted(one.at + other.at) == [clock(f"0{hour}:00") for hour in range(6)]


def test_what_a_dead_node_held_is_run_by_another_when_its_lease_has_ended() -> None:
    world, runs = a_morning().at("00:00"), Runs()
    schedule = runs.schedule(world, hourly(runs))
    schedule.add_due()
    with world.system.storage.work(world.actor(COUNTY_DUTY)) as work:
        assert work.slots.claim(now=world.system.clock.now(), lease=timedelta(minutes=10)) is not None
        work.commit()
    assert schedule.tick() == 0
    world.after(timedelta(minutes=10))
    assert schedule.tick() == 1
    assert runs.at == [clock("00:00")]


def test_a_node_that_comes_back_after_its_lease_changes_nothing_any_more() -> None:
    world, slow, quick = a_morning().at("00:00"), Runs(), Runs()
    sleeper, other = Runs.schedule(world, hourly(slow)), Runs.schedule(world, hourly(quick))

    def sleep_past_the_lease() -> None:
        world.after(timedelta(minutes=11))
        other.tick()

    slow.during = sleep_past_the_lease
    assert sleeper.add_due() == 1
    sleeper.run_next()
    (slot,) = slots(world, "hourly")
    assert (slot.state, slot.attempts) == (SlotState.DONE, 2)
    assert quick.at == [clock("00:00")]


def test_slots_of_a_job_that_is_gone_are_skipped_with_a_note() -> None:
    world, runs = a_morning().at("02:00"), Runs()
    Runs.schedule(world, hourly(runs)).add_due()
    Runs.schedule(world).tick()
    assert {(s.state, s.note) for s in slots(world, "hourly")} == {(SlotState.SKIPPED, "这项作业已不存在")}


def test_jobs_are_asked_for_the_slots_own_instant_never_for_now() -> None:
    world, runs = a_morning().at("00:00"), Runs()
    schedule = runs.schedule(world, hourly(runs))
    schedule.tick()
    world.at("02:47")
    schedule.tick()
    assert runs.at == [clock("00:00"), clock("01:00"), clock("02:00")]


# ---------------------------------------------------------------- with the ministry


def test_a_comparison_that_the_ministry_does_not_answer_is_made_later() -> None:
    world = a_morning()
    world.system.app.schedule.tick()
    world.submit()
    world.at("12:00").system.app.pushes.push_due()
    world.at("23:45").system.ministry.fail_next()
    world.system.app.schedule.tick()
    (slot,) = slots(world, RECONCILE_COMMITMENTS)
    assert (slot.state, slot.note) == (SlotState.DUE, "PushFailed")
    world.after(timedelta(seconds=30)).system.app.schedule.tick()
    (slot,) = slots(world, RECONCILE_COMMITMENTS)
    assert (slot.state, slot.note) == (SlotState.DONE, "两日已推送1条，部级平台持有1条，缺少0条")


def test_what_the_comparison_finds_missing_goes_up_again() -> None:
    world = a_morning()
    world.system.app.schedule.tick()
    world.submit()
    world.system.ministry.lose_next()
    world.at("12:00").system.app.pushes.push_due()
    world.at("23:45").system.app.schedule.tick()
    assert world.duty_of().state is DutyState.PENDING
    world.system.app.pushes.push_due()
    assert len(world.system.ministry.current(DAY)) == 1


def test_what_was_reported_late_in_the_evening_is_compared_the_day_after() -> None:
    world = a_morning()
    world.at("23:40").system.app.schedule.tick()
    world.submit()
    world.system.ministry.lose_next()
    world.at("12:00", TOMORROW).system.app.pushes.push_due()
    assert world.duty_of().state is DutyState.DONE and world.system.ministry.current(DAY) == []
    world.at("23:45", TOMORROW).system.app.schedule.tick()
    assert world.duty_of().state is DutyState.PENDING
