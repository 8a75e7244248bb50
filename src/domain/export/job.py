"""The export (导出): one list or statistic as a workbook, made once for one person and kept for a day."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from ..refusals import ActionNotAllowed, Conflict, Refused
from ..values import AccountId, DepartmentId, ExportId, PersonId, RegionId, aware
from .events import (
    ExportAdvanced,
    ExportCancelled,
    ExportDownloaded,
    ExportExpired,
    ExportFailed,
    ExportFinished,
    ExportJobEvent,
    ExportRequested,
)
from .kind import ExportKind
from .workflow import EXPORT_ACTION_NAMES, EXPORT_STATE_NAMES, EXPORT_TRANSITIONS, ExportAction, ExportState

MOST_ROWS: Final = 1_000_000
"""The most rows of data that a sheet may have; Excel ends at 1,048,576 rows with headers and notes."""
ROWS_AT_ONCE: Final = 2_000
"""An export with so many rows at most is made while its owner waits."""
MOST_OPEN: Final = 3
"""So many exports of one person may wait or run at the same time."""
MOST_RUNS_FAILED: Final = 3
"""After so many runs that ended with an error, the export is given up."""
EXPORT_KEPT: Final = timedelta(hours=24)
"""The file is kept this long after it is complete."""
_KEY: Final = re.compile(r"exported-([0-9a-f]{32})-\d+(?=-|$)")


class ExportTooLarge(Refused):
    """The export would have more rows than a sheet can hold."""

    code = "EXPORT_TOO_LARGE"

    def __init__(self, rows: int) -> None:
        super().__init__(f"本次导出共{rows}行，一次最多{MOST_ROWS}行，请缩小查询范围后再导出。", field="what")


class ExportSpanTooLong(Refused):
    """The export would cover more days than one may."""

    code = "EXPORT_SPAN_TOO_LONG"


class TooManyExports(Refused):
    """The person has too many exports that wait or run."""

    code = "TOO_MANY_EXPORTS"

    def __init__(self, waiting: int) -> None:
        super().__init__(
            f"您已有{waiting}项导出正在排队或生成，最多同时{MOST_OPEN}项，请等待完成或先取消其中一项。"
        )


class ExportOutdated(Refused):
    """The owner's department or jurisdiction has changed since the file was made."""

    code = "EXPORT_OUTDATED"

    def __init__(self) -> None:
        super().__init__("您的部门或管辖区域在导出后已变更，该文件不能再下载，请重新导出。")


@dataclass(frozen=True, slots=True)
class ExportOwner:
    """Who asked for the export, as a person, an account and a member of a department."""

    person_id: PersonId
    account_id: AccountId
    department_id: DepartmentId


@dataclass(frozen=True, slots=True)
class ExportFile:
    """The complete file: the key in the store, the name for people, bytes, and rows of data."""

    key: str
    name: str
    size: int
    sha256: str
    rows: int


