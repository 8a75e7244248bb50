"""Use cases of shutdown periods: a department registers, changes and cancels them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from ...domain.deadlines import business_date
from ...domain.directory.enterprise import EnterpriseKind, StopReason
from ...domain.directory.events import ShutdownAnnulled
from ...domain.directory.shutdown import PeriodSigned, ShutdownPeriod, shutdown_period_id
from ...domain.faults import Faults
from ...domain.refusals import InvalidValue, NotFound
from ...domain.values import EnterpriseId, RegionId, ShutdownPeriodId
from ..access import EVERYTHING, Actor, Permission, check
from ..ports.signals import Clock
from ..ports.work import Storage, UnitOfWork
from ..steps import signed
from .changing import change_entry, note_change, unused_id


@dataclass(frozen=True, slots=True)
class SaveShutdownPeriod:
    """Add a shutdown period (`id` None) or change one, for one enterprise or for a region."""

    id: ShutdownPeriodId | None
    enterprise_id: EnterpriseId | None
    region_id: RegionId | None
    kind: EnterpriseKind | None
    first_day: date
    last_day: date
    reason: StopReason
    note: str = ""


@dataclass(frozen=True, slots=True)
class CancelShutdownPeriod:
    """Cancel a shutdown period. `reason` is required for what an enterprise declared by itself."""

    id: ShutdownPeriodId
    reason: str = ""


class Shutdowns:
    """What departments do to shutdown periods. Enterprises declare theirs in the daily commitment."""

    def __init__(self, storage: Storage, clock: Clock) -> None:
        self._storage = storage
        self._clock = clock

    def save(self, actor: Actor, command: SaveShutdownPeriod, *, key: str | None = None) -> ShutdownPeriodId:
        """Add or change a period. Raises ShutdownCancelled for one that was cancelled before."""
        check(actor, Permission.SAVE_SHUTDOWN_PERIOD)

        def act(work: UnitOfWork, now: datetime) -> str:
            faults, known = Faults(), None
            with faults.under("enterpriseId"):
                if command.enterprise_id is not None:
                    work.enterprises.get(command.enterprise_id, within=actor.scope)
            with faults:
                if command.region_id is not None and not work.regions.within(command.region_id, actor.scope):
                    raise NotFound("区域", field="regionId")
            if not faults.found:
                with faults.under("id"):
                    known = _known(work, actor, command)
            if known is not None:
                known.check_changeable()  # Raised alone: no other input would help.
            with faults:
                period = ShutdownPeriod.parse(
                    id=ShutdownPeriodId(UUID(int=0)) if known is None else known.id,
                    enterprise_id=command.enterprise_id,
                    region_id=command.region_id,
                    kind=command.kind,
                    first_day=command.first_day,
                    last_day=command.last_day,
                    reason=command.reason,
                    note=command.note,
                    registered=signed_by(work, actor, now),
                )
            if not faults.at("lastDay"):
                with faults:
                    if command.last_day < business_date(now):
                        raise InvalidValue(
                            f"停产期不能在今日之前结束，现为{command.last_day}。", field="lastDay"
                        )
            faults.raise_together()
            if known is None:
                period = replace(period, id=free_period_id(work, command))
            work.shutdown_periods.save(period)
            summary = f"{period.first_day}..{period.last_day} {period.reason.value}"
            return note_change(work, "ShutdownPeriod", period.id, summary, now)

        return ShutdownPeriodId(UUID(change_entry(self._storage, self._clock, actor, command, key, act)))

    def cancel(self, actor: Actor, command: CancelShutdownPeriod, *, key: str | None = None) -> None:
        """Cancel a period; reports that were made because of it stay. The enterprise's head is told.

        Raises ShutdownCancelled, ActionNotAllowed for a period that is over, or InvalidValue.
        """
        check(actor, Permission.CANCEL_SHUTDOWN_PERIOD)

        def act(work: UnitOfWork, now: datetime) -> str:
            period = work.shutdown_periods.get(command.id, within=actor.scope)
            by = signed_by(work, actor, now)
            cancelled = period.cancel(command.reason, by=by, today=business_date(now))
            work.shutdown_periods.save(cancelled)
            if cancelled.annulled and cancelled.enterprise_id is not None:
                assert cancelled.cancellation is not None, "what is annulled has a cancellation"
                work.note(
                    ShutdownAnnulled(
                        period_id=cancelled.id,
                        enterprise_id=cancelled.enterprise_id,
                        first_day=cancelled.first_day,
                        last_day=cancelled.last_day,
                        reason=cancelled.cancellation.reason,
                        at=now,
                    )
                )
            return note_change(work, "ShutdownPeriod", command.id, "cancelled", now)

        change_entry(self._storage, self._clock, actor, command, key, act)


def signed_by(work: UnitOfWork, actor: Actor, now: datetime) -> PeriodSigned:
    """The actor's signature with the name of their department."""
    department = ""
    if actor.department_id is not None:
        department = work.departments.get(actor.department_id, within=EVERYTHING).name
    return PeriodSigned(signed(actor, now), department)


def free_period_id(work: UnitOfWork, new: SaveShutdownPeriod) -> ShutdownPeriodId:
    """An id for a new period; see `unused_id`."""
    target = new.enterprise_id or new.region_id or RegionId("")
    return unused_id(
        lambda attempt: shutdown_period_id(target, new.first_day, new.last_day, new.kind, attempt),
        lambda id: work.shutdown_periods.get(id, within=EVERYTHING),
    )


def _known(work: UnitOfWork, actor: Actor, command: SaveShutdownPeriod) -> ShutdownPeriod | None:
    """The period to change: the one with the id, or else the one for the same target, days and kind."""
    if command.id is not None:
        return work.shutdown_periods.get(command.id, within=actor.scope)
    alike = work.shutdown_periods.registered(
        command.enterprise_id, command.region_id, command.first_day, command.last_day
    )
    return next((period for period in alike if period.kind is command.kind), None)
