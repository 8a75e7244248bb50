"""The schedule: writes down which job is due at which instant and runs each once, also after an outage."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from time import monotonic
from typing import Final

from ...domain.deadlines import business_date, day_end, day_start, instant
from ...domain.restore import IN_USE
from ...faultpoints import reached
from ..access import SYSTEM
from ..ports.operations import Slot, SlotState
from ..ports.signals import Clock
from ..ports.work import Storage, UnitOfWork

log = logging.getLogger(__name__)

LEASE: Final = timedelta(minutes=10)
RETRY_AFTER: Final = timedelta(seconds=30)
LONGEST_WAIT: Final = timedelta(minutes=10)
"""The longest wait before a failing slot is retried; the wait doubles with each attempt."""
LONGEST_TICK: Final = timedelta(seconds=30)
"""A tick starts no new slot after this time, so that slots that have come due meanwhile are written down."""
MOST_DAYS_BACK: Final = 31
LOOK_AGAIN: Final = timedelta(seconds=5)
"""After so long, `tick_when_due` looks into the database even if no instant has come.

Others may have changed it: a setting that moves an instant, a slot that waits for its retry, a restore.
"""


@dataclass(frozen=True, slots=True)
class JobResult:
    """The outcome of a job's run; SKIPPED needs a note that says why."""

    note: str
    state: SlotState = SlotState.DONE


@dataclass(frozen=True, slots=True)
class Job:
    """A job: the instants of a business day at which it is due, and what it does for one of them.

    `run` gets the slot's own instant, never the time at which it happens to run, and must be harmless to
    repeat. It runs at the earliest `settles_in` after the instant: transactions open at the instant have then
    ended. Slots of a job run one at a time; `in_order` also lets those of today wait for those of the past.
    With `only_newest` the job acts for its newest slot only: a slot that is this old when it is first stored is
    stored as skipped.
    """

    name: str
    title: str
    instants: Callable[[date], Iterable[datetime]]
    run: Callable[[datetime], JobResult]
    settles_in: timedelta = timedelta(0)
    in_order: bool = False
    only_newest: timedelta | None = None


def at_times(*times: time) -> Callable[[date], Iterable[datetime]]:
    """Every day at these times of day in Asia/Shanghai."""
    return lambda day: (instant(day, clock) for clock in times)


def every(minutes: int) -> Callable[[date], Iterable[datetime]]:
    """Every day from midnight in Asia/Shanghai, at this interval."""

    # Each tick asks for the same days again: they are kept, as many as a tick looks back on.
    @lru_cache(MOST_DAYS_BACK + 1)
    def instants(day: date) -> Sequence[datetime]:
        midnight = day_start(day)
        return [midnight + timedelta(minutes=n) for n in range(0, 24 * 60, minutes)]

    return instants


def only_today(
    clock: Clock, act: Callable[[datetime], str], otherwise: str
) -> Callable[[datetime], JobResult]:
    """A job's `run` that skips a slot of an earlier day, with the note `otherwise`."""

    def run(slot_at: datetime) -> JobResult:
        if business_date(slot_at) != business_date(clock.now()):
            return JobResult(otherwise, SlotState.SKIPPED)
        return JobResult(act(slot_at))

    return run


_NOT_THE_NEWEST: Final = "补跑时已有更晚的一次，由其一并提醒"


def newest_of_every(minutes: int, clock: Clock, name: str, title: str, act: Callable[[], str]) -> Job:
    """A job that comes every so many minutes and acts for its newest slot only.

    That run does what the missed ones would have done.
    """

    def run(slot_at: datetime) -> JobResult:
        if clock.now() - slot_at >= timedelta(minutes=minutes):
            return JobResult(_NOT_THE_NEWEST, SlotState.SKIPPED)
        return JobResult(act())

    return Job(name, title, every(minutes), run, only_newest=timedelta(minutes=minutes))