@dataclass(slots=True)
class ExportJob:
    """One export of one person.

    `selection` is the filter as plain JSON values. `regions` is the jurisdiction that the rows were read for.
    `rows_total` is how many rows there were when it was requested or last started; a run may write a few more
    or less. `run` counts the starts from 1: it is the fencing token of who makes the file. `failures` counts
    runs that ended with an error. `ended_at` is when it left the open states; `why` is shown when it FAILED.
    `version` counts saves, for optimistic locking.
    """

    id: ExportId
    kind: ExportKind
    selection: Mapping[str, Any]
    owner: ExportOwner
    regions: frozenset[RegionId]
    requested_at: datetime
    rows_total: int
    state: ExportState = ExportState.QUEUED
    rows_done: int = 0
    run: int = 0
    failures: int = 0
    file: ExportFile | None = None
    ended_at: datetime | None = None
    why: str = ""
    version: int = 0
    events: list[ExportJobEvent] = field(default_factory=list, compare=False, repr=False)

    @classmethod
    def request(
        cls,
        *,
        id: ExportId,
        kind: ExportKind,
        selection: Mapping[str, Any],
        owner: ExportOwner,
        regions: frozenset[RegionId],
        rows: int,
        waiting: int,
        at: datetime,
    ) -> ExportJob:
        """Put an export into the queue; `waiting` is how many open exports the owner has already.

        Raises ExportTooLarge or TooManyExports.
        """
        check_rows(rows)
        if waiting >= MOST_OPEN:
            raise TooManyExports(waiting)
        job = cls(id, kind, selection, owner, regions, aware(at), rows_total=rows)
        job.events.append(ExportRequested(id, kind, selection, rows, at))
        return job

    @property
    def expires_at(self) -> datetime | None:
        """When the file is removed; None while there is none."""
        if self.state is not ExportState.READY or self.ended_at is None:
            return None
        return self.ended_at + EXPORT_KEPT

    def start(self, *, regions: frozenset[RegionId], rows: int, at: datetime) -> int:
        """Begin from the first row and return the number of this run; earlier runs become stale.

        Raises ActionNotAllowed or ExportTooLarge.
        """
        target = self._target(ExportAction.START)
        check_rows(rows)
        self.state = target
        self.regions, self.rows_total, self.rows_done = regions, rows, 0
        self.run += 1
        self.events.append(ExportAdvanced(self.id, at))
        return self.run

    def advance(self, run: int, rows: int, *, at: datetime) -> None:
        """Note how many rows are written. Raises Conflict for a stale run, or ActionNotAllowed."""
        self.state = self._target(ExportAction.ADVANCE, run)
        self.rows_done = rows
        self.events.append(ExportAdvanced(self.id, at))

    def requeue(self, run: int | None, *, failed: bool, at: datetime) -> None:
        """Begin again later; `failed` counts a failure. `run` is None when it could not even start.

        Raises Conflict for a stale run, or ActionNotAllowed.
        """
        self.state = self._target(ExportAction.REQUEUE, run)
        self.rows_done = 0
        self.failures += failed
        self.events.append(ExportAdvanced(self.id, at))

    def finish(self, run: int, file: ExportFile, *, at: datetime) -> None:
        """The file is in the store, complete. Raises Conflict for a stale run, or ActionNotAllowed."""
        self.state = self._target(ExportAction.FINISH, run)
        self.rows_done, self.file, self.ended_at = file.rows, file, aware(at)
        self.events.append(ExportFinished(self.id, self.kind, file.rows, file.size, file.sha256, at))

    def fail(self, why: str, *, at: datetime) -> None:
        """Give it up; the Chinese sentence `why` is for its owner. Raises ActionNotAllowed."""
        self.state = self._target(ExportAction.FAIL)
        self.why, self.ended_at = why, aware(at)
        self.events.append(ExportFailed(self.id, self.kind, why, at))

    def cancel(self, *, at: datetime) -> None:
        """The owner no longer wants it. Raises ActionNotAllowed."""
        self.state = self._target(ExportAction.CANCEL)
        self.ended_at = aware(at)
        self.events.append(ExportCancelled(self.id, self.kind, at))

    def download(
        self, *, department_id: DepartmentId | None, regions: frozenset[RegionId], at: datetime
    ) -> ExportFile:
        """Return the file for its owner, who works in this department and for these regions now.

        Raises ActionNotAllowed when there is no file (any more), or ExportOutdated when the owner no longer
        sees all that the file was made for.
        """
        self.check_downloadable(department_id=department_id, regions=regions, at=at)
        assert self.file is not None, "a READY export has a file"
        self.events.append(ExportDownloaded(self.id, self.kind, self.file.rows, at))
        return self.file

    def check_downloadable(
        self, *, department_id: DepartmentId | None, regions: frozenset[RegionId], at: datetime
    ) -> None:
        """Raises as `download` does; hands out nothing."""
        self._target(ExportAction.DOWNLOAD)
        if self.expires_at is not None and at >= self.expires_at:
            raise ActionNotAllowed("该导出文件已过期，请重新导出。")
        if department_id != self.owner.department_id or not self.regions <= regions:
            raise ExportOutdated

    def expire(self, *, at: datetime) -> None:
        """Note that the file is no longer kept. Raises ActionNotAllowed."""
        self.state = self._target(ExportAction.EXPIRE)
        self.events.append(ExportExpired(self.id, self.kind, at))

    def _target(self, action: ExportAction, run: int | None = None) -> ExportState:
        target = EXPORT_TRANSITIONS.get((self.state, action))
        if target is None:
            raise ActionNotAllowed(
                f"该导出{EXPORT_STATE_NAMES[self.state]}，不能{EXPORT_ACTION_NAMES[action]}。"
            )
        if run is not None and run != self.run:
            raise Conflict(f"该导出已重新开始生成（第{self.run}次），第{run}次的结果作废。")
        return target


def check_rows(rows: int) -> None:
    """Raise ExportTooLarge for more rows than a sheet can hold."""
    if rows > MOST_ROWS:
        raise ExportTooLarge(rows)


def export_key(id: ExportId, run: int) -> str:
    """The storage key of the file that this run makes; no two runs write under the same key."""
    return f"exported-{id.hex}-{run}"


def export_of(key: str) -> ExportId | None:
    """The export that a storage key belongs to, left-overs of a broken put included; None for other keys."""
    found = _KEY.match(key)
    return ExportId(UUID(found[1])) if found else None
