"""The weekly push: freezes the figures of a closed week, queues them for the ministry, shows sources."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from ...domain.deadlines import business_date
from ...domain.exchange.duty import Duty, Topic
from ...domain.inspection.form import InspectionKind
from ...domain.inspection.week import Week, WeeklyRow, closing_on, latest_closed, weeks_missed
from ...domain.policy import Policy
from ...domain.refusals import InvalidValue, NotFound
from ...domain.restore import Restore, epoch_of, made_anew
from ...domain.values import RegionId, fact_id
from ..access import SYSTEM, Actor, Permission, check, may
from ..policies import PolicyBook
from ..ports.exchange import DutyRow
from ..ports.readers import Readers
from ..ports.signals import Clock, Doorbell
from ..ports.work import Storage, UnitOfWork
from .ministry_facts import weekly_facts
from .weekly_sources import WeeklySources, sources_of

TOPICS: Final = {
    InspectionKind.PATROL: Topic.MINISTRY_PATROL,
    InspectionKind.SPOT_CHECK: Topic.MINISTRY_SPOT_CHECK,
}
"""Patrols and spot checks are pushed under separate topics."""

_WEEKDAYS: Final = "一二三四五六日"


@dataclass(frozen=True, slots=True)
class WeeklyLine:
    """A row with its region's name. `duty`: its entry in the exchange ledger, if the actor may see it."""

    row: WeeklyRow
    region_name: str
    duty: DutyRow | None


@dataclass(frozen=True, slots=True)
class WeeklyFigures:
    """The rows of one week's push, patrols first, by region.

    Frozen rows are what was or will be pushed, and never change. Before that (`frozen_at` is None) each read
    counts them again. While the week is not `closed` they are preliminary.
    """

    week: Week
    closed: bool
    frozen_at: datetime | None
    lines: Sequence[WeeklyLine]


