"""Ports of operations: business events, the schedule's slots, the audit trail, remembered answers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Protocol
from uuid import UUID

from ...domain.events import Event
from ...domain.restore import Restore, Standing
from ...domain.values import AccountId
from .paging import Page, Slice


class BusinessEvents(Protocol):
    """Log-ins, failed log-ins and views of enterprise pages, for automatic records and for blocking."""

    def add(self, event: Event) -> None: ...


class SlotState(Enum):
    """DUE waits for a worker, DONE has run, SKIPPED had nothing left to do (its note says why)."""

    DUE = "DUE"
    DONE = "DONE"
    SKIPPED = "SKIPPED"


@dataclass(frozen=True, slots=True)
class Slot:
    """One planned run: a job and the instant for which it is planned, not the time at which it runs."""

    job: str
    slot_at: datetime
    state: SlotState = SlotState.DUE
    attempts: int = 0
    note: str = ""
    finished_at: datetime | None = None


class SlotOrder(Enum):
    """How planned runs are sorted, by the planned instant: NEWEST or OLDEST first, then by job."""

    NEWEST = "NEWEST"
    OLDEST = "OLDEST"


class Slots(Protocol):
    """The slot table of the schedule."""

    def latest(self, jobs: Collection[str]) -> Mapping[str, datetime | None]:
        """The newest slot of each job, whatever its state; None for a job that never had one."""
        ...

    def add(self, slots: Iterable[tuple[str, datetime]]) -> int:
        """Add the slots that are not stored yet; return how many were added."""
        ...

    def skip(self, slots: Iterable[tuple[str, datetime]], *, note: str, at: datetime) -> int:
        """Add the slots that are not stored yet as SKIPPED: they are never claimed; return how many were added."""
        ...

    def claim(
        self,
        *,
        now: datetime,
        lease: timedelta,
        today_from: datetime | None = None,
        any_order: Collection[str] = (),
    ) -> tuple[Slot, int] | None:
        """Lease the due, unleased slot with the fewest attempts; return it with its fence, or None.

        Of several, one from `today_from` on goes first, then the oldest. Slots of one job run one at a time and
        strictly in order, but for the jobs in `any_order`: their slots from `today_from` on do not wait for
        earlier ones.
        """
        ...

    def finish(self, slot: Slot, fence: int, *, state: SlotState, note: str, at: datetime) -> bool:
        """Store the outcome; False when another worker has the lease."""
        ...

    def release(self, slot: Slot, fence: int, *, note: str, retry_after: timedelta) -> None:
        """Release a slot after a failure; it may be claimed again after `retry_after`."""
        ...


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One line of the audit trail: who did what to what, when. `detail`: plain JSON, no personal data."""

    id: UUID
    at: datetime
    actor_id: AccountId | None
    actor_name: str
    action: str
    subject: str
    detail: Mapping[str, Any]


class AuditEntryOrder(Enum):
    """How the trail is sorted, by the instant of the entry: NEWEST or OLDEST first, then by id."""

    NEWEST = "NEWEST"
    OLDEST = "OLDEST"


class Audit(Protocol):
    """The audit trail: append-only; entries are chained by SM3 hash in the order in which they are sealed."""

    def add(self, entries: Sequence[AuditEntry]) -> None: ...

    def seal(self, *, limit: int, at: datetime) -> int:
        """Chain up to `limit` entries that are not chained yet; return how many.

        All entries of one run of the sealing job have the same `at`; it is part of their hash.
        """
        ...

    def verify(self) -> tuple[int, str | None]:
        """How many sealed entries were read, and the id of the first with a wrong hash (None: all fit)."""
        ...

    def head(self) -> Head:
        """The sequence number and hash of the newest sealed entry; (0, "") when there is none."""
        ...

    def hashes(self, numbers: Sequence[int]) -> Mapping[int, str]:
        """The hashes of the sealed entries with these sequence numbers; numbers without one are missing."""
        ...

    def end_of_earlier_run(self) -> int:
        """The last number of the run of the sealing job before the newest one; 0 if there was none."""
        ...


class RememberedAnswers(Protocol):
    """Answers of mutations with a client-made key, so that a repeated call gets the first answer."""

    def claim(
        self, account_id: AccountId, key: str, *, fingerprint: str, reference: str, at: datetime
    ) -> tuple[str, str] | None:
        """Claim the key for this call; None, or (fingerprint, reference) of the call that claimed it before.

        Waits for another open unit of work that has claimed the same key, or raises Conflict.
        """
        ...

    def claim_with_writes(
        self, account_id: AccountId, key: str, *, fingerprint: str, reference: str, at: datetime
    ) -> None:
        """Claim the key with the writes of this unit of work, so that it costs no time of its own.

        Raises Conflict, at the latest at the commit, if another call has claimed it before; it waits as `claim`.
        """
        ...

    def find(self, account_id: AccountId, key: str) -> tuple[str, str] | None:
        """(fingerprint, reference) of the call that has claimed the key."""
        ...

    def settle(self, account_id: AccountId, key: str, *, reference: str) -> None:
        """Replace the reference to the answer that the key was claimed with."""
        ...


class Restores(Protocol):
    """Restores of this database from a backup, and whether it is where it was put into use."""

    def standing(self) -> Standing:
        """All restores, and whether the database has moved."""
        ...

    def save(self, restore: Restore) -> None:
        """Add or change the restore that was begun at this instant."""
        ...

    def take_home(self, *, anew: bool = False) -> None:
        """Write down where the database is, unless that was done before or it can only be read.

        `anew` replaces an earlier place.
        """
        ...

    def known_until(self) -> datetime | None:
        """The newest instant of anything that was done here; None if nothing was."""
        ...


class OperationsReader(Protocol):
    """Reads the schedule and the audit trail, for administrators."""

    def slots(
        self, page: Page, *, job: str | None = None, order: SlotOrder = SlotOrder.NEWEST
    ) -> Slice[Slot]: ...

    def audit_entries(
        self, page: Page, *, text: str | None = None, order: AuditEntryOrder = AuditEntryOrder.NEWEST
    ) -> Slice[AuditEntry]:
        """`text` is searched in action, subject and actor."""
        ...

    def audit_entry_count(self, *, text: str | None = None) -> int: ...


Head = tuple[int, str]
"""Sequence number and SM3 (hex) of a sealed entry; (0, "") of an empty trail."""


@dataclass(frozen=True, slots=True)
class AnchorBreak:
    """A break in the anchors, after a restore: what was anchored after `head` is lost.

    `lost` is what was anchored last before the break (None: nothing), `head` the end of the trail that goes
    on. `by` and `reason` are as the operator gave them.
    """

    at: datetime
    by: str
    reason: str
    lost: Head | None
    head: Head


class AnchorUnreadable(Exception):
    """A line of the anchor is none, or its signature is wrong. Says which, in English."""


class NoAuditKey(Exception):
    """A break can be neither signed nor checked without the key. Says so in English."""


class AuditAnchor(Protocol):
    """Keeps the head of the chain outside the database; without it a chain with a cut tail would verify."""

    def keep(self, number: int, digest: str) -> None:
        """Append (sequence number, SM3 hex) of the newest sealed entry."""
        ...

    def keep_break(self, broken: AnchorBreak) -> None:
        """Append a signed break. Raises NoAuditKey."""
        ...

    def lines(self) -> Sequence[Head | AnchorBreak]:
        """Everything that was kept, the oldest first; empty if there is no anchor.

        Raises AnchorUnreadable; NoAuditKey if there is a break, but no key to check its signature.
        """
        ...
