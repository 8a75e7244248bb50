"""Runs on every storage: one file in the end, whoever dies, stands still or cancels."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from yanbao.adapters.clock import FixedClock
from yanbao.adapters.excel.writing.writer import ExcelWriter
from yanbao.adapters.files.memory import MemoryFileStore
from yanbao.adapters.jobs import SilentDoorbell
from yanbao.application.access import SYSTEM
from yanbao.application.export.runs import ExportRuns
from yanbao.domain.deadlines import business_date
from yanbao.domain.exchange.duty import Duty, DutyState, Topic
from yanbao.domain.export.job import ExportJob
from yanbao.domain.export.workflow import ExportState

from ...support.builders import DAY, NOW
from ...support.exporting import SmallCatalogue
from ..conftest import World
from .exporting import a_job, found, keep, settle_owners

LEASE = timedelta(minutes=2)


class Scene:
    """A job in the queue, and whatever makes its file."""

    def __init__(self, world: World) -> None:
        settle_owners(world.storage)
        self.world = world
        self.catalogue = SmallCatalogue(world.readers, rows=2_500)
        self.files = MemoryFileStore()
        self.runs = ExportRuns(
            world.storage,
            world.readers,
            FixedClock(NOW),
            self.catalogue,
            ExcelWriter(),
            self.files,
            SilentDoorbell(),
            LEASE,
            progress_seconds=0.0,
        )
        self.job = a_job()
        self.job.selection = {"first_day": f"{DAY}", "last_day": f"{DAY}"}
        keep(world.storage, self.job)
        with world.storage.work(SYSTEM) as work:
            work.outbox.add(
                [
                    Duty(
                        id=self.job.id,
                        topic=Topic.EXPORT,
                        object_key=f"export:{self.job.id}",
                        revision=1,
                        business_date=business_date(NOW),
                        facts={},
                        created_at=NOW,
                        due_at=NOW,
                    )
                ]
            )
            work.commit()

    def stored(self) -> ExportJob:
        job = found(self.world.storage, self.job)
        assert job is not None
        return job

    def duty(self) -> DutyState:
        (row,) = self.world.readers.exchange.duties_by_id([self.job.id]).values()
        return row.state

    def on_page(self, wanted: int, act: Callable[[], object]) -> None:
        def each(page: int) -> None:
            if page == wanted:
                self.catalogue.each_page = lambda page: None
                act()

        self.catalogue.each_page = each


@pytest.fixture
def scene(world: World) -> Scene:
    return Scene(world)


def test_a_job_becomes_a_file(scene: Scene) -> None:
    seen: list[tuple[ExportState, int]] = []
    scene.catalogue.each_page = lambda page: seen.append((scene.stored().state, scene.stored().rows_done))
    assert scene.runs.run_due() == 1 and scene.runs.run_due() == 0
    job = scene.stored()
    assert job.state is ExportState.READY and job.file is not None and job.file.rows == 2_500
    assert scene.files.keys == {job.file.key} and scene.duty() is DutyState.DONE
    assert seen == [(ExportState.RUNNING, done) for done in (0, 1_000, 2_000)]


def test_a_cancelled_one_stops_and_leaves_nothing(scene: Scene) -> None:
    def cancel() -> None:
        with scene.world.storage.work(SYSTEM) as work:
            job = work.exports.get(scene.job.id, of=scene.job.owner.person_id)
            job.cancel(at=NOW)
            work.exports.save(job)
            work.outbox.take_back([job.id], code="WITHDRAWN", answer="已取消", at=NOW)
            work.commit()

    scene.on_page(1, cancel)
    scene.runs.run_due()
    assert scene.stored().state is ExportState.CANCELLED and scene.files.keys == frozenset()


def test_who_has_lost_the_lease_does_not_disturb_who_has_it(scene: Scene) -> None:
    def taken_over() -> None:
        """As if the database had found the lease run out, and another worker had come."""
        with scene.world.storage.work(SYSTEM) as work:
            job = work.exports.find(scene.job.id)
            assert job is not None
            job.start(regions=job.regions, rows=2_500, at=NOW)
            work.exports.save(job)
            work.commit()

    scene.on_page(1, taken_over)
    scene.runs.run_due()
    job = scene.stored()
    assert (job.state, job.run, job.file) == (ExportState.RUNNING, 2, None)
    assert scene.files.keys == frozenset()


def test_an_error_puts_it_back_into_the_queue(scene: Scene) -> None:
    def broken() -> None:
        raise RuntimeError("a bug")

    scene.on_page(1, broken)
    scene.runs.run_due()
    job = scene.stored()
    assert (job.state, job.failures, scene.duty()) == (ExportState.QUEUED, 1, DutyState.PENDING)
    assert scene.files.keys == frozenset()
