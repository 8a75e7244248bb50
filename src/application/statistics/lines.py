"""Tables of statistics: lines with a Chinese label, their figures, and the filter that lists what they count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Generic, TypeVar

from ...domain.deadlines import due_text
from ...domain.refusals import InvalidValue
from .periods import Period, Step, check_days, period_name, periods

Where = TypeVar("Where")
Counts = TypeVar("Counts")


@dataclass(frozen=True, slots=True)
class Line(Generic[Where, Counts]):
    """One line of a table. `key` is a value of the dimension, a region, or a first day; None for the whole.

    `where` with the group of a figure lists exactly the rows that the figure counts; `at` is the instant by
    which overdue is told.
    """

    key: str | None
    label: str
    first_day: date
    last_day: date
    at: datetime
    counts: Counts
    where: Where


@dataclass(frozen=True, slots=True)
class Table(Generic[Where, Counts]):
    """A statistic: the whole, its lines by a dimension, and its lines by period; both add up to the whole.

    Times do not add up, nor do distinct targets over periods.
    """

    whole: Line[Where, Counts]
    lines: Sequence[Line[Where, Counts]]
    periods: Sequence[Line[Where, Counts]]

    @property
    def at(self) -> datetime:
        """The instant by which overdue is told."""
        return self.whole.at


def days_of(first_day: date | None, last_day: date | None) -> tuple[date, date]:
    """Return the days of a statistic. Raises InvalidValue if one is missing or `check_days` refuses them."""
    if first_day is None or last_day is None:
        missing = "firstDay" if first_day is None else "lastDay"
        raise InvalidValue("统计须指定开始日期和结束日期，最多5年。", field=missing)
    check_days(first_day, last_day)
    return first_day, last_day


def steps_of(first_day: date, last_day: date, step: Step | None) -> Sequence[tuple[Period, str]]:
    """Return the periods and their names; none without a step. Raises InvalidValue as `periods` does."""
    if step is None:
        return ()
    return [(period, period_name(period, step)) for period in periods(first_day, last_day, step)]


def instant_of(at: datetime | None, now: datetime) -> datetime:
    """Return the instant by which overdue is told, now if none is asked for. Raises InvalidValue for a later one."""
    if at is not None and at > now:
        raise InvalidValue(
            f"统计时刻{due_text(at, now)}晚于现在（{due_text(now, now)}），不能判断届时是否逾期。", field="at"
        )
    return now if at is None else at
