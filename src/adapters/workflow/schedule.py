"""Print the scheduled jobs of docs/workflow.md."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import Any, Final

from ...application.alert.kind import ALERTS
from ...application.alert.watch import CertificateWatch
from ...application.commitment.commitments import Commitments
from ...application.commitment.jobs import COMMITMENT_REMINDERS
from ...application.commitment.reminders import CommitmentReminders
from ...application.commitment.resumption import ResumptionReminders
from ...application.exchange.inbound import Inbound
from ...application.exchange.jobs import RECONCILIATIONS
from ...application.exchange.pushes import MinistryPushes
from ...application.export.clearing import ExportClearing
from ...application.files.files import Files
from ...application.handling.matters import Reviews, TermReminders
from ...application.identity.identity import Identity
from ...application.inspection.automatic import AutomaticInspections
from ...application.inspection.jobs import AUTOMATIC_INSPECTIONS, WEEKLY_PUSH
from ...application.inspection.weekly import Weekly
from ...application.jobs import scheduled_jobs
from ...application.operations.audit import AuditTrail
from ...application.operations.schedule import Job
from ...application.problem.kind import PROBLEMS
from ...application.report.jobs import DAILY_REPORTS, WEEKLY_REPORTS
from ...application.report.making import ReportMaking
from ...domain.deadlines import commitment_due, reminder_times
from ...domain.policy import Policy
from ...domain.values import SHANGHAI
from .markdown import section, table

SAMPLE_DAY: Final = date(2026, 1, 1)


def schedule_section() -> str:
    """Every scheduled job with the instants at which it is due."""
    nothing: Any = None  # The jobs are never run here, so their services can be None.
    jobs = scheduled_jobs(
        nothing,
        Commitments(nothing, nothing, nothing, nothing),
        CommitmentReminders(nothing, nothing, nothing, nothing),
        ResumptionReminders(nothing, nothing, nothing, nothing),
        TermReminders(PROBLEMS, nothing, nothing, nothing, nothing),
        Reviews(PROBLEMS, nothing, nothing, nothing, nothing),
        TermReminders(ALERTS, nothing, nothing, nothing, nothing),
        Reviews(ALERTS, nothing, nothing, nothing, nothing),
        CertificateWatch(nothing, nothing, nothing, nothing),
        AutomaticInspections(nothing, nothing, nothing, nothing, nothing),
        MinistryPushes(nothing, nothing, nothing, nothing),
        Inbound(nothing, nothing, nothing, nothing, nothing),
        Weekly(nothing, nothing, nothing, nothing, nothing),
        AuditTrail(nothing, nothing, nothing, nothing),
        Files(nothing, nothing, nothing, nothing, nothing, nothing),
        ExportClearing(nothing, nothing, nothing, nothing, nothing),
        Identity(nothing, nothing, nothing, nothing, nothing, 1, nothing),
        ReportMaking(nothing, nothing, nothing, nothing, nothing, nothing, nothing),
    )
    by_setting = {
        COMMITMENT_REMINDERS: _stages(),
        AUTOMATIC_INSPECTIONS: f"{Policy().auto_inspection_at:%H:%M}",
        WEEKLY_PUSH: _closing(),
        WEEKLY_REPORTS: _closing(),
        DAILY_REPORTS: f"{Policy().daily_report_at:%H:%M}",
        **dict.fromkeys(RECONCILIATIONS, f"{Policy().reconcile_at:%H:%M}"),
    }
    rows = [
        [
            f"`{job.name}`",
            job.title,
            f"按各区域设置 by the settings of each region; at first {by_setting[job.name]}"
            if job.name in by_setting
            else _times(job),
        ]
        for job in jobs
    ]
    return section(
        "## 计划作业 · Schedule",
        "Source: `scheduled_jobs` in `src/application/jobs.py`. Each instant is a slot of its own: written down "
        "once, run once, and made up after a standstill, in order.",
        table(["作业 Job", "内容 What", "时间 When"], rows),
    )


def _times(job: Job) -> str:
    """`00:00`, or `每30分钟 every 30 min` when a job runs all day at one interval."""
    instants = sorted(job.instants(SAMPLE_DAY))
    steps = {later - earlier for earlier, later in pairwise(instants)}
    if len(steps) == 1 and len(instants) * next(iter(steps)) == timedelta(days=1):
        minutes = next(iter(steps)) // timedelta(minutes=1)
        return f"每{minutes}分钟 every {minutes} min, from {instants[0].astimezone(SHANGHAI):%H:%M}"
    monthly = "" if any(job.instants(SAMPLE_DAY + timedelta(days=1))) else "每月1日 on the 1st, "
    return monthly + "、".join(f"{at.astimezone(SHANGHAI):%H:%M}" for at in instants)


def _stages() -> str:
    policy = Policy()
    return "、".join(
        f"第{stage}次 stage {stage} {at.astimezone(SHANGHAI):%H:%M}"
        for stage, at in reminder_times(commitment_due(SAMPLE_DAY, policy), policy)
    )


def _closing() -> str:
    policy = Policy()
    weekday = "一二三四五六日"[policy.weekly_push_weekday - 1]
    return f"星期{weekday} {policy.weekly_push_at:%H:%M}（全省统一 one for the province）"
