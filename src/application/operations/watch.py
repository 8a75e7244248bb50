"""Looks at the system from inside, at most once a second however many ask: database, duties, schedule, Redis."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from threading import Lock
from time import monotonic
from typing import Final

from ...domain.deadlines import business_date
from ...domain.exchange.duty import DutyState, Topic
from ..ports.condition import Condition, ConditionReader
from ..ports.signals import Clock
from ..ports.unavailable import Unavailable
from ..waiting import bounded

log = logging.getLogger(__name__)

FRESH: Final = 1.0
"""Seconds for which everybody gets the same look: whoever asks more often costs nothing."""
DEAD_LETTERS_FRESH: Final = 30.0
DEAD_LETTERS_DAYS: Final = 92
"""Dead letters of so many business dates are counted: the index finds each date by itself."""
LOOK_SECONDS: Final = 3.0
"""A look waits for the database no longer than this; then the database is away."""

LATE_AFTER: Final = timedelta(minutes=10)
"""A duty that is due for longer is late: the longest wait between two attempts is 6 min 15 s."""
MISSED_AFTER: Final = timedelta(minutes=10)
"""A slot that is due for longer is missed: a failing job is tried again after at most 10 min."""
SCHEDULE_SILENT_AFTER: Final = timedelta(minutes=30)
"""Without a new slot for longer the schedule stands still: some jobs have a slot every ten minutes."""
MOST_SKEW: Final = timedelta(seconds=5)
"""A greater difference to the database's clock makes leases and deadlines disagree."""


class Health(Enum):
    """What one check has found. Everybody may see these words, so they say nothing of numbers or causes."""

    OK = "OK"
    DEGRADED = "DEGRADED"
    DOWN = "DOWN"


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen. `condition` is None when the database did not answer; `redis` is None without Redis."""

    at: datetime
    condition: Condition | None
    skew: timedelta = timedelta(0)
    """The database's clock minus this machine's, within the time of the look."""
    redis: bool | None = None
    dead_letters: Mapping[tuple[Topic, DutyState], int] = field(default_factory=dict)
    reason: str = ""
    """Why the database did not answer, in English and for operators."""

    @property
    def oldest_wait(self) -> timedelta:
        """For how long the oldest pending duty has been due; zero when nothing is due."""
        dues = self.condition.oldest_due.values() if self.condition else ()
        return max((self.at - due_at for due_at in dues if due_at <= self.at), default=timedelta(0))

    @property
    def schedule_silent_for(self) -> timedelta | None:
        """The time since the newest slot; None when there is none."""
        newest = self.condition.newest_slot_at if self.condition else None
        return None if newest is None else max(self.at - newest, timedelta(0))

    def checks(self) -> Mapping[str, Health]:
        """Each check by name. Only a database that cannot be written is DOWN: every node shares the rest."""
        if self.condition is None:
            return {"database": Health.DOWN}
        silent = self.schedule_silent_for
        return {
            "database": Health.OK if self.condition.writable else Health.DOWN,
            "redis": _fine(self.redis is not False),
            "duties": _fine(self.oldest_wait <= LATE_AFTER),
            "deadLetters": _fine(not any(self.dead_letters.values())),
            "slots": _fine(not self.condition.missed_slots),
            "schedule": _fine(silent is not None and silent <= SCHEDULE_SILENT_AFTER),
            "clock": _fine(abs(self.skew) <= MOST_SKEW),
        }

    @property
    def ready(self) -> bool:
        """Whether requests of every kind can be served here: the database answers and stores."""
        return self.condition is not None and self.condition.writable


class Watch:
    """Takes looks. Safe to use from many threads: one looks, the others wait for what it sees."""

    def __init__(
        self,
        reader: ConditionReader,
        clock: Clock,
        wall: Callable[[], datetime],
        redis: Callable[[], bool] | None = None,
        timer: Callable[[], float] = monotonic,
    ) -> None:
        """`clock` is the business clock, which a demo moves; `wall` the machine's; `redis` asks Redis, if there is one."""
        self._reader = reader
        self._clock = clock
        self._wall = wall
        self._redis = redis
        self._timer = timer
        self._lock = Lock()
        self._seen: tuple[float, Look] | None = None
        self._dead: tuple[float, Mapping[tuple[Topic, DutyState], int]] | None = None

    def look(self) -> Look:
        """The newest look, at most FRESH seconds old."""
        with self._lock:
            if self._seen is None or self._timer() - self._seen[0] >= FRESH:
                look = self._look()
                self._seen = self._timer(), look
            return self._seen[1]

    def _look(self) -> Look:
        redis = None if self._redis is None else self._redis()
        now, before = self._clock.now(), self._wall()
        try:
            with bounded(LOOK_SECONDS):
                condition = self._reader.condition(now, missed_after=MISSED_AFTER)
                skew = _skew(condition.database_time, before, self._wall())
                dead = self._dead_letters(now)
        except Unavailable as failure:
            return Look(now, None, redis=redis, reason=failure.reason)
        except Exception as failure:
            # Tables may be missing, for example: whoever asks must learn that all is not well.
            log.exception("the database cannot be looked at")
            return Look(now, None, redis=redis, reason=type(failure).__name__)
        return Look(now, condition, skew, redis, dead)

    def _dead_letters(self, now: datetime) -> Mapping[tuple[Topic, DutyState], int]:
        if self._dead is None or self._timer() - self._dead[0] >= DEAD_LETTERS_FRESH:
            today = business_date(now)
            found = self._reader.dead_letters(today - timedelta(days=DEAD_LETTERS_DAYS - 1), today)
            self._dead = self._timer(), found
        return self._dead[1]


def _skew(there: datetime, before: datetime, after: datetime) -> timedelta:
    """The least difference that explains what was read between the two instants."""
    if before <= there <= after:
        return timedelta(0)
    return there - before if there < before else there - after


def _fine(yes: bool) -> Health:
    return Health.OK if yes else Health.DEGRADED
