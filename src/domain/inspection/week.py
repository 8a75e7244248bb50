"""The week of the weekly push (每周推送), from one closing to the next (usually Friday 14:00), and its rows."""

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
    """The interval [since, until) in UTC: what happens at the closing itself belongs to the next week.

    Every week lasts seven days unless somebody changes weekday or time of the push: see `following`.
    """

    since: datetime
    until: datetime

    @classmethod
    def of(cls, moment: datetime, policy: Policy) -> Self:
        """The week that contains the moment."""
        until = _closing_after(moment, policy)
        return cls(until - _WEEK, until)

    @classmethod
    def ending(cls, day: date, policy: Policy) -> Self:
        """The week that closes on this day. Raises ValueError if no week closes on this weekday.

        A week that would begin before BEGINNING begins there and is shorter.
        """
        if day.isoweekday() != policy.weekly_push_weekday:
            raise ValueError(f"no week closes on {day}")
        until = instant(day, policy.weekly_push_at)
        return cls(until - min(_WEEK, until - BEGINNING), until)

    def following(self, policy: Policy) -> Week:
        """The next week: it begins where this one ended, even if the settings have changed meanwhile.

        After a change of weekday or time one week is shorter, so that everything is counted exactly once.
        """
        return Week(self.until, _closing_after(self.until, policy))

    def so_far(self, now: datetime) -> Week:
        """The part of the week up to now, this instant included; the whole week once it has closed."""
        return Week(self.since, min(self.until, now + timedelta.resolution))

    def __contains__(self, moment: datetime) -> bool:
        return self.since <= moment < self.until

    @property
    def closes_on(self) -> date:
        """The business date of the closing, which names the week."""
        return business_date(self.until)


def closing_on(day: date, policy: Policy) -> datetime | None:
    """The instant at which a week closes on this day; None if no week closes on this weekday."""
    return instant(day, policy.weekly_push_at) if day.isoweekday() == policy.weekly_push_weekday else None


def latest_closed(now: datetime, policy: Policy) -> Week:
    """The week that closed last; a week counts as closed from the instant of its closing."""
    return Week.of(Week.of(now, policy).since - timedelta.resolution, policy)


def weeks_missed(last: Week, now: datetime, policy: Policy) -> tuple[Week, ...]:
    """The weeks after the last pushed one that have closed by now, oldest first."""
    missed = []
    week = last.following(policy)
    while week.until <= now:
        missed.append(week)
        week = week.following(policy)
    return tuple(missed)


def _closing_after(moment: datetime, policy: Policy) -> datetime:
    """The first closing after the moment."""
    day = business_date(moment)
    day += timedelta(days=(policy.weekly_push_weekday - day.isoweekday()) % 7)
    closing = instant(day, policy.weekly_push_at)
    return closing if closing > moment else instant(day + _WEEK, policy.weekly_push_at)


@dataclass(frozen=True, slots=True)
class WeeklyRow:
    """One row of the weekly push: a region of city rank and a kind of inspection, as of the closing.

    A county directly under the province (省直管) is counted like a city. What belongs to no city is counted in a
    row of the province, so that everything is counted in exactly one row.

    `inspected` counts distinct areas (patrols) or enterprises (spot checks) with a manual record submitted in
    the week. A city with counties is no area of its own. `automatic` counts those with nothing but automatic
    records. `with_problems` counts the inspected ones whose manual records issued problems that were not
    withdrawn by the closing, or found something that was rectified on site. `rectified_on_site` counts what
    was found and rectified on site.

    `issued` counts the problems issued in the week, without those withdrawn before the closing. `withdrawn`
    counts the problems withdrawn in the week, whenever they were issued. `fed_back` counts the problems whose
    final feedback came in the week, whenever they were issued. `unfed_back` counts the problems that still
    owed their final feedback at the closing, whenever issued. `overdue` counts those of them with an unmet
    deadline that had passed.

    Weeks frozen by earlier releases count nothing apart: `automatic`, `rectified_on_site` and `withdrawn` are
    None, `inspected` holds automatic records too, and `issued` holds withdrawn problems too.
    """

    region_id: RegionId
    kind: InspectionKind
    inspected: int
    automatic: int | None
    with_problems: int
    rectified_on_site: int | None
    issued: int
    withdrawn: int | None
    fed_back: int
    unfed_back: int
    overdue: int

    @property
    def counted_apart(self) -> bool:
        """False for a week that an earlier release has frozen."""
        return None not in (self.automatic, self.rectified_on_site, self.withdrawn)
