"""The commitment (安全承诺), one per enterprise and business date: owed, reported, corrected, reopened."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from typing import Final

from ..deadlines import business_date, is_late
from ..directory.enterprise import EnterpriseKind
from ..directory.organisation import Person
from ..faults import raise_together
from ..refusals import ActionNotAllowed, InvalidValue, NotFound, Refused
from ..signed import Origin, Signed
from ..values import CommitmentId, EnterpriseId, RegionId, aware, fact_id, parse_text, shortened
from .check import FormCheck, PermitExpired
from .events import CommitmentEvent, CommitmentReopened, CommitmentReported
from .form import CommitmentForm, Facts
from .report import Promiser, Reopening, Report
from .template import commitment_text
from .text import LONGEST_PROMISER, automatic_form, automatic_text


class CommitmentState(Enum):
    """The state of a commitment; people see OWED as 未上报."""

    OWED = "OWED"
    REPORTED_AUTOMATICALLY = "REPORTED_AUTOMATICALLY"
    REPORTED = "REPORTED"
    REOPENED = "REOPENED"


STATE_NAMES: Final = {
    CommitmentState.OWED: "未上报",
    CommitmentState.REPORTED_AUTOMATICALLY: "已自动上报停产",
    CommitmentState.REPORTED: "已上报",
    CommitmentState.REOPENED: "已重新开放更正",
}


class CommitmentAction(Enum):
    """What can be done to a commitment."""

    SUBMIT = "SUBMIT"
    CORRECT = "CORRECT"
    REPORT_AUTOMATICALLY = "REPORT_AUTOMATICALLY"
    REOPEN = "REOPEN"


ACTION_NAMES: Final = {
    CommitmentAction.SUBMIT: "上报",
    CommitmentAction.CORRECT: "更正",
    CommitmentAction.REPORT_AUTOMATICALLY: "自动上报停产",
    CommitmentAction.REOPEN: "重新开放",
}

TRANSITIONS: Final = {
    (CommitmentState.OWED, CommitmentAction.SUBMIT): CommitmentState.REPORTED,
    (CommitmentState.OWED, CommitmentAction.REPORT_AUTOMATICALLY): CommitmentState.REPORTED_AUTOMATICALLY,
    (CommitmentState.REPORTED_AUTOMATICALLY, CommitmentAction.SUBMIT): CommitmentState.REPORTED,
    (CommitmentState.REPORTED_AUTOMATICALLY, CommitmentAction.REOPEN): CommitmentState.REOPENED,
    (CommitmentState.REPORTED, CommitmentAction.CORRECT): CommitmentState.REPORTED,
    (CommitmentState.REPORTED, CommitmentAction.REOPEN): CommitmentState.REOPENED,
    (CommitmentState.REOPENED, CommitmentAction.CORRECT): CommitmentState.REPORTED,
    (CommitmentState.REOPENED, CommitmentAction.REOPEN): CommitmentState.REOPENED,
}
"""The whole workflow; a move that is not listed is refused. The methods also check the time."""


class CorrectionClosed(ActionNotAllowed):
    """The deadline has passed and the department has not reopened the commitment."""

    code = "CORRECTION_CLOSED"


class NobodyPromises(Refused):
    """The directory has no active head of the enterprise, and the form names no substitute."""

    code = "NOBODY_PROMISES"


class NotToday(InvalidValue):
    """The report is not for today."""

    code = "NOT_TODAY"


def commitment_id(enterprise_id: EnterpriseId, day: date) -> CommitmentId:
    """Make the id from enterprise and date, so that no second commitment can exist."""
    return CommitmentId(fact_id("commitment", enterprise_id, day))


def correctable(
    state: CommitmentState, due_at: datetime, reopened_at: datetime | None, now: datetime
) -> bool:
    """Whether a report may be corrected now: before the deadline, or on the day it was reopened."""
    if state is CommitmentState.REOPENED and reopened_at is not None:
        return business_date(now) == business_date(reopened_at)
    return state is CommitmentState.REPORTED and not is_late(now, due_at)


def actions_allowed(
    state: CommitmentState, day: date, due_at: datetime, reopened_at: datetime | None, now: datetime
) -> frozenset[CommitmentAction]:
    """What TRANSITIONS and the time limits allow to a person.

    It also serves the rows of lists, which have no aggregate.
    """
    allowed = {action for origin, action in TRANSITIONS if origin is state}
    allowed.discard(CommitmentAction.REPORT_AUTOMATICALLY)
    if business_date(now) != day:
        allowed.discard(CommitmentAction.SUBMIT)
    if not correctable(state, due_at, reopened_at, now):
        allowed.discard(CommitmentAction.CORRECT)
    else:
        allowed.discard(CommitmentAction.REOPEN)
    return frozenset(allowed)


@dataclass(slots=True)
class Commitment:
    """The duty of one enterprise to report on one business date, with its report and reopening.

    `region_id` and `kind` are the enterprise's on that day and stay when it moves. `due_at` is the deadline
    (UTC) that was set when the day was opened. `version` counts changes, for optimistic locking.
    """

    id: CommitmentId
    enterprise_id: EnterpriseId
    region_id: RegionId
    kind: EnterpriseKind
    business_date: date
    due_at: datetime
    state: CommitmentState = CommitmentState.OWED
    report: Report | None = None
    reopening: Reopening | None = None
    version: int = 0
    events: list[CommitmentEvent] = field(default_factory=list, compare=False, repr=False)

    @classmethod
    def owe(
        cls,
        *,
        enterprise_id: EnterpriseId,
        region_id: RegionId,
        kind: EnterpriseKind,
        business_date: date,
        due_at: datetime,
    ) -> Commitment:
        """Create the duty when the day is opened."""
        return cls(
            id=commitment_id(enterprise_id, business_date),
            enterprise_id=enterprise_id,
            region_id=region_id,
            kind=kind,
            business_date=business_date,
            due_at=aware(due_at),
        )

    @property
    def revision(self) -> int:
        """The number of the current report; 0 while there is none."""
        return 0 if self.report is None else self.report.revision

    @property
    def unreported(self) -> bool:
        return self.report is None

    def submit(
        self,
        form: CommitmentForm,
        *,
        facts: Facts,
        by: Signed,
        substitute: Person | None = None,
        malformed: tuple[Refused, ...] = (),
    ) -> None:
        """Make the first report by a person; it replaces an automatic one and is late from the deadline on.

        Raises NotToday, ActionNotAllowed, or the faults of the form: PermitExpired alone, else all of them
        together.
        """
        target = self._target(CommitmentAction.SUBMIT)
        self._only_today(by.at)
        late = is_late(by.at, self.due_at)
        self._accept(form, facts, by, substitute, malformed, late=late)
        self.state = target

    def correct(
        self,
        form: CommitmentForm,
        *,
        facts: Facts,
        by: Signed,
        substitute: Person | None = None,
        malformed: tuple[Refused, ...] = (),
    ) -> None:
        """Make a new revision before the deadline, or on the day on which the department reopened it.

        A correction does not change whether the report was late. Raises CorrectionClosed, ActionNotAllowed,
        or the faults of the form as in `submit`.
        """
        target = self._target(CommitmentAction.CORRECT)
        if not self.may_be_corrected(by.at):
            raise CorrectionClosed("上报时限已过，需由所在地应急管理部门重新开放后才能更正。")
        assert self.report is not None, "TRANSITIONS lets only a reported commitment be corrected"
        self._accept(form, facts, by, substitute, malformed, late=self.report.late)
        self.state = target

    def report_automatically(self, *, facts: Facts, at: datetime) -> None:
        """Report the enterprise as stopped, because a shutdown period covers the day. This is never late.

        Raises ActionNotAllowed if there is a report already, or no shutdown period.
        """
        target = self._target(CommitmentAction.REPORT_AUTOMATICALLY)
        if facts.shutdown is None:
            raise ActionNotAllowed("该企业当日不在停产期内，不能自动上报停产。")
        self.report = Report(
            revision=1,
            origin=Origin.AUTO,
            late=False,
            signed=Signed(person_id=None, name="系统自动", at=aware(at)),
            form=automatic_form(facts, facts.shutdown),
            facts=facts,
            text=automatic_text(facts, facts.shutdown),
            promiser=Promiser(person_id=None, name=shortened(facts.enterprise_name, LONGEST_PROMISER)),
        )
        self.state = target
        self._announce(at)

    def reopen(self, reason: str, *, by: Signed) -> None:
        """Reopen a report for correction until the end of this day; on a later day it can be reopened again.

        The county's department does this; the city's department only in regions directly in its jurisdiction.
        Raises ActionNotAllowed, also while the enterprise can still correct the report, or InvalidValue.
        """
        target = self._target(CommitmentAction.REOPEN)
        if self.may_be_corrected(by.at):
            since = "今日已重新开放" if self.state is CommitmentState.REOPENED else "上报时限未过"
            raise ActionNotAllowed(f"{since}，企业可自行更正，无需重新开放。")
        why = parse_text(reason, what="重新开放的原因", field="reason", longest=200, shortest=2)
        self.reopening = Reopening(signed=by, reason=why)
        self.state = target
        self.events.append(
            CommitmentReopened(
                commitment_id=self.id,
                enterprise_id=self.enterprise_id,
                region_id=self.region_id,
                business_date=self.business_date,
                reason=why,
                at=by.at,
            )
        )

    def may_be_corrected(self, now: datetime) -> bool:
        """Whether it may be corrected now: before the deadline, or on the day it was reopened."""
        return correctable(self.state, self.due_at, self.reopening.signed.at if self.reopening else None, now)

    def allowed_actions(self, now: datetime) -> frozenset[CommitmentAction]:
        """What state and time allow to a person; the application checks who may do it."""
        reopened_at = self.reopening.signed.at if self.reopening else None
        return actions_allowed(self.state, self.business_date, self.due_at, reopened_at, now)

    def _target(self, action: CommitmentAction) -> CommitmentState:
        target = TRANSITIONS.get((self.state, action))
        if target is None:
            raise ActionNotAllowed(
                f"{self.business_date}的承诺{STATE_NAMES[self.state]}，不能{ACTION_NAMES[action]}。"
            )
        return target

    def _only_today(self, now: datetime) -> None:
        today = business_date(now)
        if self.business_date != today:
            when = "已过" if self.business_date < today else "未到"
            raise NotToday(
                f"只能上报当日（{today}）的承诺，{self.business_date}{when}。", field="businessDate"
            )

    def _accept(
        self,
        form: CommitmentForm,
        facts: Facts,
        by: Signed,
        substitute: Person | None,
        malformed: tuple[Refused, ...],
        *,
        late: bool,
    ) -> None:
        """Check the form and make the report.

        `substitute` is the person whom the form names, if the directory has that person. `malformed` are the
        inputs of the form that could not be parsed.
        """
        refusals = list(FormCheck(form, facts, malformed).refusals())
        for refusal in refusals:
            if isinstance(refusal, PermitExpired):
                # An expired permit outweighs every other fault, so it is raised alone.
                raise refusal
        promiser = self._promiser(form, facts, substitute)
        if isinstance(promiser, Refused):
            refusals.append(promiser)
        raise_together(refusals)
        assert isinstance(promiser, Promiser), "a refusal was raised above"
        self.report = Report(
            revision=self.revision + 1,
            origin=Origin.MANUAL,
            late=late,
            signed=by,
            form=form,
            facts=facts,
            text=commitment_text(form, facts),
            promiser=promiser,
        )
        self._announce(by.at)

    def _promiser(self, form: CommitmentForm, facts: Facts, substitute: Person | None) -> Promiser | Refused:
        """The head of the enterprise, or the substitute if that person belongs to the enterprise."""
        named = form.substitute
        if named is not None:
            if substitute is None or substitute.enterprise_id != self.enterprise_id:
                return NotFound("代承诺人", field="substitute.personId")
            if not substitute.active:
                return InvalidValue(
                    f"{substitute.name}已离职，不能代主要负责人承诺。", field="substitute.personId"
                )
            return Promiser(substitute.id, substitute.name, standing_in=named.reason)
        if facts.head_name is None:
            return NobodyPromises(
                "档案中没有本企业在岗的主要负责人，不能承诺；请先登记主要负责人，或指定本企业人员代承诺并说明原因。",
                field="substitute",
            )
        return Promiser(facts.head_id, facts.head_name)

    def _announce(self, at: datetime) -> None:
        assert self.report is not None, "announced only after a report was made"
        self.events.append(
            CommitmentReported(
                commitment_id=self.id,
                enterprise_id=self.enterprise_id,
                region_id=self.region_id,
                business_date=self.business_date,
                report=self.report,
                at=at,
            )
        )
