"""The interface of a unit of work that the collections of the twin use."""

from __future__ import annotations

from typing import Protocol

from ...domain.events import Announced
from .tables import State


class Unit(Protocol):
    """A unit of work from inside. `reading` and `to_write` raise RuntimeError when it is not open."""

    def reading(self) -> State: ...

    def to_write(self) -> State: ...

    def collect(self, events: list[Announced]) -> None: ...
