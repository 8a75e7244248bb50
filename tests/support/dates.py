"""The tests' clock: one instant that every test starts from, fixed or handed in by YANBAO_TEST_NOW."""

from __future__ import annotations

import json
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

from yanbao.domain.deadlines import business_date
from yanbao.domain.values import SHANGHAI

VARIABLE: Final = "YANBAO_TEST_NOW"
USUAL: Final = "2026-11-24T09:30"
"""A Tuesday morning, before the usual deadline."""


def instant_of(text: str) -> datetime:
    """An instant in ISO 8601, in Asia/Shanghai if it names no zone; raises ValueError for anything else."""
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=SHANGHAI) if moment.tzinfo is None else moment.astimezone(SHANGHAI)


TEST_NOW: Final = instant_of(os.environ.get(VARIABLE) or USUAL)
"""Where the clock of a real system starts, in Asia/Shanghai."""
TODAY: Final = business_date(TEST_NOW)
"""The business date that tests mean when they name none."""
FRIDAY: Final = TODAY + timedelta(days=(5 - TODAY.isoweekday()) % 7)
"""The next day of the weekly push: today, if today is a Friday."""


def start_clock(folder: Path, at: datetime = TEST_NOW) -> None:
    """Let the demo profile's clock start at this instant for every process with this folder, before it starts.

    Unlike `MovableClock.move_to`, this goes back as well.
    """
    folder.mkdir(parents=True, exist_ok=True)
    offset = at - datetime.now(UTC)
    (folder / "demo-clock.json").write_text(json.dumps({"offset_seconds": offset.total_seconds()}))


def on_or_before(weekday: int, day: date = TODAY) -> date:
    """The last such day of the week (ISO 8601), which may be the day itself."""
    return day - timedelta(days=(day.isoweekday() - weekday) % 7)


def in_days(count: int, since: date = TODAY) -> date:
    """So many days after today or another day; before it where `count` is negative."""
    return since + timedelta(days=count)


def month_day(day: date, told: date = TODAY) -> str:
    """The day as texts to people name it: 11月24日, with its year unless they are told in that year."""
    return f"{day.month}月{day.day}日" if day.year == told.year else f"{day.year}年{day.month}月{day.day}日"
