"""Somebody's own exports: listed page by page, newest or oldest first; those of others do not exist."""

from __future__ import annotations

from datetime import timedelta

import pytest

from yanbao.application.ports.export import ExportOrder, ExportRow
from yanbao.application.ports.paging import Page
from yanbao.application.ports.readers import Readers
from yanbao.application.ports.work import Storage
from yanbao.domain.export.workflow import EXPORT_OPEN, ExportState
from yanbao.domain.refusals import InvalidValue
from yanbao.domain.values import ExportId

from ...support.builders import NOW, an_id
from ..conftest import World
from .exporting import HER, HIM, SECOND, a_file, a_job, a_job_in, keep, settle_owners


@pytest.fixture(autouse=True)
def _owners(world: World) -> None:
    settle_owners(world.storage)


def some(storage: Storage) -> list[ExportId]:
    """Seven of hers, the oldest first, the first three of the same instant; and one of his."""
    jobs = [
        a_job_in(list(ExportState)[n % len(ExportState)], f"{n}", at=NOW + max(n - 2, 0) * SECOND)
        for n in range(7)
    ]
    keep(storage, *jobs, a_job("他的", of=HIM))
    return [job.id for job in sorted(jobs, key=lambda job: (job.requested_at, job.id))]


def walked(readers: Readers, order: ExportOrder, first: int = 2) -> list[ExportId]:
    found: list[ExportId] = []
    page = Page(first)
    while True:
        listed = readers.exports.page(HER.id, (), page, order)
        found += [row.id for row in listed.rows]
        if not listed.has_next:
            return found
        page = Page(first, listed.keys[-1])


@pytest.mark.parametrize("order", ExportOrder)
def test_every_page_goes_on_where_the_last_one_ended(
    storage: Storage, readers: Readers, order: ExportOrder
) -> None:
    oldest = some(storage)
    expected = oldest if order is ExportOrder.OLDEST else oldest[::-1]
    assert walked(readers, order) == expected
    assert readers.exports.count(HER.id, ()) == 7 and readers.exports.count(HIM.id, ()) == 1


def test_states_restrict_list_and_count(storage: Storage, readers: Readers) -> None:
    some(storage)
    chosen = tuple(EXPORT_OPEN)
    listed = readers.exports.page(HER.id, chosen, Page(9))
    assert {row.state for row in listed.rows} == EXPORT_OPEN
    assert len(listed.rows) == readers.exports.count(HER.id, chosen) == 3


def test_a_row_says_what_there_is_to_say(storage: Storage, readers: Readers) -> None:
    job = a_job_in(ExportState.READY, ended=NOW + SECOND)
    keep(storage, job)
    (row,) = readers.exports.exports([job.id], HER.id).values()
    assert row == ExportRow(
        id=job.id,
        kind=job.kind,
        state=ExportState.READY,
        requested_at=NOW,
        rows_total=3_001,
        rows_done=2_999,
        file_name="安全承诺.xlsx",
        size=a_file(job).size,
        ended_at=NOW + SECOND,
        expires_at=NOW + SECOND + timedelta(hours=24),
        why="",
    )


@pytest.mark.parametrize("state", [state for state in ExportState if state is not ExportState.READY])
def test_only_what_is_ready_expires(storage: Storage, readers: Readers, state: ExportState) -> None:
    job = a_job_in(state)
    keep(storage, job)
    (row,) = readers.exports.exports([job.id], HER.id).values()
    assert (row.state, row.expires_at) == (state, None)
    assert row.why == ("坏了" if state is ExportState.FAILED else "")


def test_those_of_others_do_not_exist(storage: Storage, readers: Readers) -> None:
    job = a_job()
    keep(storage, job)
    unknown = ExportId(an_id("export", "无"))
    assert readers.exports.exports([job.id, unknown], HIM.id) == {}
    assert readers.exports.page(HIM.id, (), Page(9)).rows == []
    assert list(readers.exports.exports([job.id, unknown], HER.id)) == [job.id]


def test_a_position_of_another_list_is_refused(readers: Readers) -> None:
    for wrong in (("x", "y"), ("2026",), ()):
        with pytest.raises(InvalidValue):
            readers.exports.page(HER.id, (), Page(9, wrong))
