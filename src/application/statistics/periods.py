"""Periods of a statistic: the days asked for, cut into days, ISO weeks or months."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Final

from ...domain.refusals import InvalidValue
from ..day_range import check_order

MOST_DAYS: Final = 5 * 366
MOST_PERIODS: Final = 400


class Step(Enum):
    """How long one period is. A WEEK is an ISO week, from Monday to Sunday."""

    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"


STEP_NAMES: Final = {Step.DAY: "按日", Step.WEEK: "按周", Step.MONTH: "按月"}


@dataclass(frozen=True, slots=True)
class Period:
    """Some days of a statistic; both days are included."""

    first_day: date
    last_day: date


def check_days(first_day: date, last_day: date) -> None:
    """Raises InvalidValue for a range that ends before it begins or has more than MOST_DAYS days."""
    check_order(first_day, last_day)
    days = (last_day - first_day).days + 1
    if days > MOST_DAYS:
        raise InvalidValue(f"一次最多统计5年（{MOST_DAYS}天），现为{days}天。", field="lastDay")


def periods(first_day: date, last_day: date, step: Step) -> tuple[Period, ...]:
    """Return the periods of the range in order, without gaps; the first and the last are cut to the range.

    Raises InvalidValue as `check_days` does, and for more than MOST_PERIODS periods.
    """
    check_days(first_day, last_day)
    found: list[Period] = []
    first, last = first_day.toordinal(), last_day.toordinal()
    while first <= last:
        # Ordinals, because the week or month of the last possible date would end after it.
        end = min(_end(date.fromordinal(first), step), last)
        found.append(Period(date.fromordinal(first), date.fromordinal(end)))
        first = end + 1
    if len(found) > MOST_PERIODS:
        raise InvalidValue(
            f"{STEP_NAMES[step]}统计时一次最多{MOST_PERIODS}期，现为{len(found)}期，请缩短日期范围或改用更长的周期。",
            field="step",
        )
    return tuple(found)


def _end(day: date, step: Step) -> int:
    """Return the ordinal of the last day of the day's whole period."""
    if step is Step.DAY:
        return day.toordinal()
    if step is Step.WEEK:
        return day.toordinal() + 6 - day.weekday()
    return day.toordinal() + monthrange(day.year, day.month)[1] - day.day


def period_name(period: Period, step: Step) -> str:
    """Return what people call the period: 2026-11-24, 2026年第48周 or 2026年11月.

    A week belongs to the ISO year in which its Thursday lies. A period that was cut has its whole's name.
    """
    if step is Step.DAY:
        return period.first_day.isoformat()
    if step is Step.WEEK:
        year, week, _ = period.first_day.isocalendar()
        return f"{year}年第{week}周"
    return f"{period.first_day.year}年{period.first_day.month}月"
