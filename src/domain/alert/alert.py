"""The alert (预警): opened by the ministry or our watch, handled by the enterprise, reviewed, closed or ended."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from ..deadlines import business_date
from ..directory.organisation import DepartmentSnapshot
from ..handling.check import check_feedback
from ..handling.feedback import Addressee, Feedback, FeedbackForm
from ..handling.parties import Party, parties_of
from ..handling.terms import Phase, Term
from ..handling.updates import UpdateOutcome, without_effect
from ..policy import Policy
from ..refusals import ActionNotAllowed, InvalidValue
from ..signed import Signed
from ..values import AlertId, DepartmentId, EnterpriseId, aware, parse_text
from .deadlines import AlertTerms, alert_terms, tightened
from .events import ALERT_EVENTS, AlertEscalated, AlertEvent
from .form import (
    ALERT_LEVEL_NAMES,
    VERIFICATION_NAMES,
    AlertLevel,
    AlertOrigin,
    AlertStatement,
    Verification,
)
from .history import AlertEntry
from .workflow import (
    ALERT_ACTION_NAMES,
    ALERT_OPEN,
    ALERT_STATE_NAMES,
    ALERT_TRANSITIONS,
    ALERT_UNFED_BACK,
    AlertAction,
    AlertState,
    alert_actions_allowed,
)

WORK: Final = "处置"


@dataclass(slots=True)
class Alert:
    """An alert from its opening to its end.

    `reviewer` is the department that reviews: the province's for an alert of the ministry, else the county's.
    `source_version` orders what the source states; a newer one wins. `escalated` is the last escalation.
    `timeline` has one entry per change. `version` counts saves, for optimistic locking.
    """

    id: AlertId
    origin: AlertOrigin
    external_id: str | None
    addressee: Addressee
    reviewer: DepartmentSnapshot
    statement: AlertStatement
    opened: Signed
    terms: AlertTerms
    source_version: int = 1
    state: AlertState = AlertState.OPEN
    verification: Verification | None = None
    acknowledged: Signed | None = None
    handled: Signed | None = None
    returned: Signed | None = None
    closed: Signed | None = None
    escalated: Signed | None = None
    ended: Signed | None = None
    feedbacks: tuple[Feedback, ...] = ()
    timeline: tuple[AlertEntry, ...] = ()
    version: int = 0
    events: list[AlertEvent] = field(default_factory=list, compare=False, repr=False)

    # ------------------------------------------------------------ what the source states

    @classmethod
    def open(
        cls,
        statement: AlertStatement,
        *,
        id: AlertId,
        origin: AlertOrigin,
        external_id: str | None,
        addressee: Addressee,
        reviewer: DepartmentSnapshot,
        by: Signed,
        policy: Policy,
        source_version: int = 1,
        ended: str | None = None,
    ) -> Alert:
        """Open an alert. `ended` is why it is over already: its end came before its beginning was known.

        `policy` is that of the addressee's region. An alert that is over has one event, AlertEnded.
        """
        aware(by.at)
        alert = cls(
            id=id,
            origin=origin,
            external_id=external_id,
            addressee=addressee,
            reviewer=reviewer,
            statement=statement,
            opened=by,
            terms=alert_terms(by.at, statement, policy),
            source_version=source_version,
        )
        alert._record(None, by)
        if ended is not None:
            alert.events.clear()  # What goes up is that it is over.
            alert._end(ended, by)
            alert.events = [replace(event, came_over=True) for event in alert.events]
        return alert

    def update(
        self,
        statement: AlertStatement,
        *,
        source_version: int,
        by: Signed,
        policy: Policy,
        ended: str | None = None,
        reason: str = "",
    ) -> UpdateOutcome:
        """Take over a newer statement of the source; an older or equal version changes nothing.

        `ended` is why the source ends the alert, `reason` why the level changed. Raises InvalidValue if the
        statement is of another kind than before.
        """
        if (stays := without_effect(source_version, self.source_version)) is not None:
            return stays
        if statement.kind is not self.statement.kind:
            raise InvalidValue("预警类别不能改变。", field="kind")
        before, self.statement, self.source_version = self.statement, statement, source_version
        if ended is not None:
            if self.state is not AlertState.ENDED:
                self._end(ended, by)
        elif self.state is AlertState.ENDED:
            self._new_round(by.at, policy)
            self.ended = None
            self._record(AlertAction.REOPEN, by, reason)
        elif statement.level is not before.level:
            self._change_level(before.level, by, policy, reason)
        else:
            self._record(AlertAction.RESTATE, by, reason)
        return UpdateOutcome.APPLIED

    # ------------------------------------------------------------ what the enterprise does

    def acknowledge(self, *, by: Signed) -> None:
        """Acknowledge the alert. Raises ActionNotAllowed."""
        self._target(AlertAction.ACKNOWLEDGE)
        self.acknowledged = by
        self._record(AlertAction.ACKNOWLEDGE, by)

    def handle(self, verification: Verification, note: str = "", *, by: Signed) -> None:
        """Verify the alert on site and start to handle it; done again, it corrects the result.

        A result other than 真实 needs a note that says how it was found. Raises ActionNotAllowed or
        InvalidValue.
        """
        self._target(AlertAction.HANDLE)
        least = 0 if verification is Verification.TRUE else 4
        words = parse_text(note, what="核实说明", field="note", longest=500, shortest=least)
        self.verification = verification
        self.handled = by
        found = f"核实为{VERIFICATION_NAMES[verification]}"
        self._record(AlertAction.HANDLE, by, f"{found}：{words}" if words else found)

    def report_progress(self, form: FeedbackForm, *, by: Signed) -> None:
        """Give interim feedback: progress and planned day. Raises ActionNotAllowed or the form's faults."""
        self._target(AlertAction.REPORT_PROGRESS)
        check_feedback(form, final=False, today=business_date(by.at), work=WORK)
        self._feed_back(form, by, final=False)
        self._record(AlertAction.REPORT_PROGRESS, by)

    def feed_back(self, form: FeedbackForm, *, by: Signed) -> None:
        """Give the final feedback; then it is reviewed. Raises ActionNotAllowed or the form's faults."""
        self._target(AlertAction.FEED_BACK)
        check_feedback(form, final=True, today=business_date(by.at), work=WORK)
        self._feed_back(form, by, final=True)
        self._record(AlertAction.FEED_BACK, by)

    # ------------------------------------------------------------ what the reviewing department does

    def close(self, note: str = "", *, by: Signed) -> None:
        """Accept the final feedback. Raises ActionNotAllowed or InvalidValue."""
        self._target(AlertAction.CLOSE)
        words = parse_text(note, what="核查意见", field="note", longest=500, shortest=0)
        self.closed = by
        self._record(AlertAction.CLOSE, by, words)

    def return_(self, reason: str, *, by: Signed, policy: Policy) -> None:
        """Send the final feedback back with a reason; the enterprise has the level's time to feed back again.

        Raises ActionNotAllowed or InvalidValue.
        """
        self._target(AlertAction.RETURN)
        why = parse_text(reason, what="退回的原因", field="reason", longest=500, shortest=2)
        acknowledge, feed_back = self.terms
        _, fresh = alert_terms(by.at, self.statement, policy)
        self.terms = (acknowledge, Term(Phase.FEED_BACK, fresh.since, max(fresh.due, feed_back.due)))
        self.returned = by
        self._record(AlertAction.RETURN, by, why)

    def escalate(self, reason: str, *, to: DepartmentSnapshot, by: Signed) -> None:
        """Hand the review to the department above, with a reason. Raises ActionNotAllowed or InvalidValue."""
        self._target(AlertAction.ESCALATE)
        if to.id == self.reviewer.id:
            raise ActionNotAllowed("该预警已由最高一级部门核查，不能再提级督办。")
        why = parse_text(reason, what="提级督办的原因", field="reason", longest=500, shortest=2)
        former, self.reviewer = self.reviewer, to
        self.escalated = by
        self._record(AlertAction.ESCALATE, by, f"提级至{to.name}：{why}")
        announced = self.events[-1]
        assert isinstance(announced, AlertEscalated), "the table of events says so"
        self.events[-1] = replace(announced, former_id=former.id)

    # ------------------------------------------------------------ what can be asked

    @property
    def level(self) -> AlertLevel:
        return self.statement.level

    @property
    def revision(self) -> int:
        """The number of changes, the opening included: it says what a person saw, and orders what is pushed."""
        return len(self.timeline)

    @property
    def is_unfed_back(self) -> bool:
        """未反馈: the enterprise still owes its final feedback."""
        return self.state in ALERT_UNFED_BACK

    @property
    def awaits_review(self) -> int | None:
        """The revision of the final feedback that waits for review; None if none."""
        if self.state is not AlertState.FED_BACK:
            return None
        entries = enumerate(self.timeline, start=1)
        return max(n for n, entry in entries if entry.action is AlertAction.FEED_BACK)

    def term(self, phase: Phase) -> Term:
        return next(term for term in self.terms if term.phase is phase)

    @property
    def running_terms(self) -> tuple[Term, ...]:
        """The terms of what is still owed; reminders follow from these. During the review no term runs."""
        if not self.is_unfed_back:
            return ()
        return tuple(
            term
            for term in self.terms
            if term.phase is not Phase.ACKNOWLEDGE or self.state is AlertState.OPEN
        )

    def gravest_since(self, since: datetime, until: datetime) -> AlertLevel | None:
        """The gravest level that it had while it was open, from `since` to `until`; None if it was not open."""
        ends = [*(entry.signed.at for entry in self.timeline[1:]), None]
        levels = [
            entry.level
            for entry, end in zip(self.timeline, ends, strict=True)
            if entry.state in ALERT_OPEN and entry.signed.at <= until and (end is None or end > since)
        ]
        return min(levels, key=lambda level: level.rank, default=None)

    def overdue(self, at: datetime) -> bool:
        """Whether any running term is overdue at this instant."""
        return any(term.overdue(at) for term in self.running_terms)

    def parties(
        self, department_id: DepartmentId | None = None, enterprise_id: EnterpriseId | None = None
    ) -> frozenset[Party]:
        """The parts that people of this department or enterprise have; Party.ISSUER is the reviewer."""
        return parties_of(self.addressee, self.reviewer.id, department_id, enterprise_id)

    def allowed_actions(self, parties: Collection[Party], *, can_escalate: bool) -> frozenset[AlertAction]:
        """What these parties may do now; the application checks which roles may do it."""
        return alert_actions_allowed(self.state, parties, can_escalate=can_escalate)

    # ------------------------------------------------------------ how the state changes

    def _end(self, why: str, by: Signed) -> None:
        self._target(AlertAction.END)
        self.ended = by
        self._record(AlertAction.END, by, why)

    def _change_level(self, before: AlertLevel, by: Signed, policy: Policy, reason: str) -> None:
        rises = self.level.graver_than(before)
        if rises:
            if self.is_unfed_back:
                self.terms = tightened(self.terms, by.at, self.statement, policy)
            else:
                self._new_round(by.at, policy)
        change = f"由{ALERT_LEVEL_NAMES[before]}变为{ALERT_LEVEL_NAMES[self.level]}"
        note = f"{change}：{reason}" if reason else change
        self._record(AlertAction.RAISE if rises else AlertAction.LOWER, by, note)

    def _new_round(self, at: datetime, policy: Policy) -> None:
        """Begin anew after an end: what was acknowledged, verified and closed no longer counts."""
        self.terms = alert_terms(at, self.statement, policy)
        self.acknowledged = self.handled = self.returned = self.closed = None
        self.verification = None

    def _target(self, action: AlertAction) -> AlertState:
        target = ALERT_TRANSITIONS.get((self.state, action))
        if target is None:
            raise ActionNotAllowed(
                f"该预警{ALERT_STATE_NAMES[self.state]}，不能{ALERT_ACTION_NAMES[action]}。"
            )
        return target

    def _record(self, action: AlertAction | None, by: Signed, note: str = "") -> None:
        """Change the state by the table, add the timeline entry, and add the event."""
        if action is not None:
            self.state = self._target(action)
        entry = AlertEntry(action, self.state, by, self.level, self.term(Phase.FEED_BACK).due, note)
        self.timeline = (*self.timeline, entry)
        assert self.addressee.enterprise_id is not None, "an alert is addressed to an enterprise"
        self.events.append(
            ALERT_EVENTS[action](
                alert_id=self.id,
                kind=self.statement.kind,
                origin=self.origin,
                level=self.level,
                enterprise_id=self.addressee.enterprise_id,
                reviewer_id=self.reviewer.id,
                region_id=self.addressee.region_id,
                state=self.state,
                revision=self.revision,
                at=by.at,
            )
        )

    def _feed_back(self, form: FeedbackForm, by: Signed, *, final: bool) -> None:
        late = final and self.term(Phase.FEED_BACK).overdue(by.at)
        self.feedbacks = (*self.feedbacks, Feedback(by, form, final=final, late=late))
