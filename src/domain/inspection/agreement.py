"""Checks that a submitted form agrees with itself: findings, duty check, problems, conclusion and sheet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ..deadlines import business_date
from ..refusals import InvalidValue, Refused
from ..values import SHANGHAI
from ..visible import visible_length
from .anomalies import anomalies, permit_anomaly
from .checklist import CHECKLIST, checklist_for
from .form import (
    CONCLUSION_NAMES,
    Conclusion,
    DutyCheck,
    Finding,
    FindingResult,
    InspectionForm,
    PatrolTarget,
    Sheet,
    SpotCheckTarget,
    Target,
)

EARLIEST_BEFORE_OPENING: Final = timedelta(days=1)
"""A draft may be opened some time after the visit, but not days after it."""
MOST_NAMED: Final = 3


class ChecklistIncomplete(InvalidValue):
    """Some items of the checklist have no result."""

    code = "CHECKLIST_INCOMPLETE"


class NothingChecked(InvalidValue):
    """Every item is said not to apply, so nothing was checked."""

    code = "NOTHING_CHECKED"


class OutcomeMissing(InvalidValue):
    """Something is not in order, but no problem is issued for it and it was not rectified on site."""

    code = "OUTCOME_MISSING"


class OutcomeContradicts(InvalidValue):
    """A problem or a rectification is given for what is in order, both are given, or no such problem exists."""

    code = "OUTCOME_CONTRADICTS"


class ConclusionContradicts(InvalidValue):
    """The conclusion does not fit the findings, the duty check or the problems."""

    code = "CONCLUSION_CONTRADICTS"


class SheetUnexplained(InvalidValue):
    """The form says that all is well, the sheet says otherwise, and no words explain it."""

    code = "SHEET_UNEXPLAINED"


@dataclass(frozen=True, slots=True)
class Agreement:
    """Checks a complete form against itself and against its sheet.

    `opened_at` and `at` are the instants of the opening and of the submission.
    """

    form: InspectionForm
    target: Target
    sheet: Sheet
    opened_at: datetime
    at: datetime

    def faults(self) -> Iterator[Refused]:
        """Yield every contradiction with its field's path."""
        form = self.form
        if form.duty_check is not None and isinstance(self.target, PatrolTarget):
            check = form.duty_check
            yield from self._outcome(check, "dutyCheck", "值班值守", wrong=not check.on_duty)
        if isinstance(self.target, SpotCheckTarget):
            yield from self._unanswered(self.target)
            for number, finding in enumerate(form.findings):
                yield from self._finding(finding, f"findings.{number}")
        yield from self._conclusion()

    def _unanswered(self, target: SpotCheckTarget) -> Iterator[Refused]:
        results = {finding.item: finding.result for finding in self.form.findings}
        applying = checklist_for(target.kind)
        missing = [item.name for item in applying if item.code not in results]
        if missing:
            named = "；".join(f"“{name}”" for name in missing[:MOST_NAMED])
            more = "等" if len(missing) > MOST_NAMED else ""
            yield ChecklistIncomplete(
                f"检查项共{len(applying)}项，还有{len(missing)}项没有填写结果：{named}{more}。",
                field="findings",
            )
        elif set(results.values()) == {FindingResult.NOT_APPLICABLE}:
            yield NothingChecked(f"{len(applying)}项检查项全部为不涉及，等于没有检查。", field="findings")

    def _finding(self, finding: Finding, path: str) -> Iterator[Refused]:
        item = CHECKLIST.get(finding.item)
        if item is None:
            return  # Refused as an unknown item already.
        name = f"检查项“{item.name}”"
        wrong = finding.result is FindingResult.NOT_OK
        yield from self._outcome(finding, path, name, wrong=wrong)
        known = None if wrong else self._known_of(finding.item)
        if known is not None and visible_length(finding.note) < 2:
            yield SheetUnexplained(
                f"系统数据显示{known}，{name}不是“不符合”，必须在说明中写明依据。", field=f"{path}.note"
            )

    def _known_of(self, item: str) -> str | None:
        """What the sheet says against an item that is not NOT_OK."""
        if item == "PERMIT" and self.sheet.permits:
            return permit_anomaly(self.sheet.permits[0], business_date(self.sheet.taken_at))
        if item == "HAZARD_RECORDS":
            values = {figure.key: figure.value for figure in self.sheet.figures}
            overdue = values.get("overdueProblems") or "0"
            return None if overdue == "0" else f"逾期问题{overdue}个"
        return None

    def _outcome(
        self, checked: DutyCheck | Finding, path: str, name: str, *, wrong: bool
    ) -> Iterator[Refused]:
        """Whatever is wrong has one outcome: a problem of this form, or a rectification on site."""
        number, rectified = checked.problem, checked.rectified
        if not wrong:
            for given, field in ((number, "problem"), (rectified, "rectified")):
                if given is not None:
                    yield OutcomeContradicts(
                        f"{name}没有不符合的情况，不能填写对应的问题或现场整改情况。", field=f"{path}.{field}"
                    )
            return
        issued = len(self.form.problems)
        if number is None and rectified is None:
            yield OutcomeMissing(
                f"{name}不符合，须下发问题，或填写现场已整改的情况。", field=f"{path}.problem"
            )
        if number is not None and not 1 <= number <= issued:
            yield OutcomeContradicts(
                f"{name}对应第{number}个问题，但本表拟下发问题{issued}个。", field=f"{path}.problem"
            )
        if rectified is None:
            return
        if number is not None:
            yield OutcomeContradicts(
                f"{name}已对应第{number}个问题，不能同时填写现场已整改。", field=f"{path}.rectified"
            )
        if (seen := visible_length(rectified.measures)) < 2:
            yield InvalidValue(f"现场整改的措施至少2个字，现有{seen}个。", field=f"{path}.rectified.measures")
        yield from self._moment(rectified.at, f"{path}.rectified.at")

    def _moment(self, moment: datetime | None, field: str) -> Iterator[Refused]:
        earliest = self.opened_at - EARLIEST_BEFORE_OPENING
        if moment is None:
            yield InvalidValue("必须填写现场整改完成的时间。", field=field)
        elif not earliest <= moment <= self.at:
            first, last, given = (
                f"{one.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" for one in (earliest, self.at, moment)
            )
            yield InvalidValue(f"现场整改时间应在{first}至{last}之间，现为{given}。", field=field)

    def _conclusion(self) -> Iterator[Refused]:
        form = self.form
        issued, wrong = len(form.problems), len(form.wrong)
        against = [f"有不符合的情况{wrong}项"] if wrong else []
        against += [f"拟下发问题{issued}个"] if issued else []
        why = None
        match form.conclusion:
            case Conclusion.NO_PROBLEM_FOUND if against:
                why = "、".join(against)
            case Conclusion.PROBLEMS_ISSUED if not issued:
                why = "没有拟下发的问题"
            case Conclusion.RECTIFIED_ON_SITE if issued:
                why = f"拟下发问题{issued}个"
            case Conclusion.RECTIFIED_ON_SITE if not form.rectified_on_site:
                why = "没有现场已整改的情况"
            case _:
                pass
        if why is not None and form.conclusion is not None:
            yield ConclusionContradicts(
                f"结论为“{CONCLUSION_NAMES[form.conclusion]}”，但{why}。", field="conclusion"
            )
        if form.conclusion is Conclusion.NO_PROBLEM_FOUND and visible_length(form.observations) < 2:
            known = anomalies(self.sheet)
            if known:
                listed = "；".join(known[:MOST_NAMED])
                more = f"等{len(known)}项" if len(known) > MOST_NAMED else ""
                yield SheetUnexplained(
                    f"系统数据显示{listed}{more}，结论为“未发现问题”时必须在其他情况中说明。",
                    field="observations",
                )
