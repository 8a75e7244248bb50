"""Ports of operations: business events, the schedule's slots, the audit trail, remembered answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Protocol
from uuid import UUID

from ...domain.events import Event
from ...domain.values import AccountId
from .paging import Page, Slice


class BusinessEvents(Protocol):
    """Log-ins, failed ones and views of enterprise pages: facts that something arises from later."""

    def add(self, event: Event) -> None: ...


class SlotState(Enum):
    """DUE waits for a worker, DONE has run, SKIPPED had nothing left to do when it was made up (its note says why)."""

    DUE = "DUE"
    DONE = "DONE"
    SKIPPED = "SKIPPED"


@dataclass(frozen=True, slots=True)
class Slot:
    """One run that the schedule owes: a job and the instant it was meant for, never when it happens to run."""

    job: str
    slot_at: datetime
    state: SlotState = SlotState.DUE
    attempts: int = 0
    note: str = ""
    finished_at: datetime | None = None


class Slots(Protocol):
    """The slot table of the schedule."""

    def latest(self, job: str) -> datetime | None:
        """The newest slot of a job, whatever its state."""
        ...

    def add(self, slots: Iterable[tuple[str, datetime]]) -> int:
        """Add those not there yet; says how many were."""
        ...

    def claim(self, *, now: datetime, lease: timedelta) -> tuple[Slot, int] | None:
        """The due slot with the fewest attempts that nobody holds, on lease, with its fence; None when there is none.

        Of several the oldest. Slots of one job are given out strictly in order: a later one waits for the earlier.
        """
        ...

    def finish(self, slot: Slot, fence: int, *, state: SlotState, note: str, at: datetime) -> bool:
        """Whether the outcome was stored: false when the lease had gone to somebody else."""
        ...

    def release(self, slot: Slot, fence: int, *, note: str, retry_after: timedelta) -> None:
        """Give a slot back after a failure; it may be claimed again after the wait."""
        ...


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One line of the audit trail: who did what to what, when. `detail` is plain JSON without personal data."""

    id: UUID
    at: datetime
    actor_id: AccountId | None
    actor_name: str
    action: str
    subject: str
    detail: Mapping[str, Any]


class Audit(Protocol):
    """The audit trail: append-only; entries are chained by SM3 hash in the order in which they are sealed."""

    def add(self, entries: Sequence[AuditEntry]) -> None: ...

    def seal(self, *, limit: int, at: datetime) -> int:
        """Chain up to `limit` entries that are not chained yet; says how many were."""
        ...

    def verify(self) -> tuple[int, str | None]:
        """How many sealed entries were read, and the id of the first that does not fit its hash (None: all fit)."""
        ...

    def head(self) -> tuple[int, str]:
        """The sequence number and hash of the newest sealed entry; (0, "") when there is none."""
        ...

    def hash_at(self, number: int) -> str | None:
        """The hash of the sealed entry with this sequence number; None when there is none."""
        ...


class RememberedAnswers(Protocol):
    """Answers of mutations with a client-made key, so that a repeated call gets the first answer."""

    def claim(
        self, account_id: AccountId, key: str, *, fingerprint: str, reference: str, at: datetime
    ) -> tuple[str, str] | None:
        """None: the key is this call's, with this answer. Else the fingerprint and the reference it was claimed with.

        Waits for another open unit of work that has claimed the same key, or raises Conflict.
        """
        ...

    def settle(self, account_id: AccountId, key: str, *, reference: str) -> None:
        """Put another reference to the answer in the place of the one that the key was claimed with."""
        ...


class OperationsReader(Protocol):
    """For administrators: the schedule and the audit trail."""

    def slots(self, page: Page, *, job: str | None = None) -> Slice[Slot]:
        """Newest slot first, by (slot_at, job)."""
        ...

    def audit_entries(self, page: Page, *, text: str | None = None) -> Slice[AuditEntry]:
        """Newest first by (at, id); `text` is looked for in action, subject and actor."""
        ...


class AuditAnchor(Protocol):
    """A place outside the database that keeps the head of the chain: a cut tail would verify otherwise."""

    def keep(self, number: int, digest: str) -> None:
        """Append (sequence number, SM3 hex) of the newest sealed entry."""
        ...

    def newest(self) -> tuple[int, str] | None:
        """What was kept last, or None."""
        ...
