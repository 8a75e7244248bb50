"""Lists the records and problems that a row of the weekly push is counted from, and as what each counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...domain.inspection.week import Week
from ...domain.problem.history import TimelineEntry
from ...domain.problem.workflow import UNFED_BACK, ProblemState
from ...domain.signed import Origin
from ...domain.values import ProblemId
from ..ports.inspection import InspectionRow
from ..ports.problem import ProblemHistory, ProblemRow


@dataclass(frozen=True, slots=True)
class CountedProblem:
    """A problem and the weekly figures it counts in; `unfed_back` and `overdue` are as of the closing."""

    problem: ProblemRow
    issued: bool
    withdrawn: bool
    fed_back: bool
    unfed_back: bool
    overdue: bool


@dataclass(frozen=True, slots=True)
class WeeklySources:
    """The records submitted in the week, oldest first, and every problem that counts, oldest issue first.

    The properties count them. They have the names and the values of the figures in the row.
    """

    records: Sequence[InspectionRow]
    problems: Sequence[CountedProblem]

    @property
    def inspected(self) -> int:
        return len(self._inspected)

    @property
    def automatic(self) -> int:
        return len({_place(record) for record in self.records if record.target_is_area} - self._inspected)

    @property
    def with_problems(self) -> int:
        withdrawn = Counter(one.problem.inspection_id for one in self.problems if one.withdrawn)
        return len(
            {
                _place(record)
                for record in self.records
                if record.target_is_area
                and (record.problems > withdrawn[record.id] or record.rectified_on_site)
            }
        )

    @property
    def rectified_on_site(self) -> int:
        return sum(record.rectified_on_site for record in self.records)

    @property
    def issued(self) -> int:
        return sum(counted.issued for counted in self.problems)

    @property
    def withdrawn(self) -> int:
        return sum(counted.withdrawn for counted in self.problems)

    @property
    def fed_back(self) -> int:
        return sum(counted.fed_back for counted in self.problems)

    @property
    def unfed_back(self) -> int:
        return sum(counted.unfed_back for counted in self.problems)

    @property
    def overdue(self) -> int:
        return sum(counted.overdue for counted in self.problems)

    @property
    def _inspected(self) -> frozenset[object]:
        """The areas or enterprises with a manual record."""
        return frozenset(
            _place(record)
            for record in self.records
            if record.target_is_area and record.origin is Origin.MANUAL
        )


def sources_of(
    week: Week,
    records: Sequence[InspectionRow],
    problems: Sequence[ProblemRow],
    histories: Mapping[ProblemId, ProblemHistory],
) -> WeeklySources:
    """Keep only the problems that count. The database counts the row's figures itself: both must agree."""
    counted = [_counted(week, problem, histories[problem.id]) for problem in problems]
    return WeeklySources(
        records=records,
        problems=[one for one in counted if one.issued or one.withdrawn or one.fed_back or one.unfed_back],
    )


def _counted(week: Week, problem: ProblemRow, history: ProblemHistory) -> CountedProblem:
    past = [entry for entry in history.timeline if entry.signed.at < week.until]
    unfed_back = bool(past) and past[-1].state in UNFED_BACK
    withdrawn = bool(past) and past[-1].state is ProblemState.WITHDRAWN
    return CountedProblem(
        problem,
        issued=problem.issued_at in week and not withdrawn,
        withdrawn=withdrawn and past[-1].signed.at in week,
        fed_back=any(feedback.final and feedback.signed.at in week for feedback in history.feedbacks),
        unfed_back=unfed_back,
        overdue=unfed_back and _overdue(week, problem, history, past[-1]),
    )


def _overdue(week: Week, problem: ProblemRow, history: ProblemHistory, last: TimelineEntry) -> bool:
    """Whether a deadline, as it stood at the closing, had passed unmet before the closing."""
    dues = [last.rectify_due]
    if problem.acknowledged_at is None or problem.acknowledged_at >= week.until:
        dues.append(problem.acknowledge_due)
    if not any(feedback.signed.at < week.until for feedback in history.feedbacks):
        dues.append(problem.feed_back_due)
    return min(dues) < week.until


def _place(record: InspectionRow) -> object:
    """The inspected area or enterprise, as a key."""
    return record.target_enterprise_id or record.target_region_id
