"""An idle schedule: it leaves the database alone between two instants, and still misses none of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta

from yanbao.application.operations.schedule import LOOK_AGAIN, Job, JobResult, Schedule, at_times

from ...support.builders import DAY
from ...support.inspections import MICROSECOND
from ...support.world import World, clock
from .standing_still import a_morning


class Jobs:
    """A schedule of one job; it notes when the job ran, and how often the job was asked for its instants."""

    def __init__(self, world: World, *times: time, settles_in: timedelta = timedelta(0)) -> None:
        self.ran: list[datetime] = []
        self.asked = 0
        self.instants: Callable[[date], Sequence[datetime]] = lambda day: list(at_times(*times)(day))
        job = Job("job", "作业", self._asked, self._run, settles_in=settles_in)
        self.schedule = Schedule(world.system.storage, world.system.clock, [job])

    def _asked(self, day: date) -> Sequence[datetime]:
        self.asked += 1
        return self.instants(day)

    def _run(self, slot_at: datetime) -> JobResult:
        self.ran.append(slot_at)
        return JobResult("好")


def test_nothing_is_looked_up_while_nothing_can_have_come_due() -> None:
    world = a_morning().at("09:00")
    jobs = Jobs(world, time(10, 0))
    jobs.schedule.tick_when_due()
    world.after(LOOK_AGAIN - MICROSECOND)
    jobs.schedule.tick_when_due()
    assert jobs.asked == 1
    world.after(MICROSECOND)
    jobs.schedule.tick_when_due()
    assert jobs.asked == 2


def test_an_instant_that_comes_meanwhile_is_not_missed() -> None:
    world = a_morning().at("09:59:58")
    jobs = Jobs(world, time(10, 0))
    assert jobs.schedule.tick_when_due() == 0
    assert jobs.schedule.tick_when_due() == 0
    world.at("09:59:59.999999")
    assert jobs.schedule.tick_when_due() == 0
    world.at("10:00")
    assert jobs.schedule.tick_when_due() == 1
    assert jobs.ran == [clock("10:00")]


def test_a_job_that_settles_first_runs_when_it_has_settled() -> None:
    world = a_morning().at("10:00:01")
    jobs = Jobs(world, time(10, 0), settles_in=timedelta(seconds=4))
    assert jobs.schedule.tick_when_due() == 0
    world.at("10:00:03.999999")
    assert jobs.schedule.tick_when_due() == 0
    world.at("10:00:04")
    assert jobs.schedule.tick_when_due() == 1


def test_the_first_instant_of_the_next_day_is_not_missed() -> None:
    world = a_morning().at("23:59:58")
    jobs = Jobs(world, time(0, 0))
    jobs.schedule.tick_when_due()
    assert jobs.schedule.tick_when_due() == 0
    world.at("00:00", DAY + timedelta(days=1))
    assert jobs.schedule.tick_when_due() == 1
    assert jobs.ran[-1] == clock("00:00", DAY + timedelta(days=1))


def test_an_instant_that_a_setting_has_moved_is_found_within_seconds() -> None:
    world = a_morning().at("09:00")
    jobs = Jobs(world, time(10, 0))
    jobs.schedule.tick_when_due()
    jobs.instants = lambda day: list(at_times(time(9, 0))(day))
    assert jobs.schedule.tick_when_due() == 0
    world.after(LOOK_AGAIN)
    assert jobs.schedule.tick_when_due() == 1


def test_a_clock_that_was_moved_forward_is_followed_at_once() -> None:
    world = a_morning().at("09:00")
    jobs = Jobs(world, time(10, 0))
    jobs.schedule.tick_when_due()
    world.at("11:00")
    assert jobs.schedule.tick_when_due() == 1


def test_a_tick_that_is_asked_for_always_looks() -> None:
    world = a_morning().at("09:00")
    jobs = Jobs(world, time(10, 0))
    for _ in range(3):
        jobs.schedule.tick()
    assert jobs.asked == 3
