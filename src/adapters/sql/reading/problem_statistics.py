"""Count problems for their statistics: by dimension and by period, with the time to the final feedback."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, Text, and_, case, cast, literal, select

from ....application.access import Scope
from ....application.ports.counts import Counted, ProblemCounts, ProblemDimension, Split
from ....application.ports.problem import ProblemFilter
from ....domain.deadlines import day_start
from ....domain.inspection.form import InspectionKind
from ....domain.problem.groups import PROBLEM_GROUP_STATES, ProblemGroup
from ..constants import unfed_back
from ..tables.problem import problem
from .dividing import by_head, period_of, seconds_between
from .handling_statistics import ONE_KEY, counted
from .paging import Reading
from .problem_page import matching, overdue

_GROUPS: Final = {
    group.value.lower(): states
    for group, states in PROBLEM_GROUP_STATES.items()
    if group is not ProblemGroup.OVERDUE
}
_KEYS: Final[dict[ProblemDimension, Any]] = {
    ProblemDimension.STATE: cast(problem.c.state, Text),
    ProblemDimension.CATEGORY: cast(problem.c.category, Text),
    ProblemDimension.SEVERITY: cast(problem.c.severity, Text),
    ProblemDimension.ORIGIN: cast(problem.c.origin, Text),
    ProblemDimension.KIND: case(
        (problem.c.department_id.is_not(None), literal(InspectionKind.PATROL.value, Text)),
        else_=literal(InspectionKind.SPOT_CHECK.value, Text),
    ),
}


def problem_statistics(
    reading: Reading,
    where: ProblemFilter,
    scope: Scope,
    split: Split[ProblemDimension],
    at: datetime,
) -> Counted[ProblemCounts]:
    """Count the problems in one statement."""
    return counted(
        reading,
        _rows(where, scope, split, at, on_postgresql=reading.on_postgresql),
        _GROUPS,
        ProblemCounts,
        by_key=split.by is not None,
        by_period=bool(split.starts),
    )


def _rows(
    where: ProblemFilter, scope: Scope, split: Split[ProblemDimension], at: datetime, *, on_postgresql: bool
) -> Select[Any]:
    if split.by is ProblemDimension.REGION:
        source, key = by_head(problem, problem.c.region_id, split.heads)
    else:
        source, key = problem, ONE_KEY if split.by is None else _KEYS[split.by]
    row = problem.c
    starts = [day_start(day) for day in split.starts]
    return (
        select(
            key.label("key"),
            period_of(row.issued_at, starts).label("period"),
            row.state.label("state"),
            and_(unfed_back(), overdue(at)).label("overdue"),
            seconds_between(row.issued_at, row.fed_back_at, on_postgresql=on_postgresql).label("seconds"),
        )
        .select_from(source)
        .where(matching(where, scope))
    )