class Weekly:
    """Freezes and shows the weekly figures. Frozen rows are sent through the outbox."""

    def __init__(
        self, storage: Storage, readers: Readers, clock: Clock, policies: PolicyBook, doorbell: Doorbell
    ) -> None:
        self._storage = storage
        self._readers = readers
        self._clock = clock
        self._policies = policies
        self._doorbell = doorbell

    def instants(self, day: date) -> Sequence[datetime]:
        """The closing of a week on this day; empty on other weekdays than the province's push day."""
        with self._storage.work(SYSTEM) as work:
            closing = closing_on(day, self._policy(work, day))
        return [] if closing is None else [closing]

    def push(self, closing: datetime) -> Sequence[Week]:
        """Freeze every week closed by this instant and not frozen yet, and add its rows to the outbox.

        One transaction per week, the oldest first; returns the weeks frozen now. Repeating it does nothing.
        """
        check(SYSTEM, Permission.RUN_SYSTEM_JOB)
        with self._storage.work(SYSTEM) as work:
            policy = self._policy(work, business_date(closing))
            last = work.weekly_rows.last()
        weeks = weeks_missed(last, closing, policy) if last else (latest_closed(closing, policy),)
        frozen = [week for week in weeks if self._freeze(week)]
        if frozen:
            for topic in TOPICS.values():
                self._doorbell.ring(topic.value)
        return frozen

    def figures(self, actor: Actor, closes_on: date) -> WeeklyFigures:
        """The figures of the week that closes on this day, for the regions in the actor's scope.

        Raises InvalidValue for a day on which no week closes, and for a week that has not begun.
        """
        check(actor, Permission.READ_WEEKLY_FIGURES)
        now = self._clock.now()
        names = {region.id: region.name for region in self._readers.directory.regions()}
        with self._storage.work(SYSTEM) as work:
            week, frozen_at = self._week(work, closes_on, now)
            frozen = work.weekly_rows.of(week)
            restores = work.restores.standing().restores
            lineages = work.regions.lineages()
        rows = [
            row
            for row in frozen or self._readers.inspections.weekly(week.so_far(now))
            if actor.scope.everything or not actor.scope.regions.isdisjoint(lineages[row.region_id])
        ]
        anew = None if frozen_at is None else made_anew(restores, week.closes_on, frozen_at)
        ids = [weekly_duty_id(week, row, anew) for row in rows]
        ledger = frozen_at is not None and (actor.is_system or may(actor, Permission.READ_EXCHANGE))
        duties = self._readers.exchange.duties_by_id(ids) if ledger else {}
        lines = [
            WeeklyLine(row, names[row.region_id], duties.get(id)) for row, id in zip(rows, ids, strict=True)
        ]
        return WeeklyFigures(week, week.until <= now, frozen_at, lines)

    def sources(
        self, actor: Actor, closes_on: date, region_id: RegionId, kind: InspectionKind
    ) -> WeeklySources:
        """The records and problems from which the row of this region and kind is counted.

        Raises as `figures` does, and NotFound for a region that has no row or lies outside the scope.
        """
        figures = self.figures(actor, closes_on)
        if region_id not in {line.row.region_id for line in figures.lines}:
            raise NotFound("区域", field="regionId")
        week = figures.week.so_far(self._clock.now())
        records, problems = self._readers.inspections.weekly_sources(week, region_id, kind)
        histories = self._readers.problems.histories([problem.id for problem in problems])
        return sources_of(week, records, problems, histories)

    def _freeze(self, week: Week) -> bool:
        """Freeze the week and queue its rows; False when it was frozen before."""
        now = self._clock.now()
        names = {region.id: region.name for region in self._readers.directory.regions()}
        with self._storage.work(SYSTEM) as work:
            # Count inside the transaction: on SQLite no other step is then half done, however long it takes.
            rows = self._readers.inspections.weekly(week)
            if not work.weekly_rows.freeze(week, rows, at=now):
                return False
            anew = made_anew(work.restores.standing().restores, week.closes_on, now)
            work.outbox.add([_duty(week, row, names[row.region_id], at=now, anew=anew) for row in rows])
            work.commit()
        return True

    def _week(self, work: UnitOfWork, closes_on: date, now: datetime) -> tuple[Week, datetime | None]:
        """The week that closes on this day, and when it was frozen."""
        frozen = work.weekly_rows.closed_on(closes_on)
        if frozen is not None:
            return frozen
        policy = self._policy(work, closes_on)
        if closes_on.isoweekday() != policy.weekly_push_weekday:
            raise InvalidValue(
                f"{closes_on}是星期{_WEEKDAYS[closes_on.weekday()]}，"
                f"不是每周推送日（星期{_WEEKDAYS[policy.weekly_push_weekday - 1]}）。",
                field="weekEnding",
            )
        week, last = Week.ending(closes_on, policy), work.weekly_rows.last()
        if week.since > now:
            raise InvalidValue(f"推送日{closes_on}所在的推送周尚未开始。", field="weekEnding")
        if last is not None and last.until in week:
            # After a change of the closing time, a week begins where the previous one ended.
            week = Week(last.until, week.until)
        return week, None

    def _policy(self, work: UnitOfWork, day: date) -> Policy:
        return self._policies.of_the_province(work, day, now=self._clock.now())


def weekly_duty_id(week: Week, row: WeeklyRow, anew: Restore | None = None) -> UUID:
    """The id of the outbox entry that carries this row. `anew`: the restore after which it was frozen."""
    return fact_id("weekly", row.kind.value, row.region_id, week.until.isoformat(), *epoch_of(anew))


def _duty(week: Week, row: WeeklyRow, region_name: str, *, at: datetime, anew: Restore | None) -> Duty:
    """The outbox entry of a row. It is due since the closing, so of several weeks the oldest goes first."""
    return Duty(
        id=weekly_duty_id(week, row, anew),
        topic=TOPICS[row.kind],
        object_key=f"{row.kind.value}|{row.region_id}|{week.until.isoformat()}",
        revision=1,
        business_date=week.closes_on,
        facts=weekly_facts(week, row, region_name),
        created_at=at,
        due_at=week.until,
    )
