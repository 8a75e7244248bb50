"""The scheduled jobs of the commitments: open the day, report shutdowns, remind."""

from __future__ import annotations

from datetime import datetime, time
from typing import Final

from ...domain.deadlines import business_date
from ..operations.schedule import Job, JobResult, at_times, every, only_today
from ..ports.signals import Clock
from .commitments import Commitments
from .reminders import CommitmentReminders
from .resumption import ResumptionReminders

OPEN_DAY: Final = "open-day"
SHUTDOWN_REPORTS: Final = "shutdown-reports"
COMMITMENT_REMINDERS: Final = "commitment-reminders"
RESUMPTION_REMINDERS: Final = "resumption-reminders"
RESUMPTION_REMINDER_AT: Final = time(15, 0)


def commitment_jobs(
    clock: Clock,
    commitments: Commitments,
    reminders: CommitmentReminders,
    resumption_reminders: ResumptionReminders,
) -> tuple[Job, ...]:
    """The jobs, in the order in which slots of the same instant should run."""

    def open_day(slot_at: datetime) -> JobResult:
        day = business_date(slot_at)
        opened = commitments.open_day(day)
        stopped = commitments.report_shutdowns(day)
        return JobResult(f"应报{opened}家，停产期自动上报{stopped}家")

    def report_shutdowns(slot_at: datetime) -> str:
        return f"停产期自动上报{commitments.report_shutdowns(business_date(slot_at))}家"

    def remind(slot_at: datetime) -> str:
        commitments.report_shutdowns(business_date(slot_at))
        return f"未上报{reminders.remind(slot_at)}家，已提醒"

    def remind_of_resumption(slot_at: datetime) -> str:
        return f"次日复产{resumption_reminders.remind(business_date(slot_at), slot_at)}家，已提醒"

    return (
        Job(OPEN_DAY, "生成当日应报名单，停产期自动上报", at_times(time(0, 0)), open_day),
        Job(
            SHUTDOWN_REPORTS,
            "停产期企业自动上报停产",
            every(30),
            only_today(clock, report_shutdowns, "补跑时已不是当日，由当日生成名单时的自动上报代替"),
        ),
        Job(
            COMMITMENT_REMINDERS,
            "安全承诺未上报提醒与升级",
            reminders.instants,
            only_today(clock, remind, "补跑时已不是当日，不再提醒"),
        ),
        Job(
            RESUMPTION_REMINDERS,
            "自行申报的停产期结束前提醒",
            at_times(RESUMPTION_REMINDER_AT),
            only_today(clock, remind_of_resumption, "补跑时已不是当日，停产期已结束，不再提醒"),
        ),
    )
