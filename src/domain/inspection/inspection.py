"""The inspection (巡查, 抽查): a draft with pre-filled figures, which becomes a record and issues problems."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from typing import Final

from ..deadlines import business_date
from ..directory.organisation import DepartmentSnapshot
from ..faults import raise_together
from ..handling.feedback import Addressee
from ..policy import Policy, stricter
from ..problem.form import problem_id
from ..problem.problem import Problem
from ..refusals import ActionNotAllowed, Forbidden, InvalidValue, Refused
from ..signed import Origin, Signed
from ..values import DepartmentId, EnterpriseId, InspectionId, PersonId, ProblemId, RegionId, aware, fact_id
from .anomalies import anomalies, unverified_text
from .check import InspectionCheck, check_jurisdiction
from .events import InspectionDiscarded, InspectionEvent, InspectionOpened, InspectionSubmitted
from .form import (
    CONCLUSION_NAMES,
    Conclusion,
    InspectionForm,
    InspectionKind,
    Inspector,
    PatrolTarget,
    Sheet,
    SheetChange,
    Target,
    sheet_changes,
)


class InspectionState(Enum):
    """The state of an inspection; a submitted one is a record and never changes again."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    DISCARDED = "DISCARDED"


INSPECTION_STATE_NAMES: Final = {
    InspectionState.DRAFT: "草稿",
    InspectionState.SUBMITTED: "已提交",
    InspectionState.DISCARDED: "已作废",
}


class InspectionAction(Enum):
    """What can be done to an inspection once it is opened."""

    EDIT = "EDIT"
    REFRESH = "REFRESH"
    SUBMIT = "SUBMIT"
    DISCARD = "DISCARD"


INSPECTION_ACTION_NAMES: Final = {
    InspectionAction.EDIT: "填写",
    InspectionAction.REFRESH: "刷新数据",
    InspectionAction.SUBMIT: "提交",
    InspectionAction.DISCARD: "作废",
}

INSPECTION_TRANSITIONS: Final = {
    (InspectionState.DRAFT, InspectionAction.EDIT): InspectionState.DRAFT,
    (InspectionState.DRAFT, InspectionAction.REFRESH): InspectionState.DRAFT,
    (InspectionState.DRAFT, InspectionAction.SUBMIT): InspectionState.SUBMITTED,
    (InspectionState.DRAFT, InspectionAction.DISCARD): InspectionState.DISCARDED,
}
"""The whole workflow; a move that is not listed is refused. A draft belongs to the person who opened it."""


def drafted_inspection_id(person_id: PersonId, key: str) -> InspectionId:
    """Make the id from person and client-made key, so that a repeated request finds the same draft."""
    return InspectionId(fact_id("inspection", person_id, key))


def automatic_inspection_id(department_id: DepartmentId, target: Target, day: date) -> InspectionId:
    """Make the id from department, target and date, so that no second automatic record can exist."""
    if isinstance(target, PatrolTarget):
        return InspectionId(fact_id("inspection", "AUTO", department_id, "region", target.region_id, day))
    return InspectionId(fact_id("inspection", "AUTO", department_id, "enterprise", target.enterprise_id, day))


def inspection_actions_allowed(state: InspectionState, *, own: bool) -> frozenset[InspectionAction]:
    """What INSPECTION_TRANSITIONS allow to the person who opened it (`own`); others may do nothing.

    It also serves the rows of lists, which have no aggregate.
    """
    return frozenset(action for origin, action in INSPECTION_TRANSITIONS if own and origin is state)


