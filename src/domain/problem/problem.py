"""The problem (问题): issued to a department or enterprise, rectified, fed back, closed or returned."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Final

from ..deadlines import business_date, day_end
from ..directory.organisation import DepartmentSnapshot
from ..faults import Faults, raise_together
from ..handling.check import check_feedback
from ..handling.feedback import Addressee, Feedback, FeedbackForm
from ..handling.parties import Party, parties_of
from ..handling.terms import Phase, Term, Terms
from ..policy import Policy, stricter
from ..refusals import ActionNotAllowed
from ..signed import Signed
from ..values import DepartmentId, EnterpriseId, InspectionId, ProblemId, aware, parse_text
from .check import day_faults, extension_faults, far_day_faults
from .deadlines import due_after_return, terms
from .events import PROBLEM_EVENTS, ProblemEvent
from .form import ProblemCategory, ProblemOrigin, ProblemStatement, ministry_problem_id
from .history import Extension, ExtensionOutcome, TimelineEntry
from .workflow import (
    PROBLEM_DEEDS,
    PROBLEM_STATE_NAMES,
    PROBLEM_TRANSITIONS,
    UNFED_BACK,
    ProblemAction,
    ProblemState,
    problem_actions_allowed,
)

MINISTRY_NAME: Final = "部级平台"
WORK: Final = "整改"


@dataclass(slots=True)
class Problem:
    """A problem from its issue to its end.

    `issuer` is the department that reviews: the one that issued it, or the province's for a problem of the
    ministry. `timeline` has one entry per change. `version` counts saves, for optimistic locking.
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
    state: ProblemState = ProblemState.ISSUED
    acknowledged: Signed | None = None
    taken_up: Signed | None = None
    returned: Signed | None = None
    closed: Signed | None = None
    withdrawn: Signed | None = None
    feedbacks: tuple[Feedback, ...] = ()
    extensions: tuple[Extension, ...] = ()
    timeline: tuple[TimelineEntry, ...] = ()
    version: int = 0
    events: list[ProblemEvent] = field(default_factory=list, compare=False, repr=False)

    # ------------------------------------------------------------ how it is created

    @classmethod
    def issue(
        cls,
        statement: ProblemStatement,
        *,
        id: ProblemId,
        inspection_id: InspectionId | None,
        addressee: Addressee,
        issuer: DepartmentSnapshot,
        by: Signed,
        policy: Policy,
        issuer_policy: Policy | None = None,
    ) -> Problem:
        """Issue a problem that a department found; its terms are the stricter of both parties' policies.

        `policy` is the addressee's. `issuer_policy` None: the issuer has the same. The caller has checked
        `statement`.
        """
        strictest = policy if issuer_policy is None else stricter(policy, issuer_policy)
        problem = cls(
            id=id,
            origin=ProblemOrigin.DEPARTMENT,
            external_id=None,
            inspection_id=inspection_id,
            addressee=addressee,
            issuer=issuer,
            statement=statement,
            issued=by,
            terms=terms(by.at, statement.severity, strictest, statement.rectify_on),
        )
        problem._record(None, by)
        return problem

    @classmethod
    def receive(
        cls,
        statement: ProblemStatement,
        *,
        external_id: str,
        addressee: Addressee,
        reviewer: DepartmentSnapshot,
        at: datetime,
        policy: Policy,
    ) -> Problem:
        """Receive a problem from the ministry; `reviewer` is the province, which reviews in its place.

        What the ministry states is accepted: a missing category counts as 其他, and a past day for
        rectification makes the problem overdue at once. Only a day more than a year ahead is refused
        (InvalidValue).
        """
        by = Signed(person_id=None, name=MINISTRY_NAME, at=aware(at))
        raise_together(far_day_faults(statement.rectify_on, "rectifyOn", today=business_date(at)))
        problem = cls(
            id=ministry_problem_id(external_id),
            origin=ProblemOrigin.MINISTRY,
            external_id=external_id,
            inspection_id=None,
            addressee=addressee,
            issuer=reviewer,
            statement=statement,
            issued=by,
            terms=terms(at, statement.severity, policy, statement.rectify_on),
        )
        problem._record(None, by)
        return problem

    # ------------------------------------------------------------ what the addressee does

    def acknowledge(self, *, by: Signed) -> None:
        """Acknowledge the problem. Raises ActionNotAllowed."""
        self._target(ProblemAction.ACKNOWLEDGE)
        self.acknowledged = by
        self._record(ProblemAction.ACKNOWLEDGE, by)

    def rectify(self, *, by: Signed) -> None:
        """Verify the problem and start to rectify it, again after a return. Raises ActionNotAllowed."""
        self._target(ProblemAction.RECTIFY)
        self.taken_up = by
        self._record(ProblemAction.RECTIFY, by)

    def report_progress(self, form: FeedbackForm, *, by: Signed) -> None:
        """Give interim feedback: progress and planned day. Raises ActionNotAllowed or the form's faults."""
        self._target(ProblemAction.REPORT_PROGRESS)
        check_feedback(form, final=False, today=business_date(by.at), work=WORK)
        self._feed_back(form, by, final=False)
        self._record(ProblemAction.REPORT_PROGRESS, by)

    def feed_back(self, form: FeedbackForm, *, by: Signed) -> None:
        """Give the final feedback; then the issuer reviews it. An open extension request lapses.

        Raises ActionNotAllowed or the form's faults.
        """
        self._target(ProblemAction.FEED_BACK)
        check_feedback(form, final=True, today=business_date(by.at), work=WORK)
        self._feed_back(form, by, final=True)
        self._lapse(by)
        self._record(ProblemAction.FEED_BACK, by)

    def request_extension(self, until: date, reason: str, *, by: Signed) -> None:
        """Ask for more time to rectify, until the end of a day after the present deadline.

        Only one request can be open. The terms keep running meanwhile. Raises ActionNotAllowed or
        InvalidValue.
        """
        self._target(ProblemAction.REQUEST_EXTENSION)
        if self.open_extension is not None:
            raise ActionNotAllowed("已有待审批的延期申请，不能再次申请延期。")
        present = self.term(Phase.RECTIFY).due
        faults = Faults(extension_faults(until, present, today=business_date(by.at)))
        with faults:
            why = parse_text(reason, what="申请延期的原因", field="reason", longest=500, shortest=2)
        faults.raise_together()
        self.extensions = (*self.extensions, Extension(requested=by, until=until, reason=why))
        self._record(ProblemAction.REQUEST_EXTENSION, by, f"申请延期至{until}：{why}")

    # ------------------------------------------------------------ what the issuer does

    def close(self, note: str = "", *, by: Signed) -> None:
        """Accept the final feedback and end the problem. Raises ActionNotAllowed or InvalidValue."""
        self._target(ProblemAction.CLOSE)
        words = parse_text(note, what="核查意见", field="note", longest=500, shortest=0)
        self.closed = by
        self._record(ProblemAction.CLOSE, by, words)

    def return_(
        self, reason: str, *, by: Signed, rectify_on: date | None = None, policy: Policy | None = None
    ) -> None:
        """Send the final feedback back with a reason: the addressee must rectify again.

        The new deadline is the end of `rectify_on`, which must not have passed. It must not lie beyond both
        the present deadline and the term of `policy`: the stricter of both parties' (None: the starting
        values). Without `rectify_on` the deadline stays, but at least 24 hours are left. Nobody is overdue
        before being told: a deadline within the quiet hours moves to the end of the day on which they end.
        Raises ActionNotAllowed or the faults of the inputs together.
        """
        self._target(ProblemAction.RETURN)
        present, faults = self.term(Phase.RECTIFY).due, Faults()
        with faults:
            why = parse_text(reason, what="退回的原因", field="reason", longest=500, shortest=2)
        faults.found += day_faults(
            rectify_on,
            "rectifyOn",
            severity=self.statement.severity,
            policy=policy or Policy(),
            at=by.at,
            known_due=present,
        )
        faults.raise_together()
        self._renew(by.at, due_after_return(present, by.at, rectify_on, policy or Policy()))
        self.returned = by
        self._record(ProblemAction.RETURN, by, why)

    def grant_extension(self, note: str = "", *, by: Signed) -> None:
        """Grant the time asked for: the deadline is the end of that day.

        Raises ActionNotAllowed or InvalidValue.
        """
        self._target(ProblemAction.GRANT_EXTENSION)
        waiting = self._waiting_extension()
        if by.at >= day_end(waiting.until):
            raise ActionNotAllowed(f"申请延期至{waiting.until}，该日已过，不能批准延期。")
        words = parse_text(note, what="审批意见", field="note", longest=500, shortest=0)
        self._decide(ExtensionOutcome.GRANTED, by, words)
        self._renew(by.at, day_end(waiting.until))
        granted = f"延期至{waiting.until}"
        self._record(ProblemAction.GRANT_EXTENSION, by, f"{granted}：{words}" if words else granted)

    def refuse_extension(self, reason: str, *, by: Signed) -> None:
        """Refuse more time, with a reason; it can be asked for again.

        Raises ActionNotAllowed or InvalidValue.
        """
        self._target(ProblemAction.REFUSE_EXTENSION)
        self._waiting_extension()
        why = parse_text(reason, what="不批准延期的原因", field="reason", longest=500, shortest=2)
        self._decide(ExtensionOutcome.REFUSED, by, why)
        self._record(ProblemAction.REFUSE_EXTENSION, by, why)

    def withdraw(self, reason: str, *, by: Signed) -> None:
        """Withdraw the problem before its first final feedback; only the ministry withdraws its own.

        An open extension request lapses. Raises ActionNotAllowed or InvalidValue.
        """
        self._target(ProblemAction.WITHDRAW)
        if self.fed_back_before:
            raise ActionNotAllowed("该问题已有最终反馈，不能撤回，请核查后办结或退回。")
        why = parse_text(reason, what="撤回的原因", field="reason", longest=500, shortest=2)
        self._lapse(by)
        self.withdrawn = by
        self._record(ProblemAction.WITHDRAW, by, why)

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
    def fed_back_before(self) -> bool:
        return any(feedback.final for feedback in self.feedbacks)

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
            Phase.FEED_BACK: bool(self.feedbacks),
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
        )

    # ------------------------------------------------------------ how the state changes

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

    def _feed_back(self, form: FeedbackForm, by: Signed, *, final: bool) -> None:
        term = self.term(Phase.RECTIFY if final else Phase.FEED_BACK)
        late = term.overdue(by.at) and (final or not self.feedbacks)
        self.feedbacks = (*self.feedbacks, Feedback(by, form, final=final, late=late))

    def _waiting_extension(self) -> Extension:
        waiting = self.open_extension
        if waiting is None:
            raise ActionNotAllowed("没有待审批的延期申请。")
        return waiting

    def _decide(self, outcome: ExtensionOutcome, by: Signed, note: str) -> None:
        *former, waiting = self.extensions
        self.extensions = (*former, replace(waiting, outcome=outcome, decided=by, note=note))

    def _lapse(self, by: Signed) -> None:
        if self.open_extension is not None:
            self._decide(ExtensionOutcome.LAPSED, by, "")

    def _renew(self, since: datetime, due: datetime) -> None:
        """Replace the term to rectify; the reminders of the former one end with it."""
        acknowledge, feed_back, _ = self.terms
        self.terms = (acknowledge, feed_back, Term(Phase.RECTIFY, since.astimezone(UTC), due))
