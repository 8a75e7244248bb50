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


def check_search(
    text: str | None, first_day: date | None, last_day: date | None, *, by: str = "文字"
) -> None:
    """No index supports the search (`by`, in Chinese), so it reads a limited number of days.

    Raises InvalidValue for a text without both days, and for a range that is too long or reversed.
    """
    if text is None or not text.strip():
        if first_day is not None and last_day is not None:
            check_order(first_day, last_day)
    elif first_day is None or last_day is None:
        raise InvalidValue(
            f"按{by}查询时须指定开始日期和结束日期，最多{MOST_DAYS}天。",
            field="firstDay" if first_day is None else "lastDay",
        )
    else:
        check_range(first_day, last_day)


def check_order_of_the_owed(
    by: str, *, owed_only: bool, first_day: date | None, last_day: date | None
) -> None:
    """Only 未反馈 rows have an index for this order (`by`, in Chinese); others are sorted, at most 31 days.

    Raises InvalidValue if the list is neither of the owed only nor of so few days.
    """
    if owed_only:
        return
    if first_day is None or last_day is None:
        raise InvalidValue(
            f"按{by}排序时，须只看未反馈的，或指定开始日期和结束日期，最多{MOST_SORTED_DAYS}天。",
            field="unfedBack",
        )
    check_sorted_range(first_day, last_day)
