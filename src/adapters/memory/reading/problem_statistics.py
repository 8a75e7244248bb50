"""Counts problems in memory for their statistics."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from ....application.ports.counts import Counted, ProblemCounts, ProblemDimension, Split
from ....domain.deadlines import business_date
from ....domain.handling.durations import mean_of, p90_of, seconds_between
from ....domain.inspection.form import InspectionKind
from ....domain.problem.groups import PROBLEM_GROUP_STATES, ProblemGroup
from ....domain.problem.problem import Problem
from ..tables import State
from .counting import counted, head_of


def kind_of(problem: Problem) -> InspectionKind:
    """PATROL: addressed to a department; SPOT_CHECK: to an enterprise."""
    to_department = problem.addressee.department_id is not None
    return InspectionKind.PATROL if to_department else InspectionKind.SPOT_CHECK


_KEYS: Final[dict[ProblemDimension, Callable[[Problem], str]]] = {
    ProblemDimension.STATE: lambda problem: problem.state.value,
    ProblemDimension.CATEGORY: lambda problem: problem.category.value,
    ProblemDimension.SEVERITY: lambda problem: problem.statement.severity.value,
    ProblemDimension.ORIGIN: lambda problem: problem.origin.value,
    ProblemDimension.KIND: lambda problem: kind_of(problem).value,
}


def problem_statistics(
    state: State, problems: Sequence[Problem], split: Split[ProblemDimension], at: datetime
) -> Counted[ProblemCounts]:
    """Count these problems as the split divides them."""
    head = head_of(state, split.heads)
    key = None if split.by is None else _KEYS.get(split.by, lambda problem: head(problem.addressee.region_id))
    return counted(
        problems,
        lambda part: _counts(part, at, percentiles=split.percentiles),
        key=key,
        day=lambda problem: business_date(problem.issued.at),
        starts=split.starts,
    )


def _counts(problems: Sequence[Problem], at: datetime, *, percentiles: bool) -> ProblemCounts:
    def number(group: ProblemGroup) -> int:
        return sum(problem.state in PROBLEM_GROUP_STATES[group] for problem in problems)

    times = [
        seconds_between(problem.issued.at, [f for f in problem.feedbacks if f.final][-1].signed.at)
        for problem in problems
        if problem.state in PROBLEM_GROUP_STATES[ProblemGroup.FED_BACK]
    ]
    return ProblemCounts(
        issued=number(ProblemGroup.ISSUED),
        unfed_back=number(ProblemGroup.UNFED_BACK),
        fed_back=number(ProblemGroup.FED_BACK),
        closed=number(ProblemGroup.CLOSED),
        withdrawn=number(ProblemGroup.WITHDRAWN),
        overdue=sum(problem.overdue(at) for problem in problems),
        mean_feedback_seconds=mean_of(sum(times), len(times)),
        p90_feedback_seconds=p90_of(times) if percentiles else None,
    )
