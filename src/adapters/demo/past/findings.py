"""What inspectors find in the demo's past: the table of problems, and the forms of patrols and spot checks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Final

from ....domain.directory.enterprise import EnterpriseKind
from ....domain.inspection.checklist import CHECKLIST, checklist_for
from ....domain.inspection.form import (
    CheckMeans,
    Conclusion,
    DutyCheck,
    Finding,
    FindingResult,
    InspectionForm,
    OnSiteRectification,
)
from ....domain.problem.form import ProblemCategory, ProblemStatement, Severity

_C = ProblemCategory


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that an inspector may find; `item` is the checklist's, empty at a patrol."""

    what: str
    category: ProblemCategory
    item: str = ""
    severity: Severity = Severity.GENERAL


_AT_ENTERPRISES: Final = (
    Fault("装药工房实际作业人员多于核定人数", _C.ON_SITE_VIOLATION, "PERSONS", Severity.MAJOR),
    Fault("中转工房滞留药量超过核定药量，领取登记不全", _C.ON_SITE_VIOLATION, "POWDER", Severity.MAJOR),
    Fault("成品库房存储量超过核定存量", _C.ON_SITE_VIOLATION, "STOCK", Severity.MAJOR),
    Fault("两名特种作业人员的操作证未随身携带", _C.CERTIFICATE, "QUALIFICATIONS"),
    Fault("涉药人员未穿防静电工作服", _C.ON_SITE_VIOLATION, "CLOTHING"),
    Fault("库区防护屏障局部坍塌，未及时修复", _C.OTHER, "BARRIERS"),
    Fault("防雷检测报告已超过有效期", _C.CERTIFICATE, "LIGHTNING"),
    Fault("人体静电释放装置接地电阻偏高", _C.OTHER, "STATIC"),
    Fault("库房门口静电释放装置损坏", _C.OTHER, "STATIC_DISCHARGE"),
    Fault("库区灭火器压力不足，防火隔离带杂草未清理", _C.OTHER, "FIRE_WATER"),
    Fault("温湿度计损坏，当日没有记录", _C.SENSOR_OFFLINE, "TEMPERATURE"),
    Fault("库房温湿度记录中断三日", _C.SENSOR_OFFLINE, "STORE_CLIMATE"),
    Fault("余废药未按日清理，存放容器未加盖", _C.ON_SITE_VIOLATION, "WASTE"),
    Fault("成箱堆垛距墙不足0.45米", _C.ON_SITE_VIOLATION, "STACKING"),
    Fault("购销台账缺少三家零售点的签收记录", _C.OTHER, "BUYERS"),
    Fault("2号库区视频监控离线超过两小时", _C.VIDEO_OFFLINE, "VIDEO"),
    Fault("产品流向标签登记不完整", _C.OTHER, "TRACING"),
    Fault("夜间值守登记缺少交接签名", _C.DUTY_ABSENCE, "GUARDS"),
    Fault("应急预案演练记录不全", _C.OTHER, "EMERGENCY"),
)
_AT_DEPARTMENTS: Final = (
    Fault("辖区两家企业连续两日逾期上报安全承诺，未督促", _C.COMMITMENT_MISSING_OR_FALSE),
    Fault("当日视频点名无人应答", _C.DUTY_ABSENCE),
    Fault("辖区企业视频监控离线，未在规定时间内核实", _C.VIDEO_OFFLINE),
    Fault("预警信息超过时限未反馈", _C.WARNING_WITHOUT_FEEDBACK),
    Fault("本周未使用系统开展抽查", _C.SYSTEM_NOT_USED),
    Fault("传感器离线报警未跟踪处置", _C.SENSOR_OFFLINE),
    Fault("上次巡查发现的隐患未闭环销号", _C.ALARM_NOT_CLEARED),
    Fault("系统终端离线，未及时报修", _C.SYSTEM_OFFLINE),
)
_UNMANNED: Final = Fault("值班室无人值守，电话无人接听", _C.DUTY_ABSENCE, severity=Severity.MAJOR)
_ON_SITE: Final = ("超员人员已当场撤离", "已当场清理并恢复原状", "损坏部件已当场更换", "缺失的登记已当场补齐")
_REMARKS: Final = (
    "现场秩序正常，台账齐全。",
    "查看了值班记录、视频监控和当日承诺。",
    "已向负责人当面说明情况。",
    "与上次检查相比有改进。",
)


def spot_check_form(dice: Random, kind: EnterpriseKind, opened_at: datetime) -> InspectionForm:
    """A filled-in form: about half with one to three problems, some rectified on site, the rest in order."""
    found = [fault for fault in _AT_ENTERPRISES if kind in CHECKLIST[fault.item].kinds]
    faults = dice.sample(found, dice.choice((0, 0, 0, 1, 1, 2, 3)))
    on_site = dice.random() < 0.15
    rectified = dice.choice([f for f in found if f not in faults]) if on_site else None
    numbers = {fault.item: number for number, fault in enumerate(faults, start=1)}
    findings = []
    for item in checklist_for(kind):
        finding = Finding(item.code, FindingResult.OK, "现场核对")
        if item.code in numbers:
            number = numbers[item.code]
            note = faults[number - 1].what
            finding = Finding(item.code, FindingResult.NOT_OK, note, problem=number)
        elif rectified is not None and item.code == rectified.item:
            done = OnSiteRectification(dice.choice(_ON_SITE), opened_at + timedelta(minutes=8))
            finding = Finding(item.code, FindingResult.NOT_OK, rectified.what, rectified=done)
        findings.append(finding)
    form = InspectionForm(findings=tuple(findings), observations=dice.choice(_REMARKS))
    return _concluded(form, faults)


def patrol_form(dice: Random, officer: str) -> InspectionForm:
    """A filled-in form; about one in twelve finds nobody on duty."""
    unmanned = dice.random() < 0.08
    faults = dice.sample(_AT_DEPARTMENTS, dice.choice((0, 0, 1, 1, 2)))
    means = dice.choice(tuple(CheckMeans))
    check = DutyCheck(means, officer, on_duty=True)
    if unmanned:
        faults = [_UNMANNED, *faults]
        check = DutyCheck(means, "", on_duty=False, note="两次呼叫均无人应答", problem=1)
    return _concluded(InspectionForm(duty_check=check, observations=dice.choice(_REMARKS)), faults)


def _concluded(form: InspectionForm, faults: Sequence[Fault]) -> InspectionForm:
    if faults:
        conclusion = Conclusion.PROBLEMS_ISSUED
    else:
        rectified = form.rectified_on_site
        conclusion = Conclusion.RECTIFIED_ON_SITE if rectified else Conclusion.NO_PROBLEM_FOUND
    problems = tuple(
        ProblemStatement(category=fault.category, severity=fault.severity, description=fault.what)
        for fault in faults
    )
    return replace(form, conclusion=conclusion, problems=problems)
