"""Scheduled jobs of problems: reminders of their deadlines, and of reviews at which nobody has looked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from ..operations.schedule import Job, JobResult, every
from ..ports.operations import SlotState
from ..ports.signals import Clock
from .reminders import ProblemReminders
from .reviews import ProblemReviews

PROBLEM_REMINDERS: Final = "problem-reminders"
PROBLEM_REVIEWS: Final = "problem-reviews"
PROBLEM_REMINDER_MINUTES: Final = 10


def problem_jobs(clock: Clock, reminders: ProblemReminders, reviews: ProblemReviews) -> tuple[Job, ...]:
    """The jobs that send reminders every ten minutes."""

    def newest(act: Callable[[], str]) -> Callable[[datetime], JobResult]:
        """Act for the newest slot only: its run does what the missed ones would have done."""

        def run(slot_at: datetime) -> JobResult:
            if clock.now() - slot_at >= timedelta(minutes=PROBLEM_REMINDER_MINUTES):
                return JobResult("补跑时已有更晚的一次，由其一并提醒", SlotState.SKIPPED)
            return JobResult(act())

        return run

    return (
        Job(
            PROBLEM_REMINDERS,
            "问题办理提醒与逾期升级",
            every(PROBLEM_REMINDER_MINUTES),
            newest(lambda: f"提醒问题{reminders.remind()}项"),
        ),
        Job(
            PROBLEM_REVIEWS,
            "反馈、延期申请逾时未查看，提醒下发部门值班人员",
            every(PROBLEM_REMINDER_MINUTES),
            newest(lambda: f"提醒未查看的反馈、延期申请{reviews.remind()}项"),
        ),
    )
