"""Reads the schedule and the audit trail from memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from uuid import UUID

from ....application.ports.operations import AuditEntry, AuditEntryOrder, Slot, SlotOrder
from ....application.ports.paging import Page, Slice
from ..paging import By, Sorting, instant, instant_key
from ..tables import State, kept


class MemoryOperationsReader:
    """Reads committed slots and audit entries, for administrators."""

    def __init__(self, state: Callable[[], State]) -> None:
        self._state = state

    def slots(
        self, page: Page, *, job: str | None = None, order: SlotOrder = SlotOrder.NEWEST
    ) -> Slice[Slot]:
        rows = [kept.slot for kept in self._state().slots.values() if job is None or kept.slot.job == job]
        return SLOTS[order].slice_of(rows, page)

    def audit_entries(
        self, page: Page, *, text: str | None = None, order: AuditEntryOrder = AuditEntryOrder.NEWEST
    ) -> Slice[AuditEntry]:
        return ENTRIES[order].slice_of(self._entries(text), page)

    def audit_entry_count(self, *, text: str | None = None) -> int:
        return len(self._entries(text))

    def _entries(self, text: str | None) -> list[AuditEntry]:
        wanted = (text or "").strip().lower()
        return [
            kept(entry)
            for entry in self._state().audit.values()
            if any(wanted in said.lower() for said in (entry.action, entry.subject, entry.actor_name))
        ]


_newest_slot: Final = Sorting(
    (
        By[Slot](lambda row: instant_key(row.slot_at), True, instant),
        By[Slot](lambda row: row.job, True, str),
    )
)
SLOTS: Final = {SlotOrder.NEWEST: _newest_slot, SlotOrder.OLDEST: _newest_slot.backwards()}
_newest_entry: Final = Sorting(
    (
        By[AuditEntry](lambda row: instant_key(row.at), True, instant),
        By[AuditEntry](lambda row: str(row.id), True, UUID),
    )
)
ENTRIES: Final = {AuditEntryOrder.NEWEST: _newest_entry, AuditEntryOrder.OLDEST: _newest_entry.backwards()}
