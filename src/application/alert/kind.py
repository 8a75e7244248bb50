"""How alerts differ from problems where people are reminded: of their terms, and of waiting reviews."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Final, cast

from ...domain.alert.alert import Alert
from ...domain.alert.deadlines import look_by, reminder_policy
from ...domain.alert.events import AlertFedBack
from ...domain.alert.recipients import (
    ALERT_UNLOOKED,
    alert_recipients_of,
    alert_reminder_recipients_of,
)
from ...domain.exchange.duty import Topic
from ...domain.notice.notice import AlertTopic, MessageKind
from ..handling.matters import MatterKind, Matters, reminder_now, review_now, watch_review
from ..policies import PolicyBook
from ..ports.work import UnitOfWork
from .telling import alert_concern_of, alert_notice_id
from .words import reminder_of, reminder_sms, review_of, review_sms

ALERTS: Final[MatterKind[Alert]] = MatterKind(
    name="alerts",
    key="alert",
    subject="Alert",
    collection=lambda work: cast("Matters[Alert]", work.alerts),
    topic=AlertTopic,
    concern_of=alert_concern_of,
    told_of=lambda alert, revision: alert_recipients_of(alert.timeline[revision - 1].action, alert.origin),
    reminded=lambda alert, escalated: alert_reminder_recipients_of(alert.origin, escalated=escalated),
    unlooked=ALERT_UNLOOKED,
    reviewer_region=lambda alert: alert.reviewer.region_id,
    look_by=lambda alert, at, policy: look_by(at, alert.statement, policy),
    reminder_policy=lambda alert, policy: reminder_policy(alert.statement, policy),
    reminder_kind=MessageKind.ALERT_REMINDER,
    overdue_kind=MessageKind.ALERT_OVERDUE,
    review_kind=MessageKind.ALERT_REVIEW_WAITING,
    notice_id=lambda alert, revision, person: alert_notice_id(alert.id, revision, person),
    reminder_of=reminder_of,
    reminder_sms=reminder_sms,
    review_of=review_of,
    review_sms=review_sms,
)

alert_reminder_now: Final = partial(reminder_now, ALERTS)
alert_review_now: Final = partial(review_now, ALERTS)


def watch_alert_review(work: UnitOfWork, event: AlertFedBack, policies: PolicyBook) -> Iterable[Topic]:
    """Note when to check whether the reviewing department has looked at the feedback."""
    watch_review(ALERTS, work, event.alert_id, event.at, policies)
    return ()
