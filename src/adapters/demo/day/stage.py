"""The state of the played day: the enterprises' heads, the notebook, and counts of ordered refusals."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from typing import Final

from ..played.client import Player
from ..played.stage import Stage
from .documents import COUNTS, PUSHES_WAITING
from .notebook import Notebook

RETRY_STEP: Final = timedelta(seconds=20)
"""How far to move the clock when every pending push waits for its next attempt."""


class Habit(Enum):
    """When an enterprise reports its daily commitment."""

    ON_TIME = "按时上报"
    LATE = "提醒后上报"
    AFTERNOON = "下午上报"
    SILENT = "始终不报"


@dataclass(slots=True)
class Head:
    """An enterprise's head; the fields of the enterprise are filled at the first log-in."""

    player: Player
    place: int
    """The place in the list of accounts, from 0; it decides what the enterprise does today."""
    habit: Habit
    enterprise_id: str = ""
    credit_code: str = ""
    name: str = ""
    kind: str = ""
    commitment_id: str = ""
    state: str = ""
    status: str = ""
    revision: int = 0


@dataclass(slots=True)
class DayStage(Stage):
    """The state that all scenes of the day share."""

    notebook: Notebook = field(default_factory=Notebook)
    heads: list[Head] = field(default_factory=list)
    refused: int = 0
    """How many records the ministry is ordered to refuse."""
    resent: int = 0
    found_missing: int = 0
    """How many records the ministry lacks according to the evening's reconciliation."""

    def settle_pushes(self) -> None:
        """Wait until no push of the day is pending; move the clock if all wait for their next attempt."""

        def missing() -> str:
            pending = self.counts("pushes").get("PENDING", 0)
            if not pending:
                return ""
            if not self.duty.ask(PUSHES_WAITING)["pushes"]:
                self.api.move_to(self.api.now() + RETRY_STEP)
            return f"{pending}条待推送"

        self.until("推送完成", missing)

    def counts(self, what: str) -> dict[str, int]:
        """The number of the day's `pushes` or `texts` by state."""
        return {row["state"]: row["count"] for row in self.duty.ask(COUNTS, day=self.day.isoformat())[what]}
