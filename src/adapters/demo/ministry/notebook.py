"""The players' notebook: each item that they handle, their steps, and what was delivered."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date

from ..played.client import Row
from .deliveries import Delivered


@dataclass(slots=True)
class Case:
    """An alert or a problem that is handled: `kind` is `alert` or `problem`, `number` the ministry's."""

    kind: str
    id: str
    number: str
    what: str
    revision: int
    state: str
    steps: int = 0


def case_of(kind: str, row: Row) -> Case:
    return Case(kind, row["id"], row["ministryNumber"], row["description"], row["revision"], row["state"])


@dataclass(slots=True)
class Notebook:
    """Everything that the players did in the ten days."""

    cases: dict[str, Case] = field(default_factory=dict)
    delivered: Delivered = field(default_factory=Delivered)
    actions: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    reminded: dict[date, int] = field(default_factory=dict)
    """Of how many certificates somebody was reminded, by day: what the job says."""
    quarantined: int = 0
    """Records that nobody here can be told of, and that the play leaves as they are."""
    unreadable: int = 0
