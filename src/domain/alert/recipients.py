"""Who is notified of an alert, as tables by action and origin."""

from __future__ import annotations

from typing import Final

from ..handling.recipients import Recipient
from .form import AlertOrigin
from .workflow import AlertAction

ALERT_ADDRESSED: Final = {
    AlertOrigin.MINISTRY: frozenset({Recipient.ENTERPRISE_HEAD, Recipient.PROVINCE_HEADS}),
    AlertOrigin.WATCH: frozenset(
        {Recipient.ENTERPRISE_HEAD, Recipient.PROVINCE_HEADS, Recipient.REVIEWER_DUTY}
    ),
}
"""By origin: who is told of opening, changes and decisions, and reminded."""

ALERT_UNTOLD: Final = frozenset(
    {AlertAction.ACKNOWLEDGE, AlertAction.HANDLE, AlertAction.REPORT_PROGRESS, AlertAction.RESTATE}
)
"""Actions of which nobody is notified; the timeline shows them."""
ALERT_UNLOOKED: Final = frozenset({Recipient.REVIEWER})
"""Who is told when nobody has looked in time at the feedback: the heads of the reviewing department."""


def alert_recipients_of(action: AlertAction | None, origin: AlertOrigin) -> frozenset[Recipient]:
    """Who is notified of this action; None stands for the opening."""
    if action in ALERT_UNTOLD:
        return frozenset()
    if action is AlertAction.FEED_BACK:
        return frozenset({Recipient.REVIEWER_DUTY})
    if action is AlertAction.ESCALATE:
        return frozenset({Recipient.REVIEWER_DUTY, Recipient.ENTERPRISE_HEAD})
    return ALERT_ADDRESSED[origin]


def alert_reminder_recipients_of(origin: AlertOrigin, *, escalated: bool) -> frozenset[Recipient]:
    """Who is reminded of a term; when it is overdue (`escalated`), the department one level up as well."""
    return ALERT_ADDRESSED[origin] | ({Recipient.SUPERIOR} if escalated else set())
