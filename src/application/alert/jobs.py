"""Scheduled jobs of alerts: reminders of terms, of reviews at which nobody has looked, and of certificates."""

from __future__ import annotations

from datetime import time
from typing import Final

from ...domain.alert.alert import Alert
from ..handling.matters import Reviews, TermReminders
from ..operations.schedule import Job, at_times, newest_of_every, only_today
from ..ports.signals import Clock
from .watch import CertificateWatch

ALERT_REMINDERS: Final = "alert-reminders"
ALERT_REVIEWS: Final = "alert-reviews"
CERTIFICATE_WATCH: Final = "certificate-watch"
ALERT_REMINDER_MINUTES: Final = 5
"""A RED alert must be acknowledged within 15 minutes, so reminders come more often than those of problems."""
CERTIFICATE_WATCH_AT: Final = time(8, 30)


def alert_jobs(
    clock: Clock, reminders: TermReminders[Alert], reviews: Reviews[Alert], watch: CertificateWatch
) -> tuple[Job, ...]:
    """The jobs of alerts; the certificate watch runs once a day, after the quiet hours."""
    return (
        Job(
            CERTIFICATE_WATCH,
            "证书到期监测与提醒",
            at_times(CERTIFICATE_WATCH_AT),
            only_today(
                clock, lambda slot_at: f"提醒证书{watch.look()}件", "补跑时已不是当日，由当日的监测一并提醒"
            ),
        ),
        newest_of_every(
            ALERT_REMINDER_MINUTES,
            clock,
            ALERT_REMINDERS,
            "预警办理提醒与逾期升级",
            lambda: f"提醒预警{reminders.remind()}项",
        ),
        newest_of_every(
            ALERT_REMINDER_MINUTES,
            clock,
            ALERT_REVIEWS,
            "预警反馈逾时未查看，提醒核查部门",
            lambda: f"提醒未查看的预警反馈{reviews.remind()}项",
        ),
    )