class Schedule:
    """Writes down the slots that have come due since the last one and runs them. Safe on several nodes."""

    def __init__(self, storage: Storage, clock: Clock, jobs: Sequence[Job]) -> None:
        self._storage = storage
        self._clock = clock
        self._jobs = {job.name: job for job in jobs}
        self._standing = IN_USE
        self._quiet: tuple[datetime, datetime] | None = None
        """From when until when nothing comes due, as far as is known."""

    def tick_when_due(self) -> int:
        """Tick when an instant of a job has come, and every LOOK_AGAIN; otherwise leave the database alone.

        A tick takes a dozen statements. Once a second, they were half of what an idle process spent.
        """
        now = self._clock.now()
        if self._quiet is not None and self._quiet[0] <= now < self._quiet[1]:
            return 0
        return self.tick()

    def tick(self) -> int:
        """Add the slots that have come due, then run due ones for up to LONGEST_TICK; return how many ran."""
        until = monotonic() + LONGEST_TICK.total_seconds()
        self._quiet = None
        now = self._clock.now()
        added, coming = self._add_due(now)
        ran = 0
        while monotonic() < until and self.run_next():
            ran += 1
        if not added and not ran:
            self._quiet = (now, coming)
        return ran

    def add_due(self) -> int:
        """Insert the slots of every job in (its newest slot, now], at most MOST_DAYS_BACK days back.

        Leaves out slots whose `settles_in` has not passed yet. A job that never had a slot starts with
        today's; after an outage of the schedule, with the first instant after the newest slot of any job.
        """
        added, _ = self._add_due(self._clock.now())
        return added

    def _add_due(self, now: datetime) -> tuple[int, datetime]:
        """The same, and when the next slot comes due: at the latest LOOK_AGAIN from now, or at midnight."""
        today = business_date(now)
        coming = min(now + LOOK_AGAIN, day_end(today))
        due: list[tuple[str, datetime]] = []
        passed_over: list[tuple[str, datetime]] = []
        with self._storage.work(SYSTEM) as work:
            if not self._in_use(work):
                return 0, coming
            newest = work.slots.latest(self._jobs)
        last_seen = max((slot_at for slot_at in newest.values() if slot_at is not None), default=None)
        stood_still = last_seen if last_seen is not None and business_date(last_seen) < today else None
        for job in self._jobs.values():
            since = newest[job.name] or stood_still
            first = (
                today if since is None else max(business_date(since), today - timedelta(days=MOST_DAYS_BACK))
            )
            # Times of one zone are compared many times faster than those of two.
            settled = (now - job.settles_in).astimezone(UTC)
            superseded = None if job.only_newest is None else (now - job.only_newest).astimezone(UTC)
            for offset in range((today - first).days + 1):
                for slot_at in job.instants(first + timedelta(days=offset)):
                    if slot_at > settled:
                        coming = min(coming, slot_at + job.settles_in)
                    elif since is None or slot_at > since:
                        too_old = superseded is not None and slot_at <= superseded
                        (passed_over if too_old else due).append((job.name, slot_at))
        if not due and not passed_over:
            return 0, coming
        with self._storage.work(SYSTEM) as work:
            added = work.slots.add(due) + work.slots.skip(passed_over, note=_NOT_THE_NEWEST, at=now)
            work.commit()
        return added, coming

    def run_next(self) -> bool:
        """Claim and run one slot; False when none is due. A slot that fails is released and retried later.

        Slots that have failed come after those that have not, so a slow failing job blocks no other job. Slots of
        today come before those of the past, so that a standstill of days delays nothing of today.
        """
        now = self._clock.now()
        with self._storage.work(SYSTEM) as work:
            if not self._in_use(work):
                return False
            claimed = work.slots.claim(
                now=now,
                lease=LEASE,
                today_from=day_start(business_date(now)),
                any_order=[job.name for job in self._jobs.values() if not job.in_order],
            )
            work.commit()
        if claimed is None:
            return False
        slot, fence = claimed
        try:
            reached("slot.claimed", slot.job)
            ran = self._run(slot)
            reached("slot.ran", slot.job)
        except Exception as failure:
            # Whatever the failure, the slot stays DUE: log it, note it in the table, and retry.
            log.exception("job failed", extra={"job": slot.job, "slot_at": str(slot.slot_at)})
            with self._storage.work(SYSTEM) as work:
                wait = _wait_after(slot.attempts)
                work.slots.release(slot, fence, note=type(failure).__name__, retry_after=wait)
                work.commit()
            return True
        with self._storage.work(SYSTEM) as work:
            kept = work.slots.finish(slot, fence, state=ran.state, note=ran.note, at=self._clock.now())
            work.commit()
        if not kept:
            log.warning("the lease of a slot had gone to somebody else", extra={"job": slot.job})
        return True

    def _in_use(self, work: UnitOfWork) -> bool:
        """Whether jobs may run: not before a restore is finished. Says in the log why not, once."""
        standing = work.restores.standing()
        if standing != self._standing:
            self._standing = standing
            if standing.moved:
                log.error("this database was restored from a backup: run  yanbao restore begin")
            elif standing.open is not None:
                log.error("a restore is open: no job runs and nothing is sent before  yanbao restore finish")
        return standing.in_use

    def _run(self, slot: Slot) -> JobResult:
        job = self._jobs.get(slot.job)
        if job is None:
            return JobResult("这项作业已不存在", SlotState.SKIPPED)
        return job.run(slot.slot_at)


def _wait_after(attempts: int) -> timedelta:
    """30 s after the first attempt, then 1, 2, 4 … minutes."""
    return min(RETRY_AFTER * (1 << min(attempts - 1, 10)), LONGEST_WAIT)
