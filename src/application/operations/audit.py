"""The audit trail: chains entries by hash and keeps the newest hash as an anchor outside the database."""

from __future__ import annotations

from typing import Final

from ...domain.exchange.events import TrailReanchored
from ...domain.values import parse_text
from ..access import SYSTEM, Actor, Permission, check
from ..ports.operations import (
    AnchorBreak,
    AnchorUnreadable,
    AuditAnchor,
    AuditEntry,
    AuditEntryOrder,
    Head,
    NoAuditKey,
)
from ..ports.paging import Page, Slice
from ..ports.readers import Readers
from ..ports.signals import Clock
from ..ports.work import Storage, UnitOfWork
from .anchors import Anchors

CHUNK: Final = 5_000


class AnchorMismatch(Exception):
    """The trail no longer holds what was anchored last: it was cut or rewritten. Says how, in English."""


class TrailUnbroken(Exception):
    """The trail goes on from its anchor: there is nothing to break with."""


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
        not continue from the last anchor: a new anchor would confirm a trail that was tampered with. A run
        that ended before it anchored is anchored first, so at most one run is ever without an anchor.
        """
        check(SYSTEM, Permission.RUN_SYSTEM_JOB)
        at = self._clock.now()
        with self._storage.work(SYSTEM) as work:
            anchors = Anchors(self._anchor.lines())
            wrong = _against(work, anchors) or _too_short(work, anchors)
            head = work.audit.head()
        if wrong is not None:
            raise AnchorMismatch(wrong)
        if head[0] and anchors.newest != head:
            self._anchor.keep(*head)
        sealed = 0
        while True:
            with self._storage.work(SYSTEM) as work:
                now_sealed = work.audit.seal(limit=CHUNK, at=at)
                work.commit()
            sealed += now_sealed
            if now_sealed < CHUNK:
                break
        with self._storage.work(SYSTEM) as work:
            number, digest = work.audit.head()
        if number:
            self._anchor.keep(number, digest)
        return sealed, number

    def verify(self, second: AuditAnchor | None = None) -> tuple[int, str | None]:
        """Check every hash and the anchor; return (sealed entries read, what is wrong in English or None).

        `second` is a copy of the anchor from another place. It may end earlier, but must not say otherwise.
        """
        with self._storage.work(SYSTEM) as work:
            read, broken = work.audit.verify()
            if broken is not None:
                return read, f"entry {broken} does not fit its hash"
            return read, self._against_anchors(work, second)

    def breaks(self) -> tuple[AnchorBreak, ...]:
        """The signed breaks of the anchor, the oldest first. Raises AnchorUnreadable, NoAuditKey."""
        return Anchors(self._anchor.lines()).breaks

    def is_anchored(self) -> bool:
        """Whether the trail goes on from its anchor, so that it can be sealed."""
        with self._storage.work(SYSTEM) as work:
            anchors = Anchors(self._anchor.lines())
            return _against(work, anchors) is None and _too_short(work, anchors) is None

    def re_anchor(self, *, by: str, reason: str) -> AnchorBreak:
        """Break with what was anchored last, after a restore: the trail goes on from its present head.

        The break is signed and goes into the anchor; both heads and the reason go into the trail as well.
        Raises TrailUnbroken when the trail goes on from its anchor, AnchorMismatch when its own hashes do not
        fit, which no break mends; AnchorUnreadable and NoAuditKey.
        """
        check(SYSTEM, Permission.RUN_SYSTEM_JOB)
        by = parse_text(by, what="操作人", field="by", longest=100, one_line=True)
        reason = parse_text(reason, what="原因", field="reason", longest=500, one_line=True)
        now = self._clock.now()
        with self._storage.work(SYSTEM) as work:
            anchors = Anchors(self._anchor.lines())
            if _against(work, anchors) is None and _too_short(work, anchors) is None:
                raise TrailUnbroken("the trail goes on from its anchor")
            _, broken = work.audit.verify()
            if broken is not None:
                raise AnchorMismatch(f"entry {broken} does not fit its hash")
            signed = AnchorBreak(now, by, reason, lost=anchors.newest, head=work.audit.head())
            lost, head = _words(signed.lost), _words(signed.head)
            work.note(TrailReanchored(by=by, why=reason, lost=lost, head=head, at=now))
            # First the anchor: without a key nothing at all is written.
            self._anchor.keep_break(signed)
            work.commit()
        return signed

    def _against_anchors(self, work: UnitOfWork, second: AuditAnchor | None) -> str | None:
        """Compare the trail with both anchors; return what is wrong, in English, or None."""
        try:
            anchors = Anchors(self._anchor.lines())
            number, _ = work.audit.head()
            if number and anchors.newest is None:
                return f"{number} entries are sealed, but nothing is anchored: the anchor is missing"
            wrong = _against(work, anchors) or _too_short(work, anchors)
            if wrong is not None or second is None:
                return wrong
            copy = Anchors(second.lines())
            if number and copy.newest is None:
                return "the second anchor is missing or empty"
            wrong = _against(work, copy.without(anchors.lost))
            return None if wrong is None else f"by the second anchor, {wrong}"
        except (AnchorUnreadable, NoAuditKey) as why:
            return str(why)

    def entries(
        self,
        actor: Actor,
        page: Page,
        *,
        text: str | None = None,
        order: AuditEntryOrder = AuditEntryOrder.NEWEST,
    ) -> Slice[AuditEntry]:
        check(actor, Permission.READ_AUDIT)
        return self._readers.operations.audit_entries(page, text=_searched(text), order=order)

    def entry_count(self, actor: Actor, *, text: str | None = None) -> int:
        check(actor, Permission.READ_AUDIT)
        return self._readers.operations.audit_entry_count(text=_searched(text))


def _searched(text: str | None) -> str | None:
    return None if text is None else parse_text(text, what="查询文字", field="text", longest=100, shortest=0)


def _against(work: UnitOfWork, anchors: Anchors) -> str | None:
    """Compare the trail with every anchor that stands; return what is wrong, in English, or None.

    The anchors were read before the trail. The other way round, both may grow in between, and the anchor
    would seem to be ahead of the trail.
    """
    if not anchors.standing:
        return None
    end, _ = work.audit.head()
    number = max(anchors.standing)
    if end < number:
        return f"the trail ends at {end}, but {number} was anchored: the tail is missing"
    found = work.audit.hashes(list(anchors.standing))
    wrong = [number for number, digest in anchors.standing.items() if found.get(number) != digest]
    if wrong:
        return f"entry number {min(wrong)} is not the one that was anchored: the tail was written anew"
    return None


def _too_short(work: UnitOfWork, anchors: Anchors) -> str | None:
    """Whether the anchor lacks what the trail says was anchored: all runs of the sealing job but the newest."""
    number = work.audit.end_of_earlier_run()
    anchored = 0 if anchors.newest is None else anchors.newest[0]
    if anchored >= number:
        return None
    return f"the anchor ends at {anchored}, but the trail was anchored at {number}: the anchor was cut"


def _words(head: Head | None) -> str:
    return "none" if head is None else f"{head[0]} {head[1]}"
