"""Read problems: pages, by id or inspection, their histories, and counts of those not fed back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Engine, bindparam, func, select

from ....application.access import Scope
from ....application.ports.counts import Counted, ProblemCounts, ProblemDimension, Split
from ....application.ports.paging import Page, Slice
from ....application.ports.problem import ProblemFilter, ProblemHistory, ProblemOrder, ProblemRow
from ....domain.inspection.form import InspectionKind
from ....domain.problem.form import problem_id
from ....domain.values import DepartmentId, EnterpriseId, InspectionId, ProblemId
from ..batches import in_batches
from ..constants import unfed_back
from ..problem_history import histories_of
from ..problems import problems_in
from ..tables.problem import problem
from .page_search import PageSearch, RegionSizes, first_page
from .paging import Reading, slice_of
from .problem_page import (
    PROBLEM_ROWS,
    SORTINGS,
    choose_search,
    matching,
    page_statement,
    problem_row,
    sorted_statement,
)
from .problem_statistics import problem_statistics

_unfed_back = select(func.count()).select_from(problem).where(unfed_back())
_UNFED_BACK: Final = select(
    _unfed_back.where(problem.c.department_id == bindparam("department")).scalar_subquery().label("patrols"),
    _unfed_back.where(problem.c.enterprise_id == bindparam("enterprise")).scalar_subquery().label("checks"),
)


class SqlProblemReader(Reading):
    """Reads problems for lists, and counts for markers."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._region_sizes = RegionSizes(self)

    def page(
        self, where: ProblemFilter, scope: Scope, page: Page, order: ProblemOrder = ProblemOrder.NEWEST
    ) -> Slice[ProblemRow]:
        by = SORTINGS[order]
        after = by.after(page)
        if order is not ProblemOrder.NEWEST:
            rows = self.rows(sorted_statement(where, scope, order, after, page.first + 1))
            return slice_of(rows, page, problem_row, by.key)
        search = choose_search(where, scope, self._region_sizes) if self.on_postgresql else PageSearch.DAYS
        rows = first_page(
            self,
            self._region_sizes,
            search,
            lambda search: page_statement(where, scope, after, page.first + 1, search),
        )
        return slice_of(rows, page, problem_row, by.key)

    def count(self, where: ProblemFilter, scope: Scope) -> int:
        return self.number(select(func.count()).select_from(problem).where(matching(where, scope)))

    def statistics(
        self, where: ProblemFilter, scope: Scope, split: Split[ProblemDimension], *, at: datetime
    ) -> Counted[ProblemCounts]:
        return problem_statistics(self, where, scope, split, at)

    def problems(self, ids: Sequence[ProblemId], scope: Scope) -> Mapping[ProblemId, ProblemRow]:
        found: dict[ProblemId, ProblemRow] = {}
        for batch in in_batches(ids):
            statement = PROBLEM_ROWS.where(self.of_these(problem.c.id, batch, problems_in(scope)))
            found |= {row.id: problem_row(row) for row in self.rows(statement)}
        return found

    def of_inspections(
        self, ids: Sequence[InspectionId], scope: Scope
    ) -> Mapping[InspectionId, Sequence[ProblemRow]]:
        found: dict[InspectionId, dict[ProblemId, ProblemRow]] = {}
        for batch in in_batches(ids):
            statement = PROBLEM_ROWS.where(self.of_these(problem.c.inspection_id, batch, problems_in(scope)))
            for row in self.rows(statement):
                found.setdefault(row.inspection_id, {})[row.id] = problem_row(row)
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
