"""Reads problems from memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from ....application.access import Scope
from ....application.ports.counts import Counted, ProblemCounts, ProblemDimension, Split
from ....application.ports.paging import Page, Slice
from ....application.ports.problem import (
    ProblemFilter,
    ProblemHistory,
    ProblemOrder,
    ProblemRow,
    WaitingProblems,
)
from ....application.ports.waiting import Waiting
from ....domain.deadlines import business_date
from ....domain.handling.terms import Phase
from ....domain.inspection.form import InspectionKind
from ....domain.problem.form import ProblemOrigin, problem_id
from ....domain.problem.groups import PROBLEM_GROUP_STATES
from ....domain.problem.problem import Problem
from ....domain.problem.workflow import ProblemState
from ....domain.values import DepartmentId, EnterpriseId, InspectionId, ProblemId
from ..paging import By, Sorting, instant, instant_key
from ..sight import Sight, subtree
from ..tables import State
from .problem_statistics import kind_of, problem_statistics


class MemoryProblemReader:
    """Reads committed problems."""

    def __init__(self, state: Callable[[], State]) -> None:
        self._state = state

    def page(
        self, where: ProblemFilter, scope: Scope, page: Page, order: ProblemOrder = ProblemOrder.NEWEST
    ) -> Slice[ProblemRow]:
        rows = map(problem_row, _matching(self._state(), where, scope))
        return SORTINGS[order].slice_of(rows, page)

    def count(self, where: ProblemFilter, scope: Scope) -> int:
        return len(_matching(self._state(), where, scope))

    def statistics(
        self, where: ProblemFilter, scope: Scope, split: Split[ProblemDimension], *, at: datetime
    ) -> Counted[ProblemCounts]:
        state = self._state()
        return problem_statistics(state, _matching(state, where, scope), split, at)

    def problems(self, ids: Sequence[ProblemId], scope: Scope) -> Mapping[ProblemId, ProblemRow]:
        state = self._state()
        sight = Sight(state, scope)
        found = (state.problems.get(id) for id in ids)
        return {p.id: problem_row(p) for p in found if p is not None and sight.problem(p)}

    def of_inspections(
        self, ids: Sequence[InspectionId], scope: Scope
    ) -> Mapping[InspectionId, Sequence[ProblemRow]]:
        state = self._state()
        sight = Sight(state, scope)
        wanted = set(ids)
        found: dict[InspectionId, dict[ProblemId, ProblemRow]] = {}
        for problem in state.problems.values():
            if problem.inspection_id in wanted and sight.problem(problem):
                found.setdefault(problem.inspection_id, {})[problem.id] = problem_row(problem)
        return {
            id: [rows[problem_id(id, number)] for number in range(1, len(rows) + 1)]
            for id, rows in found.items()
        }

    def histories(self, ids: Sequence[ProblemId]) -> Mapping[ProblemId, ProblemHistory]:
        found = (self._state().problems.get(id) for id in ids)
        return {p.id: ProblemHistory(p.feedbacks, p.extensions, p.timeline) for p in found if p is not None}

    def unfed_back(
        self, department_id: DepartmentId | None, enterprise_id: EnterpriseId | None
    ) -> Mapping[InspectionKind, int]:
        owed = [p.addressee for p in self._state().problems.values() if p.is_unfed_back]
        to_department = [a for a in owed if a.department_id is not None and a.department_id == department_id]
        to_enterprise = [a for a in owed if a.enterprise_id is not None and a.enterprise_id == enterprise_id]
        return {
            InspectionKind.PATROL: len(to_department),
            InspectionKind.SPOT_CHECK: len(to_enterprise),
        }

    def waiting(
        self, department_id: DepartmentId | None, enterprise_id: EnterpriseId | None
    ) -> WaitingProblems:
        state = self._state()
        every = list(state.problems.values())
        owed = [p for p in every if p.is_unfed_back]
        mine = [p for p in every if department_id is not None and p.issuer.id == department_id]

        def to_review(problems: Iterable[Problem]) -> Waiting:
            found = list(problems)
            dues = (state.problem_review_dues.get(p.id) for p in found)
            return Waiting(len(found), min(filter(None, dues), default=None))

        return WaitingProblems(
            patrol=_to_feed_back(p for p in owed if _is(p.addressee.department_id, department_id)),
            spot_check=_to_feed_back(p for p in owed if _is(p.addressee.enterprise_id, enterprise_id)),
            reviews=to_review(p for p in mine if p.state is ProblemState.FED_BACK),
            extensions=to_review(p for p in mine if p.open_extension is not None),
        )


def _is(party: UUID | None, wanted: UUID | None) -> bool:
    return wanted is not None and party == wanted


def _to_feed_back(problems: Iterable[Problem]) -> Waiting:
    found = list(problems)
    dues = (term.due for problem in found for term in problem.running_terms)
    return Waiting(len(found), min(dues, default=None))


_id: Final = By[ProblemRow](lambda row: str(row.id), False, UUID)
_issued: Final = By[ProblemRow](lambda row: instant_key(row.issued_at), True, instant)
SORTINGS: Final = {
    ProblemOrder.NEWEST: Sorting((_issued, _id)),
    ProblemOrder.RECTIFY_DUE: Sorting(
        (By[ProblemRow](lambda row: instant_key(row.rectify_due), False, instant), _id)
    ),
    ProblemOrder.REGION: Sorting((By[ProblemRow](lambda row: row.region_id, False, str), _issued, _id)),
}


def _matching(state: State, where: ProblemFilter, scope: Scope) -> list[Problem]:
    sight = Sight(state, scope)
    below = None if where.region_id is None else subtree(state, [where.region_id])
    own = where.of_own_party(scope)
    return [
        problem
        for problem in state.problems.values()
        if (below is None or problem.addressee.region_id in below)
        and (own or sight.problem_from_above(problem))
        and (not where.directly or problem.addressee.region_id == where.region_id)
        and (not where.issued_in_scope or sight.region(problem.issuer.region_id))
        and _asked(where, problem)
    ]


def _asked(where: ProblemFilter, problem: Problem) -> bool:
    """The problem matches the filter, apart from regions."""
    addressee = problem.addressee
    day = business_date(problem.issued.at)
    text = (where.text or "").strip().lower()
    return (
        (where.first_day is None or day >= where.first_day)
        and (where.last_day is None or day <= where.last_day)
        and where.to_department in (None, addressee.department_id)
        and where.to_enterprise in (None, addressee.enterprise_id)
        and where.issuer_id in (None, problem.issuer.id)
        and (not where.origins or problem.origin in where.origins)
        and (not where.states or problem.state in where.states)
        and (where.group is None or problem.state in PROBLEM_GROUP_STATES[where.group])
        and (not where.categories or problem.category in where.categories)
        and (not where.severities or problem.statement.severity in where.severities)
        and (not where.kinds or kind_of(problem) in where.kinds)
        and where.unfed_back in (None, problem.is_unfed_back)
        and (where.handed_over is None or _handed_over(problem) is where.handed_over)
        and where.extension_requested in (None, problem.open_extension is not None)
        and (where.responsible_id is None or where.responsible_id in problem.statement.responsible)
        and (where.overdue_at is None or problem.overdue(where.overdue_at))
        and (text in problem.statement.description.lower() or text in addressee.name.lower())
    )


def _handed_over(problem: Problem) -> bool | None:
    """Whether a problem of the ministry was handed over; None for our own."""
    return None if problem.origin is ProblemOrigin.DEPARTMENT else problem.handed_over is not None


def problem_row(problem: Problem) -> ProblemRow:
    addressee, statement, asked = problem.addressee, problem.statement, problem.open_extension
    ended = problem.closed or problem.withdrawn
    final = [feedback.signed.at for feedback in problem.feedbacks if feedback.final]
    return ProblemRow(
        id=problem.id,
        origin=problem.origin,
        external_id=problem.external_id,
        inspection_id=problem.inspection_id,
        department_id=addressee.department_id,
        enterprise_id=addressee.enterprise_id,
        addressee_name=addressee.name,
        region_id=addressee.region_id,
        issuer_id=problem.issuer.id,
        issuer_name=problem.issuer.name,
        category=problem.category,
        severity=statement.severity,
        description=statement.description,
        rectify_on=statement.rectify_on,
        responsible=statement.responsible,
        attachments=statement.attachments,
        issued_at=problem.issued.at,
        issued_by=problem.issued.name,
        acknowledge_due=problem.term(Phase.ACKNOWLEDGE).due,
        feed_back_due=problem.term(Phase.FEED_BACK).due,
        rectify_due=problem.term(Phase.RECTIFY).due,
        state=problem.state,
        acknowledged_at=None if problem.acknowledged is None else problem.acknowledged.at,
        first_feedback_at=problem.answers[0].signed.at if problem.answers else None,
        fed_back_at=final[-1] if final else None,
        ended_at=None if ended is None else ended.at,
        extension_until=None if asked is None else asked.until,
        revision=problem.revision,
        ministry_due=problem.ministry_due,
        handed_over_at=None if problem.handed_over is None else problem.handed_over.at,
    )
