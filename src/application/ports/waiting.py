"""How many items wait for somebody, and until when: what a marker of a menu shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final


@dataclass(frozen=True, slots=True)
class Waiting:
    """`count` items wait; `due` is the earliest deadline among them, aware; None if none of them has one."""

    count: int = 0
    due: datetime | None = None


NOBODY_WAITS: Final = Waiting()
