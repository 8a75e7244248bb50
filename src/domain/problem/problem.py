"""The problem (问题): issued to a department or enterprise, rectified, fed back, closed or returned."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Final

from ..deadlines import business_date, day_end
from ..directory.organisation import Department, DepartmentSnapshot
from ..faults import Faults, raise_together
from ..handling.check import check_feedback
from ..handling.feedback import Addressee, Feedback, FeedbackForm
from ..handling.terms import Phase, Term, Terms
from ..handling.updates import UpdateOutcome, without_effect
from ..policy import Policy, stricter
from ..refusals import ActionNotAllowed
from ..signed import Signed
from ..values import DepartmentId, InspectionId, ProblemId, RegionId, aware, parse_text, shortened
from .check import (
    day_faults,
    department_faults,
    extension_faults,
    far_day_faults,
    hand_over_faults,
)
from .deadlines import due_after_return, due_as_restated, restated_terms, terms, terms_within
from .events import ProblemHandedOver
from .form import (
    ProblemOrigin,
    ProblemStatement,
    Severity,
    changes_between,
    ministry_problem_id,
)
from .history import Extension, ExtensionOutcome
from .record import ProblemRecord
from .workflow import (
    OPEN,
    PROBLEM_DEEDS,
    ProblemAction,
)

MINISTRY_NAME: Final = "部级平台"
WORK: Final = "整改"


def by_ministry(at: datetime) -> Signed:
    """The ministry's signature at this instant."""
    return Signed(person_id=None, name=MINISTRY_NAME, at=aware(at))


