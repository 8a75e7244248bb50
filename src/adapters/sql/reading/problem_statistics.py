"""Count problems for their statistics: by dimension and by period, with the time to the final feedback."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, Text, case, cast, literal, select

from ....application.ports.counts import Counted, ProblemCounts, ProblemDimension, Split
from ....domain.deadlines import day_start
from ....domain.inspection.form import InspectionKind
from ....domain.problem.groups import PROBLEM_GROUP_STATES, ProblemGroup
from ..constants import unfed_back
from ..tables.problem import problem
from .dividing import ONE_KEY, by_head, period_of, seconds_between
from .handling_statistics import Standings, counted
from .paging import Reading
from .problem_page import overdue

_STANDINGS: Final = Standings.of(
    {
        group.value.lower(): states
        for group, states in PROBLEM_GROUP_STATES.items()
        if group is not ProblemGroup.OVERDUE
    }
)
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
    reading: Reading, matching: ColumnElement[bool], split: Split[ProblemDimension], at: datetime
) -> Counted[ProblemCounts]:
    """Count the matching problems in one statement."""
    chosen = _chosen(matching, split, on_postgresql=reading.on_postgresql)
    took = seconds_between(problem.c.issued_at, problem.c.fed_back_at, on_postgresql=reading.on_postgresql)
    return counted(
        reading,
        chosen.add_columns(_STANDINGS.number(problem.c.state).label("standing"), took.label("seconds")),
        chosen.where(unfed_back(), overdue(at)),
        _STANDINGS,
        ProblemCounts,
        by_key=split.by is not None,
        by_period=bool(split.starts),
        percentiles=split.percentiles,
    )


def _chosen(
    matching: ColumnElement[bool], split: Split[ProblemDimension], *, on_postgresql: bool
) -> Select[Any]:
    """Select key and period of every problem that is counted."""
    if split.by is ProblemDimension.REGION:
        source, key = by_head(problem, problem.c.region_id, split.heads)
    else:
        source, key = problem, ONE_KEY if split.by is None else _KEYS[split.by]
    starts = [day_start(day) for day in split.starts]
    period = period_of(problem.c.issued_at, starts, on_postgresql=on_postgresql)
    chosen: Any = select(key.label("key"), period.label("period"))
    counted_rows: Select[Any] = chosen.select_from(source).where(matching)
    return counted_rows
