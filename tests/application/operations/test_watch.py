"""What a look says of the system's condition, and that asking often costs nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from yanbao.adapters.clock import FixedClock
from yanbao.application.operations import watch
from yanbao.application.operations.watch import Health, Look, Watch
from yanbao.application.ports.condition import Condition
from yanbao.application.ports.unavailable import Unavailable
from yanbao.domain.exchange.duty import DutyState, Topic

from ...support.system import MORNING

TICK = timedelta(microseconds=1)
WALL = datetime(2026, 11, 30, 1, 2, 3, tzinfo=UTC)
WELL = Condition(writable=True, database_time=WALL, newest_slot_at=MORNING)


class Reader:
    """A database in a condition of our choice; it counts how often it is asked."""

    def __init__(self, condition: Condition | Exception = WELL) -> None:
        self.found = condition
        self.dead: dict[tuple[Topic, DutyState], int] = {}
        self.asked: list[str] = []

    def condition(self, now: datetime, *, missed_after: timedelta) -> Condition:
        self.asked.append("condition")
        if isinstance(self.found, Exception):
            raise self.found
        return self.found

    def dead_letters(self, since: date, until: date) -> Mapping[tuple[Topic, DutyState], int]:
        self.asked.append("dead")
        return self.dead


def look(reader: Reader, *, redis: Callable[[], bool] | None = None, wall: datetime = WALL) -> Look:
    return Watch(reader, FixedClock(MORNING), lambda: wall, redis).look()


def unwell(seen: Look) -> dict[str, Health]:
    return {name: health for name, health in seen.checks().items() if health is not Health.OK}


def test_a_system_that_is_well_is_ready_and_every_check_is_named() -> None:
    seen = look(Reader(), redis=lambda: True)
    assert seen.ready
    assert seen.checks() == dict.fromkeys(
        ["database", "redis", "duties", "deadLetters", "slots", "schedule", "clock"], Health.OK
    )


@pytest.mark.parametrize(
    "condition", [Unavailable("gone"), ValueError("no such table"), replace(WELL, writable=False)]
)
def test_a_database_that_is_away_or_stores_nothing_is_down_and_the_node_is_not_ready(
    condition: Condition | Exception,
) -> None:
    seen = look(Reader(condition))
    assert (unwell(seen), seen.ready) == ({"database": Health.DOWN}, False)


def test_redis_that_is_away_degrades_and_no_redis_does_not() -> None:
    seen = look(Reader(), redis=lambda: False)
    assert (unwell(seen), seen.ready) == ({"redis": Health.DEGRADED}, True)
    assert unwell(look(Reader(), redis=None)) == {}


def test_a_duty_is_late_when_it_has_been_due_for_more_than_ten_minutes() -> None:
    reader = Reader(replace(WELL, oldest_due={Topic.SMS: MORNING - watch.LATE_AFTER}))
    assert unwell(look(reader)) == {}
    reader.found = replace(
        WELL, oldest_due={Topic.SMS_RECEIPT: MORNING + TICK, Topic.SMS: MORNING - watch.LATE_AFTER - TICK}
    )
    seen = look(reader)
    assert unwell(seen) == {"duties": Health.DEGRADED}
    assert seen.oldest_wait == watch.LATE_AFTER + TICK


def test_dead_letters_missed_slots_and_a_silent_schedule_degrade() -> None:
    reader = Reader(
        replace(WELL, missed_slots=1, newest_slot_at=MORNING - watch.SCHEDULE_SILENT_AFTER - TICK)
    )
    reader.dead = {(Topic.SMS, DutyState.PARKED): 1}
    assert set(unwell(look(reader))) == {"deadLetters", "slots", "schedule"}
    assert unwell(look(Reader(replace(WELL, newest_slot_at=None)))) == {"schedule": Health.DEGRADED}
    assert look(Reader(replace(WELL, newest_slot_at=None))).schedule_silent_for is None


@pytest.mark.parametrize("side", [1, -1])
def test_a_clock_is_wrong_beyond_five_seconds_on_either_side(side: int) -> None:
    bad = watch.MOST_SKEW + TICK
    assert unwell(look(Reader(), wall=WALL + side * watch.MOST_SKEW)) == {}
    seen = look(Reader(), wall=WALL + side * bad)
    assert (unwell(seen), seen.skew) == ({"clock": Health.DEGRADED}, -side * bad)


def test_a_slow_look_is_no_wrong_clock() -> None:
    times = iter([WALL - timedelta(seconds=2), WALL + timedelta(seconds=20)])
    assert Watch(Reader(), FixedClock(MORNING), lambda: next(times)).look().skew == timedelta(0)


def test_a_thousand_who_ask_within_a_second_cost_one_look_and_dead_letters_one_in_thirty() -> None:
    now = [0.0]
    reader = Reader()
    watching = Watch(reader, FixedClock(MORNING), lambda: WALL, timer=lambda: now[0])
    for _ in range(1000):
        watching.look()
    assert reader.asked == ["condition", "dead"]
    for second in range(1, 31):
        now[0] = float(second)
        watching.look()
    assert (reader.asked.count("condition"), reader.asked.count("dead")) == (31, 2)
