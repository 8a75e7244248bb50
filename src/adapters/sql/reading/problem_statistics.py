"""Count problems for their statistics: by dimension and by period, with the time to the final feedback."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, Text, case, cast, literal, select

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
    chosen = _chosen(where, scope, split, on_postgresql=reading.on_postgresql)
    took = seconds_between(problem.c.issued_at, problem.c.fed_back_at, on_postgresql=reading.on_postgresql)
    return counted(
        reading,
        chosen.add_columns(problem.c.state.label("state"), took.label("seconds")),
        chosen.where(unfed_back(), overdue(at)),
        _GROUPS,
        ProblemCounts,
        by_key=split.by is not None,
        by_period=bool(split.starts),
        percentiles=split.percentiles,
    )


def _chosen(
    where: ProblemFilter, scope: Scope, split: Split[ProblemDimension], *, on_postgresql: bool
) -> Select[Any]:
    """Select key and period of every problem that is counted."""
    if split.by is ProblemDimension.REGION:
        source, key = by_head(problem, problem.c.region_id, split.heads)
    else:
        source, key = problem, ONE_KEY if split.by is None else _KEYS[split.by]
    starts = [day_start(day) for day in split.starts]
    period = period_of(problem.c.issued_at, starts, on_postgresql=on_postgresql)
    chosen: Any = select(key.label("key"), period.label("period"))
    counted_rows: Select[Any] = chosen.select_from(source).where(matching(where, scope))
    return counted_rows
