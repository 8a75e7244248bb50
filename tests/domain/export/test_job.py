"""The export: every action in every state, runs that cannot get into each other's way, and limits at their edges."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import timedelta
from itertools import product
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yanbao.domain.export.events import (
    ExportAdvanced,
    ExportCancelled,
    ExportDownloaded,
    ExportExpired,
    ExportFailed,
    ExportFinished,
    ExportRequested,
)
from yanbao.domain.export.job import (
    EXPORT_KEPT,
    MOST_OPEN,
    MOST_ROWS,
    ExportFile,
    ExportJob,
    ExportOutdated,
    ExportOwner,
    ExportTooLarge,
    TooManyExports,
    export_key,
    export_of,
)
from yanbao.domain.export.kind import ExportKind
from yanbao.domain.export.workflow import (
    BY_THE_OWNER,
    EXPORT_ACTION_NAMES,
    EXPORT_OPEN,
    EXPORT_STATE_NAMES,
    EXPORT_TRANSITIONS,
    ExportAction,
    ExportState,
    export_actions_allowed,
)
from yanbao.domain.refusals import ActionNotAllowed, Conflict
from yanbao.domain.values import AccountId, DepartmentId, ExportId, PersonId, RegionId

from ...support.builders import LINTONG, NOW, PUCHENG, an_id

ID = ExportId(an_id("export", "甲"))
OWNER = ExportOwner(
    PersonId(an_id("person", "甲")), AccountId(an_id("account", "甲")), DepartmentId(an_id("dept", "甲"))
)
REGIONS = frozenset({RegionId(LINTONG)})
LATER = NOW + timedelta(minutes=1)
INSTANT = timedelta(microseconds=1)


def a_job(*, rows: int = 10, waiting: int = 0) -> ExportJob:
    return ExportJob.request(
        id=ID,
        kind=ExportKind.PROBLEMS,
        selection={"text": "离线"},
        owner=OWNER,
        regions=REGIONS,
        rows=rows,
        waiting=waiting,
        at=NOW,
    )


def a_file(run: int = 1, rows: int = 10) -> ExportFile:
    return ExportFile(export_key(ID, run), "问题.xlsx", 4096, "ab" * 32, rows)


def a_job_in(state: ExportState) -> ExportJob:
    job = a_job()
    if state is ExportState.CANCELLED:
        job.cancel(at=NOW)
    elif state is ExportState.FAILED:
        job.fail("坏了", at=NOW)
    elif state is not ExportState.QUEUED:
        job.start(regions=REGIONS, rows=10, at=NOW)
        if state is not ExportState.RUNNING:
            job.finish(1, a_file(), at=NOW)
        if state is ExportState.EXPIRED:
            job.expire(at=NOW)
    assert job.state is state
    job.events.clear()
    return job


DEEDS: dict[ExportAction, tuple[Callable[[ExportJob], object], type]] = {
    ExportAction.START: (lambda job: job.start(regions=REGIONS, rows=9, at=LATER), ExportAdvanced),
    ExportAction.ADVANCE: (lambda job: job.advance(job.run, 5, at=LATER), ExportAdvanced),
    ExportAction.REQUEUE: (lambda job: job.requeue(job.run, failed=True, at=LATER), ExportAdvanced),
    ExportAction.FINISH: (lambda job: job.finish(job.run, a_file(job.run), at=LATER), ExportFinished),
    ExportAction.FAIL: (lambda job: job.fail("磁盘已满", at=LATER), ExportFailed),
    ExportAction.CANCEL: (lambda job: job.cancel(at=LATER), ExportCancelled),
    ExportAction.DOWNLOAD: (
        lambda job: job.download(department_id=OWNER.department_id, regions=REGIONS, at=LATER),
        ExportDownloaded,
    ),
    ExportAction.EXPIRE: (lambda job: job.expire(at=LATER), ExportExpired),
}


@pytest.mark.parametrize(("state", "action"), list(product(ExportState, ExportAction)))
def test_what_the_table_lists_is_done_and_all_else_is_refused(
    state: ExportState, action: ExportAction
) -> None:
    job = a_job_in(state)
    act, announced = DEEDS[action]
    before = deepcopy(job)
    if (state, action) in EXPORT_TRANSITIONS:
        act(job)
        assert job.state is EXPORT_TRANSITIONS[state, action]
        assert [type(event) for event in job.events] == [announced]
    else:
        with pytest.raises(ActionNotAllowed, match=EXPORT_STATE_NAMES[state]):
            act(job)
        assert job == before and job.events == []


def test_every_state_and_action_has_its_name_and_can_be_reached() -> None:
    assert set(EXPORT_STATE_NAMES) == set(ExportState)
    assert set(EXPORT_ACTION_NAMES) == set(ExportAction) == {action for _, action in EXPORT_TRANSITIONS}
    assert set(EXPORT_TRANSITIONS.values()) == set(ExportState)


@pytest.mark.parametrize("state", ExportState)
def test_the_owner_cancels_what_is_open_and_downloads_what_is_ready(state: ExportState) -> None:
    allowed = export_actions_allowed(state)
    assert allowed <= BY_THE_OWNER
    assert (ExportAction.CANCEL in allowed) == (state in EXPORT_OPEN)
    assert (ExportAction.DOWNLOAD in allowed) == (state is ExportState.READY)


def test_a_request_says_what_is_asked_for_and_how_many_rows() -> None:
    (event,) = a_job(rows=7).events
    assert event == ExportRequested(ID, ExportKind.PROBLEMS, {"text": "离线"}, 7, NOW)


def test_a_sheet_holds_a_million_rows_and_not_one_more() -> None:
    assert a_job(rows=MOST_ROWS).rows_total == 1_000_000
    with pytest.raises(ExportTooLarge, match="本次导出共1000001行，一次最多1000000行"):
        a_job(rows=MOST_ROWS + 1)


def test_rows_that_have_become_too_many_are_refused_when_it_starts() -> None:
    job = a_job()
    with pytest.raises(ExportTooLarge):
        job.start(regions=REGIONS, rows=2_000_000, at=LATER)
    assert (job.state, job.run, job.rows_total) == (ExportState.QUEUED, 0, 10)


def test_so_many_may_wait_and_no_more() -> None:
    a_job(waiting=MOST_OPEN - 1)
    with pytest.raises(TooManyExports, match=f"您已有{MOST_OPEN}项导出正在排队或生成，最多同时{MOST_OPEN}项"):
        a_job(waiting=MOST_OPEN)


def test_a_run_that_was_overtaken_changes_nothing_any_more() -> None:
    job = a_job()
    assert job.start(regions=REGIONS, rows=10, at=NOW) == 1
    job.advance(1, 4, at=NOW)
    assert job.start(regions=REGIONS, rows=11, at=LATER) == 2
    assert (job.rows_done, job.rows_total) == (0, 11)
    before = deepcopy(job)
    for stale in (
        lambda: job.advance(1, 9, at=LATER),
        lambda: job.finish(1, a_file(), at=LATER),
        lambda: job.requeue(1, failed=True, at=LATER),
    ):
        with pytest.raises(Conflict):
            stale()
    assert job == before
    job.finish(2, a_file(2, rows=11), at=LATER)
    assert job.file == a_file(2, rows=11) and job.rows_done == 11


def test_going_back_into_the_queue_counts_failures_only() -> None:
    job = a_job()
    job.requeue(None, failed=True, at=NOW)
    number = job.start(regions=REGIONS, rows=10, at=NOW)
    job.requeue(number, failed=False, at=NOW)
    assert (job.state, job.failures, job.rows_done) == (ExportState.QUEUED, 1, 0)


def test_the_file_is_kept_for_a_day() -> None:
    job = a_job_in(ExportState.READY)
    assert job.expires_at == NOW + timedelta(hours=24) == NOW + EXPORT_KEPT

    def fetch(at: timedelta) -> ExportFile:
        return job.download(department_id=OWNER.department_id, regions=REGIONS, at=NOW + at)

    assert fetch(EXPORT_KEPT - INSTANT) == a_file()
    for at in (EXPORT_KEPT, EXPORT_KEPT + INSTANT):
        with pytest.raises(ActionNotAllowed, match="已过期"):
            fetch(at)
    job.expire(at=LATER)
    assert job.expires_at is None


@pytest.mark.parametrize(
    ("department", "regions", "fits"),
    [
        (OWNER.department_id, REGIONS, True),
        (OWNER.department_id, REGIONS | {RegionId(PUCHENG)}, True),
        (OWNER.department_id, frozenset(), False),
        (DepartmentId(an_id("dept", "乙")), REGIONS, False),
        (None, REGIONS, False),
    ],
)
def test_who_no_longer_sees_all_that_is_in_the_file_does_not_get_it(
    department: DepartmentId | None, regions: frozenset[RegionId], fits: bool
) -> None:
    job = a_job_in(ExportState.READY)
    if fits:
        assert job.download(department_id=department, regions=regions, at=LATER)
    else:
        with pytest.raises(ExportOutdated, match="请重新导出"):
            job.download(department_id=department, regions=regions, at=LATER)
        assert job.events == []


@given(id=st.uuids(), run=st.integers(1, 10**6), rest=st.sampled_from(["", "-incoming-0a1b2c3d"]))
def test_a_key_says_whose_it_is(id: UUID, run: int, rest: str) -> None:
    key = export_key(ExportId(id), run)
    assert export_of(key + rest) == id


@pytest.mark.parametrize("key", ["", "exported-", "3f2a" * 8, "exported-zz-1", f"x-exported-{'0' * 32}-1"])
def test_the_keys_of_others_are_nobodys_export(key: str) -> None:
    assert export_of(key) is None
