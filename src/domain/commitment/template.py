"""The text of a commitment: a template per kind and status, filled with the figures of form and facts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ..directory.enterprise import STOP_REASON_NAMES, EnterpriseKind
from ..values import plain
from .form import (
    HAZARDOUS_WORK_NAMES,
    POWDER_PROCESS_NAMES,
    CommitmentForm,
    Facts,
    HazardousWork,
    ProductionFigures,
    ProductionStatus,
    WholesaleFigures,
    excesses,
)

_Template = tuple[EnterpriseKind, ProductionStatus]

STATES: Final[dict[_Template, str]] = {
    (EnterpriseKind.PRODUCTION, ProductionStatus.IN_PRODUCTION): "处于生产状态",
    (EnterpriseKind.PRODUCTION, ProductionStatus.STOPPED): "处于停产状态",
    (EnterpriseKind.WHOLESALE, ProductionStatus.IN_PRODUCTION): "处于经营状态",
    (EnterpriseKind.WHOLESALE, ProductionStatus.STOPPED): "处于停业状态",
}
"""How the text names the status of each kind."""

PROMISES: Final[dict[_Template, str]] = {
    (EnterpriseKind.PRODUCTION, ProductionStatus.IN_PRODUCTION): "不超许可范围生产、不改变工房用途",
    (EnterpriseKind.PRODUCTION, ProductionStatus.STOPPED): "停产期间不从事涉药作业、不擅自恢复生产",
    (EnterpriseKind.WHOLESALE, ProductionStatus.IN_PRODUCTION): "不超许可范围经营、不改变仓库用途",
    (EnterpriseKind.WHOLESALE, ProductionStatus.STOPPED): "停业期间不购销、不擅自恢复经营",
}
"""What each kind promises in each status."""


def commitment_text(form: CommitmentForm, facts: Facts) -> str:
    """The text that the promiser announces, in Chinese; what the form leaves out is not mentioned."""
    sentences = (
        "，".join(_figures(form, facts)),
        "，".join(_conditions(form)),
        "，".join(_risks(form, facts)),
        "，".join(_promises(form, facts)),
    )
    return "".join(f"{sentence}。" for sentence in sentences if sentence)


def _figures(form: CommitmentForm, facts: Facts) -> Iterator[str]:
    yield f"今天是{facts.business_date:%Y年%m月%d日}"
    yield f"{facts.enterprise_name}{STATES[facts.kind, form.status]}{_stoppage(form)}"
    if form.production is not None and facts.kind is EnterpriseKind.PRODUCTION:
        yield from _production(form.production, facts)
    if form.wholesale is not None and facts.kind is EnterpriseKind.WHOLESALE:
        yield from _wholesale(form.wholesale, facts)


def _stoppage(form: CommitmentForm) -> str:
    if form.stoppage is None:
        return ""
    parts = [f"原因：{STOP_REASON_NAMES[form.stoppage.reason]}"]
    if form.stoppage.expected_resumption is not None:
        parts.append(f"预计{form.stoppage.expected_resumption:%Y年%m月%d日}恢复")
    return f"（{'，'.join(parts)}）"


def _production(figures: ProductionFigures, facts: Facts) -> Iterator[str]:
    yield f"使用工房{figures.workshops_in_use}间（共{facts.workshops_total}间）"
    yield f"其中涉药工房{figures.powder_workshops_in_use}间（共{facts.powder_workshops_total}间）"
    if figures.powder_processes:
        named = "、".join(POWDER_PROCESS_NAMES[process] for process in figures.powder_processes)
        yield f"今日涉药工序为{named}"
    yield f"在岗{figures.present_persons}人（核定{facts.approved_persons}人）"
    yield f"现存药量{plain(figures.present_powder_kg)}千克（核定{plain(facts.approved_powder_kg)}千克）"


def _wholesale(figures: WholesaleFigures, facts: Facts) -> Iterator[str]:
    yield f"使用仓库{figures.warehouses_in_use}栋（共{facts.warehouses_total}栋）"
    yield f"库存{plain(figures.stock_boxes)}箱（核定{plain(facts.approved_boxes)}箱）"
    yield f"计{plain(figures.stock_kg)}千克（核定{plain(facts.approved_stock_kg)}千克）"
    yield f"今日入库{plain(figures.boxes_in)}箱、出库{plain(figures.boxes_out)}箱"
    yield f"在岗{figures.present_persons}人（核定{facts.approved_persons}人）"


def _conditions(form: CommitmentForm) -> Iterator[str]:
    """Hazardous jobs, who leads on duty, and the weather."""
    work = form.hazardous_work or HazardousWork()
    jobs = [f"{HAZARDOUS_WORK_NAMES[name]}{count}项" for name, count in work.counts.items() if count]
    if jobs:
        yield f"今日危险作业：{'、'.join(jobs)}"
    if form.duty_leader:
        yield f"带班领导{form.duty_leader}"
    if form.top_temperature is not None:
        yield f"最高气温{form.top_temperature}℃"
    if form.storm_warning is not None:
        yield "有雷电或暴雨预警" if form.storm_warning else "无雷电、暴雨预警"


def _risks(form: CommitmentForm, facts: Facts) -> Iterator[str]:
    yield f"已开展安全风险研判，风险等级为{form.risk_grade}级（1级最高、4级最低）"
    if form.major_hazard:
        yield "存在重大隐患"
    if facts.open_problems:
        yield f"尚有{facts.open_problems}个问题未办结"
    if facts.open_alerts:
        yield f"尚有{facts.open_alerts}条预警未办结"
    for excess in excesses(form, facts):
        yield excess.sentence


def _promises(form: CommitmentForm, facts: Facts) -> Iterator[str]:
    """What is promised. Nobody promises to keep within the figures and exceeds them in the same text."""
    working = form.status is ProductionStatus.IN_PRODUCTION
    exceeded = excesses(form, facts)
    within = "不超员、不超量、" if working and not exceeded else ""
    yield f"我单位承诺{within}{PROMISES[facts.kind, form.status]}"
    if form.major_hazard:
        yield "立即整改重大隐患，整改完成前停止相关场所的作业"
    if facts.open_problems:
        yield "按期整改并反馈未办结的问题"
    if facts.open_alerts:
        yield "按期处置并反馈未办结的预警"
    if exceeded:
        yield "尽快消除超出核定的情况"
    if not form.major_hazard and not exceeded:
        yield "各项管控措施落实到位"
