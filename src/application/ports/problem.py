"""Ports of problems: the collection, the reader and its rows.

A problem is in scope if the scope has the addressee's region at the time, or is that of the addressed
enterprise. The addressed and the issuing department also see the problem itself. What may not be seen is
NotFound.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from typing import Protocol

from ...domain.handling.feedback import Feedback
from ...domain.inspection.form import InspectionKind
from ...domain.problem.form import ProblemCategory, ProblemOrigin, Severity
from ...domain.problem.groups import ProblemGroup
from ...domain.problem.history import Extension, TimelineEntry
from ...domain.problem.problem import Problem
from ...domain.problem.workflow import ProblemState
from ...domain.values import (
    AttachmentId,
    DepartmentId,
    EnterpriseId,
    InspectionId,
    PersonId,
    ProblemId,
    RegionId,
)
from ..access import Scope
from .counts import Counted, ProblemCounts, ProblemDimension, Split
from .directory import RegionRow
from .paging import Page, Slice
from .rows import row
from .waiting import NOBODY_WAITS, Waiting


class Problems(Protocol):
    """Problems with everything that has happened to them."""

    def save(self, problem: Problem) -> None:
        """Add or change; its reminders are then checked again. Raises Conflict as `Inspections.save` does."""
        ...

    def find(self, id: ProblemId) -> Problem | None: ...

    def find_all(self, ids: Sequence[ProblemId]) -> Mapping[ProblemId, Problem]:
        """Those problems that exist."""
        ...

    def get(self, id: ProblemId, *, within: Scope) -> Problem:
        """The problem. Raises NotFound for an unknown one and for one that may not be seen."""
        ...

    def to_remind(self, now: datetime, *, limit: int) -> Sequence[Problem]:
        """Unfed-back problems whose reminders must be checked by now, longest due first; locks the rows."""
        ...

    def remind_again(self, id: ProblemId, at: datetime) -> None:
        """Check its reminders again at `at`, or as soon as it changes."""
        ...

    def to_review(self, now: datetime, *, limit: int) -> Sequence[Problem]:
        """Problems whose review must be checked by now, longest due first; locks the rows."""
        ...

    def check_review(self, id: ProblemId, at: datetime | None) -> None:
        """Check at `at` whether the issuer has looked; None: no more. Stays when the problem changes."""
        ...


@row
class ProblemRow:
    """A problem as lists show it; feedbacks, extensions and timeline are read separately.

    `acknowledge_due`, `feed_back_due` and `rectify_due` are the deadlines. `first_feedback_at` (of whoever has
    it now), `fed_back_at` (the last final feedback) and `ended_at` (closed or withdrawn) are None until that
    happens. `ministry_due` is the ministry's deadline, None for our own; `handed_over_at` the last hand-over.
    `extension_until`: the day that an undecided request asks for. `region` is set if the reader had loaded it
    anyway.
    """

    id: ProblemId
    origin: ProblemOrigin
    external_id: str | None
    inspection_id: InspectionId | None
    department_id: DepartmentId | None
    enterprise_id: EnterpriseId | None
    addressee_name: str
    region_id: RegionId
    issuer_id: DepartmentId
    issuer_name: str
    category: ProblemCategory
    severity: Severity
    description: str
    rectify_on: date | None
    responsible: tuple[PersonId, ...]
    attachments: tuple[AttachmentId, ...]
    issued_at: datetime
    issued_by: str
    acknowledge_due: datetime
    feed_back_due: datetime
    rectify_due: datetime
    state: ProblemState
    acknowledged_at: datetime | None
    first_feedback_at: datetime | None
    fed_back_at: datetime | None
    ended_at: datetime | None
    extension_until: date | None
    revision: int
    ministry_due: datetime | None = None
    handed_over_at: datetime | None = None
    region: RegionRow | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class ProblemFilter:
    """`first_day` and `last_day` are the business days of the issue, both included; None: open on that side.

    `to_department`, `to_enterprise`: addressed to; `issuer_id`: issued by. `unfed_back` True: the addressee
    still owes its final feedback. `overdue_at`: only those with a deadline unmet by then. `text` is searched
    in the description and the addressee's name. `region_id`: the addressee's region, with all regions below.
    `responsible_id`: this person is one of those responsible. `group`: only those that a figure counts;
    OVERDUE is used with `overdue_at`. `directly`: only the region `region_id` itself. `issued_in_scope`: only
    problems issued by departments of the viewer's regions, like the records that it sees.
    """

    first_day: date | None = None
    last_day: date | None = None
    to_department: DepartmentId | None = None
    to_enterprise: EnterpriseId | None = None
    issuer_id: DepartmentId | None = None
    region_id: RegionId | None = None
    origins: tuple[ProblemOrigin, ...] = ()
    states: tuple[ProblemState, ...] = ()
    categories: tuple[ProblemCategory, ...] = ()
    severities: tuple[Severity, ...] = ()
    kinds: tuple[InspectionKind, ...] = ()
    """PATROL: addressed to departments; SPOT_CHECK: to enterprises."""
    unfed_back: bool | None = None
    handed_over: bool | None = None
    """Only problems of the ministry: those that were handed over to a department, or those that were not."""
    extension_requested: bool | None = None
    """Only those with, or without, a request for an extension that nobody has decided yet."""
    overdue_at: datetime | None = None
    responsible_id: PersonId | None = None
    text: str | None = None
    group: ProblemGroup | None = None
    directly: bool = False
    issued_in_scope: bool = False

    def of_own_party(self, scope: Scope) -> bool:
        """Whether it asks for problems of the viewer's own party; these are listed in any region."""
        department, enterprise = scope.department_id, scope.enterprise_id
        pairs = (
            (department, self.to_department),
            (department, self.issuer_id),
            (enterprise, self.to_enterprise),
        )
        return any(own is not None and asked is not None and own == asked for own, asked in pairs)


