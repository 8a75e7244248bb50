"""Who is told of a problem, as one table: by where it comes from, whom it is addressed to, and what has happened."""

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
"""By origin, and whether an enterprise is addressed: who is told of the issue, of decisions, and reminded."""

FOR_THE_REVIEWER: Final = frozenset({ProblemAction.FEED_BACK, ProblemAction.REQUEST_EXTENSION})
UNTOLD: Final = frozenset({ProblemAction.ACKNOWLEDGE, ProblemAction.RECTIFY, ProblemAction.REPORT_PROGRESS})
"""Steps of the addressee that ask nothing of anybody: they show in the timeline."""


def recipients_of(
    action: ProblemAction | None, origin: ProblemOrigin, *, to_enterprise: bool
) -> frozenset[Recipient]:
    """Who is told that this was done; None is the issue."""
    if action in UNTOLD:
        return frozenset()
    if action in FOR_THE_REVIEWER:
        return frozenset({Recipient.REVIEWER})
    return ADDRESSED[origin, to_enterprise]


def reminder_recipients_of(
    origin: ProblemOrigin, *, to_enterprise: bool, escalated: bool
) -> frozenset[Recipient]:
    """Who is reminded of a term; once it is over (`escalated`) one level up, too."""
    return ADDRESSED[origin, to_enterprise] | ({Recipient.SUPERIOR} if escalated else set())
