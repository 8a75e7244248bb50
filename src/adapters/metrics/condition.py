"""The condition of the system as gauges, from the same look that `/readyz` takes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ...application.operations.watch import Look, Watch
from ...domain.exchange.duty import DEAD, Topic

_HELP: Final = {
    "database_up": "1 while the database answers.",
    "database_writable": "1 while the database stores.",
    "redis_up": "1 while Redis answers; missing without Redis.",
    "missed_slots": "Scheduled runs that are due for more than ten minutes and have not run.",
    "inbox_waiting": "Records and messages of the ministry at which a person must look.",
    "schedule_silent_seconds": "Time since the newest scheduled run was written down.",
    "clock_skew_seconds": "The database's clock minus this machine's.",
}


class ConditionCollector(Collector):
    """Looks when it is asked. While the database is away, what only it knows is missing."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    def describe(self) -> Iterable[Metric]:
        return ()  # Registering must not ask the database.

    def collect(self) -> Iterable[Metric]:
        look = self._watch.look()
        yield _gauge("database_up", look.condition is not None)
        yield _gauge("database_writable", look.ready)
        if look.redis is not None:
            yield _gauge("redis_up", look.redis)
        if look.condition is None:
            return
        yield _gauge("missed_slots", look.condition.missed_slots)
        yield _gauge("inbox_waiting", look.condition.inbox_waiting)
        yield _gauge("clock_skew_seconds", look.skew.total_seconds())
        if look.schedule_silent_for is not None:
            yield _gauge("schedule_silent_seconds", look.schedule_silent_for.total_seconds())
        yield _waits(look)
        yield _dead_letters(look)


def _gauge(name: str, value: float) -> Metric:
    return GaugeMetricFamily(f"yanbao_{name}", _HELP[name], float(value))


def _waits(look: Look) -> Metric:
    assert look.condition is not None, "the caller has looked"
    family = GaugeMetricFamily(
        "yanbao_oldest_unsent_duty_seconds", "For how long the oldest unsent duty is due.", labels=["topic"]
    )
    for topic in Topic:
        due_at = look.condition.oldest_due.get(topic, look.at)
        family.add_metric([topic.value], max((look.at - due_at).total_seconds(), 0.0))
    return family


def _dead_letters(look: Look) -> Metric:
    family = GaugeMetricFamily(
        "yanbao_dead_letters", "Duties that nobody sends again by itself.", labels=["topic", "state"]
    )
    for topic in Topic:
        for state in sorted(DEAD, key=lambda state: state.value):
            family.add_metric([topic.value, state.value], look.dead_letters.get((topic, state), 0))
    return family
