"""The text of a deadline for people: a client that formats the instant itself may show the next day."""

from __future__ import annotations

from datetime import date, datetime

from ...domain import deadlines
from ..context import AppInfo


def due_text(due: datetime, info: AppInfo) -> str:
    """The deadline to the minute, such as 12月15日24:00; with the year when that is not the present one."""
    return deadlines.due_text(due, info.context.app.clock.now())


def day_end_text(day: date, info: AppInfo) -> str:
    """The end of a day that counts in full, such as 12月15日24:00."""
    return due_text(deadlines.day_end(day), info)
