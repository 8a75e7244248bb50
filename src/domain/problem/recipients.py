"""Who is notified of a problem, as tables by origin, addressee and action."""

from __future__ import annotations

from typing import Final

from ..handling.recipients import Recipient
from .form import ProblemOrigin
from .workflow import ProblemAction

ADDRESSED: Final = {
    (ProblemOrigin.DEPARTMENT, False): frozenset({Recipient.RESPONSIBLE}),
    (ProblemOrigin.DEPARTMENT, True): frozenset({Recipient.RESPONSIBLE}),
    (ProblemOrigin.MINISTRY, False): frozenset({Recipient.PROVINCE_HEADS}),
    (ProblemOrigin.MINISTRY, True): frozenset({Recipient.ENTERPRISE_HEAD, Recipient.PROVINCE_HEADS}),
}
"""By origin, and whether an enterprise is addressed: who is told of issue and decisions, and reminded."""

FOR_THE_REVIEWER: Final = frozenset({ProblemAction.FEED_BACK, ProblemAction.REQUEST_EXTENSION})
UNLOOKED: Final = frozenset({Recipient.REVIEWER_DUTY})
"""Who is told when nobody has looked in time at what waits for the reviewer."""
UNTOLD: Final = frozenset({ProblemAction.ACKNOWLEDGE, ProblemAction.RECTIFY, ProblemAction.REPORT_PROGRESS})
"""Actions of the addressee of which nobody is notified; the timeline shows them."""


def recipients_of(
    action: ProblemAction | None, origin: ProblemOrigin, *, to_enterprise: bool
) -> frozenset[Recipient]:
    """Who is notified of this action; None stands for the issue."""
    if action in UNTOLD:
        return frozenset()
    if action in FOR_THE_REVIEWER:
        return frozenset({Recipient.REVIEWER})
    return ADDRESSED[origin, to_enterprise]


def reminder_recipients_of(
    origin: ProblemOrigin, *, to_enterprise: bool, escalated: bool
) -> frozenset[Recipient]:
    """Who is reminded of a term; when it is overdue (`escalated`), the department one level up as well."""
    return ADDRESSED[origin, to_enterprise] | ({Recipient.SUPERIOR} if escalated else set())
