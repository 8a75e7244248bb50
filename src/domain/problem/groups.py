"""Groups of problems that a statistic counts, each by one definition for the figure and for its list."""

from __future__ import annotations

from enum import Enum
from typing import Final

from .workflow import UNFED_BACK, ProblemState


class ProblemGroup(Enum):
    """Problems that one figure counts: `issued == fed_back + unfed_back`, and withdrawn ones apart."""

    ISSUED = "ISSUED"
    UNFED_BACK = "UNFED_BACK"
    FED_BACK = "FED_BACK"
    CLOSED = "CLOSED"
    WITHDRAWN = "WITHDRAWN"
    OVERDUE = "OVERDUE"


PROBLEM_GROUP_NAMES: Final = {
    ProblemGroup.ISSUED: "下发问题",
    ProblemGroup.UNFED_BACK: "未反馈",
    ProblemGroup.FED_BACK: "已反馈",
    ProblemGroup.CLOSED: "已办结",
    ProblemGroup.WITHDRAWN: "已撤回",
    ProblemGroup.OVERDUE: "已逾期",
}

_FED_BACK: Final = frozenset({ProblemState.FED_BACK, ProblemState.CLOSED})

PROBLEM_GROUP_STATES: Final = {
    ProblemGroup.ISSUED: UNFED_BACK | _FED_BACK,
    ProblemGroup.UNFED_BACK: UNFED_BACK,
    ProblemGroup.FED_BACK: _FED_BACK,
    ProblemGroup.CLOSED: frozenset({ProblemState.CLOSED}),
    ProblemGroup.WITHDRAWN: frozenset({ProblemState.WITHDRAWN}),
    ProblemGroup.OVERDUE: UNFED_BACK,
}
"""The states of each group. OVERDUE also needs an instant: an unmet deadline has passed by then.

A problem that was returned, handed over or reopened owes its feedback again: it is not fed back.
"""
