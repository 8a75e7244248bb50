"""Weeks that are run until they close, are frozen and go up to the ministry."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any, Final

from yanbao.application.commitment.jobs import OPEN_DAY
from yanbao.application.inspection.jobs import WEEK_SETTLES_IN, WEEKLY_PUSH
from yanbao.application.inspection.weekly import WeeklyFigures
from yanbao.application.operations.schedule import Job, JobResult, Schedule, at_times
from yanbao.application.ports.exchange import RecordKind
from yanbao.domain.exchange.duty import Duty, Topic
from yanbao.domain.inspection.form import InspectionKind
from yanbao.domain.inspection.inspection import Inspection
from yanbao.domain.inspection.week import Week, WeeklyRow
from yanbao.domain.problem.problem import Problem
from yanbao.domain.values import RegionId

from ..contracts.inspection.inspections import a_record, the_premises_of
from .builders import XIAN
from .dates import FRIDAY
from .inspections import a_check_form, a_statement
from .rectification import Rectification, a_rectification
from .world import DONGFENG, PROVINCE_DUTY, clock

A_WEEK: Final = timedelta(days=7)
CLOSING: Final = clock("14:00", FRIDAY)
WEEK: Final = Week(CLOSING - A_WEEK, CLOSING)
PATROL: Final = InspectionKind.PATROL
SPOT_CHECK: Final = InspectionKind.SPOT_CHECK
Record = tuple[Inspection, tuple[Problem, ...]]


def running(at: datetime = CLOSING - timedelta(days=3)) -> Rectification:
    """The schedule has run until this moment, on the Tuesday before."""
    world = a_rectification(at)
    world.system.app.schedule.tick()
    return world


def a_check(at: datetime, *, problems: int = 1) -> Record:
    """A spot check of 东风 in 西安 by the city's bureau, submitted at that moment."""
    form = a_check_form(problems=tuple(a_statement() for _ in range(problems)))
    return a_record(the_premises_of(DONGFENG), at=at, form=form)


def tick(world: Rectification, at: datetime) -> Rectification:
    """What the clock process does at that moment, most jobs apart: a standstill of weeks owes thousands of those."""
    world.system.clock.moment = at
    weekly = world.system.app.weekly

    def run(slot_at: datetime) -> JobResult:
        return JobResult(str(len(weekly.push(slot_at))))

    daily = Job(OPEN_DAY, "生成当日应报名单", at_times(time(0, 0)), lambda _: JobResult("好"))
    push = Job(WEEKLY_PUSH, "每周推送", weekly.instants, run, settles_in=WEEK_SETTLES_IN)
    Schedule(world.system.storage, world.system.clock, [daily, push]).tick()
    return world


def tick_everything(world: Rectification, at: datetime) -> Rectification:
    world.system.clock.moment = at
    world.system.app.schedule.tick()
    return world


def close(world: Rectification, closing: datetime = CLOSING) -> Rectification:
    return tick(world, closing + WEEK_SETTLES_IN)


def frozen(world: Rectification, week: Week = WEEK) -> dict[tuple[InspectionKind, RegionId], WeeklyRow]:
    kept = world.state.weeks.get(week.until)
    return {} if kept is None else {(row.kind, row.region_id): row for row in kept[1]}


def of_xian(world: Rectification, week: Week = WEEK) -> WeeklyRow:
    return frozen(world, week)[SPOT_CHECK, XIAN]


def owed(world: Rectification, *topics: Topic) -> list[Duty]:
    chosen = topics or (Topic.MINISTRY_PATROL, Topic.MINISTRY_SPOT_CHECK)
    return [duty for topic in chosen for duty in world.duties(topic)]


def push(world: Rectification) -> None:
    for topic in (Topic.MINISTRY_PATROL, Topic.MINISTRY_SPOT_CHECK):
        while world.system.app.pushes.push_due(topic):
            pass


def held(world: Rectification, kind: RecordKind, day: date = FRIDAY) -> dict[str, dict[str, Any]]:
    return {row["extLocalAreaCode"]: row for row in world.system.ministry.weekly(kind, day)}


def slots(world: Rectification, job: str) -> list[Any]:
    found = [row.slot for row in world.state.slots.values() if row.slot.job == job]
    return sorted(found, key=lambda slot: slot.slot_at)


def shown(world: Rectification, day: date = FRIDAY, by: Any = PROVINCE_DUTY) -> WeeklyFigures:
    return world.system.app.weekly.figures(world.actor(by), day)
