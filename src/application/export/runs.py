"""Makes the files of exports: in a worker, or at once while the owner waits. One run makes one file or none."""

from __future__ import annotations

import logging
import random
from dataclasses import dataclass, replace
from datetime import timedelta
from os import SEEK_END
from tempfile import TemporaryFile
from time import monotonic
from typing import BinaryIO, Final, cast

from ...domain.deadlines import business_date
from ...domain.exchange.duty import DutyState, Topic, backoff
from ...domain.export.job import MOST_RUNS_FAILED, ExportFile, ExportJob, export_key
from ...domain.export.workflow import EXPORT_OPEN, ExportState
from ...domain.files.attachment import cleaned_name
from ...domain.refusals import Conflict, Forbidden, Refused
from ...domain.values import ExportId
from ...faultpoints import reached
from ..access import SYSTEM, Actor, Permission, check
from ..files.files import sha256_of
from ..notice.settling import settle
from ..ports.exchange import Claim
from ..ports.export import Catalogue
from ..ports.files import FileStore, FileStoreFailed
from ..ports.readers import Readers
from ..ports.signals import Clock, Doorbell
from ..ports.work import Storage, UnitOfWork
from ..ports.workbook import WorkbookWriter

log = logging.getLogger(__name__)

PROGRESS_SECONDS: Final = 1.0
"""The progress is stored, and the lease renewed, about this often."""
MOST_TRIES: Final = 3
"""How often a finished file is recorded anew when somebody else changes the job at the same time."""
DONE: Final = "DONE"
WHY_FAILED: Final = "生成导出文件时出错，请稍后重新导出；若仍失败，请联系系统管理员。"
WHY_CRASHED: Final = "生成导出文件的进程多次异常中止，请缩小范围后重新导出，或联系系统管理员。"


class _Stale(Exception):
    """The job was cancelled, or another run has begun: what this run makes is of no use."""


class _Ending(Exception):
    """This process is told to end: another one makes the file."""


@dataclass(frozen=True, slots=True)
class _Run:
    """One run: the job as it was started, for whom, and the duty on lease (None: the owner waits)."""

    job: ExportJob
    actor: Actor
    number: int
    claim: Claim | None

    @property
    def id(self) -> ExportId:
        return self.job.id

    @property
    def key(self) -> str:
        return export_key(self.job.id, self.number)


