"""The stage of the played day: the enterprises' heads, their notebook, and what the ministry was told to refuse."""

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
"""How far the clock is moved when all that is left to send waits for its next attempt."""


class Habit(Enum):
    """How an enterprise goes about its daily commitment."""

    ON_TIME = "按时上报"
    LATE = "提醒后上报"
    AFTERNOON = "下午上报"
    SILENT = "始终不报"


@dataclass(slots=True)
class Head:
    """An enterprise's head; what belongs to the enterprise is known from the first log-in on."""

    player: Player
    place: int
    """The place in the list of accounts, from 0: it decides what the enterprise does today."""
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
    """Everything that the scenes of the day share."""

    notebook: Notebook = field(default_factory=Notebook)
    heads: list[Head] = field(default_factory=list)
    refused: int = 0
    """How many records the ministry was told to refuse."""
    resent: int = 0
    found_missing: int = 0
    """How many records the evening's reconciliation says the ministry lacks."""

    def settle_pushes(self) -> None:
        """Until everything due today has been answered; the clock jumps over the waits between two attempts."""

        def missing() -> str:
            pending = self.counts("pushes").get("PENDING", 0)
            if not pending:
                return ""
            if not self.duty.ask(PUSHES_WAITING)["pushes"]:
                self.api.move_to(self.api.now() + RETRY_STEP)
            return f"{pending}条待推送"

        self.until("推送完成", missing)

    def counts(self, what: str) -> dict[str, int]:
        """How many `pushes` or `texts` of the day stand in which state."""
        return {row["state"]: row["count"] for row in self.duty.ask(COUNTS, day=self.day.isoformat())[what]}
