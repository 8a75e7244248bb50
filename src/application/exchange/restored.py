"""Records that may have been pushed before a restore: the ministry is asked before they are pushed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from threading import Lock
from typing import Final
from uuid import UUID

from ...domain.exchange.duty import Duty
from ..ports.exchange import Claim, MinistryPlatform, OutboundRecord, RecordKind

MOST_DAYS: Final = 8
"""The receipts of so many days are kept; a day may have tens of thousands."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which of the claimed duties the ministry holds as they are, and which not."""

    held: Sequence[Claim]
    missing: Sequence[Claim]


class HeldBefore:
    """What the ministry held of a day when it was asked after a restore.

    Each day is asked about once for all its batches: what was sent before the restore does not change.
    """

    def __init__(self, ministry: MinistryPlatform) -> None:
        self._ministry = ministry
        self._lock = Lock()
        self._epoch: datetime | None = None
        self._days: dict[tuple[RecordKind, date], Mapping[UUID, str]] = {}

    def ask(self, kind: RecordKind, claims: Sequence[Claim], *, begun_at: datetime | None) -> Asked:
        """Ask about the claims. `begun_at`: of the newest restore. Raises PushFailed without an answer."""
        with self._lock:
            if self._epoch != begun_at:
                self._epoch = begun_at
                self._days.clear()
            held = [claim for claim in claims if self._holds(kind, claim.duty)]
        return Asked(held, [claim for claim in claims if claim not in held])

    def _holds(self, kind: RecordKind, duty: Duty) -> bool:
        receipts = self._of_day(kind, duty.business_date)
        return holds(self._ministry, kind, duty, receipts)

    def _of_day(self, kind: RecordKind, day: date) -> Mapping[UUID, str]:
        key = kind, day
        if key not in self._days:
            found = {receipt.id: receipt.digest for receipt in self._ministry.receipts(kind, day)}
            while len(self._days) >= MOST_DAYS:
                del self._days[next(iter(self._days))]
            self._days[key] = found
        return self._days[key]


def holds(ministry: MinistryPlatform, kind: RecordKind, duty: Duty, held: Mapping[UUID, str]) -> bool:
    """Whether the ministry holds the record of this duty, unchanged; `held` are its receipts of the day."""
    return duty.id in held and held[duty.id] == ministry.digest(kind, OutboundRecord(duty.id, duty.facts))
