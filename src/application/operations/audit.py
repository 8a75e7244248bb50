"""The audit trail: chains entries by hash and keeps the newest hash as an anchor outside the database."""

from __future__ import annotations

from typing import Final

from ...domain.values import parse_text
from ..access import SYSTEM, Actor, Permission, check
from ..ports.operations import AuditAnchor, AuditEntry, AuditEntryOrder
from ..ports.paging import Page, Slice
from ..ports.readers import Readers
from ..ports.signals import Clock
from ..ports.work import Storage, UnitOfWork

CHUNK: Final = 5_000


class AnchorMismatch(Exception):
    """The trail no longer holds what was anchored last: it was cut or rewritten. Says how, in English."""


class AuditTrail:
    """Seals, verifies and reads the trail."""

    def __init__(self, storage: Storage, readers: Readers, clock: Clock, anchor: AuditAnchor) -> None:
        self._storage = storage
        self._readers = readers
        self._clock = clock
        self._anchor = anchor

    def seal(self) -> tuple[int, int]:
        """Chain every entry that is not chained yet and anchor the head.

        Returns (how many were chained, the head's sequence number). Raises AnchorMismatch when the trail does
        not continue from the last anchor: a new anchor would confirm a trail that was tampered with.
        """
        check(SYSTEM, Permission.RUN_SYSTEM_JOB)
        sealed = 0
        while True:
            with self._storage.work(SYSTEM) as work:
                now_sealed = work.audit.seal(limit=CHUNK, at=self._clock.now())
                work.commit()
            sealed += now_sealed
            if now_sealed < CHUNK:
                break
        with self._storage.work(SYSTEM) as work:
            wrong = self._against_anchor(work)
            number, digest = work.audit.head()
        if wrong is not None:
            raise AnchorMismatch(wrong)
        if number:
            self._anchor.keep(number, digest)
        return sealed, number

    def verify(self) -> tuple[int, str | None]:
        """Check every hash and the anchor; return (sealed entries read, what is wrong in English or None)."""
        with self._storage.work(SYSTEM) as work:
            read, broken = work.audit.verify()
            wrong = self._against_anchor(work)
        return read, wrong if broken is None else f"entry {broken} does not fit its hash"

    def _against_anchor(self, work: UnitOfWork) -> str | None:
        """Compare the trail with the last anchor; return what is wrong, in English, or None.

        Reads the anchor before the trail. The other way round, both may grow in between, and the anchor would
        seem to be ahead of the trail.
        """
        anchored = self._anchor.newest()
        if anchored is None:
            return None
        number, digest = anchored
        end, _ = work.audit.head()
        if end < number:
            return f"the trail ends at {end}, but {number} was anchored: the tail is missing"
        if work.audit.hash_at(number) != digest:
            return f"entry number {number} is not the one that was anchored: the tail was written anew"
        return None

    def entries(
        self,
        actor: Actor,
        page: Page,
        *,
        text: str | None = None,
        order: AuditEntryOrder = AuditEntryOrder.NEWEST,
    ) -> Slice[AuditEntry]:
        check(actor, Permission.READ_AUDIT)
        if text is not None:
            text = parse_text(text, what="查询文字", field="text", longest=100, shortest=0)
        return self._readers.operations.audit_entries(page, text=text, order=order)
