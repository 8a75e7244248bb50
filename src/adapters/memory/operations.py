"""Keeps the slot table of the schedule and the audit trail in memory."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.hashes import SM3, Hash

from ...application.ports.operations import AuditEntry, Slot, SlotState
from ...domain.refusals import Conflict
from .tables import KeptSlot, Seal, kept, utc
from .unit import Unit


class MemorySlots:
    """Slots: one per job and instant, claimed in order of time within each job."""

    def __init__(self, unit: Unit, database_clock: Callable[[], datetime]) -> None:
        self._unit = unit
        self._database_clock = database_clock

    def latest(self, jobs: Collection[str]) -> Mapping[str, datetime | None]:
        slots = self._unit.reading().slots
        return {job: max((at for name, at in slots if name == job), default=None) for job in jobs}

    def add(self, slots: Iterable[tuple[str, datetime]]) -> int:
        return self._add(Slot(job, utc(slot_at)) for job, slot_at in slots)

    def skip(self, slots: Iterable[tuple[str, datetime]], *, note: str, at: datetime) -> int:
        return self._add(
            Slot(job, utc(slot_at), state=SlotState.SKIPPED, note=note, finished_at=utc(at))
            for job, slot_at in slots
        )

    def _add(self, slots: Iterable[Slot]) -> int:
        state = self._unit.to_write()
        before = len(state.slots)
        for slot in slots:
            key = (slot.job, slot.slot_at)
            if key not in state.slots:
                state.slots.put(key, KeptSlot(slot))
        return len(state.slots) - before

    def claim(
        self,
        *,
        now: datetime,
        lease: timedelta,
        today_from: datetime | None = None,
        any_order: Collection[str] = (),
    ) -> tuple[Slot, int] | None:
        state = self._unit.to_write()
        # Slots are stored in UTC, and times of one zone are compared many times faster than those of two.
        clock, now = utc(self._database_clock()), utc(now)
        today_from = None if today_from is None else utc(today_from)
        due = SlotState.DUE
        running = set[str]()
        # For each job the slot whose turn it is: where any order will do, those of today come first.
        next_of_job: dict[str, tuple[bool, datetime, KeptSlot]] = {}
        for row in state.slots.values():
            slot = row.slot
            if slot.state is not due:
                continue
            job, slot_at = slot.job, slot.slot_at
            if row.held and row.closed_until is not None and row.closed_until > clock:
                running.add(job)
            past = today_from is not None and slot_at < today_from and job in any_order
            first = next_of_job.get(job)
            if first is None or (past, slot_at) < first[:2]:
                next_of_job[job] = (past, slot_at, row)
        chosen = min(
            (
                row
                for job, (_, slot_at, row) in next_of_job.items()
                if slot_at <= now and job not in running
                if row.closed_until is None or row.closed_until <= clock
            ),
            key=lambda row: (
                row.slot.attempts,
                today_from is not None and row.slot.slot_at < today_from,
                row.slot.slot_at,
                row.slot.job,
            ),
            default=None,
        )
        if chosen is None:
            return None
        slot = replace(chosen.slot, attempts=chosen.slot.attempts + 1)
        claimed = KeptSlot(slot, clock + lease, held=True, fence=chosen.fence + 1)
        state.slots.put((slot.job, slot.slot_at), claimed)
        return slot, claimed.fence

    def finish(self, slot: Slot, fence: int, *, state: SlotState, note: str, at: datetime) -> bool:
        tables = self._unit.to_write()
        row = tables.slots.get((slot.job, utc(slot.slot_at)))
        if row is None or not row.held or row.fence != fence:
            return False
        finished = replace(row.slot, state=state, note=note, finished_at=utc(at))
        tables.slots.put((slot.job, finished.slot_at), KeptSlot(finished, None, fence=fence))
        return True

    def release(self, slot: Slot, fence: int, *, note: str, retry_after: timedelta) -> None:
        tables = self._unit.to_write()
        row = tables.slots.get((slot.job, utc(slot.slot_at)))
        if row is not None and row.held and row.fence == fence:
            again = utc(self._database_clock()) + retry_after
            waiting = KeptSlot(replace(row.slot, note=note), again, fence=fence)
            tables.slots.put((slot.job, waiting.slot.slot_at), waiting)


class MemoryAudit:
    """The audit trail as a hash chain by SM3."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def add(self, entries: Sequence[AuditEntry]) -> None:
        state = self._unit.to_write()
        for entry in entries:
            if entry.id in state.audit:
                raise Conflict("该审计记录已存在，审计记录不得更改。")
            state.audit.put(entry.id, kept(entry))

    def seal(self, *, limit: int, at: datetime) -> int:
        state = self._unit.to_write()
        sealed = {seal.entry_id for seal in state.chain.values()}
        loose = sorted(
            (entry for entry in state.audit.values() if entry.id not in sealed), key=lambda e: (e.at, e.id)
        )[:limit]
        newest, previous = self.head()
        for number, entry in enumerate(loose, start=newest + 1):
            previous = chained(previous, number, entry, at)
            state.chain.put(number, Seal(entry.id, previous, utc(at)))
        return len(loose)

    def verify(self) -> tuple[int, str | None]:
        state = self._unit.reading()
        previous = ""
        for number in sorted(state.chain):
            seal = state.chain[number]
            entry = state.audit.get(seal.entry_id)
            previous = "" if entry is None else chained(previous, number, entry, seal.sealed_at)
            if previous != seal.hash:
                return number, str(seal.entry_id)
        return len(state.chain), None

    def head(self) -> tuple[int, str]:
        chain = self._unit.reading().chain
        newest = max(chain, default=0)
        return (newest, chain[newest].hash) if newest else (0, "")

    def hashes(self, numbers: Sequence[int]) -> Mapping[int, str]:
        chain = self._unit.reading().chain
        return {number: chain[number].hash for number in numbers if number in chain}

    def end_of_earlier_run(self) -> int:
        chain = self._unit.reading().chain
        newest = chain[max(chain)].sealed_at if chain else None
        return max((number for number, seal in chain.items() if seal.sealed_at != newest), default=0)


def chained(previous: str, number: int, entry: AuditEntry, sealed_at: datetime) -> str:
    """The hash of an entry: SM3 of the previous hash, its number in the chain and all its fields, in hex."""
    said = [
        previous,
        number,
        str(entry.id),
        entry.at.isoformat(),
        None if entry.actor_id is None else str(entry.actor_id),
        entry.actor_name,
        entry.action,
        entry.subject,
        entry.detail,
        utc(sealed_at).isoformat(),
    ]
    digest = Hash(SM3())
    digest.update(json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode())
    return digest.finalize().hex()
