"""Keeps export jobs in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from ...application.ports.export import ExportOrder, ExportRow
from ...application.ports.paging import Page, Slice
from ...domain.export.job import ExportJob
from ...domain.export.workflow import EXPORT_OPEN, ExportState
from ...domain.refusals import Conflict, NotFound
from ...domain.values import ExportId, PersonId
from .paging import By, Sorting, instant, instant_key
from .tables import State, kept
from .unit import Unit

_newest: Final = Sorting[ExportRow](
    (
        By(lambda row: instant_key(row.requested_at), True, instant),
        By(lambda row: str(row.id), True, str),
    )
)
_ORDERS: Final = {ExportOrder.NEWEST: _newest, ExportOrder.OLDEST: _newest.backwards()}


class MemoryExports:
    """Hands out copies: a change counts only after `save`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def save(self, job: ExportJob) -> None:
        state = self._unit.to_write()
        before = state.exports.get(job.id)
        if job.version != (0 if before is None else before.version):
            raise Conflict("该导出已被他人修改，请刷新后重试。")
        owner = job.owner
        known = owner.person_id in state.people and owner.account_id in state.accounts
        if not known or owner.department_id not in state.departments:
            raise NotFound("关联的数据")
        job.version += 1
        state.exports.put(job.id, kept(job))
        self._unit.collect(job.events)

    def find(self, id: ExportId) -> ExportJob | None:
        found = self._unit.reading().exports.get(id)
        return None if found is None else _copy(found)

    def get(self, id: ExportId, *, of: PersonId | None) -> ExportJob:
        found = self._unit.reading().exports.get(id)
        if found is None or found.owner.person_id != of:
            raise NotFound("导出", field="id")
        return _copy(found)

    def open_of(self, person_id: PersonId) -> int:
        jobs = self._unit.reading().exports.values()
        return sum(job.owner.person_id == person_id and job.state in EXPORT_OPEN for job in jobs)

    def to_expire(self, before: datetime, *, limit: int) -> Sequence[ExportJob]:
        ready = [job for job in self._unit.reading().exports.values() if job.state is ExportState.READY]
        return [_copy(job) for job in _ended(ready) if _end(job) <= before][:limit]

    def remove_ended(self, before: datetime, *, limit: int) -> int:
        state = self._unit.to_write()
        with_file = EXPORT_OPEN | {ExportState.READY}
        over = [job for job in state.exports.values() if job.state not in with_file and _end(job) < before]
        chosen = _ended(over)[:limit]
        for job in chosen:
            state.exports.remove(job.id)
        return len(chosen)


def _copy(job: ExportJob) -> ExportJob:
    return replace(job, events=[])


def _end(job: ExportJob) -> datetime:
    assert job.ended_at is not None, "it has ended"
    return job.ended_at


def _ended(jobs: Iterable[ExportJob]) -> list[ExportJob]:
    return sorted(jobs, key=lambda job: (_end(job), job.id))


class MemoryExportReader:
    """Reads committed export jobs as their owners see them."""

    def __init__(self, state: Callable[[], State]) -> None:
        self._state = state

    def page(
        self,
        person_id: PersonId,
        states: tuple[ExportState, ...],
        page: Page,
        order: ExportOrder = ExportOrder.NEWEST,
    ) -> Slice[ExportRow]:
        return _ORDERS[order].slice_of(self._own(person_id, states), page)

    def count(self, person_id: PersonId, states: tuple[ExportState, ...]) -> int:
        return len(self._own(person_id, states))

    def exports(self, ids: Sequence[ExportId], person_id: PersonId) -> Mapping[ExportId, ExportRow]:
        own = {row.id: row for row in self._own(person_id, ())}
        return {id: own[id] for id in ids if id in own}

    def keys(self, ids: Sequence[ExportId]) -> Mapping[ExportId, str]:
        jobs = self._state().exports
        found = [jobs[id] for id in ids if id in jobs and jobs[id].state is ExportState.READY]
        return {job.id: job.file.key for job in found if job.file is not None}

    def _own(self, person_id: PersonId, states: tuple[ExportState, ...]) -> list[ExportRow]:
        return [
            _row(job)
            for job in self._state().exports.values()
            if job.owner.person_id == person_id and (not states or job.state in states)
        ]


def _row(job: ExportJob) -> ExportRow:
    return ExportRow(
        id=job.id,
        kind=job.kind,
        state=job.state,
        requested_at=job.requested_at,
        rows_total=job.rows_total,
        rows_done=job.rows_done,
        file_name="" if job.file is None else job.file.name,
        size=None if job.file is None else job.file.size,
        ended_at=job.ended_at,
        expires_at=job.expires_at,
        why=job.why,
    )
