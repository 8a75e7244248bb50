"""Scheduled job of problems: reminders of their deadlines."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from ..operations.schedule import Job, JobResult, every
from ..ports.operations import SlotState
from ..ports.signals import Clock
from .reminders import ProblemReminders

PROBLEM_REMINDERS: Final = "problem-reminders"
PROBLEM_REMINDER_MINUTES: Final = 10


def problem_jobs(clock: Clock, reminders: ProblemReminders) -> tuple[Job, ...]:
    """The job that sends reminders every ten minutes."""

    def remind(slot_at: datetime) -> JobResult:
        if clock.now() - slot_at >= timedelta(minutes=PROBLEM_REMINDER_MINUTES):
            return JobResult("补跑时已有更晚的一次，由其一并提醒", SlotState.SKIPPED)
        return JobResult(f"提醒问题{reminders.remind()}项")

    return (Job(PROBLEM_REMINDERS, "问题办理提醒与逾期升级", every(PROBLEM_REMINDER_MINUTES), remind),)
