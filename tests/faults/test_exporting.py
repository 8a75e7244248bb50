"""The worker is killed or stopped while it makes an export: one file in the end, or a failure that its owner sees."""

from __future__ import annotations

import shutil
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy import text

from yanbao.application.export.exports import RequestExport
from yanbao.application.export.runs import WHY_CRASHED
from yanbao.application.ports.commitment import CommitmentFilter
from yanbao.application.ports.export import ExportRow
from yanbao.domain.export.kind import ExportKind
from yanbao.domain.export.workflow import ExportState

from ..support.builders import DAY
from ..support.patience import until
from ..support.world import PROVINCE_DUTY
from .harness import Installation

pytestmark = [pytest.mark.process, pytest.mark.postgres]

ROWS = 5 * 366
"""Two pages: a year of five enterprises; all days but today are written by SQL."""
A_YEAR = """
    INSERT INTO commitment (id, enterprise_id, region_id, kind, business_date, due_at, state, revision, version)
    SELECT gen_random_uuid(), enterprise_id, region_id, kind, business_date - n, due_at - n * interval '1 day',
           state, revision, version
    FROM commitment, generate_series(1, 365) n
"""


def asked(installation: Installation) -> ExportRow:
    """The year waits for a worker; nothing of another test is in the store."""
    shutil.rmtree(installation.var / "files", ignore_errors=True)
    with installation.engine.begin() as connection:
        connection.execute(text(A_YEAR))
    world = installation.world
    world.system.app.exports._rows_at_once = 0
    command = RequestExport(ExportKind.COMMITMENTS, CommitmentFilter(DAY - timedelta(days=365), DAY))
    row = world.system.app.exports.request(world.actor(PROVINCE_DUTY), command)
    # The rows that SQL has written are in no roll-up, so they are not in the total.
    assert row.state is ExportState.QUEUED
    return row


def seen(installation: Installation, row: ExportRow) -> ExportRow:
    world = installation.world
    return world.system.app.exports.export(world.actor(PROVINCE_DUTY), row.id)


def until_over(installation: Installation, row: ExportRow) -> ExportRow:
    def over() -> bool:
        return seen(installation, row).state not in (ExportState.QUEUED, ExportState.RUNNING)

    until(over, "the export does not end")
    return seen(installation, row)


def stored(installation: Installation) -> list[Path]:
    return [path for path in (installation.var / "files").glob("??/??/*") if path.name.startswith("exported")]


def the_one_file(installation: Installation, row: ExportRow) -> None:
    """It is READY, exactly one file is in the store, and all rows are in it."""
    ready = until_over(installation, row)
    assert (ready.state, ready.rows_done, ready.why) == (ExportState.READY, ROWS, "")
    (file,) = stored(installation)
    assert file.stat().st_size == ready.size
    sheet = load_workbook(BytesIO(file.read_bytes()), read_only=True).active
    assert sheet is not None
    written = [cells for cells in sheet.iter_rows(values_only=True) if sum(c is not None for c in cells) > 5]
    assert len(written) == ROWS + 2, "the rows, and the two lines of the header"


def unfinished(installation: Installation) -> int:
    """How many exports claim to run."""
    ((number,),) = installation.rows("SELECT count(*) FROM export_job WHERE state = 'RUNNING'")
    return int(number)


@pytest.mark.parametrize("point", ["export.claimed", "export.written", "export.stored"])
def test_what_a_killed_worker_had_in_hand_is_made_from_the_beginning(
    installation: Installation, point: str
) -> None:
    row = asked(installation)
    installation.start("worker", faults=f"{point}=kill@1").until_dead()
    assert len(stored(installation)) == (1 if point == "export.stored" else 0)
    assert unfinished(installation) == (0 if point == "export.claimed" else 1)
    installation.end_leases()
    installation.start("worker")
    the_one_file(installation, row)
    ((runs,),) = installation.rows("SELECT run FROM export_job")
    assert runs == (1 if point == "export.claimed" else 2)


def test_an_export_that_kills_three_workers_has_failed_and_its_owner_sees_why(
    installation: Installation,
) -> None:
    row = asked(installation)
    for _ in range(3):
        installation.start("worker", faults="export.written=kill@1").until_dead()
        assert seen(installation, row).state is ExportState.RUNNING
        installation.end_leases()
    installation.start("worker")
    failed = until_over(installation, row)
    assert (failed.state, failed.why) == (ExportState.FAILED, WHY_CRASHED)
    assert installation.states("EXPORT") == {"PARKED": 1} and stored(installation) == []


def test_a_worker_that_stood_still_past_its_lease_does_not_spoil_the_file_of_the_next(
    installation: Installation,
) -> None:
    row = asked(installation)
    stopped = installation.start("worker", faults="export.written=stop@1", lease_seconds="3")
    stopped.until_stopped("export.written")
    # This one waits until the lease has really run out.
    installation.start("worker", lease_seconds="3")
    the_one_file(installation, row)
    before = seen(installation, row)
    stopped.resume()
    assert stopped.end() == 0, stopped.said
    assert seen(installation, row) == before
    the_one_file(installation, row)


def test_a_worker_that_is_told_to_end_leaves_the_export_to_the_next(installation: Installation) -> None:
    row = asked(installation)
    stopped = installation.start("worker", faults="export.written=stop@1")
    stopped.until_stopped("export.written")
    stopped.process.terminate()
    stopped.resume()
    assert stopped.end() == 0, stopped.said
    assert seen(installation, row).state in (ExportState.QUEUED, ExportState.READY)
    installation.start("worker")
    the_one_file(installation, row)
