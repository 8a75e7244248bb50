"""The text of the commitment: a template per status, filled with figures; the enterprise may edit it."""

from __future__ import annotations

from datetime import date
from typing import Final

from ..directory.enterprise import KIND_NAMES, STOP_REASON_NAMES, EnterpriseKind, StopReason
from ..directory.shutdown import PeriodSource
from ..values import plain, shortened
from .form import (
    CommitmentForm,
    Facts,
    HazardousWork,
    ProductionFigures,
    ProductionStatus,
    Stoppage,
    WholesaleFigures,
)


def commitment_text(
    facts: Facts,
    status: ProductionStatus,
    *,
    production: ProductionFigures | None = None,
    wholesale: WholesaleFigures | None = None,
    stoppage: StopReason | None = None,
) -> str:
    """The sentence that is announced in the head's name, in Chinese, at most 1000 characters."""
    opening = f"今天是{facts.business_date:%Y年%m月%d日}，{facts.enterprise_name}"
    if status is ProductionStatus.STOPPED:
        reason = f"（原因：{STOP_REASON_NAMES[stoppage]}）" if stoppage else ""
        return f"{opening}处于停产状态{reason}，涉药工房和库房已落锁看护，承诺不擅自恢复生产经营。"
    if production is not None:
        state = (
            f"使用工房{production.workshops_in_use}间，其中涉药工房{production.powder_workshops_in_use}间，"
            f"在岗{production.present_persons}人，现存药量{plain(production.present_powder_kg)}千克"
        )
    elif wholesale is not None:
        state = (
            f"使用仓库{wholesale.warehouses_in_use}栋，库存{plain(wholesale.stock_boxes)}箱，"
            f"在岗{wholesale.present_persons}人"
        )
    else:
        state = "各项安全措施已落实"
    return f"{opening}{state}；已开展安全风险研判，各项管控措施落实到位，承诺不超员、不超量、不改变工房用途，安全状态可控。"


_LONGEST_PROMISER: Final = 50
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
    """The form of an automatic report, in the enterprise's name: what the system knows about the stop.

    `major_hazard` and `risk_grade` cannot be empty: their values say nothing, and the text says so.
    """
    return CommitmentForm(
        status=ProductionStatus.STOPPED,
        stoppage=Stoppage(
            reason=reason,
            note="停产期内自动上报，未经企业当日确认",
            expected_resumption=facts.shutdown_until,
        ),
        production=None,
        wholesale=None,
        hazardous_work=HazardousWork(),
        duty_leader="",
        duty_phone=None,
        top_temperature=None,
        storm_warning=None,
        major_hazard=False,
        risk_grade=4,
        text=automatic_text(facts, reason),
        promiser=shortened(facts.enterprise_name, _LONGEST_PROMISER),
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