@dataclass(slots=True)
class Inspection:
    """A patrol or a spot check: one department, one target, one business date.

    `inspector` and `target` are frozen when it is opened, `sheet` when it is submitted. `business_date` is
    the day of the opening. `revision` counts the changes from 1, so that two devices do not overwrite each
    other. `version` counts saves, for optimistic locking.
    """

    id: InspectionId
    origin: Origin
    inspector: Inspector
    target: Target
    business_date: date
    opened_at: datetime
    sheet: Sheet
    form: InspectionForm = field(default_factory=InspectionForm)
    state: InspectionState = InspectionState.DRAFT
    submitted: Signed | None = None
    discarded: Signed | None = None
    problem_ids: tuple[ProblemId, ...] = ()
    revision: int = 1
    version: int = 0
    events: list[InspectionEvent] = field(default_factory=list, compare=False, repr=False)

    @classmethod
    def open(
        cls,
        *,
        key: str,
        inspector: Inspector,
        target: Target,
        sheet: Sheet,
        departments: frozenset[DepartmentId],
        regions: frozenset[RegionId],
        at: datetime,
    ) -> Inspection:
        """Open a draft for a person. `key` is made by the client: 8 to 64 visible characters.

        `departments` are all departments below the inspecting one, at any depth. `regions` are its
        jurisdiction and all regions below. Raises OutsideJurisdiction or InvalidValue.
        """
        assert inspector.person_id is not None, "only a person opens a draft"
        if not 8 <= len(key) <= 64 or not key.isprintable():
            raise InvalidValue("草稿标识应为8至64个可见字符。", field="key")
        check_jurisdiction(inspector, target, departments=departments, regions=regions)
        inspection = cls(
            id=drafted_inspection_id(inspector.person_id, key),
            origin=Origin.MANUAL,
            inspector=inspector,
            target=target,
            business_date=business_date(at),
            opened_at=aware(at),
            sheet=sheet,
        )
        inspection._announce(InspectionOpened, at)
        return inspection

    @classmethod
    def record_automatically(
        cls, *, department: DepartmentSnapshot, target: Target, day: date, sheet: Sheet, at: datetime
    ) -> Inspection:
        """Make the record of a day on which the department used the system, but nobody wrote a record.

        It is submitted from the start, with the figures as pre-filled; its conclusion is NOT_VERIFIED.
        """
        by = Signed(person_id=None, name="系统自动", at=aware(at))
        inspection = cls(
            id=automatic_inspection_id(department.id, target, day),
            origin=Origin.AUTO,
            inspector=Inspector(department, None, by.name),
            target=target,
            business_date=day,
            opened_at=at,
            sheet=sheet,
            form=InspectionForm.automatic(),
            state=InspectionState.SUBMITTED,
            submitted=by,
        )
        inspection._announce(InspectionSubmitted, at)
        return inspection

    @property
    def kind(self) -> InspectionKind:
        patrol = isinstance(self.target, PatrolTarget)
        return InspectionKind.PATROL if patrol else InspectionKind.SPOT_CHECK

    @property
    def conclusion_text(self) -> str:
        """The conclusion as people read it; empty while a draft has none.

        That of an automatic record names the anomalies of its sheet.
        """
        if self.form.conclusion is None:
            return self.form.former_conclusion
        if self.form.conclusion is Conclusion.NOT_VERIFIED:
            return unverified_text(self.kind, anomalies(self.sheet))
        return CONCLUSION_NAMES[self.form.conclusion]

    def edit(self, form: InspectionForm, *, by: Signed, unreadable: Sequence[Refused] = ()) -> None:
        """Save what is filled in, complete or not. Raises ActionNotAllowed, Forbidden or InvalidForm.

        `unreadable` are faults of inputs that could not be put into the form: all faults come together.
        """
        target = self._target(InspectionAction.EDIT, by)
        raise_together((*unreadable, *InspectionCheck(form, self.target).draft_faults()))
        self.form = form
        self._move(target)

    def refresh(self, sheet: Sheet, *, by: Signed) -> tuple[SheetChange, ...]:
        """Replace the sheet by a newer one and return what changed. Raises ActionNotAllowed or Forbidden."""
        target = self._target(InspectionAction.REFRESH, by)
        changes = sheet_changes(self.sheet, sheet)
        self.sheet = sheet
        self._move(target)
        return changes

    def submit(
        self,
        *,
        by: Signed,
        people: frozenset[PersonId],
        policy: Policy,
        issuer_policy: Policy | None = None,
    ) -> tuple[Problem, ...]:
        """Make it a record and issue its problems; the caller saves both in the same transaction.

        `people` are those of the inspected party who can be made responsible, `policy` is that of its region,
        `issuer_policy` that of the inspecting department's (None: the same).
        Raises ActionNotAllowed, Forbidden, or all faults of the form together.
        """
        target = self._target(InspectionAction.SUBMIT, by)
        check = InspectionCheck(self.form, self.target)
        strictest = policy if issuer_policy is None else stricter(policy, issuer_policy)
        raise_together(
            check.faults(self.sheet, opened_at=self.opened_at, at=by.at, people=people, policy=strictest)
        )
        problems = tuple(
            Problem.issue(
                statement,
                id=problem_id(self.id, number),
                inspection_id=self.id,
                addressee=self._addressee(),
                issuer=self.inspector.department,
                by=by,
                policy=policy,
                issuer_policy=issuer_policy,
            )
            for number, statement in enumerate(self.form.problems, start=1)
        )
        self.submitted = by
        self.problem_ids = tuple(problem.id for problem in problems)
        self._move(target)
        self._announce(InspectionSubmitted, by.at)
        return problems

    def discard(self, *, by: Signed) -> None:
        """Discard the draft. Raises ActionNotAllowed or Forbidden."""
        target = self._target(InspectionAction.DISCARD, by)
        self.discarded = by
        self._move(target)
        self._announce(InspectionDiscarded, by.at)

    def allowed_actions(self, person_id: PersonId | None) -> frozenset[InspectionAction]:
        """What this person may do with it now."""
        own = person_id is not None and person_id == self.inspector.person_id
        return inspection_actions_allowed(self.state, own=own)

    def _target(self, action: InspectionAction, by: Signed) -> InspectionState:
        target = INSPECTION_TRANSITIONS.get((self.state, action))
        if target is None:
            raise ActionNotAllowed(
                f"该记录{INSPECTION_STATE_NAMES[self.state]}，不能{INSPECTION_ACTION_NAMES[action]}。"
            )
        if by.person_id != self.inspector.person_id:
            raise Forbidden(f"只有填写人{self.inspector.name}可以{INSPECTION_ACTION_NAMES[action]}该草稿。")
        return target

    def _move(self, target: InspectionState) -> None:
        self.state = target
        self.revision += 1

    def _addressee(self) -> Addressee:
        if isinstance(self.target, PatrolTarget):
            department = self.target.department
            return Addressee(department.id, None, department.name, department.region_id, self.target.city_id)
        return Addressee(
            None, self.target.enterprise_id, self.target.name, self.target.region_id, self.target.city_id
        )

    def _announce(self, event: type[InspectionEvent], at: datetime) -> None:
        enterprise: EnterpriseId | None = None
        if not isinstance(self.target, PatrolTarget):
            enterprise = self.target.enterprise_id
        self.events.append(
            event(
                inspection_id=self.id,
                department_id=self.inspector.department.id,
                region_id=self.target.region_id,
                enterprise_id=enterprise,
                business_date=self.business_date,
                revision=self.revision,
                at=at,
            )
        )
