"""The form and the text of an automatic report."""

from __future__ import annotations

from ..directory.enterprise import STOP_REASON_NAMES, StopReason
from .form import CommitmentForm, Facts, HazardousWork, ProductionStatus, Stoppage


def automatic_text(facts: Facts, reason: StopReason) -> str:
    """The text of an automatic report, in Chinese."""
    return (
        f"今天是{facts.business_date:%Y年%m月%d日}，{facts.enterprise_name}处于停产状态（原因：{STOP_REASON_NAMES[reason]}），"
        "涉药工房和库房已落锁看护，承诺不擅自恢复生产经营。"
    )


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
    )
