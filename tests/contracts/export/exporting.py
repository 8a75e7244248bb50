"""Export jobs for tests of the storage, and the people who ask for them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from yanbao.application.access import SYSTEM
from yanbao.application.ports.work import Storage
from yanbao.domain.export.job import ExportFile, ExportJob, ExportOwner, export_key
from yanbao.domain.export.kind import ExportKind
from yanbao.domain.export.workflow import ExportState
from yanbao.domain.values import ExportId, RegionId

from ...support.accounts import an_account
from ...support.builders import CHANGAN, DAY, LINTONG, NOW, a_department_tree, a_person, an_id
from ...support.settling import settle_in

OFFICE = a_department_tree()[1]
HER = a_person("赵导出", of=OFFICE)
HIM = a_person("钱导出", of=OFFICE)
SECOND = timedelta(seconds=1)


def settle_owners(storage: Storage) -> None:
    accounts = (an_account(HER, "zhao"), an_account(HIM, "qian"))
    settle_in(
        storage,
        SYSTEM,
        HER,
        HIM,
        *(replace(account, version=0, must_change_password=False) for account in accounts),
    )


def a_job(name: str = "甲", *, of: Any = HER, at: datetime = NOW) -> ExportJob:
    assert of.department_id is not None
    return ExportJob.request(
        id=ExportId(an_id("export", name)),
        kind=ExportKind.COMMITMENTS,
        selection={"first_day": f"{DAY}", "kinds": ["PRODUCTION"], "late": True, "text": "花炮"},
        owner=ExportOwner(of.id, an_account(of, "x").id, of.department_id),
        regions=frozenset({RegionId(LINTONG), RegionId(CHANGAN)}),
        rows=3_000,
        waiting=0,
        at=at,
    )


def a_file(job: ExportJob, run: int = 1) -> ExportFile:
    return ExportFile(export_key(job.id, run), "安全承诺.xlsx", 5 * 2**30, "cd" * 32, 2_999)


def a_job_in(
    state: ExportState, name: str = "甲", *, of: Any = HER, at: datetime = NOW, ended: datetime = NOW
) -> ExportJob:
    """A job of that state that was requested at `at` and has ended at `ended`, not stored yet."""
    job = a_job(name, of=of, at=at)
    if state is ExportState.CANCELLED:
        job.cancel(at=ended)
    elif state is ExportState.FAILED:
        job.fail("坏了", at=ended)
    elif state is not ExportState.QUEUED:
        job.start(regions=job.regions, rows=3_001, at=at)
        if state is not ExportState.RUNNING:
            job.finish(1, a_file(job), at=ended)
        if state is ExportState.EXPIRED:
            job.expire(at=ended)
    return job


def keep(storage: Storage, *jobs: ExportJob) -> None:
    with storage.work(SYSTEM) as work:
        for job in jobs:
            work.exports.save(job)
        work.commit()


def found(storage: Storage, job: ExportJob) -> ExportJob | None:
    with storage.work(SYSTEM) as work:
        return work.exports.find(job.id)
