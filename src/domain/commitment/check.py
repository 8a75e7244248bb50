"""Checks the form of the daily commitment, and suggests a risk grade from its figures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar, Final

from ..alert.form import AlertLevel
from ..directory.enterprise import (
    MOST_BOXES,
    MOST_PERSONS,
    MOST_POWDER_KG,
    MOST_STOCK_KG,
    STOP_REASON_NAMES,
    EnterpriseKind,
    StopReason,
)
from ..directory.shutdown import LONGEST_DECLARED, StopTooLong, latest_resumption
from ..refusals import InvalidValue, Refused
from ..values import parse_amount, parse_count, parse_text
from ..visible import visible_length
from .contradictions import contradictions
from .form import HAZARDOUS_WORK_NAMES, CommitmentForm, Facts, HazardousWork, ProductionStatus, excesses


class ExcessUnexplained(Refused):
    """Persons, powder or stock exceed what is approved, and the explanation is empty."""

    code = "EXCESS_UNEXPLAINED"


class PermitExpired(Refused):
    """The enterprise reports production without a valid permit: a listed major hazard (重大事故隐患)."""

    code = "PERMIT_EXPIRED"


class StoppedWithPowder(Refused):
    """The enterprise reports that it has stopped, but uses powder workshops."""

    code = "STOPPED_WITH_POWDER_IN_USE"


@dataclass
class FormCheck:
    """Checks a form once and collects every refusal, so that a person sees all of them together.

    `malformed` are the inputs that could not be parsed; the form has no value for them.
    """

    form: CommitmentForm
    facts: Facts
    malformed: tuple[Refused, ...] = ()
    items: list[Refused] = field(default_factory=list)
    MOST_JOBS: ClassVar[int] = 999

    def refusals(self) -> tuple[Refused, ...]:
        """Every refusal of the form against the facts; empty if it can be accepted.

        First the malformed inputs, then the rest in the form's order. A malformed input is not called missing
        as well.
        """
        for part in (
            self._status,
            self._production,
            self._wholesale,
            self._hazards,
            self._people,
            self._rules,
        ):
            self.items.extend(part())
        named = {refusal.field for refusal in self.malformed}
        return (*self.malformed, *(item for item in self.items if item.field not in named))

    def _status(self) -> Iterator[Refused]:
        form, facts = self.form, self.facts
        if form.status is ProductionStatus.STOPPED:
            if form.stoppage is None:
                yield InvalidValue("停产时必须填写停产原因。", field="stoppage")
                return
            needed = 2 if form.stoppage.reason is StopReason.OTHER else 0
            yield from _text(form.stoppage.note, "停产说明", "stoppage.note", 200, shortest=needed)
            resumption = form.stoppage.expected_resumption
            if resumption is not None and resumption <= facts.business_date:
                yield InvalidValue(
                    f"预计复产日期{resumption}应晚于承诺日期{facts.business_date}。",
                    field="stoppage.expectedResumption",
                )
            latest = latest_resumption(facts.business_date, facts.shutdown_until)
            if resumption is not None and resumption > latest:
                yield StopTooLong(
                    f"企业一次最多申报停产{LONGEST_DECLARED}天，预计复产日期不得晚于{latest}，现为{resumption}；"
                    "更长的停产期请由应急管理部门登记。",
                    field="stoppage.expectedResumption",
                )
        elif form.stoppage is not None:
            yield InvalidValue("在产时不得填写停产原因。", field="stoppage")

    def _production(self) -> Iterator[Refused]:
        figures, facts = self.form.production, self.facts
        if facts.kind is not EnterpriseKind.PRODUCTION:
            if figures is not None:
                yield InvalidValue("批发企业不填写生产情况。", field="production")
            return
        if figures is None:
            if self.form.status is ProductionStatus.IN_PRODUCTION:
                yield InvalidValue("生产企业在产时必须填写生产情况。", field="production")
            return
        yield from _within(
            figures.workshops_in_use, facts.workshops_total, "使用工房数", "production.workshopsInUse"
        )
        yield from _within(
            figures.powder_workshops_in_use,
            facts.powder_workshops_total,
            "使用涉药工房数",
            "production.powderWorkshopsInUse",
        )
        if figures.powder_workshops_in_use > figures.workshops_in_use:
            yield InvalidValue(
                f"使用涉药工房数{figures.powder_workshops_in_use}不能多于使用工房数{figures.workshops_in_use}。",
                field="production.powderWorkshopsInUse",
            )
        if len(set(figures.powder_processes)) != len(figures.powder_processes):
            yield InvalidValue("涉药工序重复。", field="production.powderProcesses")
        yield from _within(figures.present_persons, MOST_PERSONS, "在岗人数", "production.presentPersons")
        yield from _amount(
            figures.present_powder_kg, "现存药量", "production.presentPowderKg", MOST_POWDER_KG, "千克"
        )

    def _wholesale(self) -> Iterator[Refused]:
        figures, facts = self.form.wholesale, self.facts
        if facts.kind is not EnterpriseKind.WHOLESALE:
            if figures is not None:
                yield InvalidValue("生产企业不填写仓储情况。", field="wholesale")
            return
        if figures is None:
            if self.form.status is ProductionStatus.IN_PRODUCTION:
                yield InvalidValue("批发企业在产时必须填写仓储情况。", field="wholesale")
            return
        yield from _within(
            figures.warehouses_in_use, facts.warehouses_total, "使用仓库数", "wholesale.warehousesInUse"
        )
        yield from _amount(figures.stock_boxes, "库存箱数", "wholesale.stockBoxes", MOST_BOXES, "箱")
        yield from _amount(figures.stock_kg, "库存量", "wholesale.stockKg", MOST_STOCK_KG, "千克")
        yield from _amount(figures.boxes_in, "今日入库", "wholesale.boxesIn", MOST_BOXES, "箱")
        yield from _amount(figures.boxes_out, "今日出库", "wholesale.boxesOut", MOST_BOXES, "箱")
        yield from _within(figures.present_persons, MOST_PERSONS, "在岗人数", "wholesale.presentPersons")

    def _hazards(self) -> Iterator[Refused]:
        work = self.form.hazardous_work
        if work is None:
            yield InvalidValue("必须填写当日危险作业的数量。", field="hazardousWork")
            return
        for name, count in work.counts.items():
            yield from _within(count, self.MOST_JOBS, HAZARDOUS_WORK_NAMES[name], _JOB_PATHS[name])

    def _people(self) -> Iterator[Refused]:
        form = self.form
        yield from _text(form.duty_leader, "带班领导", "dutyLeader", 30, one_line=True)
        if form.duty_phone is None:
            yield InvalidValue("必须填写带班领导的手机号码。", field="dutyPhone")
        if form.top_temperature is None or form.storm_warning is None:
            yield InvalidValue("必须填写当日天气：最高气温和雷电、暴雨预警。", field="topTemperature")
        else:
            yield from _within(form.top_temperature, 60, "最高气温（℃）", "topTemperature", least=-50)
        if form.major_hazard is None:
            yield InvalidValue("必须填写是否存在重大隐患。", field="majorHazard")
        if form.risk_grade is None:
            yield InvalidValue("必须填写风险等级。", field="riskGrade")
        else:
            yield from _within(form.risk_grade, 4, "风险等级", "riskGrade", least=1)
        yield from _text(form.explanation, "情况说明", "explanation", 500, shortest=0)
        yield from _text(form.supplement, "补充说明", "supplement", 500, shortest=0)
        if form.substitute is not None:
            yield from _text(form.substitute.reason, "授权代承诺的原因", "substitute.reason", 200, shortest=2)

    def _rules(self) -> Iterator[Refused]:
        form, facts = self.form, self.facts
        if form.status is ProductionStatus.IN_PRODUCTION and not facts.permit.valid:
            permit = facts.permit
            state = (
                "档案中没有该证书"
                if permit.expires_on is None
                else f"编号{permit.number}，有效期至{permit.expires_on}"
            )
            yield PermitExpired(
                f"{permit.name}在{facts.business_date}无效（{state}），不得承诺在产；请办理延期后再报，或按停产上报。",
                field="status",
            )
        stopped = form.status is ProductionStatus.STOPPED and facts.kind is EnterpriseKind.PRODUCTION
        if stopped and form.production is not None and form.production.powder_workshops_in_use > 0:
            yield StoppedWithPowder(
                f"已承诺停产，使用涉药工房数应为0，现为{form.production.powder_workshops_in_use}。",
                field="production.powderWorkshopsInUse",
            )
        yield from contradictions(form, facts)
        if not visible_length(form.explanation):
            for excess in excesses(form, facts):
                yield ExcessUnexplained(f"{excess.sentence}，必须填写情况说明。", field=excess.field)


def _job_path(name: str) -> str:
    head, *rest = name.split("_")
    return f"hazardousWork.{head}{''.join(word.capitalize() for word in rest)}"


_JOB_PATHS: Final = {name: _job_path(name) for name in HAZARDOUS_WORK_NAMES}
"""The form's field of each class of hazardous work."""


