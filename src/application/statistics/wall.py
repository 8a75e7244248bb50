"""The wall screen of a region: states, ranking, trend, what is overdue, what has just happened, and the link."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from ...domain.alert.form import AlertLevel
from ...domain.deadlines import business_date
from ...domain.directory.organisation import Level
from ...domain.problem.form import Severity
from ...domain.values import RegionId
from ..access import Actor, Permission, Scope, check, may
from ..exchange.health import ExchangeHealth, exchange_health
from ..ports.directory import RegionRow
from ..ports.readers import Readers
from ..ports.signals import Clock
from ..ports.wall import EventSubject, NewsKey, Owed
from .commitments import CommitmentStatistics, CommitmentStatisticsQuery, PeriodTally, RegionLine
from .news import Shown, sentence_of
from .periods import Step

TREND_DAYS: Final = 30
EVENTS: Final = 10
EVENTS_SINCE: Final = timedelta(days=7)
"""What is older is no news, however quiet the week was."""
_BELOW: Final = {Level.PROVINCE: Level.CITY, Level.CITY: Level.COUNTY}
_GRAVEST_FIRST: Final = (Severity.MAJOR, Severity.GENERAL)


@dataclass(frozen=True, slots=True)
class WallEvent:
    """Something that has just happened: one Chinese sentence, and the object that it is about."""

    at: datetime
    subject: EventSubject
    sentence: str
    about: Shown


@dataclass(frozen=True, slots=True)
class Wall:
    """Everything on the screen, of one region with all regions below.

    `days` are the last TREND_DAYS in order, each a period of its own; the last is today. `ranking` has the
    regions below with their tallies of today, the best on-time rate first. `problems` have every severity and
    `alerts` every level, the gravest first. `health` is None for who may not see the exchange.
    """

    at: datetime
    region: RegionRow
    days: Sequence[PeriodTally]
    ranking: Sequence[RegionLine]
    problems: Mapping[Severity, Owed]
    alerts: Mapping[AlertLevel, Owed]
    events: Sequence[WallEvent]
    health: ExchangeHealth | None

    @property
    def today(self) -> PeriodTally:
        return self.days[-1]

    @property
    def yesterday(self) -> PeriodTally:
        return self.days[-2]


class Walls:
    """Reads the wall screen. The number of statements does not depend on what is stored."""

    def __init__(self, readers: Readers, clock: Clock, statistics: CommitmentStatistics) -> None:
        self._readers = readers
        self._clock = clock
        self._statistics = statistics

    def wall(self, actor: Actor, region_id: RegionId | None = None) -> Wall:
        """The screen of a region in scope (None: the actor's own). Raises Forbidden, NotFound."""
        check(actor, Permission.READ_STATISTICS)
        now = self._clock.now()
        today = business_date(now)
        trend = self._statistics.table(
            actor,
            CommitmentStatisticsQuery(
                region_id, today - timedelta(days=TREND_DAYS - 1), today, step=Step.DAY
            ),
        )
        region, reader = trend.region, self._readers.wall
        problems = reader.problems_owed(region.id, now)
        alerts = reader.alerts_owed(region.id, now)
        news = reader.newest(region.id, today, now - EVENTS_SINCE, first=EVENTS)
        return Wall(
            at=now,
            region=region,
            days=trend.periods,
            ranking=self._ranking(actor, region, today),
            problems={severity: problems.get(severity, Owed()) for severity in _GRAVEST_FIRST},
            alerts={level: alerts.get(level, Owed()) for level in AlertLevel},
            events=self._events(news, actor.scope),
            health=exchange_health(self._readers, now) if may(actor, Permission.READ_HEALTH) else None,
        )

    def _ranking(self, actor: Actor, region: RegionRow, today: date) -> list[RegionLine]:
        """The regions directly below by on-time rate, the best first; those without a rank last, by code."""
        level = _BELOW.get(region.level)
        if level is None:
            return []
        table = self._statistics.table(actor, CommitmentStatisticsQuery(region.id, today, today, level=level))
        below = [line for line in table.regions if not line.directly and line.region.id != region.id]
        last = len(below) + 1

        def place(line: RegionLine) -> tuple[int, bool, str]:
            rank = line.rank_by_on_time_rate
            return (last if rank is None else rank.place, not line.tally.expected, line.region.id)

        return sorted(below, key=place)

    def _events(self, news: Sequence[NewsKey], scope: Scope) -> list[WallEvent]:
        """The events with their objects; each is read within the scope, so nothing else can be among them."""
        readers = self._readers
        reading: Mapping[EventSubject, Callable[[Sequence[Any]], Mapping[Any, Shown]]] = {
            EventSubject.COMMITMENT: lambda ids: readers.commitments.commitments(ids, scope),
            EventSubject.INSPECTION: lambda ids: readers.inspections.inspections(ids, scope, person_id=None),
            EventSubject.PROBLEM: lambda ids: readers.problems.problems(ids, scope),
            EventSubject.ALERT: lambda ids: readers.alerts.alerts(ids, scope),
        }
        found: dict[UUID, Shown] = {}
        for subject, read in reading.items():
            if ids := [one.id for one in news if one.subject is subject]:
                found |= read(ids)
        return [
            WallEvent(one.at, one.subject, sentence_of(found[one.id]), found[one.id])
            for one in news
            if one.id in found
        ]
