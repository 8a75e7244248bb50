"""The scheduled jobs of the exchange: compare what was sent with what the ministry holds, forget old nonces."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta
from typing import Final

from ...domain.deadlines import business_date
from ...domain.exchange.duty import Topic
from ..inspection.weekly import TOPICS
from ..operations.schedule import MOST_DAYS_BACK, Job, JobResult, at_times
from .inbound import Inbound
from .pushes import MinistryPushes, Reconciliation

RECONCILE_COMMITMENTS: Final = "reconcile-commitments"
RECONCILE_WEEKLY: Final = "reconcile-weekly"
RECONCILE_PROBLEMS: Final = "reconcile-problems"
RECONCILE_ALERTS: Final = "reconcile-alerts"
RECONCILIATIONS: Final = (RECONCILE_COMMITMENTS, RECONCILE_WEEKLY, RECONCILE_PROBLEMS, RECONCILE_ALERTS)

FORGET_NONCES: Final = "forget-nonces"


def exchange_jobs(pushes: MinistryPushes, inbound: Inbound) -> tuple[Job, ...]:
    """The jobs, in the order in which slots of the same instant should run."""

    def reconcile(slot_at: datetime) -> JobResult:
        # Check the day before as well: late evening reports are sent at noon of the next day.
        day = business_date(slot_at)
        found = [pushes.reconcile(one) for one in (day - timedelta(days=1), day)]
        return JobResult(f"两日{_in_words(found)}")

    def reconcile_month(*topics: Topic) -> Callable[[datetime], JobResult]:
        # Check a month: after downtime it is sent late, and dead letters are sent again only on request.
        def run(slot_at: datetime) -> JobResult:
            day = business_date(slot_at)
            days = [day - timedelta(days=number) for number in range(MOST_DAYS_BACK + 1)]
            found = [pushes.reconcile(one, topic) for topic in topics for one in days]
            return JobResult(f"近{MOST_DAYS_BACK}日{_in_words(found)}")

        return run

    def forget(slot_at: datetime) -> JobResult:
        return JobResult(f"清理过期的报文随机数{inbound.forget_nonces()}个")

    return (
        Job(RECONCILE_COMMITMENTS, "与部级平台核对安全承诺", pushes.reconciled_at, reconcile),
        Job(
            RECONCILE_WEEKLY,
            "与部级平台核对每周巡查抽查情况",
            pushes.reconciled_at,
            reconcile_month(*TOPICS.values()),
        ),
        Job(
            RECONCILE_PROBLEMS,
            "与部级平台核对问题办理情况",
            pushes.reconciled_at,
            reconcile_month(Topic.MINISTRY_PROBLEM),
        ),
        Job(
            RECONCILE_ALERTS,
            "与部级平台核对预警处置情况",
            pushes.reconciled_at,
            reconcile_month(Topic.MINISTRY_ALERT),
        ),
        Job(FORGET_NONCES, "清理过期的报文随机数", at_times(time(3, 50)), forget),
    )


def _in_words(found: Sequence[Reconciliation]) -> str:
    sent, held = sum(one.sent for one in found), sum(one.held for one in found)
    lost, parked = sum(one.lost for one in found), sum(one.parked for one in found)
    words = f"已推送{sent}条，部级平台持有{held}条，缺少{lost}条"
    return f"{words}，另有{parked}条已搁置" if parked else words
