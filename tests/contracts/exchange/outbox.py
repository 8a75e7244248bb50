"""Duties in a few words: owing, claiming, settling, and what the ledger says of one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from yanbao.application.access import SYSTEM
from yanbao.application.ports.exchange import Claim, DutyFilter, DutyRow, Outcome
from yanbao.application.ports.paging import Page
from yanbao.application.ports.readers import Readers
from yanbao.application.ports.work import Storage
from yanbao.domain.exchange.duty import Duty, DutyState, Topic

from ...support.builders import DAY, NOW

MINISTRY = Topic.MINISTRY_COMMITMENT
LEASE = timedelta(minutes=2)
RUN_OUT = timedelta(seconds=-1)
"""A lease that is over as soon as it is given: what a worker leaves that died."""
LATER = NOW + timedelta(hours=1)
TOMORROW = DAY + timedelta(days=1)


def owe(storage: Storage, *duties: Duty) -> None:
    with storage.work(SYSTEM) as work:
        work.outbox.add(duties)
        work.commit()


def claim(
    storage: Storage,
    *,
    topic: Topic = MINISTRY,
    now: object = NOW,
    limit: int = 100,
    lease: timedelta = LEASE,
) -> list[Claim]:
    with storage.work(SYSTEM) as work:
        claims = work.outbox.claim(topic, now=now, limit=limit, lease=lease)  # type: ignore[arg-type]
        work.commit()
    return list(claims)


def settle(storage: Storage, *outcomes: Outcome, at: object = NOW) -> int:
    with storage.work(SYSTEM) as work:
        stored = work.outbox.settle(outcomes, at=at)  # type: ignore[arg-type]
        work.commit()
    return stored


def ids(claims: Sequence[Claim]) -> list[UUID]:
    return [claim.duty.id for claim in claims]


def row(readers: Readers, duty: Duty) -> DutyRow:
    rows = readers.exchange.duties(DutyFilter(), Page(1000)).rows
    return next(found for found in rows if found.id == duty.id)


def finish(storage: Storage, duty: Duty, state: DutyState) -> None:
    """Claim exactly this duty and settle it."""
    for claimed in claim(storage, topic=duty.topic, now=LATER):
        if claimed.duty.id == duty.id:
            assert settle(storage, Outcome(claimed, state)) == 1
        else:
            settle(storage, Outcome(claimed, DutyState.PENDING, due_at=claimed.duty.due_at))