def _refused(parse: Callable[..., object], value: object, **rule: Any) -> Sequence[Refused]:
    """The refusal that parsing raises, if it raises one."""
    try:
        parse(value, **rule)
    except Refused as refusal:
        # Collected, not swallowed: the caller raises all of them together.
        return (refusal,)
    return ()


def _within(value: int, most: int, what: str, path: str, *, least: int = 0) -> Sequence[Refused]:
    return _refused(parse_count, value, what=what, field=path, most=most, least=least)


def _text(
    value: str, what: str, path: str, longest: int, *, shortest: int = 1, one_line: bool = False
) -> Sequence[Refused]:
    return _refused(
        parse_text, value, what=what, field=path, longest=longest, shortest=shortest, one_line=one_line
    )


def _amount(value: Decimal, what: str, path: str, most: Decimal, unit: str) -> Sequence[Refused]:
    return _refused(parse_amount, value, what=what, field=path, most=most, unit=unit)


def suggested_grade(form: CommitmentForm | None, facts: Facts) -> tuple[int, tuple[str, ...]]:
    """The risk grade 1 (high) to 4 (low) that the figures suggest, with its reasons in Chinese."""
    first = [] if facts.permit.valid else [f"{facts.permit.name}无效"]
    if form is not None and form.major_hazard:
        first.append("存在重大隐患")
    working = form is not None and form.status is ProductionStatus.IN_PRODUCTION
    second = list(_serious(form, facts)) if form is not None and working else []
    if facts.gravest_alert is AlertLevel.RED:
        second.append("有红色预警未办结")
    third = list(_noteworthy(form, facts)) if form is not None and working else []
    if facts.open_problems:
        third.append(f"未办结问题{facts.open_problems}个")
    if facts.open_alerts:
        third.append(f"未办结预警{facts.open_alerts}条")
    for grade, reasons in enumerate((first, second, third), start=1):
        if reasons:
            return grade, tuple(reasons)
    if working:
        return 4, ("无涉药作业和特殊作业",)
    reason = STOP_REASON_NAMES[facts.shutdown] if facts.shutdown else "停产或尚未填报"
    return 4, (f"无涉药作业（{reason}）",)


def _serious(form: CommitmentForm, facts: Facts) -> Iterator[str]:
    """The reasons for grade 2 of an enterprise in production."""
    for excess in excesses(form, facts):
        yield excess.sentence
    jobs = form.hazardous_work or HazardousWork()
    if jobs.hot_work_special or jobs.hot_work_first:
        yield f"特级、一级动火作业{jobs.hot_work_special + jobs.hot_work_first}项"
    if jobs.powder_disposal:
        yield f"余废药处置{jobs.powder_disposal}项"
    if form.storm_warning:
        yield "雷电或暴雨预警"


def _noteworthy(form: CommitmentForm, facts: Facts) -> Iterator[str]:
    """The reasons for grade 3 of an enterprise in production."""
    if form.top_temperature is not None and form.top_temperature >= 35:
        yield f"最高气温{form.top_temperature}℃"
    if form.production is not None:
        if form.production.powder_workshops_in_use:
            yield f"涉药工房使用{form.production.powder_workshops_in_use}间"
    elif facts.powder_workshops_total:
        yield f"有涉药工房{facts.powder_workshops_total}间，今日使用情况尚未填报"
