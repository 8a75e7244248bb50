"""The form and the text of an automatic report."""

from __future__ import annotations

from datetime import date
from typing import Final

from ..directory.enterprise import KIND_NAMES, STOP_REASON_NAMES, EnterpriseKind, StopReason
from ..directory.shutdown import PeriodSource
from .form import (
    CommitmentForm,
    Facts,
    ProductionStatus,
    Stoppage,
)

LONGEST_PROMISER: Final = 50
"""The ministry refuses a longer promiser; the name of an enterprise may have 80 characters."""
_NOT_STATED: Final = {
    EnterpriseKind.PRODUCTION: "工房使用、涉药作业、在岗人员、现存药量",
    EnterpriseKind.WHOLESALE: "仓库使用、库存和出入库、在岗人员",
}


def automatic_text(facts: Facts, reason: StopReason) -> str:
    """The text of an automatic report: what is registered about the stop, and what nobody has stated."""
    kind = facts.kind
    return (
        f"{facts.enterprise_name}（{KIND_NAMES[kind]}）{_in_chinese(facts.business_date)}{_registered(facts)}，"
        f"停产原因：{STOP_REASON_NAMES[reason]}。"
        f"本日承诺由系统按停产期自动上报，未经企业当日确认；{_NOT_STATED[kind]}、"
        "危险作业、重大隐患和风险等级均未填报、未研判。"
    )


def automatic_form(facts: Facts, reason: StopReason) -> CommitmentForm:
    """The form of an automatic report, in the enterprise's name: only what the system knows about the stop."""
    return CommitmentForm(
        status=ProductionStatus.STOPPED,
        stoppage=Stoppage(
            reason=reason,
            note="停产期内自动上报，未经企业当日确认",
            expected_resumption=facts.shutdown_until,
        ),
        production=None,
        wholesale=None,
        hazardous_work=None,
        duty_leader="",
        duty_phone=None,
        top_temperature=None,
        storm_warning=None,
        major_hazard=None,
        risk_grade=None,
    )


def _registered(facts: Facts) -> str:
    """From when to when the stop lasts, and who registered it on which day."""
    period = facts.shutdown_period
    if period is None:
        return "在登记的停产期内"
    span = f"在停产期内（{_in_chinese(period.first_day)}至{_in_chinese(period.last_day)}）"
    on = "" if period.registered_on is None else f"于{_in_chinese(period.registered_on)}"
    if period.source is PeriodSource.ENTERPRISE:
        by = f"（申报人：{period.registrar}）" if period.registrar else ""
        return f"{span}，该停产期由企业{on}自行申报{by}"
    return f"{span}，该停产期由{period.registrar or '应急管理部门'}{on}登记"


def _in_chinese(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
