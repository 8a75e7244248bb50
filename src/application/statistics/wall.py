"""The wall screen of a region: states, ranking, trend, what is overdue, what has just happened, and the link."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from ...domain.alert.form import AlertLevel
from ...domain.deadlines import business_date
from ...domain.inspection.form import Rank, rank_of
from ...domain.problem.form import Severity
from ...domain.values import RegionId
from ..access import Actor, Permission, Scope, check, may
from ..commitment.figures import Figures, RegionFigures
from ..exchange.health import ExchangeHealth, exchange_health
from ..ports.commitment import Tally
from ..ports.directory import RegionRow
from ..ports.readers import Readers
from ..ports.signals import Clock
from ..ports.wall import EventSubject, NewsKey, Owed
from .news import Shown, sentence_of

TREND_DAYS: Final = 30
EVENTS: Final = 10
EVENTS_SINCE: Final = timedelta(days=7)
"""What is older is no news, however quiet the week was."""
_GRAVEST_FIRST: Final = (Severity.MAJOR, Severity.GENERAL)


@dataclass(frozen=True, slots=True)
class RankedRegion:
    """A region below, with its tally of today, and its place by on-time rate.

    Equal rates share a place; a rate of 0 has none, nor has a region that owes nothing.
    """

    rank: Rank | None
    figures: RegionFigures


@dataclass(frozen=True, slots=True)
class DayTally:
    """The tally of one day; all zero where nothing was owed."""

    date: date
    tally: Tally


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

    `days` are the last 30 in order, today included; yesterday is the last but one. `problems` have every
    severity and `alerts` every level, the gravest first. `health` is None for who may not see the exchange.
    """

    at: datetime
    today: RegionFigures
    yesterday: RegionFigures
    ranking: Sequence[RankedRegion]
    days: Sequence[DayTally]
    problems: Mapping[Severity, Owed]
    alerts: Mapping[AlertLevel, Owed]
    events: Sequence[WallEvent]
    health: ExchangeHealth | None

    @property
    def region(self) -> RegionRow:
        return self.today.region


class Walls:
    """Reads the wall screen. The number of statements does not depend on what is stored."""

    def __init__(self, readers: Readers, clock: Clock, figures: Figures) -> None:
        self._readers = readers
        self._clock = clock
        self._figures = figures

    def wall(self, actor: Actor, region_id: RegionId | None = None) -> Wall:
        """The screen of a region in scope (None: the actor's own). Raises Forbidden, NotFound."""
        check(actor, Permission.READ_STATISTICS)
        now = self._clock.now()
        today = business_date(now)
        overview = self._figures.overview(actor, region_id, today, today)
        region = overview.whole.region.id
        first = today - timedelta(days=TREND_DAYS - 1)
        tallies = self._readers.commitments.daily_tallies(region, first, today, actor.scope)
        days = [
            DayTally(day, tallies.get(day, Tally()))
            for day in (first + timedelta(days=number) for number in range(TREND_DAYS))
        ]
        reader = self._readers.wall
        problems = reader.problems_owed(region, now)
        alerts = reader.alerts_owed(region, now)
        news = reader.newest(region, today, now - EVENTS_SINCE, first=EVENTS)
        return Wall(
            at=now,
            today=overview.whole,
            yesterday=RegionFigures(overview.whole.region, days[-2].tally, days[-2].date, days[-2].date),
            ranking=ranked([part for part in overview.parts if not part.directly]),
            days=days,
            problems={severity: problems.get(severity, Owed()) for severity in _GRAVEST_FIRST},
            alerts={level: alerts.get(level, Owed()) for level in AlertLevel},
            events=self._events(news, actor.scope),
            health=exchange_health(self._readers, now) if may(actor, Permission.READ_HEALTH) else None,
        )

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


def ranked(parts: Sequence[RegionFigures]) -> list[RankedRegion]:
    """The regions by on-time rate, the best first; equal rates by code. Those that owe nothing come last."""
    owing = [(_rate(part), part) for part in parts if part.tally.expected]
    owing.sort(key=lambda one: (-one[0], one[1].region.id))
    rates = [rate for rate, _ in owing]
    lines = [RankedRegion(rank_of(rate, rates), part) for rate, part in owing]
    return lines + [RankedRegion(None, part) for part in parts if not part.tally.expected]


def _rate(part: RegionFigures) -> Decimal:
    return Decimal(part.tally.on_time) / Decimal(part.tally.expected)
