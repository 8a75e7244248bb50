"""How the documents of written reports word dates, times, counts and places."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from ...domain.deadlines import due_text
from ...domain.values import SHANGHAI

NONE: Final = "—"
"""In a table: there is no such figure. It is not the same as 0."""
NUMERALS: Final = "一二三四五六七八九十"
LONGEST_DESCRIPTION: Final = 60
_WHOLE: Final = {"省": "全省", "市": "全市", "县": "全县", "区": "全区"}


def long_day(day: date) -> str:
    """2026年11月24日."""
    return f"{day.year}年{day.month}月{day.day}日"


def short_day(day: date) -> str:
    """11月24日."""
    return f"{day.month}月{day.day}日"


def days_of_list(days: Sequence[date], until: datetime) -> list[str]:
    """11月24日 if all are of the year of the period that ends at `until`, else all as 2026-11-24.

    A cell has no room for the year in characters.
    """
    year = (until - datetime.resolution).astimezone(SHANGHAI).year
    return [short_day(day) if all(each.year == year for each in days) else day.isoformat() for day in days]


def month(day: date) -> str:
    """2026年11月."""
    return f"{day.year}年{day.month}月"


def moment(at: datetime) -> str:
    """11月24日12:30; midnight ends the day before: 11月30日24:00. Never with a year."""
    return due_text(at, at)


def beginning(at: datetime) -> str:
    """11月20日14:00; midnight begins the day: 11月1日00:00. Never with a year."""
    local = at.astimezone(SHANGHAI)
    return f"{short_day(local.date())}{local:%H:%M}"


def clock(at: datetime) -> str:
    """12:30, in Asia/Shanghai."""
    return f"{at.astimezone(SHANGHAI):%H:%M}"


def count(number: int | None) -> str:
    return NONE if number is None else str(number)


def rate(text: str | None) -> str:
    return NONE if text is None else f"{text}%"


def whole_of(region_name: str) -> str:
    """全省, 全市 …, by the last character of the name; the name itself if that says nothing."""
    return _WHOLE.get(region_name[-1:], region_name)


def of_province(region_name: str) -> bool:
    return region_name.endswith("省")


def part_word(region_name: str) -> str:
    """What the regions below are called in headings and columns."""
    return "市（区）" if of_province(region_name) else "县（市、区）"


def addressee(region_name: str, parts: Sequence[object]) -> str:
    """Whom the report is addressed to; empty where there is nobody below."""
    return f"各{part_word(region_name)}应急管理局：" if parts else ""


def one_line(text: str) -> str:
    """The text in one line of at most LONGEST_DESCRIPTION characters."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_DESCRIPTION else f"{line[: LONGEST_DESCRIPTION - 1]}…"
