"""The history of a problem: its requests for more time, and its timeline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Final

from ..signed import Signed
from .workflow import ProblemAction, ProblemState


class ExtensionOutcome(Enum):
    """The outcome of a request for more time; it lapses if the problem moves on without a decision."""

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
    """A request for more time, until the end of the day `until`.

    `outcome` and `decided` are None while the request is open. `decided` says who ended it and when, also
    when it lapsed.
    """

    requested: Signed
    until: date
    reason: str
    outcome: ExtensionOutcome | None = None
    decided: Signed | None = None
    note: str = ""

    @property
    def decision(self) -> Signed | None:
        """Who decided and when; None while it is open, and after it lapsed, because then nobody decided."""
        return None if self.outcome is ExtensionOutcome.LAPSED else self.decided


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One line of the timeline, never changed. `action` is None for the issue, `state` is the state after it.

    `rectify_due` is the deadline for rectification from then on.
    """

    action: ProblemAction | None
    state: ProblemState
    signed: Signed
    rectify_due: datetime
    note: str = ""


BEGINNINGS: Final = frozenset({ProblemAction.HAND_OVER, ProblemAction.REOPEN})
"""With these a new round begins: what was acknowledged and fed back before counts no more."""


def round_of(timeline: Sequence[TimelineEntry]) -> Sequence[TimelineEntry]:
    """The lines of the present round: since the issue, or since the last of BEGINNINGS, itself included."""
    return timeline[_began(timeline) :]


def before_round(timeline: Sequence[TimelineEntry]) -> Sequence[TimelineEntry]:
    """The lines before the present round."""
    return timeline[: _began(timeline)]


def _began(timeline: Sequence[TimelineEntry]) -> int:
    return max((n for n, entry in enumerate(timeline) if entry.action in BEGINNINGS), default=0)
