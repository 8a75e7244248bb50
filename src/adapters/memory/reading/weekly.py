"""Counts the weekly figures from records and problems as they were when the week closed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ....application.ports.problem import ProblemRow
from ....domain.handling.terms import Phase
from ....domain.inspection.form import InspectionKind, PatrolTarget
from ....domain.inspection.inspection import Inspection
from ....domain.inspection.week import Week, WeeklyRow
from ....domain.problem.form import ProblemOrigin
from ....domain.problem.problem import Problem
from ....domain.problem.workflow import UNFED_BACK, ProblemState
from ....domain.signed import Origin
from ....domain.values import RegionId
from ..tables import State
from .problems import problem_row


def weekly_rows(state: State, week: Week) -> Sequence[WeeklyRow]:
    """Rows by kind and city. Replaced records count too: the target was inspected in that week."""
    records = [kept.inspection for kept in state.inspections.values()]
    submitted = [r for r in records if r.submitted is not None and r.submitted.at in week]
    problems = [p for p in state.problems.values() if p.origin is ProblemOrigin.DEPARTMENT]

    def row(city: RegionId, kind: InspectionKind) -> WeeklyRow:
        inspected = [r for r in submitted if r.target.city_id == city and r.kind is kind]
        addressed = [p for p in problems if p.addressee.city_id == city and _kind(p) is kind]
        return _row(city, kind, inspected, addressed, week)

    roots = {region.id for region in state.regions.values() if region.parent_id is None}
    below = {region.id for region in state.regions.values() if region.parent_id in roots}
    others = {r.target.city_id for r in submitted} | {p.addressee.city_id for p in problems}
    rows = {city: [row(city, kind) for kind in InspectionKind] for city in sorted(below | others)}
    shown = [of_city for city, of_city in rows.items() if city in below or any(map(_counts, of_city))]
    return [of_city[number] for number, _ in enumerate(InspectionKind) for of_city in shown]


def problems_of_week(
    state: State, week: Week, region_id: RegionId, kind: InspectionKind
) -> Sequence[ProblemRow]:
    """Departments' problems that may count: changed since the week began, or still without final feedback."""
    found = [
        problem_row(problem)
        for problem in state.problems.values()
        if problem.origin is ProblemOrigin.DEPARTMENT
        and problem.addressee.city_id == region_id
        and _kind(problem) is kind
        and (problem.timeline[-1].signed.at >= week.since or problem.is_unfed_back)
    ]
    return sorted(found, key=lambda row: (row.issued_at, row.id))


def _row(
    city: RegionId,
    kind: InspectionKind,
    records: Sequence[Inspection],
    problems: Sequence[Problem],
    week: Week,
) -> WeeklyRow:
    unfed_back = [problem for problem in problems if problem.state_at(week.until) in UNFED_BACK]
    withdrawn = {p.id: p for p in problems if p.state_at(week.until) is ProblemState.WITHDRAWN}
    areas = [record for record in records if _is_area(record)]
    inspected = {_place(record) for record in areas if record.origin is Origin.MANUAL}
    return WeeklyRow(
        region_id=city,
        kind=kind,
        inspected=len(inspected),
        automatic=len({_place(record) for record in areas} - inspected),
        with_problems=len(
            {
                _place(record)
                for record in areas
                if record.form.rectified_on_site or set(record.problem_ids) - withdrawn.keys()
            }
        ),
        rectified_on_site=sum(record.form.rectified_on_site for record in records),
        issued=sum(problem.issued.at in week for problem in problems if problem.id not in withdrawn),
        withdrawn=sum(p.withdrawn is not None and p.withdrawn.at in week for p in withdrawn.values()),
        fed_back=sum(
            any(feedback.final and feedback.signed.at in week for feedback in problem.feedbacks)
            for problem in problems
        ),
        unfed_back=len(unfed_back),
        overdue=sum(_overdue_at(problem, week.until) for problem in unfed_back),
    )


def _counts(row: WeeklyRow) -> bool:
    """The row has a figure above 0; `with_problems` and `overdue` are parts of others."""
    return any(
        (
            *(row.inspected, row.automatic, row.rectified_on_site, row.issued, row.withdrawn),
            *(row.fed_back, row.unfed_back),
        )
    )


def _kind(problem: Problem) -> InspectionKind:
    to_enterprise = problem.addressee.enterprise_id is not None
    return InspectionKind.SPOT_CHECK if to_enterprise else InspectionKind.PATROL


def _is_area(record: Inspection) -> bool:
    """Whether the target counts as an inspected area or enterprise."""
    return not isinstance(record.target, PatrolTarget) or record.target.is_area


def _place(record: Inspection) -> object:
    """The target's id: a region for a patrol, else an enterprise."""
    target = record.target
    return target.region_id if isinstance(target, PatrolTarget) else target.enterprise_id


def _overdue_at(problem: Problem, until: datetime) -> bool:
    """A deadline not yet met before `until` had passed by then; for a problem without final feedback then."""
    timeline = [entry for entry in problem.timeline if entry.signed.at < until]
    dues = [timeline[-1].rectify_due]
    if problem.acknowledged is None or problem.acknowledged.at >= until:
        dues.append(problem.term(Phase.ACKNOWLEDGE).due)
    if all(feedback.signed.at >= until for feedback in problem.feedbacks):
        dues.append(problem.term(Phase.FEED_BACK).due)
    return min(dues) < until
