"""What is kept of a problem's past: feedbacks, requests for more time, and the timeline. Nothing of it is ever changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Final

from ..signed import Signed
from .workflow import ProblemAction, ProblemState


class ExtensionOutcome(Enum):
    """What became of a request for more time; it lapses when the problem moves on without a decision."""

    GRANTED = "GRANTED"
    REFUSED = "REFUSED"
    LAPSED = "LAPSED"


EXTENSION_OUTCOME_NAMES: Final = {
    ExtensionOutcome.GRANTED: "已批准",
    ExtensionOutcome.REFUSED: "未批准",
    ExtensionOutcome.LAPSED: "已失效",
}


@dataclass(frozen=True, slots=True)
class Extension:
    """A request for more time, until the end of the day `until`; `outcome` and `decided` are None while it waits.

    `decided` is the step with which it ended, also the one over which it lapsed.
    """

    requested: Signed
    until: date
    reason: str
    outcome: ExtensionOutcome | None = None
    decided: Signed | None = None
    note: str = ""

    @property
    def decision(self) -> Signed | None:
        """Who decided; None while it waits, and when it has lapsed, which nobody decides."""
        return None if self.outcome is ExtensionOutcome.LAPSED else self.decided


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One line of a problem's history; `action` is None for the issue itself, `state` is the one it led to.

    `rectify_due` is the deadline for rectification as it stood from then on.
    """

    action: ProblemAction | None
    state: ProblemState
    signed: Signed
    rectify_due: datetime
    note: str = ""
