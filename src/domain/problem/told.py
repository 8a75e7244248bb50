"""Who is told of a problem, as one table: by where it comes from, whom it is addressed to, and what has happened."""

from __future__ import annotations

from typing import Final

from ..handling.told import Told
from .form import ProblemOrigin
from .workflow import ProblemAction

ADDRESSED: Final = {
    (ProblemOrigin.DEPARTMENT, False): frozenset({Told.RESPONSIBLE}),
    (ProblemOrigin.DEPARTMENT, True): frozenset({Told.RESPONSIBLE}),
    (ProblemOrigin.MINISTRY, False): frozenset({Told.PROVINCE_HEADS}),
    (ProblemOrigin.MINISTRY, True): frozenset({Told.ENTERPRISE_HEAD, Told.PROVINCE_HEADS}),
}
"""By origin, and whether an enterprise is addressed: who is told of the issue, of decisions, and reminded."""

FOR_THE_REVIEWER: Final = frozenset({ProblemAction.FEED_BACK, ProblemAction.REQUEST_EXTENSION})
UNTOLD: Final = frozenset({ProblemAction.ACKNOWLEDGE, ProblemAction.RECTIFY, ProblemAction.REPORT_PROGRESS})
"""Steps of the addressee that ask nothing of anybody: they show in the timeline."""


def told_of(action: ProblemAction | None, origin: ProblemOrigin, *, to_enterprise: bool) -> frozenset[Told]:
    """Who is told that this was done; None is the issue."""
    if action in UNTOLD:
        return frozenset()
    if action in FOR_THE_REVIEWER:
        return frozenset({Told.REVIEWER})
    return ADDRESSED[origin, to_enterprise]


def reminded(origin: ProblemOrigin, *, to_enterprise: bool, escalated: bool) -> frozenset[Told]:
    """Who is reminded of a term; once it is over (`escalated`) one level up, too."""
    return ADDRESSED[origin, to_enterprise] | ({Told.SUPERIOR} if escalated else set())
