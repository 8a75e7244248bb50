"""Keeps the restores in memory, and the place where the storage was put into use."""

from __future__ import annotations

from datetime import datetime

from ...domain.restore import Restore, Standing
from .tables import kept
from .unit import Unit

HOME = "home"


class MemoryRestores:
    """Restores by the instant at which they were begun. `place` tells one storage from a copy of it."""

    def __init__(self, unit: Unit, place: str) -> None:
        self._unit = unit
        self._place = place

    def standing(self) -> Standing:
        state = self._unit.reading()
        restores = sorted(state.restores.values(), key=lambda one: one.begun_at)
        return Standing(tuple(restores), moved=state.home.get(HOME, self._place) != self._place)

    def save(self, restore: Restore) -> None:
        restore = kept(restore)
        self._unit.to_write().restores.put(restore.begun_at, restore)

    def take_home(self, *, anew: bool = False) -> None:
        if anew or HOME not in self._unit.reading().home:
            self._unit.to_write().home.put(HOME, self._place)

    def known_until(self) -> datetime | None:
        state = self._unit.reading()
        instants = [entry.at for entry in state.audit.values()]
        instants += [row.duty.created_at for row in state.duties.values()]
        instants += [row.slot.finished_at for row in state.slots.values() if row.slot.finished_at is not None]
        return max(instants, default=None)
