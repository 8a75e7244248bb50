"""The audit trail: entries are chained by hash, and the head of the chain is anchored outside the database."""

from __future__ import annotations

from typing import Final

from ..domain.values import parse_text
from .access import SYSTEM, Actor, Command, check
from .ports.outside import AuditAnchor, Clock
from .ports.reading import Page, Readers, Slice
from .ports.storage import AuditEntry, Storage

CHUNK: Final = 5_000


class AuditTrail:
    """Sealing, verifying and reading the trail."""

    def __init__(self, storage: Storage, readers: Readers, clock: Clock, anchor: AuditAnchor) -> None:
        self._storage = storage
        self._readers = readers
        self._clock = clock
        self._anchor = anchor

    def seal(self) -> tuple[int, int]:
        """Chain every entry that is not chained yet and anchor the head; (how many, the head's sequence number)."""
        check(SYSTEM, Command.RUN_SYSTEM_JOB)
        sealed = 0
        while True:
            with self._storage.work(SYSTEM) as work:
                now_sealed = work.audit.seal(limit=CHUNK, at=self._clock.now())
                number, digest = work.audit.head()
                work.commit()
            sealed += now_sealed
            if now_sealed < CHUNK:
                break
        if number:
            self._anchor.keep(number, digest)
        return sealed, number

    def verify(self) -> tuple[int, str | None]:
        """(how many sealed entries were read, what is wrong in English or None)."""
        with self._storage.work(SYSTEM) as work:
            read, broken = work.audit.verify()
            number, digest = work.audit.head()
        if broken is not None:
            return read, f"entry {broken} does not fit its hash"
        anchored = self._anchor.newest()
        if anchored is not None and number < anchored[0]:
            return read, f"the trail ends at {number}, but {anchored[0]} was anchored: the tail is missing"
        if anchored is not None and number == anchored[0] and digest != anchored[1]:
            return read, f"entry number {number} is not the one that was anchored: the tail was written anew"
        return read, None

    def entries(self, actor: Actor, page: Page, *, text: str | None = None) -> Slice[AuditEntry]:
        check(actor, Command.READ_AUDIT)
        if text is not None:
            text = parse_text(text, what="查询文字", field="text", longest=100, shortest=0)
        return self._readers.operations.audit_entries(page, text=text)
