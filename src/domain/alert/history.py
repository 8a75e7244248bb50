"""The history of an alert: one entry per change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..signed import Signed
from .form import AlertLevel
from .workflow import AlertAction, AlertState


@dataclass(frozen=True, slots=True)
class AlertEntry:
    """One line of the timeline, never changed. `action` is None for the opening, `state` the state after it.

    `level` is the level from then on, `feed_back_due` the deadline for the final feedback.
    """

    action: AlertAction | None
    state: AlertState
    signed: Signed
    level: AlertLevel
    feed_back_due: datetime
    note: str = ""
