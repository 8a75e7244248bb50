"""What the collections of the twin know of the unit of work that they belong to."""

from __future__ import annotations

from typing import Protocol

from ...domain.events import Announced
from .tables import State


class Unit(Protocol):
    """The inside of a unit of work. Both states raise RuntimeError once it is over."""

    def reading(self) -> State: ...

    def to_write(self) -> State: ...

    def collect(self, events: list[Announced]) -> None: ...