class ProblemOrder(Enum):
    """How a list of problems is sorted; the last resort is always the id.

    NEWEST: newest issue first. RECTIFY_DUE: nearest rectification deadline first; best with `unfed_back`.
    REGION: by the code of the addressee's region, then as NEWEST.
    """

    NEWEST = "NEWEST"
    RECTIFY_DUE = "RECTIFY_DUE"
    REGION = "REGION"


@dataclass(frozen=True, slots=True)
class ProblemHistory:
    """Everything that has happened to one problem, oldest first."""

    feedbacks: Sequence[Feedback]
    extensions: Sequence[Extension]
    timeline: Sequence[TimelineEntry]


@dataclass(frozen=True, slots=True)
class WaitingProblems:
    """What waits for one party: `patrol` and `spot_check` for its feedback, the others for its decision.

    The deadline of the first two is the earliest term that still runs and is unmet; of the others it is the
    earliest time by which somebody should have looked.
    """

    patrol: Waiting = NOBODY_WAITS
    spot_check: Waiting = NOBODY_WAITS
    reviews: Waiting = NOBODY_WAITS
    extensions: Waiting = NOBODY_WAITS


class ProblemReader(Protocol):
    """Reads problems for lists and counters."""

    def page(
        self, where: ProblemFilter, scope: Scope, page: Page, order: ProblemOrder = ProblemOrder.NEWEST
    ) -> Slice[ProblemRow]:
        """In the scope's regions, or anywhere if `where.of_own_party`."""
        ...

    def count(self, where: ProblemFilter, scope: Scope) -> int: ...

    def statistics(
        self, where: ProblemFilter, scope: Scope, split: Split[ProblemDimension], *, at: datetime
    ) -> Counted[ProblemCounts]:
        """Count what `page` lists, divided; overdue is what a deadline has passed of by `at`.

        With periods, `where` has both days.
        """
        ...

    def problems(self, ids: Sequence[ProblemId], scope: Scope) -> Mapping[ProblemId, ProblemRow]: ...

    def of_inspections(
        self, ids: Sequence[InspectionId], scope: Scope
    ) -> Mapping[InspectionId, Sequence[ProblemRow]]:
        """The problems that each record has issued, in the order of the form."""
        ...

    def histories(self, ids: Sequence[ProblemId]) -> Mapping[ProblemId, ProblemHistory]:
        """The history of each; ask only for ids that the caller has already been given as rows."""
        ...

    def unfed_back(
        self, department_id: DepartmentId | None, enterprise_id: EnterpriseId | None
    ) -> Mapping[InspectionKind, int]:
        """未反馈: how many problems of this department or enterprise still owe final feedback, by kind."""
        ...

    def waiting(
        self, department_id: DepartmentId | None, enterprise_id: EnterpriseId | None
    ) -> WaitingProblems:
        """What waits for this department or enterprise, in one statement; a department of None waits for nothing."""
        ...
