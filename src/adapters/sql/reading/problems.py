"""Read problems: pages, by id or inspection, their histories, and counts of those not fed back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Engine,
    Integer,
    Select,
    Uuid,
    bindparam,
    case,
    func,
    literal,
    null,
    select,
    union_all,
)

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
from ....domain.inspection.form import InspectionKind
from ....domain.problem.form import problem_id
from ....domain.problem.workflow import ProblemState
from ....domain.values import DepartmentId, EnterpriseId, InspectionId, ProblemId
from ..batches import in_batches
from ..constants import problem_in, unfed_back
from ..problem_history import histories_of
from ..problems import problems_in
from ..tables.problem import problem
from .page_search import PageSearch, RegionSizes, first_page
from .paging import Reading, part_of
from .problem_page import (
    PROBLEM,
    PROBLEM_ROWS,
    SORTINGS,
    choose_search,
    matching,
    page_statement,
    prepared,
    sorted_statement,
)
from .problem_statistics import problem_statistics
from .whole_tree import matching_of_all

_unfed_back = select(func.count()).select_from(problem).where(unfed_back())
_UNFED_BACK: Final = select(
    _unfed_back.where(problem.c.department_id == bindparam("department")).scalar_subquery().label("patrols"),
    _unfed_back.where(problem.c.enterprise_id == bindparam("enterprise")).scalar_subquery().label("checks"),
)


def _waiting(who: ColumnElement[bool], what: ColumnElement[bool], *dues: Any) -> Select[Any]:
    """Count what waits for somebody, and select the earliest of each kind of deadline; three, or NULL."""
    earliest: list[ColumnElement[Any]] = [func.min(due) for due in dues]
    earliest += [null()] * (3 - len(dues))
    return select(func.count(), *earliest).select_from(problem).where(who, what)


_TERMS: Final = (
    problem.c.rectify_due,
    case((problem.c.acknowledged_at.is_(None), problem.c.acknowledge_due)),
    case((problem.c.first_feedback_at.is_(None), problem.c.feed_back_due)),
)
_department, _enterprise = bindparam("department", type_=Uuid), bindparam("enterprise", type_=Uuid)
_WAITING: Final = union_all(
    *(
        each.add_columns(literal(place, Integer, literal_execute=True).label("place"))
        for place, each in enumerate(
            (
                _waiting(problem.c.department_id == _department, unfed_back(), *_TERMS),
                _waiting(problem.c.enterprise_id == _enterprise, unfed_back(), *_TERMS),
                _waiting(
                    problem.c.issuer_id == _department,
                    problem_in({ProblemState.FED_BACK}),
                    problem.c.review_due,
                ),
                _waiting(
                    problem.c.issuer_id == _department,
                    problem.c.extension_until.is_not(None),
                    problem.c.review_due,
                ),
            )
        )
    )
)
"""One row for each field of `WaitingProblems`, numbered in the last column."""


class SqlProblemReader(Reading):
    """Reads problems for lists, and counts for markers."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._region_sizes = RegionSizes(self)

    def page(
        self, where: ProblemFilter, scope: Scope, page: Page, order: ProblemOrder = ProblemOrder.NEWEST
    ) -> Slice[ProblemRow]:
        by = SORTINGS[order]
        after, asked = by.after(page), prepared(where)
        if order is not ProblemOrder.NEWEST:
            rows = self.listed(PROBLEM, sorted_statement, asked, scope, order, after, page.first + 1)
            return part_of(rows, page, by.key)
        search = choose_search(where, scope, self._region_sizes) if self.on_postgresql else PageSearch.DAYS
        rows = first_page(
            self._region_sizes,
            search,
            lambda way: self.listed(PROBLEM, page_statement, asked, scope, after, page.first + 1, way),
        )
        return part_of(rows, page, by.key)

    def count(self, where: ProblemFilter, scope: Scope) -> int:
        return self.number(select(func.count()).select_from(problem).where(matching(where, scope)))

    def statistics(
        self, where: ProblemFilter, scope: Scope, split: Split[ProblemDimension], *, at: datetime
    ) -> Counted[ProblemCounts]:
        asked = matching_of_all(where, scope, self._region_sizes, matching)
        return problem_statistics(self, asked, split, at)

    def problems(self, ids: Sequence[ProblemId], scope: Scope) -> Mapping[ProblemId, ProblemRow]:
        found: dict[ProblemId, ProblemRow] = {}
        for batch in in_batches(ids):
            statement = PROBLEM_ROWS.where(self.of_these(problem.c.id, batch, problems_in(scope)))
            found |= {row.id: row for row in self.shown(PROBLEM, statement)}
        return found

    def of_inspections(
        self, ids: Sequence[InspectionId], scope: Scope
    ) -> Mapping[InspectionId, Sequence[ProblemRow]]:
        found: dict[InspectionId, dict[ProblemId, ProblemRow]] = {}
        for batch in in_batches(ids):
            statement = PROBLEM_ROWS.where(self.of_these(problem.c.inspection_id, batch, problems_in(scope)))
            for row in self.shown(PROBLEM, statement):
                assert row.inspection_id is not None, "it was asked for by that"
                found.setdefault(row.inspection_id, {})[row.id] = row
        # All problems of an inspection have one addressee, so all are in scope or none.
        # Their count therefore gives their ids.
        return {
            id: [rows[problem_id(id, number)] for number in range(1, len(rows) + 1)]
            for id, rows in found.items()
        }

    def histories(self, ids: Sequence[ProblemId]) -> Mapping[ProblemId, ProblemHistory]:
        return histories_of(ids, self.rows)

    def unfed_back(
        self, department_id: DepartmentId | None, enterprise_id: EnterpriseId | None
    ) -> Mapping[InspectionKind, int]:
        counts = self.rows(_UNFED_BACK, {"department": department_id, "enterprise": enterprise_id})[0]
        return {InspectionKind.PATROL: counts.patrols, InspectionKind.SPOT_CHECK: counts.checks}

    def waiting(
        self, department_id: DepartmentId | None, enterprise_id: EnterpriseId | None
    ) -> WaitingProblems:
        rows = self.rows(_WAITING, {"department": department_id, "enterprise": enterprise_id})
        found: dict[int, Waiting] = {}
        for row in rows:
            count, *dues, place = tuple(row)
            found[place] = Waiting(count, min(filter(None, dues), default=None))
        return WaitingProblems(*(found[place] for place in sorted(found)))
