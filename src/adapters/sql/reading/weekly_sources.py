"""Read what a row of the weekly push is counted from: the week's records, and the problems that may count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import bindparam, or_

from ....application.ports.inspection import InspectionRow
from ....application.ports.problem import ProblemRow
from ....domain.inspection.form import InspectionKind
from ....domain.inspection.week import Week
from ....domain.problem.form import ProblemOrigin
from ....domain.values import RegionId
from ..constants import submitted, unfed_back
from ..tables.inspection import inspection
from ..tables.problem import problem
from .inspection_page import INSPECTION, INSPECTION_ROWS
from .paging import Reading
from .problem_page import PROBLEM, PROBLEM_ROWS

_RECORDS: Final = INSPECTION_ROWS.where(
    submitted(),
    inspection.c.submitted_at >= bindparam("since"),
    inspection.c.submitted_at < bindparam("until"),
    inspection.c.city_id == bindparam("city"),
    inspection.c.kind == bindparam("of_kind"),
).order_by(inspection.c.submitted_at, inspection.c.id)
_PROBLEMS: Final = PROBLEM_ROWS.where(
    problem.c.origin == ProblemOrigin.DEPARTMENT,
    problem.c.city_id == bindparam("city"),
    or_(unfed_back(), problem.c.changed_at >= bindparam("since")),
).order_by(problem.c.issued_at, problem.c.id)
_ADDRESSED: Final = {
    InspectionKind.PATROL: problem.c.department_id.is_not(None),
    InspectionKind.SPOT_CHECK: problem.c.enterprise_id.is_not(None),
}


def weekly_sources(
    reading: Reading, week: Week, region_id: RegionId, kind: InspectionKind
) -> tuple[Sequence[InspectionRow], Sequence[ProblemRow]]:
    """Read the sources of one row in two statements; people ask for one region at a time."""
    asked = {"since": week.since, "city": region_id}
    records = reading.shown(INSPECTION, _RECORDS, asked | {"until": week.until, "of_kind": kind})
    return records, reading.shown(PROBLEM, _PROBLEMS.where(_ADDRESSED[kind]), asked)