@dataclass(slots=True)
class Problem(ProblemRecord):
    """A problem from its issue to its end: what is done to it. ProblemRecord has its fields."""

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
        source_version: int = 1,
        withdrawn: str | None = None,
    ) -> Problem:
        """Receive a problem from the ministry; `reviewer` is the province, which reviews in its place.

        What the ministry states is accepted: a missing category counts as 其他, and a past day for
        rectification makes the problem overdue at once. Only a day more than a year ahead is refused
        (InvalidValue). `withdrawn` is why the ministry had withdrawn it before it came; then it ends at once.
        """
        by = by_ministry(at)
        raise_together(far_day_faults(statement.rectify_on, "rectifyOn", today=business_date(at)))
        given = terms(at, statement.severity, policy, statement.rectify_on)
        problem = cls(
            id=ministry_problem_id(external_id),
            origin=ProblemOrigin.MINISTRY,
            external_id=external_id,
            inspection_id=None,
            addressee=addressee,
            issuer=reviewer,
            statement=statement,
            issued=by,
            terms=given,
            source_version=source_version,
            ministry_due=given[2].due,
        )
        problem._record(None, by)
        if withdrawn is not None:
            problem._withdraw(withdrawn, by)
            problem.events = [replace(event, came_over=True) for event in problem.events]
        return problem

    # ------------------------------------------------------------ what the ministry states anew

    def restate(
        self,
        statement: ProblemStatement,
        *,
        source_version: int,
        by: Signed,
        policy: Policy,
        withdrawn: str | None = None,
    ) -> UpdateOutcome:
        """Take over a newer statement of the ministry; an older or equal version changes nothing.

        The state stays; severity, description and day change. A shorter day or a graver severity shortens the
        terms, a later day lengthens the ministry's own term. `withdrawn` is why the ministry withdraws the
        problem, also after feedback. A statement that stands reopens what was closed or withdrawn. Raises
        ActionNotAllowed for a problem of a department, InvalidValue for a day more than a year ahead.
        """
        known_due = self._of_the_ministry(ProblemAction.RESTATE)
        if (stays := without_effect(source_version, self.source_version)) is not None:
            return stays
        raise_together(far_day_faults(statement.rectify_on, "rectifyOn", today=business_date(by.at)))
        before, self.source_version = self.statement, source_version
        # The ministry names nobody here and attaches nothing.
        self.statement = replace(statement, responsible=before.responsible, attachments=before.attachments)
        if withdrawn is not None:
            if self.state in OPEN:
                self._withdraw(withdrawn, by)
            else:
                self._record(ProblemAction.RESTATE, by, _why("部级平台已撤回", withdrawn))
        elif self.state not in OPEN:
            self.reopen(by=by, policy=policy)
        else:
            self._change_terms(before, known_due, by.at, policy)
            self._record(ProblemAction.RESTATE, by, changes_between(before, statement))
        return UpdateOutcome.APPLIED

    def reopen(self, *, by: Signed, policy: Policy) -> None:
        """Begin a new round of what was closed or withdrawn, because the ministry states it again.

        Whoever had it last has it again, with new terms. Raises ActionNotAllowed.
        """
        self._of_the_ministry(ProblemAction.REOPEN)
        given = terms(by.at, self.statement.severity, policy, self.statement.rectify_on)
        self._new_round(given)
        self.ministry_due = given[2].due
        self._record(ProblemAction.REOPEN, by)

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
            known_due=present if self.ministry_due is None else max(present, self.ministry_due),
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
        """Withdraw the problem before its first final feedback; the ministry alone withdraws its own, any time.

        An open extension request lapses. Raises ActionNotAllowed or InvalidValue.
        """
        self._target(ProblemAction.WITHDRAW)
        if self.origin is not ProblemOrigin.MINISTRY and self.fed_back_before:
            raise ActionNotAllowed("该问题已有最终反馈，不能撤回，请核查后办结或退回。")
        self._withdraw(parse_text(reason, what="撤回的原因", field="reason", longest=500, shortest=2), by)

    def hand_over(
        self,
        instruction: str,
        *,
        to: Department,
        superiors: Collection[DepartmentId],
        lineages: Mapping[RegionId, Sequence[RegionId]],
        by: Signed,
        policy: Policy,
        rectify_on: date | None = None,
    ) -> None:
        """Hand a problem of the ministry over to a department below the province (转办), with its own terms.

        The department must acknowledge it anew, and rectify it by the end of `rectify_on` or else by the
        ministry's deadline, never later. `superiors` are all departments above it, `lineages` give each
        region with its ancestors, `policy` is the strictest of all parties'. An open extension request
        lapses. Raises ActionNotAllowed or the faults of the inputs together.
        """
        known_due = self._of_the_ministry(ProblemAction.HAND_OVER)
        if self.addressee.department_id is None:
            raise ActionNotAllowed("部级抽查问题由企业整改，不能转办。")
        faults = Faults(
            department_faults(
                to, superiors=superiors, present=self.addressee, issuer=self.issuer, lineages=lineages
            )
        )
        with faults:
            words = parse_text(instruction, what="转办要求", field="instruction", longest=500, shortest=0)
        faults.found += hand_over_faults(rectify_on, known_due, today=business_date(by.at))
        faults.raise_together()
        due = known_due if rectify_on is None else min(day_end(rectify_on), known_due)
        self._lapse(by)
        self._new_round(terms_within(by.at, self.statement.severity, policy, due))
        former, self.addressee = self.addressee, replace(self.addressee, department_id=to.id, name=to.name)
        self.handed_over = by
        self._record(ProblemAction.HAND_OVER, by, _why(f"由{former.name}转办至{to.name}", words))
        announced = self.events[-1]
        assert isinstance(announced, ProblemHandedOver), "the table of events says so"
        self.events[-1] = replace(announced, former_id=former.department_id)

    # ------------------------------------------------------------ how the state changes

    def _of_the_ministry(self, action: ProblemAction) -> datetime:
        """Raise ActionNotAllowed unless state and origin allow the action; return the ministry's deadline."""
        self._target(action)
        if self.ministry_due is None:
            raise ActionNotAllowed(f"该问题由本系统部门下发，不能{PROBLEM_DEEDS[action]}。")
        return self.ministry_due

    def _withdraw(self, why: str, by: Signed) -> None:
        self._lapse(by)
        self.withdrawn = by
        self._record(ProblemAction.WITHDRAW, by, shortened(why, 500))

    def _new_round(self, given: Terms) -> None:
        """Begin anew: what was acknowledged, returned and closed before no longer counts."""
        self.terms = given
        self.acknowledged = self.taken_up = self.returned = self.closed = self.withdrawn = None

    def _change_terms(
        self, before: ProblemStatement, known_due: datetime, at: datetime, policy: Policy
    ) -> None:
        stated = self.statement
        fresh = terms(at, stated.severity, policy, stated.rectify_on)
        graver = stated.severity is Severity.MAJOR and before.severity is not Severity.MAJOR
        newly_named = stated.rectify_on is not None and stated.rectify_on != before.rectify_on
        due = due_as_restated(known_due, fresh, newly_named=newly_named, graver=graver)
        self.terms = restated_terms(self.terms, fresh, known_due=known_due, stated_due=due, graver=graver)
        self.ministry_due = due

    def _feed_back(self, form: FeedbackForm, by: Signed, *, final: bool) -> None:
        term = self.term(Phase.RECTIFY if final else Phase.FEED_BACK)
        late = term.overdue(by.at) and (final or not self.answers)
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


def _why(what: str, words: str) -> str:
    return f"{what}：{words}" if words else what
