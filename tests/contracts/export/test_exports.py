"""The collection of export jobs: stored whole, changed by one at a time, found by their owners only."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta

import pytest

from yanbao.application.access import SYSTEM
from yanbao.application.ports.readers import Readers
from yanbao.application.ports.work import Storage
from yanbao.domain.export.events import ExportAdvanced, ExportRequested
from yanbao.domain.export.job import ExportJob
from yanbao.domain.export.workflow import EXPORT_OPEN, ExportState
from yanbao.domain.refusals import Conflict, NotFound
from yanbao.domain.values import ExportId

from ...support.builders import NOW, an_id
from ..conftest import World
from .exporting import HER, HIM, SECOND, a_file, a_job, a_job_in, found, keep, settle_owners

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _owners(world: World) -> None:
    settle_owners(world.storage)


@pytest.mark.parametrize("state", ExportState)
def test_every_field_is_stored_and_read_back(storage: Storage, state: ExportState) -> None:
    job = a_job_in(state)
    keep(storage, job)
    assert found(storage, job) == job and job.version == 1


@pytest.mark.parametrize("state", ExportState)
def test_every_change_is_stored_and_read_back(storage: Storage, state: ExportState) -> None:
    job = a_job()
    keep(storage, job)
    after = a_job_in(state)
    for entry in fields(ExportJob):
        if entry.name not in ("id", "version", "events"):
            setattr(job, entry.name, getattr(after, entry.name))
    job.failures = 2
    keep(storage, job)
    stored = found(storage, job)
    assert stored == job and stored.version == 2


def test_its_events_are_announced_once(world: World) -> None:
    job = a_job()
    keep(world.storage, job)
    job.start(regions=job.regions, rows=1, at=NOW)
    keep(world.storage, job)
    told = [[type(event) for event in events] for _, events in world.listening.told if events]
    assert told[-2:] == [[ExportRequested], [ExportAdvanced]] and job.events == []


def test_who_comes_second_has_to_read_again(storage: Storage) -> None:
    job = a_job()
    keep(storage, job)
    hers, workers = found(storage, job), found(storage, job)
    assert hers is not None and workers is not None
    hers.cancel(at=NOW)
    keep(storage, hers)
    workers.start(regions=job.regions, rows=1, at=NOW)
    with pytest.raises(Conflict):
        keep(storage, workers)
    with pytest.raises(Conflict):
        keep(storage, a_job())
    stored = found(storage, job)
    assert stored is not None and stored.state is ExportState.CANCELLED


def test_what_is_not_committed_has_not_happened(storage: Storage) -> None:
    job = a_job()
    with storage.work(SYSTEM) as work:
        work.exports.save(job)
    assert found(storage, job) is None
    job = a_job()
    keep(storage, job)
    with storage.work(SYSTEM) as work:
        job.cancel(at=NOW)
        work.exports.save(job)
    stored = found(storage, job)
    assert stored is not None and stored.state is ExportState.QUEUED


def test_the_owner_finds_it_and_nobody_else_does(storage: Storage) -> None:
    job = a_job()
    keep(storage, job)
    with storage.work(SYSTEM) as work:
        assert work.exports.get(job.id, of=HER.id) == job
        for id, person in ((job.id, HIM.id), (job.id, None), (ExportId(an_id("export", "无")), HER.id)):
            with pytest.raises(NotFound) as refusal:
                work.exports.get(id, of=person)
            assert refusal.value.sentence == "没有找到导出，或您无权查看。"


def test_an_export_needs_an_owner_who_is_known(storage: Storage) -> None:
    stranger = a_job()
    stranger.owner = type(stranger.owner)(HER.id, stranger.owner.account_id, stranger.id)  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        keep(storage, stranger)


def test_open_exports_are_counted_for_each_person(storage: Storage) -> None:
    keep(storage, *(a_job_in(state, f"{state}") for state in ExportState))
    keep(storage, a_job("他的", of=HIM))
    with storage.work(SYSTEM) as work:
        assert work.exports.open_of(HER.id) == len(EXPORT_OPEN) == 2
        assert work.exports.open_of(HIM.id) == 1


def test_files_expire_from_the_oldest_on(storage: Storage) -> None:
    ready = [a_job_in(ExportState.READY, f"{n}", ended=NOW + n * SECOND) for n in range(3)]
    others = [a_job_in(s, f"{s}") for s in ExportState if s is not ExportState.READY]
    keep(storage, *reversed(ready), *others)
    with storage.work(SYSTEM) as work:
        assert work.exports.to_expire(NOW - timedelta(microseconds=1), limit=9) == []
        assert work.exports.to_expire(NOW, limit=9) == ready[:1]
        assert work.exports.to_expire(NOW + DAY, limit=2) == ready[:2]


def test_rows_without_a_file_are_forgotten_from_the_oldest_on(storage: Storage) -> None:
    over = (ExportState.FAILED, ExportState.CANCELLED, ExportState.EXPIRED)
    jobs = {state: a_job_in(state, f"{state}") for state in ExportState}
    keep(storage, *jobs.values())
    with storage.work(SYSTEM) as work:
        assert work.exports.remove_ended(NOW, limit=9) == 0
        assert work.exports.remove_ended(NOW + SECOND, limit=2) == 2
        assert work.exports.remove_ended(NOW + SECOND, limit=9) == 1
        work.commit()
    left = {state for state, job in jobs.items() if found(storage, job) is not None}
    assert left == set(ExportState) - set(over)


def test_the_store_is_asked_for_the_keys_of_files_that_exist(storage: Storage, readers: Readers) -> None:
    jobs = {state: a_job_in(state, f"{state}") for state in ExportState}
    keep(storage, *jobs.values())
    ready = jobs[ExportState.READY]
    asked = [job.id for job in jobs.values()] + [ExportId(an_id("export", "无"))]
    assert readers.exports.keys(asked) == {ready.id: a_file(ready).key}
    assert readers.exports.keys([]) == {}
