"""The scheduled jobs that make the written reports. A missed slot is made up with its own period."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Final

from ...domain.deadlines import business_date, instant
from ...domain.report.report import REPORT_KIND_NAMES, ReportKind
from ..inspection.weekly import Weekly
from ..operations.schedule import Job, JobResult
from ..ports.work import LONGEST_COMMIT, LONGEST_STEP
from .making import ReportMaking

DAILY_REPORTS: Final = "daily-reports"
WEEKLY_REPORTS: Final = "weekly-reports"
MONTHLY_REPORTS: Final = "monthly-reports"
MONTHLY_REPORT_AT: Final = time(8, 0)
REPORTS_SETTLE_IN: Final = LONGEST_STEP + LONGEST_COMMIT
"""After this wait, every report and every step signed before the instant is stored or refused."""


def report_jobs(making: ReportMaking, weekly: Weekly) -> tuple[Job, ...]:
    """The jobs, in the order in which slots of the same instant should run."""

    def daily(slot_at: datetime) -> JobResult:
        return _made(making, ReportKind.DAILY, business_date(slot_at))

    def of_the_week(slot_at: datetime) -> JobResult:
        return _made(making, ReportKind.WEEKLY, business_date(slot_at))

    def of_last_month(slot_at: datetime) -> JobResult:
        return _made(making, ReportKind.MONTHLY, business_date(slot_at) - timedelta(days=1))

    return (
        Job(
            DAILY_REPORTS,
            "生成当日安全承诺日报",
            making.daily_instants,
            daily,
            settles_in=REPORTS_SETTLE_IN,
        ),
        Job(
            WEEKLY_REPORTS,
            "生成一周巡查抽查周报",
            weekly.instants,
            of_the_week,
            settles_in=REPORTS_SETTLE_IN,
        ),
        Job(MONTHLY_REPORTS, "生成上月安全生产月报", _first_of_the_month, of_last_month),
    )


def _made(making: ReportMaking, kind: ReportKind, day: date) -> JobResult:
    return JobResult(f"生成{REPORT_KIND_NAMES[kind]}{making.make(kind, day)}份")


def _first_of_the_month(day: date) -> Sequence[datetime]:
    return [instant(day, MONTHLY_REPORT_AT)] if day.day == 1 else []
