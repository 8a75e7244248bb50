"""The text of the commitment: a template per status, filled with figures; the enterprise may edit it."""

from __future__ import annotations

from ..directory.enterprise import STOP_REASON_NAMES, StopReason
from ..values import plain
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


def automatic_form(facts: Facts, reason: StopReason) -> CommitmentForm:
    """The form of an automatic report: it states the stoppage, and leaves out what nobody has looked at."""
    return CommitmentForm(
        status=ProductionStatus.STOPPED,
        stoppage=Stoppage(reason=reason, note="停产期内自动上报", expected_resumption=facts.shutdown_until),
        production=None,
        wholesale=None,
        hazardous_work=HazardousWork(),
        duty_leader="",
        duty_phone=None,
        top_temperature=None,
        storm_warning=None,
        major_hazard=False,
        risk_grade=4,
        text=commitment_text(facts, ProductionStatus.STOPPED, stoppage=reason),
        promiser="系统自动",
    )
