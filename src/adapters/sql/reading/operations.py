"""Read the schedule and the audit trail, for administrators."""

from __future__ import annotations

from sqlalchemy import select, true

from ....application.ports.operations import AuditEntry, Slot
from ....application.ports.paging import Page, Slice
from ..audit import entry_of
from ..schedule import slot_of
from ..tables.operations import audit_entry, job_slot
from .paging import Reading, behind, contains, instant, instant_key, position, slice_of, uuid


class SqlOperationsReader(Reading):
    """Slots and audit entries, newest first."""

    def slots(self, page: Page, *, job: str | None = None) -> Slice[Slot]:
        after = position(page, instant, str)
        statement = (
            select(job_slot)
            .where(
                true() if job is None else job_slot.c.job == job,
                behind(after, (job_slot.c.slot_at, True), (job_slot.c.job, True)),
            )
            .order_by(job_slot.c.slot_at.desc(), job_slot.c.job.desc())
            .limit(page.first + 1)
        )
        return slice_of(self.rows(statement), page, slot_of, lambda row: (instant_key(row.slot_at), row.job))

    def audit_entries(self, page: Page, *, text: str | None = None) -> Slice[AuditEntry]:
        after = position(page, instant, uuid)
        entry = audit_entry.c
        statement = (
            select(audit_entry)
            .where(
                contains(text, entry.action, entry.subject, entry.actor_name),
                behind(after, (entry.at, True), (entry.id, True)),
            )
            .order_by(entry.at.desc(), entry.id.desc())
            .limit(page.first + 1)
        )
        return slice_of(self.rows(statement), page, entry_of, lambda row: (instant_key(row.at), str(row.id)))
