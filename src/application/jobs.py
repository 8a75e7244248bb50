"""The table of scheduled jobs: what runs when, and what a run that comes too late does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta
from typing import Final

from ..domain.deadlines import business_date
from .commitment.commitments import Commitments
from .commitment.reminders import Reminders
from .exchange.pushes import MinistryPushes
from .files.files import Files
from .inspection.automatic import AutomaticInspections
from .inspection.weekly import TOPICS, Weekly
from .operations.audit import AuditTrail
from .operations.schedule import MOST_DAYS_BACK, Job, Ran, at_times, every
from .ports.operations import SlotState
from .ports.signals import Clock
from .ports.work import LONGEST_COMMIT, LONGEST_STEP
from .problem.reminders import ProblemReminders

OPEN_DAY: Final = "open-day"
SHUTDOWN_REPORTS: Final = "shutdown-reports"
COMMITMENT_REMINDERS: Final = "commitment-reminders"
PROBLEM_REMINDERS: Final = "problem-reminders"
AUTOMATIC_INSPECTIONS: Final = "automatic-inspections"
RECONCILE_COMMITMENTS: Final = "reconcile-commitments"
WEEKLY_PUSH: Final = "weekly-push"
RECONCILE_WEEKLY: Final = "reconcile-weekly"
SEAL_AUDIT: Final = "seal-audit"
CLEAN_UP_FILES: Final = "clean-up-files"

PROBLEM_REMINDER_MINUTES: Final = 10
WEEK_SETTLES_IN: Final = LONGEST_STEP + LONGEST_COMMIT
"""Whoever signed before the closing has been stored by then, or refused."""


def scheduled_jobs(
    clock: Clock,
    commitments: Commitments,
    reminders: Reminders,
    problem_reminders: ProblemReminders,
    automatic_inspections: AutomaticInspections,
    pushes: MinistryPushes,
    weekly: Weekly,
    trail: AuditTrail,
    files: Files,
) -> Sequence[Job]:
    """Every job of the system, in the order in which slots of the same instant should run."""

    def only_today(act: Callable[[datetime], str], why: str) -> Callable[[datetime], Ran]:
        def run(slot_at: datetime) -> Ran:
            if business_date(slot_at) != business_date(clock.now()):
                return Ran(why, SlotState.SKIPPED)
            return Ran(act(slot_at))

        return run

    def open_day(slot_at: datetime) -> Ran:
        day = business_date(slot_at)
        opened = commitments.open_day(day)
        stopped = commitments.report_shutdowns(day)
        return Ran(f"应报{opened}家，停产期自动上报{stopped}家")

    def report_shutdowns(slot_at: datetime) -> str:
        return f"停产期自动上报{commitments.report_shutdowns(business_date(slot_at))}家"

    def remind(slot_at: datetime) -> str:
        commitments.report_shutdowns(business_date(slot_at))
        return f"未上报{reminders.remind(slot_at)}家，已提醒"

    def remind_of_problems(slot_at: datetime) -> Ran:
        if clock.now() - slot_at >= timedelta(minutes=PROBLEM_REMINDER_MINUTES):
            return Ran("补跑时已有更晚的一次，由其一并提醒", SlotState.SKIPPED)
        return Ran(f"提醒问题{problem_reminders.remind()}项")

    def record_inspections(slot_at: datetime) -> Ran:
        made = automatic_inspections.record(slot_at)
        return Ran(f"自动巡查记录{made.patrols}条，自动抽查记录{made.spot_checks}条")

    def reconcile(slot_at: datetime) -> Ran:
        # The day before as well: what was reported late in the evening goes up at noon of the next day.
        day = business_date(slot_at)
        found = [pushes.reconcile(one) for one in (day - timedelta(days=1), day)]
        sent, held, lost = (sum(getattr(one, name) for one in found) for name in ("sent", "held", "lost"))
        return Ran(f"两日已推送{sent}条，部级平台持有{held}条，缺少{lost}条")

    def push_weeks(slot_at: datetime) -> Ran:
        weeks = "、".join(str(week.closes_on) for week in weekly.push(slot_at))
        return Ran(f"已生成推送周：{weeks}" if weeks else "该推送周此前已生成")

    def reconcile_weeks(slot_at: datetime) -> Ran:
        # A month: a week is made up late after a standstill, and a dead letter is sent again when somebody says so.
        day = business_date(slot_at)
        days = [day - timedelta(days=number) for number in range(MOST_DAYS_BACK + 1)]
        found = [pushes.reconcile(one, topic) for topic in TOPICS.values() for one in days]
        sent, held, lost = (sum(getattr(one, name) for one in found) for name in ("sent", "held", "lost"))
        return Ran(f"近{MOST_DAYS_BACK}日已推送{sent}条，部级平台持有{held}条，缺少{lost}条")

    def seal(slot_at: datetime) -> Ran:
        sealed, number = trail.seal()
        return Ran(f"封存{sealed}条，链首序号{number}")

    def clean_up(slot_at: datetime) -> Ran:
        loose, orphans = files.clean_up()
        return Ran(f"清理无主附件{loose}个，无记录的文件{orphans}个")

    too_late = "补跑时已不是当日，不再提醒"
    return (
        Job(OPEN_DAY, "生成当日应报名单，停产期自动上报", at_times(time(0, 0)), open_day),
        Job(
            SHUTDOWN_REPORTS,
            "停产期企业自动上报停产",
            every(30),
            only_today(report_shutdowns, "补跑时已不是当日，由当日生成名单时的自动上报代替"),
        ),
        Job(
            COMMITMENT_REMINDERS, "安全承诺未上报提醒与升级", reminders.instants, only_today(remind, too_late)
        ),
        Job(
            PROBLEM_REMINDERS,
            "问题办理提醒与逾期升级",
            every(PROBLEM_REMINDER_MINUTES),
            remind_of_problems,
        ),
        Job(
            AUTOMATIC_INSPECTIONS,
            "自动生成当日巡查、抽查记录",
            automatic_inspections.instants,
            record_inspections,
        ),
        Job(RECONCILE_COMMITMENTS, "与部级平台核对安全承诺", at_times(time(23, 45)), reconcile),
        Job(WEEKLY_PUSH, "每周推送巡查抽查情况", weekly.instants, push_weeks, settles_in=WEEK_SETTLES_IN),
        Job(RECONCILE_WEEKLY, "与部级平台核对每周巡查抽查情况", at_times(time(23, 45)), reconcile_weeks),
        Job(SEAL_AUDIT, "封存审计记录", every(60), seal),
        Job(CLEAN_UP_FILES, "清理无主附件", at_times(time(3, 30)), clean_up),
    )
