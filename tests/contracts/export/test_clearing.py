"""Files of exports go after a day, left-overs too, on every storage with every store; nobody else's file ever does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest

from yanbao.adapters.clock import FixedClock
from yanbao.adapters.excel.writing.writer import ExcelWriter
from yanbao.application.export.clearing import ROWS_KEPT, ExportClearing
from yanbao.application.ports.files import FileStoreFailed
from yanbao.domain.export.job import EXPORT_KEPT, ExportJob, export_key
from yanbao.domain.export.workflow import ExportState
from yanbao.domain.files.attachment import file_key

from ...support.builders import NOW
from ...support.inspections import an_attachment
from ..conftest import World
from ..files.stores import StoreWorld, a_store
from .exporting import SECOND, a_job_in, found, keep, settle_owners

INSTANT = timedelta(microseconds=1)


@pytest.fixture(params=["memory", "local", "s3"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StoreWorld]:
    with a_store(request.param, tmp_path) as world:
        yield world


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def workbooks(tmp_path: Path) -> ExcelWriter:
    return ExcelWriter(folder=tmp_path / "workbooks")


@pytest.fixture
def clearing(world: World, kept: StoreWorld, clock: FixedClock, workbooks: ExcelWriter) -> ExportClearing:
    settle_owners(world.storage)
    return ExportClearing(world.storage, world.readers, clock, kept.store, workbooks)


def ready(world: World, kept: StoreWorld, name: str, *, ended: timedelta = timedelta(0)) -> ExportJob:
    """An export whose file was complete at this time."""
    job = a_job_in(ExportState.READY, name, ended=NOW + ended)
    keep(world.storage, job)
    kept.store.put(export_key(job.id, 1), BytesIO(b"book"))
    return job


def stored(kept: StoreWorld) -> set[str]:
    return set(kept.store.older_than(timedelta(0)))


def state_of(world: World, job: ExportJob) -> ExportState | None:
    now = found(world.storage, job)
    return None if now is None else now.state


def test_a_file_is_kept_for_a_day_and_not_an_instant_longer(
    world: World, kept: StoreWorld, clock: FixedClock, clearing: ExportClearing
) -> None:
    old, young = ready(world, kept, "旧"), ready(world, kept, "新", ended=SECOND)
    clock.moment = NOW + EXPORT_KEPT - INSTANT
    assert clearing.expire() == 0 and len(stored(kept)) == 2
    clock.moment = NOW + EXPORT_KEPT
    assert clearing.expire() == 1 and stored(kept) == {export_key(young.id, 1)}
    assert (state_of(world, old), state_of(world, young)) == (ExportState.EXPIRED, ExportState.READY)
    assert clearing.expire() == 0


def test_a_file_whose_job_died_in_between_is_removed_the_next_time(
    world: World, kept: StoreWorld, clock: FixedClock, clearing: ExportClearing
) -> None:
    job = ready(world, kept, "甲")
    kept.store.delete(export_key(job.id, 1))
    clock.moment = NOW + EXPORT_KEPT
    assert clearing.expire() == 1 and state_of(world, job) is ExportState.EXPIRED


def test_while_the_store_is_away_no_job_says_that_its_file_is_gone(
    world: World,
    kept: StoreWorld,
    clock: FixedClock,
    clearing: ExportClearing,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    job = ready(world, kept, "甲")
    clock.moment = NOW + EXPORT_KEPT

    def away(key: str) -> None:
        raise FileStoreFailed("away")

    with monkeypatch.context() as outage:
        outage.setattr(kept.store, "delete", away)
        with pytest.raises(FileStoreFailed):
            clearing.expire()
    assert state_of(world, job) is ExportState.READY
    assert clearing.expire() == 1 and stored(kept) == set()


def test_what_dead_runs_have_left_is_removed_and_all_else_stays(
    world: World, kept: StoreWorld, clearing: ExportClearing
) -> None:
    job = ready(world, kept, "甲")
    running = a_job_in(ExportState.RUNNING, "乙")
    keep(world.storage, running)
    left = {export_key(job.id, 2), export_key(running.id, 1), f"{export_key(job.id, 1)}-incoming-0a1b2c3d"}
    others = {file_key(an_attachment("图")), "backup00-1"}
    for key in left | others:
        kept.store.put(key, BytesIO(b"x"))
    assert clearing.clean_up() == (0, 0, 0), "they may be about to be recorded"
    for key in stored(kept):
        kept.make_older(key, timedelta(days=1))
    assert clearing.clean_up() == (3, 0, 0)
    assert stored(kept) == others | {export_key(job.id, 1)}


def test_what_became_of_an_export_is_known_for_a_month(
    world: World, clock: FixedClock, clearing: ExportClearing
) -> None:
    failed, waiting = a_job_in(ExportState.FAILED, "甲"), a_job_in(ExportState.QUEUED, "乙")
    keep(world.storage, failed, waiting)
    clock.moment = NOW + ROWS_KEPT
    assert clearing.clean_up() == (0, 0, 0)
    clock.moment += INSTANT
    assert clearing.clean_up() == (0, 1, 0)
    assert state_of(world, failed) is None and state_of(world, waiting) is ExportState.QUEUED


def test_workbooks_that_killed_processes_have_left_unfinished_are_removed(
    clearing: ExportClearing, tmp_path: Path
) -> None:
    left = tmp_path / "workbooks" / "workbook-0a1b2c3d"
    left.mkdir(parents=True)
    left.parent.chmod(0o700)
    (left / "rows").write_text("<row/>")
    assert clearing.clean_up() == (0, 0, 1)
    assert not left.exists()
