"""How messages and SMS name a day and a time of day: the same day is written the same way in both."""

from __future__ import annotations

from datetime import date, datetime

from ...domain.values import SHANGHAI


def day_words(day: date) -> str:
    """The day as people read it: 11月24日."""
    return f"{day.month}月{day.day}日"


def clock_words(moment: datetime) -> str:
    """The time of day in Shanghai: 10:00."""
    return f"{moment.astimezone(SHANGHAI):%H:%M}"
