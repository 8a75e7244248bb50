"""Store the slots of the schedule: every due run of a job, claimed on lease, strictly in order per job."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final

from sqlalchemy import Row, Select, and_, bindparam, case, exists, func, or_, select, tuple_, update
from sqlalchemy import false as sql_false
from sqlalchemy import true as sql_true
from sqlalchemy.dialects.postgresql import insert

from ...application.ports.operations import Slot, SlotState
from .clock import database_time, database_time_plus
from .constants import slot_due
from .tables.operations import job_slot
from .transaction import Transaction

LONG_AGO: Final = datetime(1, 1, 2, tzinfo=UTC)
_ADD: Final = (
    insert(job_slot)
    .on_conflict_do_nothing(index_elements=[job_slot.c.job, job_slot.c.slot_at])
    .returning(job_slot.c.slot_at)
)
_today_from = bindparam("today_from", type_=job_slot.c.slot_at.type)
_of_today = func.min(job_slot.c.slot_at).filter(
    job_slot.c.slot_at >= _today_from, job_slot.c.job.in_(bindparam("any_order", expanding=True))
)
_first = (
    select(job_slot.c.job, func.coalesce(_of_today, func.min(job_slot.c.slot_at)).label("slot_at"))
    .where(slot_due())
    .group_by(job_slot.c.job)
    .subquery("first")
)
_running = job_slot.alias("running")
_picked = (
    select(job_slot.c.job, job_slot.c.slot_at)
    .join(_first, and_(_first.c.job == job_slot.c.job, _first.c.slot_at == job_slot.c.slot_at))
    .where(
        slot_due(),
        job_slot.c.slot_at <= bindparam("now"),
        or_(job_slot.c.closed_until.is_(None), job_slot.c.closed_until <= database_time()),
        # A slot of yesterday may still be running when one of today comes.
        ~exists().where(
            _running.c.job == job_slot.c.job,
            _running.c.held,
            _running.c.closed_until > database_time(),
            slot_due(_running),
        ),
    )
    .order_by(
        job_slot.c.attempts,
        case((job_slot.c.slot_at < _today_from, 1), else_=0),
        job_slot.c.slot_at,
        job_slot.c.job,
    )
    .limit(1)
    .with_for_update(skip_locked=True, of=job_slot)
    .cte("picked")
)
_CLAIM: Final = (
    update(job_slot)
    .where(tuple_(job_slot.c.job, job_slot.c.slot_at).in_(select(_picked.c.job, _picked.c.slot_at)))
    .values(
        attempts=job_slot.c.attempts + 1,
        fence=job_slot.c.fence + 1,
        held=sql_true(),
        closed_until=database_time_plus("lease"),
    )
    .returning(job_slot)
)
_held = and_(
    job_slot.c.job == bindparam("of_job"),
    job_slot.c.slot_at == bindparam("of_slot"),
    job_slot.c.fence == bindparam("claimed_fence"),
    job_slot.c.held,
)
_FINISH: Final = (
    update(job_slot)
    .where(_held)
    .values(
        state=bindparam("new_state"),
        note=bindparam("new_note"),
        finished_at=bindparam("now"),
        held=sql_false(),
        closed_until=None,
    )
)
_RELEASE: Final = (
    update(job_slot)
    .where(_held)
    .values(note=bindparam("new_note"), held=sql_false(), closed_until=database_time_plus("wait"))
)


@cache
def _latest(count: int) -> Select[Any]:
    """One row with the newest slot of each of so many jobs: each is the end of an index, GROUP BY reads all of it."""
    newest = select(func.max(job_slot.c.slot_at))
    return select(
        *(
            newest.where(job_slot.c.job == bindparam(f"job_{n}")).scalar_subquery().label(f"newest_{n}")
            for n in range(count)
        )
    )


class SqlSlots:
    """Slots, one per job and instant."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def latest(self, jobs: Collection[str]) -> Mapping[str, datetime | None]:
        names = tuple(jobs)
        row = self._transaction.run(
            _latest(len(names)), {f"job_{n}": job for n, job in enumerate(names)}
        ).one()
        return dict(zip(names, row, strict=True))

    def add(self, slots: Iterable[tuple[str, datetime]]) -> int:
        return self._add(slots, state=SlotState.DUE, note="", finished_at=None)

    def skip(self, slots: Iterable[tuple[str, datetime]], *, note: str, at: datetime) -> int:
        return self._add(slots, state=SlotState.SKIPPED, note=note, finished_at=at)

    def _add(self, slots: Iterable[tuple[str, datetime]], **outcome: Any) -> int:
        rows = [
            {"job": job, "slot_at": slot_at, "attempts": 0, "held": False, "fence": 0, **outcome}
            for job, slot_at in slots
        ]
        return len(self._transaction.run(_ADD, rows).all()) if rows else 0

    def claim(
        self,
        *,
        now: datetime,
        lease: timedelta,
        today_from: datetime | None = None,
        any_order: Collection[str] = (),
    ) -> tuple[Slot, int] | None:
        params = {
            "now": now,
            "lease": lease.total_seconds(),
            "today_from": LONG_AGO if today_from is None else today_from,
            "any_order": sorted(any_order),
        }
        row = self._transaction.run(_CLAIM, params).first()
        return None if row is None else (slot_of(row), row.fence)

    def finish(self, slot: Slot, fence: int, *, state: SlotState, note: str, at: datetime) -> bool:
        params = _key(slot, fence) | {"new_state": state, "new_note": note, "now": at}
        return self._transaction.run(_FINISH, params).rowcount == 1

    def release(self, slot: Slot, fence: int, *, note: str, retry_after: timedelta) -> None:
        params = _key(slot, fence) | {"new_note": note, "wait": retry_after.total_seconds()}
        self._transaction.run(_RELEASE, params)


def slot_of(row: Row[Any]) -> Slot:
    return Slot(
        job=row.job,
        slot_at=row.slot_at,
        state=row.state,
        attempts=row.attempts,
        note=row.note,
        finished_at=row.finished_at,
    )


def _key(slot: Slot, fence: int) -> dict[str, Any]:
    return {"of_job": slot.job, "of_slot": slot.slot_at, "claimed_fence": fence}