class ExportRuns:
    """Safe to run on several nodes: the number of the run, and the fence of the duty, keep stale runs out."""

    def __init__(
        self,
        storage: Storage,
        readers: Readers,
        clock: Clock,
        catalogue: Catalogue,
        writer: WorkbookWriter,
        store: FileStore,
        doorbell: Doorbell,
        lease: timedelta,
        progress_seconds: float = PROGRESS_SECONDS,
    ) -> None:
        self._storage = storage
        self._readers = readers
        self._clock = clock
        self._catalogue = catalogue
        self._writer = writer
        self._store = store
        self._doorbell = doorbell
        self._lease = lease
        self._progress_seconds = progress_seconds

    def run_due(self) -> int:
        """Make the file that has waited for longest; return how many duties were claimed: one or none."""
        now = self._clock.now()
        with self._storage.work(SYSTEM) as work:
            if not work.restores.standing().in_use:
                return 0
            claims = work.outbox.claim(Topic.EXPORT, now=now, limit=1, lease=self._lease)
            work.commit()
        for claim in claims:
            reached("export.claimed", claim.duty.id)
            try:
                self._take_up(claim)
            except Exception:
                # The lease runs out and counts as a crash: after some of these the export is given up.
                log.exception("an export could not be settled", extra={"duty": str(claim.duty.id)})
        return len(claims)

    def run_at_once(self, actor: Actor, id: ExportId) -> None:
        """Make the file while its owner waits. Raises nothing: what goes wrong is left to a worker."""
        try:
            self._make(id, actor, None)
        except Exception:
            log.exception("an export is left to a worker", extra={"export": str(id)})

    # ------------------------------------------------------------ one run

    def _take_up(self, claim: Claim) -> None:
        id = ExportId(claim.duty.id)
        with self._storage.work(SYSTEM) as work:
            job = work.exports.find(id)
            if job is None or job.state not in EXPORT_OPEN:
                state = "MISSING" if job is None else job.state.value
                settle(work, claim, DutyState.DONE, self._clock.now(), code=state)
                work.commit()
                return
        try:
            actor = self._owner_now(job)
        except Refused as refusal:
            self._give_up(id, claim, refusal.sentence)
        else:
            self._make(id, actor, claim)

    def _owner_now(self, job: ExportJob) -> Actor:
        """The owner as an actor, as things are now. Raises Forbidden when it may not export any more.

        Logging out does not end an export: nobody gets the file without logging in again.
        """
        account = self._readers.access.accounts_by_id([job.owner.account_id]).get(job.owner.account_id)
        actor = self._readers.access.actor(job.owner.person_id)
        if actor is None or account is None or account.disabled:
            raise Forbidden("申请人的账号已停用或已离岗，导出已终止。")
        if actor.department_id != job.owner.department_id:
            raise Forbidden("申请人已不在原部门，导出已终止。")
        actor = replace(actor, account_id=account.id, must_change_password=account.must_change_password)
        check(actor, Permission.EXPORT)
        return actor

    def _make(self, id: ExportId, actor: Actor, claim: Claim | None) -> None:
        run: _Run | None = None
        try:
            run = self._start(id, actor, claim)
            with TemporaryFile() as unnamed:
                body = cast(BinaryIO, unnamed)
                file = self._written(run, body)
                self._keep_going(run, file.rows)
                self._store.put(run.key, body)
            reached("export.stored", id)
            self._finish(run, file)
        except _Stale:
            self._remove(run)
        except _Ending:
            self._remove(run)
            self._requeue(id, run, claim, wait=False, failed=False)
        except Conflict:
            # Somebody changes the same rows just now: nothing is wrong with the export.
            self._remove(run)
            self._requeue(id, run, claim, wait=True, failed=False)
        except Refused as refusal:
            self._give_up(id, claim, refusal.sentence)
        except Exception:
            log.exception("making an export failed", extra={"export": str(id)})
            self._remove(run)
            self._requeue(id, run, claim, wait=True, failed=True)

    def _start(self, id: ExportId, actor: Actor, claim: Claim | None) -> _Run:
        with self._storage.work(SYSTEM) as work:
            job = work.exports.find(id)
        if job is None:
            raise _Stale
        rows = self._catalogue.count(actor, job.kind, job.selection)
        with self._storage.work(SYSTEM) as work:
            job = self._still(work, id, claim)
            if job.state not in EXPORT_OPEN:
                raise _Stale
            number = job.start(regions=actor.scope.regions, rows=rows, at=self._clock.now())
            work.exports.save(job)
            work.commit()
        run = _Run(job, actor, number, claim)
        if number > 1:
            # The run before may have died between storing its file and recording it.
            self._store.delete(export_key(id, number - 1))
        return run

    def _written(self, run: _Run, body: BinaryIO) -> ExportFile:
        """Write the workbook. Raises _Stale or _Ending as soon as it is of no more use."""
        at = self._clock.now()
        book = self._catalogue.book(run.actor, run.job.kind, run.job.selection, at=at)
        rows, next_note = 0, monotonic() + self._progress_seconds

        def advance(written: int) -> None:
            nonlocal rows, next_note
            rows = written
            reached("export.written", run.id)
            if not self._doorbell.goes_on(Topic.EXPORT.value) and run.claim is not None:
                raise _Ending
            if monotonic() >= next_note:
                self._keep_going(run, rows)
                next_note = monotonic() + self._progress_seconds

        self._writer.write(book, body, advance)
        size = body.seek(0, SEEK_END)
        digest = sha256_of(body)
        name = cleaned_name(f"{book.title}（{business_date(at)}）.xlsx")
        return ExportFile(run.key, name, size, digest, rows)

    def _keep_going(self, run: _Run, rows: int) -> None:
        """Store the progress and renew the lease. Raises _Stale."""
        try:
            with self._storage.work(SYSTEM) as work:
                job = self._still(work, run.id, run.claim)
                if job.state is not ExportState.RUNNING or job.run != run.number:
                    raise _Stale
                job.advance(run.number, rows, at=self._clock.now())
                work.exports.save(job)
                work.commit()
        except Conflict:
            # Somebody else has the row just now, and may be cancelling: the next time shows.
            log.info("the progress of an export was not stored", extra={"export": str(run.id)})

    def _finish(self, run: _Run, file: ExportFile) -> None:
        for attempt in range(1, MOST_TRIES + 1):
            try:
                with self._storage.work(SYSTEM) as work:
                    now = self._clock.now()
                    job = work.exports.find(run.id)
                    if job is None or job.state is not ExportState.RUNNING or job.run != run.number:
                        raise _Stale
                    job.finish(run.number, file, at=now)
                    work.exports.save(job)
                    if run.claim is None:
                        work.outbox.take_back([run.id], code=DONE, answer="已当场生成", at=now)
                    elif not settle(work, run.claim, DutyState.DONE, now, code=DONE):
                        raise _Stale
                    work.commit()
                return
            except Conflict:
                # The owner cancels, or the database is busy: the job is read again.
                if attempt == MOST_TRIES:
                    raise

    # ------------------------------------------------------------ when there is no file

    def _still(self, work: UnitOfWork, id: ExportId, claim: Claim | None) -> ExportJob:
        """The job, while the lease is ours; renews it. Raises _Stale."""
        if claim is not None and not work.outbox.renew(claim, lease=self._lease):
            raise _Stale
        job = work.exports.find(id)
        if job is None:
            raise _Stale
        return job

    def _requeue(
        self, id: ExportId, run: _Run | None, claim: Claim | None, *, wait: bool, failed: bool
    ) -> None:
        """Let the next claim begin again, at once or after a while; give up after some failures."""
        now = self._clock.now()
        with self._storage.work(SYSTEM) as work:
            job = work.exports.find(id)
            if job is None or job.state not in EXPORT_OPEN or (run is not None and job.run != run.number):
                return
            state, due_at = DutyState.PENDING, now
            if failed and job.failures + 1 >= MOST_RUNS_FAILED:
                job.fail(WHY_FAILED, at=now)
                state = DutyState.DONE
            else:
                job.requeue(None if run is None else run.number, failed=failed, at=now)
                due_at += backoff(job.failures, jitter=random.random()) if wait else timedelta(0)
            work.exports.save(job)
            if claim is None or settle(work, claim, state, now, code=job.state.value, due_at=due_at):
                work.commit()

    def _give_up(self, id: ExportId, claim: Claim | None, why: str) -> None:
        now = self._clock.now()
        with self._storage.work(SYSTEM) as work:
            job = work.exports.find(id)
            if job is None or job.state not in EXPORT_OPEN:
                return
            job.fail(why, at=now)
            work.exports.save(job)
            if claim is None:
                work.outbox.take_back([id], code=job.state.value, answer=why, at=now)
            elif not settle(work, claim, DutyState.DONE, now, code=job.state.value, answer=why):
                return
            work.commit()

    def _remove(self, run: _Run | None) -> None:
        """Remove what this run may have stored; if the store is away now, the nightly job removes it."""
        if run is None:
            return
        try:
            self._store.delete(run.key)
        except FileStoreFailed:
            log.warning("the file of a stale export is left for the night", extra={"key": run.key})
