"""Groups of alerts that a statistic counts, each by one definition for the figure and for its list."""

from __future__ import annotations

from enum import Enum
from typing import Final

from .workflow import ALERT_UNFED_BACK, AlertState


class AlertGroup(Enum):
    """Alerts that one figure counts: `opened == fed_back + unfed_back + ended`."""

    OPENED = "OPENED"
    UNFED_BACK = "UNFED_BACK"
    FED_BACK = "FED_BACK"
    CLOSED = "CLOSED"
    ENDED = "ENDED"
    OVERDUE = "OVERDUE"


ALERT_GROUP_NAMES: Final = {
    AlertGroup.OPENED: "预警",
    AlertGroup.UNFED_BACK: "未反馈",
    AlertGroup.FED_BACK: "已反馈",
    AlertGroup.CLOSED: "已办结",
    AlertGroup.ENDED: "已解除",
    AlertGroup.OVERDUE: "已逾期",
}

ALERT_GROUP_STATES: Final = {
    AlertGroup.OPENED: frozenset(AlertState),
    AlertGroup.UNFED_BACK: ALERT_UNFED_BACK,
    AlertGroup.FED_BACK: frozenset({AlertState.FED_BACK, AlertState.CLOSED}),
    AlertGroup.CLOSED: frozenset({AlertState.CLOSED}),
    AlertGroup.ENDED: frozenset({AlertState.ENDED}),
    AlertGroup.OVERDUE: ALERT_UNFED_BACK,
}
"""The states of each group. OVERDUE also needs an instant: an unmet deadline has passed by then.

An alert that its source has ended before the review counts as ended, even if it was fed back before.
"""
