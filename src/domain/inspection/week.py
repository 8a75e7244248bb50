"""The week of the weekly push (每周推送): from one closing, usually Friday 14:00, to the next, and what is pushed of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Self

from ..deadlines import BEGINNING, business_date, instant
from ..policy import Policy
from ..values import RegionId
from .form import InspectionKind

_WEEK: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True, order=True)
class Week:
    """[since, until): what happens at the closing itself belongs to the next week. Instants are in UTC.

    Every week lasts seven days as long as nobody changes weekday or time of the push: see `following`.
    """

    since: datetime
    until: datetime

    @classmethod
    def of(cls, moment: datetime, policy: Policy) -> Self:
        """The week that the moment lies in."""
        until = _closing_after(moment, policy)
        return cls(until - _WEEK, until)

    @classmethod
    def ending(cls, day: date, policy: Policy) -> Self:
        """The week that closes on this day, which must be of the weekday of the push; the first of all is shorter."""
        if day.isoweekday() != policy.weekly_push_weekday:
            raise ValueError(f"no week closes on {day}")
        until = instant(day, policy.weekly_push_at)
        return cls(until - min(_WEEK, until - BEGINNING), until)

    def following(self, policy: Policy) -> Week:
        """The next week: it begins where this one ended, whatever has become of the settings meanwhile.

        After a change of weekday or time one week is shorter, and nothing is counted twice or not at all.
        """
        return Week(self.until, _closing_after(self.until, policy))

    def so_far(self, now: datetime) -> Week:
        """What lies behind of it, with what happens just now; all of it once it has closed."""
        return Week(self.since, min(self.until, now + timedelta.resolution))

    def __contains__(self, moment: datetime) -> bool:
        return self.since <= moment < self.until

    @property
    def closes_on(self) -> date:
        """The business date of the closing: what the week is called by."""
        return business_date(self.until)


def closing_on(day: date, policy: Policy) -> datetime | None:
    """The instant at which a week closes on this day; None on a day of another weekday than that of the push."""
    return instant(day, policy.weekly_push_at) if day.isoweekday() == policy.weekly_push_weekday else None


def latest_closed(now: datetime, policy: Policy) -> Week:
    """The week that closed last by now; at the closing itself it has closed."""
    return Week.of(Week.of(now, policy).since - timedelta.resolution, policy)


def weeks_missed(last: Week, now: datetime, policy: Policy) -> tuple[Week, ...]:
    """The weeks after the last one pushed that have closed by now, oldest first."""
    missed = []
    week = last.following(policy)
    while week.until <= now:
        missed.append(week)
        week = week.following(policy)
    return tuple(missed)


def _closing_after(moment: datetime, policy: Policy) -> datetime:
    """The first closing that lies after the moment."""
    day = business_date(moment)
    day += timedelta(days=(policy.weekly_push_weekday - day.isoweekday()) % 7)
    closing = instant(day, policy.weekly_push_at)
    return closing if closing > moment else instant(day + _WEEK, policy.weekly_push_at)


@dataclass(frozen=True, slots=True)
class WeeklyRow:
    """One line of the weekly push: a region of city rank and a kind of inspection, as it stood when the week closed.

    A county that the province governs directly (省直管) is counted as a city is, and what is of no city in a row of the
    province, so that everything is counted in exactly one row.
    `inspected` counts different areas (patrols) or enterprises (spot checks) with a record submitted in the week,
    `with_problems` those of them whose records issued any. `issued` and `fed_back` count what happened in the week:
    problems issued, and problems whose final feedback came, whenever they were issued. `unfed_back` counts what still
    owed its final feedback at the closing, whenever issued, and `overdue` those of them of which something was due.
    """

    region_id: RegionId
    kind: InspectionKind
    inspected: int
    with_problems: int
    issued: int
    fed_back: int
    unfed_back: int
    overdue: int
