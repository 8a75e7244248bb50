"""What is known of a problem (问题), what can be asked of it, and how a change is recorded."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from ..directory.organisation import DepartmentSnapshot
from ..handling.feedback import Addressee, Feedback
from ..handling.parties import Party, parties_of
from ..handling.terms import Phase, Term, Terms
from ..refusals import ActionNotAllowed
from ..signed import Signed
from ..values import DepartmentId, EnterpriseId, InspectionId, ProblemId
from .events import PROBLEM_EVENTS, ProblemEvent
from .form import ProblemCategory, ProblemOrigin, ProblemStatement
from .history import Extension, TimelineEntry, before_round
from .recipients import ProblemPath, path_of
from .workflow import (
    PROBLEM_DEEDS,
    PROBLEM_STATE_NAMES,
    PROBLEM_TRANSITIONS,
    UNFED_BACK,
    ProblemAction,
    ProblemState,
    problem_actions_allowed,
)

FEEDBACKS: Final = frozenset({ProblemAction.REPORT_PROGRESS, ProblemAction.FEED_BACK})


@dataclass(slots=True)
class ProblemRecord:
    """The state of a problem from its issue to its end.

    `issuer` is the department that reviews: the one that issued it, or the province's for a problem of the
    ministry. `timeline` has one entry per change. `version` counts saves, for optimistic locking.

    Of a problem of the ministry, `source_version` orders what the ministry states; a newer one wins.
    `ministry_due` is the deadline that the ministry gave, in UTC: the terms may end before it, and after it
    only where the province has granted more time. `handed_over` is the last time that the province handed it
    over. The region of the addressee stays that of the area which the problem is about.
    """

    id: ProblemId
    origin: ProblemOrigin
    external_id: str | None
    inspection_id: InspectionId | None
    addressee: Addressee
    issuer: DepartmentSnapshot
    statement: ProblemStatement
    issued: Signed
    terms: Terms
    source_version: int = 1
    ministry_due: datetime | None = None
    state: ProblemState = ProblemState.ISSUED
    acknowledged: Signed | None = None
    taken_up: Signed | None = None
    returned: Signed | None = None
    closed: Signed | None = None
    withdrawn: Signed | None = None
    handed_over: Signed | None = None
    feedbacks: tuple[Feedback, ...] = ()
    extensions: tuple[Extension, ...] = ()
    timeline: tuple[TimelineEntry, ...] = ()
    version: int = 0
    events: list[ProblemEvent] = field(default_factory=list, compare=False, repr=False)

    # ------------------------------------------------------------ what can be asked

    @property
    def revision(self) -> int:
        """The number of changes, the issue included: it says what a person saw, and orders what is pushed."""
        return len(self.timeline)

    @property
    def category(self) -> ProblemCategory:
        """The category of the statement; OTHER if the ministry gave none."""
        return self.statement.category or ProblemCategory.OTHER

    @property
    def is_unfed_back(self) -> bool:
        """未反馈: the addressee still owes its final feedback."""
        return self.state in UNFED_BACK

    @property
    def path(self) -> ProblemPath:
        """Where it comes from, and who has it now; says who is told."""
        to_enterprise = self.addressee.enterprise_id is not None
        return path_of(self.origin, to_enterprise=to_enterprise, handed_over=self.handed_over is not None)

    @property
    def fed_back_before(self) -> bool:
        return any(feedback.final for feedback in self.feedbacks)

    @property
    def answers(self) -> Sequence[Feedback]:
        """The feedbacks of the present round: what another department answered before is no answer of this."""
        earlier = sum(entry.action in FEEDBACKS for entry in before_round(self.timeline))
        return self.feedbacks[earlier:]

    @property
    def open_extension(self) -> Extension | None:
        """The extension request that waits for its decision; None if there is none."""
        return next((asked for asked in self.extensions if asked.outcome is None), None)

    @property
    def awaits_review(self) -> int | None:
        """The revision of the final feedback or extension request that waits for the issuer; None if none."""
        if self.state is ProblemState.FED_BACK:
            waiting = ProblemAction.FEED_BACK
        elif self.open_extension is not None:
            waiting = ProblemAction.REQUEST_EXTENSION
        else:
            return None
        return max(n for n, entry in enumerate(self.timeline, start=1) if entry.action is waiting)

    def term(self, phase: Phase) -> Term:
        return next(term for term in self.terms if term.phase is phase)

    @property
    def running_terms(self) -> tuple[Term, ...]:
        """The terms of what is still owed; reminders follow from these.

        The acknowledgement ends the first term, the first feedback of any kind the second, the final feedback
        the third. During the issuer's review, and after the end, no term runs.
        """
        if not self.is_unfed_back:
            return ()
        met = {
            Phase.ACKNOWLEDGE: self.acknowledged is not None,
            Phase.FEED_BACK: bool(self.answers),
            Phase.RECTIFY: False,
        }
        return tuple(term for term in self.terms if not met[term.phase])

    def overdue(self, at: datetime) -> bool:
        """Whether any running term is overdue at this instant."""
        return any(term.overdue(at) for term in self.running_terms)

    def state_at(self, at: datetime) -> ProblemState | None:
        """The state just before this instant; None if it was not issued yet.

        A change at the instant itself does not count, so that a window [from, until) can ask with `until`.
        """
        return next((entry.state for entry in reversed(self.timeline) if entry.signed.at < at), None)

    def parties(
        self, department_id: DepartmentId | None = None, enterprise_id: EnterpriseId | None = None
    ) -> frozenset[Party]:
        """The parts that people of this department or enterprise have in the problem."""
        return parties_of(self.addressee, self.issuer.id, department_id, enterprise_id)

    def allowed_actions(self, parties: Collection[Party], at: datetime) -> frozenset[ProblemAction]:
        """What these parties may do now; the application checks which roles may do it."""
        waiting = self.open_extension
        return problem_actions_allowed(
            self.state,
            self.origin,
            parties,
            at,
            extension_until=None if waiting is None else waiting.until,
            fed_back_before=self.fed_back_before,
            to_department=self.addressee.department_id is not None,
        )

    # ------------------------------------------------------------ what every change does

    def _target(self, action: ProblemAction) -> ProblemState:
        target = PROBLEM_TRANSITIONS.get((self.state, action))
        if target is None:
            raise ActionNotAllowed(f"该问题{PROBLEM_STATE_NAMES[self.state]}，不能{PROBLEM_DEEDS[action]}。")
        return target

    def _record(self, action: ProblemAction | None, by: Signed, note: str = "") -> None:
        """Change the state by the table, add the timeline entry, and add the event."""
        if action is not None:
            self.state = self._target(action)
        entry = TimelineEntry(action, self.state, by, self.term(Phase.RECTIFY).due, note)
        self.timeline = (*self.timeline, entry)
        self.events.append(
            PROBLEM_EVENTS[action](
                problem_id=self.id,
                origin=self.origin,
                department_id=self.addressee.department_id,
                enterprise_id=self.addressee.enterprise_id,
                issuer_id=self.issuer.id,
                region_id=self.addressee.region_id,
                state=self.state,
                revision=self.revision,
                at=by.at,
            )
        )
