"""Scheduled jobs of inspections: the automatic records of the day, and the weekly push."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from ..operations.schedule import Job, JobResult
from ..ports.work import LONGEST_COMMIT, LONGEST_STEP
from .automatic import AutomaticInspections
from .weekly import Weekly

AUTOMATIC_INSPECTIONS: Final = "automatic-inspections"
WEEKLY_PUSH: Final = "weekly-push"
WEEK_SETTLES_IN: Final = LONGEST_STEP + LONGEST_COMMIT
"""After this wait, every step signed before the closing is stored or refused."""


def inspection_jobs(automatic: AutomaticInspections, weekly: Weekly) -> tuple[Job, ...]:
    """The jobs, in the order in which slots of the same instant should run."""

    def record(slot_at: datetime) -> JobResult:
        made = automatic.record(slot_at)
        return JobResult(f"自动巡查记录{made.patrols}条，自动抽查记录{made.spot_checks}条")

    def push(slot_at: datetime) -> JobResult:
        weeks = "、".join(str(week.closes_on) for week in weekly.push(slot_at))
        return JobResult(f"已生成推送周：{weeks}" if weeks else "该推送周此前已生成")

    return (
        Job(AUTOMATIC_INSPECTIONS, "自动生成当日巡查、抽查记录", automatic.instants, record, in_order=True),
        Job(
            WEEKLY_PUSH,
            "每周推送巡查抽查情况",
            weekly.instants,
            push,
            settles_in=WEEK_SETTLES_IN,
            in_order=True,
        ),
    )
