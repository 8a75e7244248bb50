"""Read the schedule and the audit trail, for administrators."""

from __future__ import annotations

from typing import Final

from sqlalchemy import ColumnElement, func, select, true

from ....application.ports.operations import AuditEntry, AuditEntryOrder, Slot, SlotOrder
from ....application.ports.paging import Page, Slice
from ..audit import entry_of
from ..schedule import slot_of
from ..tables.operations import audit_entry, job_slot
from .paging import Reading, contains, instant, instant_key, slice_of, uuid
from .sorting import By, Sorting, backwards

_newest_slot: Final = Sorting[Slot].by(
    By(job_slot.c.slot_at, True, instant, lambda row: instant_key(row.slot_at)),
    By(job_slot.c.job, True, str, lambda row: row.job),
)
_SLOTS: Final = {SlotOrder.NEWEST: _newest_slot, SlotOrder.OLDEST: backwards(_newest_slot)}
_newest_entry: Final = Sorting[AuditEntry].by(
    By(audit_entry.c.at, True, instant, lambda row: instant_key(row.at)),
    By(audit_entry.c.id, True, uuid, lambda row: str(row.id)),
)
_ENTRIES: Final = {
    AuditEntryOrder.NEWEST: _newest_entry,
    AuditEntryOrder.OLDEST: backwards(_newest_entry),
}


class SqlOperationsReader(Reading):
    """Slots and audit entries."""

    def slots(
        self, page: Page, *, job: str | None = None, order: SlotOrder = SlotOrder.NEWEST
    ) -> Slice[Slot]:
        by = _SLOTS[order]
        statement = (
            select(job_slot)
            .where(true() if job is None else job_slot.c.job == job, by.rest(by.after(page)))
            .order_by(*by.order)
            .limit(page.first + 1)
        )
        return slice_of(self.rows(statement), page, slot_of, by.key)

    def audit_entries(
        self, page: Page, *, text: str | None = None, order: AuditEntryOrder = AuditEntryOrder.NEWEST
    ) -> Slice[AuditEntry]:
        by = _ENTRIES[order]
        statement = (
            select(audit_entry)
            .where(_saying(text), by.rest(by.after(page)))
            .order_by(*by.order)
            .limit(page.first + 1)
        )
        return slice_of(self.rows(statement), page, entry_of, by.key)

    def audit_entry_count(self, *, text: str | None = None) -> int:
        return self.number(select(func.count()).select_from(audit_entry).where(_saying(text)))


def _saying(text: str | None) -> ColumnElement[bool]:
    entry = audit_entry.c
    return contains(text, entry.action, entry.subject, entry.actor_name)
