"""Store export jobs, one row each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, bindparam, delete, func, insert, literal, or_, select, update

from ...domain.export.job import ExportFile, ExportJob, ExportOwner
from ...domain.export.kind import ExportKind
from ...domain.export.workflow import EXPORT_OPEN, ExportState
from ...domain.refusals import Conflict, NotFound
from ...domain.values import ExportId, PersonId, RegionId
from .tables.export import export_job
from .transaction import Transaction


def in_states(*states: ExportState) -> ColumnElement[bool]:
    """Jobs in one of these states; written into the text, so that a partial index can be used."""
    literals = [
        literal(state, export_job.c.state.type, literal_execute=True)
        for state in ExportState
        if state in states
    ]
    return or_(*(export_job.c.state == one for one in literals))


_OVER: Final = (ExportState.FAILED, ExportState.CANCELLED, ExportState.EXPIRED)
_CHANGING: Final = (
    "regions",
    "state",
    "rows_total",
    "rows_done",
    "run",
    "failures",
    "file_key",
    "file_name",
    "file_size",
    "file_sha256",
    "file_rows",
    "ended_at",
    "why",
)
_ADD: Final = insert(export_job)
_SAVE: Final = (
    update(export_job)
    .where(export_job.c.id == bindparam("old_id"), export_job.c.version == bindparam("old_version"))
    .values(
        {export_job.c.version: export_job.c.version + 1}
        | {export_job.c[name]: bindparam(f"new_{name}") for name in _CHANGING}
    )
)
_ONE: Final = select(export_job).where(export_job.c.id == bindparam("wanted"))
_OWN: Final = _ONE.where(export_job.c.person_id == bindparam("person"))
_OPEN_OF: Final = (
    select(func.count())
    .select_from(export_job)
    .where(export_job.c.person_id == bindparam("person"), in_states(*EXPORT_OPEN))
)
_TO_EXPIRE: Final = (
    select(export_job)
    .where(in_states(ExportState.READY), export_job.c.ended_at <= bindparam("before"))
    .order_by(export_job.c.ended_at, export_job.c.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_OLDEST_OVER: Final = (
    select(export_job.c.id)
    .where(in_states(*_OVER), export_job.c.ended_at < bindparam("before"))
    .order_by(export_job.c.ended_at, export_job.c.id)
    .limit(bindparam("most"))
)
_REMOVE_OVER: Final = delete(export_job).where(export_job.c.id.in_(_OLDEST_OVER))
_TAKEN: Final = "该导出已被他人修改，请刷新后重试。"


class SqlExports:
    """Export jobs."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def save(self, job: ExportJob) -> None:
        changing = _changing(job)
        if job.version == 0:
            self._transaction.run(_ADD, _frozen(job) | changing | {"version": 1}, taken=_TAKEN)
        else:
            changed = {f"new_{name}": value for name, value in changing.items()}
            old = {"old_id": job.id, "old_version": job.version}
            if self._transaction.run(_SAVE, old | changed).rowcount != 1:
                raise Conflict(_TAKEN)
        job.version += 1
        self._transaction.announce(job.events)

    def find(self, id: ExportId) -> ExportJob | None:
        row = self._transaction.run(_ONE, {"wanted": id}).first()
        return None if row is None else _job(row)

    def get(self, id: ExportId, *, of: PersonId | None) -> ExportJob:
        row = self._transaction.run(_OWN, {"wanted": id, "person": of}).first()
        if row is None:
            raise NotFound("导出", field="id")
        return _job(row)

    def open_of(self, person_id: PersonId) -> int:
        return int(self._transaction.run(_OPEN_OF, {"person": person_id}).scalar_one())

    def to_expire(self, before: datetime, *, limit: int) -> Sequence[ExportJob]:
        return [_job(row) for row in self._transaction.run(_TO_EXPIRE, {"before": before, "most": limit})]

    def remove_ended(self, before: datetime, *, limit: int) -> int:
        return self._transaction.run(_REMOVE_OVER, {"before": before, "most": limit}).rowcount


def _frozen(job: ExportJob) -> dict[str, Any]:
    return {
        "id": job.id,
        "kind": job.kind.value,
        "selection": dict(job.selection),
        "person_id": job.owner.person_id,
        "account_id": job.owner.account_id,
        "department_id": job.owner.department_id,
        "requested_at": job.requested_at,
    }


def _changing(job: ExportJob) -> dict[str, Any]:
    file = job.file
    return {
        "regions": sorted(job.regions),
        "state": job.state,
        "rows_total": job.rows_total,
        "rows_done": job.rows_done,
        "run": job.run,
        "failures": job.failures,
        "file_key": None if file is None else file.key,
        "file_name": None if file is None else file.name,
        "file_size": None if file is None else file.size,
        "file_sha256": None if file is None else file.sha256,
        "file_rows": None if file is None else file.rows,
        "ended_at": job.ended_at,
        "why": job.why,
    }


def _job(row: Row[Any]) -> ExportJob:
    file = None
    if row.file_key is not None:
        file = ExportFile(row.file_key, row.file_name, row.file_size, row.file_sha256, row.file_rows)
    return ExportJob(
        id=row.id,
        kind=ExportKind(row.kind),
        selection=row.selection,
        owner=ExportOwner(row.person_id, row.account_id, row.department_id),
        regions=frozenset(RegionId(code) for code in row.regions),
        requested_at=row.requested_at,
        rows_total=row.rows_total,
        state=row.state,
        rows_done=row.rows_done,
        run=row.run,
        failures=row.failures,
        file=file,
        ended_at=row.ended_at,
        why=row.why,
        version=row.version,
    )
