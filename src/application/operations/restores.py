"""After a restore from a backup: nothing that may have gone out since is sent before it was asked about."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from ...domain.deadlines import business_date
from ...domain.exchange.duty import SENT_NOWHERE, Topic
from ...domain.exchange.events import RestoreBegun, RestoreFinished
from ...domain.restore import Restore
from ...domain.values import parse_text
from ..access import SYSTEM, Permission, check
from ..ports.exchange import MinistryPlatform, PushFailed, RecordKind
from ..ports.operations import AnchorBreak
from ..ports.readers import Readers
from ..ports.signals import Clock, Doorbell
from ..ports.work import Storage
from .audit import AuditTrail
from .lost_facts import LostFact, lost_facts

log = logging.getLogger(__name__)

SENT: Final = tuple(topic for topic in Topic if topic not in SENT_NOWHERE)
"""The topics of what is sent. What is incoming reaches nobody outside twice."""
ASK: Final = "从备份恢复，须先向对方核对是否已发出"
MOST_DAYS: Final = 31
ONE_DAY: Final = timedelta(days=1)

Progress = Callable[[str, int, int], None]
"""Is told the step, how many of its parts are done, and how many there are."""


def _silent(step: str, done: int, of: int) -> None:
    """Show no progress."""


class NotBegun(Exception):
    """There is no open restore to finish. Says in Chinese what to do first."""


@dataclass(frozen=True, slots=True)
class Begun:
    """The open restore. `again`: it was begun before, and nothing was changed now.

    `duties` has how many duties of each topic are asked about first, `texts` how many SMS are UNKNOWN.
    """

    restore: Restore
    again: bool = False
    duties: Mapping[Topic, int] | None = None
    texts: int = 0
    sessions: int = 0
    tickets: int = 0


@dataclass(frozen=True, slots=True)
class Finished:
    """The finished restore. `again`: it was finished before, and nothing was changed now.

    `signed` is the break with the anchor, if one was needed. `lost` is what the ministry holds and this
    database has lost; None when the ministry could not be asked.
    """

    restore: Restore
    again: bool = False
    signed: AnchorBreak | None = None
    lost: Sequence[LostFact] | None = None
    unanswered: str = ""


class Restores:
    """Begins and finishes restores. In between nothing is sent, no job runs, and people can only read."""

    def __init__(
        self,
        storage: Storage,
        readers: Readers,
        clock: Clock,
        trail: AuditTrail,
        ministry: MinistryPlatform,
        doorbell: Doorbell,
    ) -> None:
        self._storage = storage
        self._readers = readers
        self._clock = clock
        self._trail = trail
        self._ministry = ministry
        self._doorbell = doorbell

    def settle_in(self) -> None:
        """Write down where this database is, when it is put into use for the first time: a copy shows then."""
        with self._storage.work(SYSTEM) as work:
            work.restores.take_home()
            work.commit()

    def begin(self, *, by: str, reason: str, progress: Progress = _silent) -> Begun:
        """Begin a restore on a database that was restored from a backup: a new epoch, in one transaction.

        Everything unsettled is asked about before it is sent, and everybody is logged out. Does nothing when
        a restore is open already, unless that came with the backup.
        """
        check(SYSTEM, Permission.RUN_SYSTEM_JOB)
        by = parse_text(by, what="操作人", field="by", longest=100, one_line=True)
        reason = parse_text(reason, what="原因", field="reason", longest=500, one_line=True)
        now = self._clock.now()
        with self._storage.work(SYSTEM) as work:
            standing = work.restores.standing()
            if standing.open is not None and not standing.moved:
                return Begun(standing.open, again=True)
            if standing.open is not None:
                work.restores.save(replace(standing.open, finished_at=now))
            restore = Restore(now, by, reason, known_until=work.restores.known_until())
            work.restores.save(restore)
            work.restores.take_home(anew=True)
            duties: dict[Topic, int] = {}
            for done, topic in enumerate(SENT):
                progress("待发事项改为先核对", done, len(SENT))
                duties |= work.outbox.doubt([topic], answer=ASK)
            progress("待发事项改为先核对", len(SENT), len(SENT))
            texts = work.texts.doubt(at=now)
            sessions = work.sessions.revoke_everybodys(at=now)
            # All of them: a ticket lives for minutes only.
            tickets = work.file_tickets.remove_expired(now + ONE_DAY)
            work.note(RestoreBegun(begun_by=by, known_until=restore.known_until, why=reason, at=now))
            work.commit()
        log.warning("restore begun", extra={"epoch": restore.epoch, "by": by})
        return Begun(restore, duties=duties, texts=texts, sessions=sessions, tickets=tickets)

    def finish(self, *, by: str, progress: Progress = _silent) -> Finished:
        """Put the database into use again: the workers ask, and send what nobody has.

        Re-anchors the trail if it does not go on from its anchor. Compares with the ministry what it holds and
        this database has lost; without an answer it goes on. Raises NotBegun, and NoAuditKey, AnchorMismatch
        or AnchorUnreadable when the trail cannot be re-anchored; then the restore stays open.
        """
        check(SYSTEM, Permission.RUN_SYSTEM_JOB)
        with self._storage.work(SYSTEM) as work:
            standing = work.restores.standing()
        if standing.moved:
            raise NotBegun("这个数据库是由备份恢复的，尚未执行  yanbao restore begin")
        restore = standing.open
        if restore is None:
            if not standing.restores:
                raise NotBegun("没有正在进行的恢复，请先执行  yanbao restore begin")
            return Finished(standing.restores[-1], again=True)
        signed = None
        if not self._trail.is_anchored():
            signed = self._trail.re_anchor(by=by, reason=restore.reason)
        lost, unanswered = self._lost(standing.restores, progress)
        now = self._clock.now()
        with self._storage.work(SYSTEM) as work:
            restore = replace(restore, finished_at=now)
            work.restores.save(restore)
            work.note(RestoreFinished(begun_at=restore.begun_at, at=now))
            work.commit()
        for topic in Topic:
            self._doorbell.ring(topic.value)
        log.warning("restore finished", extra={"epoch": restore.epoch, "by": by})
        return Finished(restore, signed=signed, lost=lost, unanswered=unanswered)

    def _lost(self, restores: Sequence[Restore], progress: Progress) -> tuple[Sequence[LostFact] | None, str]:
        """What the ministry holds of the lost days and nobody knows here; None, and why, without an answer."""
        restore = restores[-1]
        days = _days(restore.known_until or restore.begun_at, restore.begun_at)
        lost: list[LostFact] = []
        steps = [(kind, day) for kind in RecordKind for day in days]
        for done, (kind, day) in enumerate(steps):
            progress("与部级平台核对", done, len(steps))
            try:
                held = [receipt.id for receipt in self._ministry.receipts(kind, day)]
            except PushFailed as failure:
                # Nothing depends on this list: what is sent is asked about by the workers, however long.
                log.warning("the ministry could not be asked what was lost: %s", failure.reason)
                return None, failure.reason
            lost += lost_facts(self._readers, kind, day, held, restores)
        progress("与部级平台核对", len(steps), len(steps))
        return lost, ""


def _days(since: datetime, until: datetime) -> Sequence[date]:
    """The business days from one instant to the other, the newest MOST_DAYS of them."""
    first, last = business_date(since), business_date(until)
    count = min((last - first).days + 1, MOST_DAYS)
    return [last - ONE_DAY * back for back in reversed(range(count))]
