"""Restores of the database from a backup, and the epoch that they put into the ids of facts made anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from .deadlines import business_date
from .refusals import Refused

FIRST_EPOCH: Final = datetime(2020, 1, 1, tzinfo=UTC)


class Restoring(Refused):
    """The database was restored from a backup and is not in use again yet: it can only be read."""

    code = "RESTORING"


@dataclass(frozen=True, slots=True)
class Restore:
    """One restore. `known_until` is the newest instant that the backup knows of; None if it is empty.

    Facts from then until `begun_at` are lost here, but their SMS and reports may have gone out. `begun_at`
    is also the epoch: a number would come again when the same backup is restored a second time.
    """

    begun_at: datetime
    begun_by: str
    reason: str
    known_until: datetime | None
    finished_at: datetime | None = None

    @property
    def epoch(self) -> str:
        """What the restore adds to the ids of facts that are made anew."""
        return self.begun_at.astimezone(UTC).isoformat()

    @property
    def revisions_from(self) -> int:
        """What is added to revisions told outside: minutes since 2020, so more than any restore before."""
        return (self.begun_at - FIRST_EPOCH) // timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether the database is in use: all restores, the oldest first, and whether it has `moved`.

    A database that has moved is not where it was put into use: it is a copy, made from a backup, and nobody
    has begun a restore.
    """

    restores: tuple[Restore, ...] = ()
    moved: bool = False

    @property
    def open(self) -> Restore | None:
        """The restore that is begun and not finished."""
        newest = self.restores[-1] if self.restores else None
        return newest if newest is not None and newest.finished_at is None else None

    @property
    def in_use(self) -> bool:
        """Whether anything may be sent and changed."""
        return not self.moved and self.open is None

    def check_in_use(self) -> None:
        """Raise Restoring unless the database is in use."""
        if self.moved:
            raise Restoring("数据库由备份恢复而来，尚未核对，暂时只能查看，请联系系统管理员。")
        if self.open is not None:
            raise Restoring("系统正在从备份恢复，暂时只能查看，请稍后再试。")


IN_USE: Final = Standing()


def in_epoch(restores: Sequence[Restore], at: datetime) -> Restore | None:
    """The newest restore begun by this instant: ids of facts made at it carry its epoch."""
    return max((one for one in restores if one.begun_at <= at), key=lambda one: one.begun_at, default=None)


def made_anew(restores: Sequence[Restore], day: date, at: datetime) -> Restore | None:
    """The restore in whose epoch a fact of this business day, made at this instant, may come a second time.

    None when the day began after the last restore: nothing of it can be lost.
    """
    restore = in_epoch(restores, at)
    return restore if restore is not None and day <= business_date(restore.begun_at) else None


def epoch_of(restore: Restore | None) -> tuple[str, ...]:
    """What the restore adds to the parts of an id; nothing without one."""
    return () if restore is None else (restore.epoch,)
