"""Reads the schedule and the audit trail from memory."""

from __future__ import annotations

from collections.abc import Callable

from ....application.ports.operations import AuditEntry, Slot
from ....application.ports.paging import Page, Slice
from ..paging import instant_key, slice_of
from ..tables import State, kept


class MemoryOperationsReader:
    """Reads committed slots and audit entries, for administrators."""

    def __init__(self, state: Callable[[], State]) -> None:
        self._state = state

    def slots(self, page: Page, *, job: str | None = None) -> Slice[Slot]:
        rows = [kept.slot for kept in self._state().slots.values() if job is None or kept.slot.job == job]
        return slice_of(
            rows, page, key=lambda row: (instant_key(row.slot_at), row.job), descending=(True, True)
        )

    def audit_entries(self, page: Page, *, text: str | None = None) -> Slice[AuditEntry]:
        wanted = (text or "").strip().lower()
        rows = [
            kept(entry)
            for entry in self._state().audit.values()
            if any(wanted in said.lower() for said in (entry.action, entry.subject, entry.actor_name))
        ]
        return slice_of(
            rows, page, key=lambda row: (instant_key(row.at), str(row.id)), descending=(True, True)
        )
