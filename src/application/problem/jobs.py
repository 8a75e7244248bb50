"""Scheduled jobs of problems: reminders of their deadlines, and of reviews at which nobody has looked."""

from __future__ import annotations

from typing import Final

from ...domain.problem.problem import Problem
from ..handling.matters import Reviews, TermReminders
from ..operations.schedule import Job, newest_of_every
from ..ports.signals import Clock

PROBLEM_REMINDERS: Final = "problem-reminders"
PROBLEM_REVIEWS: Final = "problem-reviews"
PROBLEM_REMINDER_MINUTES: Final = 10


def problem_jobs(
    clock: Clock, reminders: TermReminders[Problem], reviews: Reviews[Problem]
) -> tuple[Job, ...]:
    """The jobs that send reminders every ten minutes."""
    return (
        newest_of_every(
            PROBLEM_REMINDER_MINUTES,
            clock,
            PROBLEM_REMINDERS,
            "问题办理提醒与逾期升级",
            lambda: f"提醒问题{reminders.remind()}项",
        ),
        newest_of_every(
            PROBLEM_REMINDER_MINUTES,
            clock,
            PROBLEM_REVIEWS,
            "反馈、延期申请逾时未查看，提醒下发部门值班人员",
            lambda: f"提醒未查看的反馈、延期申请{reviews.remind()}项",
        ),
    )
