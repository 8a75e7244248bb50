"""Checks of date ranges: one query for a list or a figure covers at most a year."""

from __future__ import annotations

from datetime import date
from typing import Final

from ..domain.refusals import InvalidValue

MOST_DAYS: Final = 366
MOST_SORTED_DAYS: Final = 31


def check_order(first_day: date, last_day: date, *, field: str = "lastDay") -> None:
    """Raises InvalidValue for a range that ends before it begins."""
    if last_day < first_day:
        raise InvalidValue(f"结束日期{last_day}早于开始日期{first_day}。", field=field)


def check_range(first_day: date, last_day: date) -> None:
    """Both days belong to the range.

    Raises InvalidValue for a range that ends before it begins or has more than 366 days.
    """
    check_order(first_day, last_day)
    days = (last_day - first_day).days + 1
    if days > MOST_DAYS:
        raise InvalidValue(f"一次最多查询{MOST_DAYS}天，现为{days}天。", field="lastDay")


def check_sorted_range(first_day: date, last_day: date) -> None:
    """Like `check_range`, for an order that no index has: at most 31 days are read and sorted."""
    check_range(first_day, last_day)
    days = (last_day - first_day).days + 1
    if days > MOST_SORTED_DAYS:
        raise InvalidValue(f"按此方式排序时一次最多查询{MOST_SORTED_DAYS}天，现为{days}天。", field="lastDay")
