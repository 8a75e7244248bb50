"""The pre-filled form of the day: automatic figures with source and time, the rest from the last report."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from ...domain.alert.form import ALERT_LEVEL_NAMES
from ...domain.commitment.check import suggested_grade
from ...domain.commitment.form import (
    CommitmentForm,
    Facts,
    HazardousWork,
    ProductionFigures,
    ProductionStatus,
    Stoppage,
    WholesaleFigures,
)
from ...domain.commitment.report import Report
from ...domain.commitment.template import commitment_text
from ...domain.directory.certificate import PermitFact
from ...domain.directory.enterprise import STOP_REASON_NAMES, EnterpriseKind
from ...domain.inspection.form import Figure
from ...domain.values import plain


@dataclass(frozen=True, slots=True)
class Prefill:
    """Today's form before anybody has edited it, and the text that it makes.

    `carried_from` is the day of the report it was pre-filled from (None: there is none). `promiser` is the
    name of the head; None if the directory has none, so that a substitute must be named.
    """

    facts: Facts
    figures: tuple[Figure, ...]
    form: CommitmentForm
    text: str
    promiser: str | None
    carried_from: date | None
    suggested_grade: int
    grade_reasons: tuple[str, ...]


def prefill(facts: Facts, last: Report | None) -> Prefill:
    """Make the form from the directory and, if there is one, the last manual report.

    Figures come from that report only. Without one, they are left out: nobody has counted anything yet.
    """
    form = _first_form() if last is None else last.form
    form = replace(
        form,
        hazardous_work=HazardousWork(),
        major_hazard=False,
        explanation="",
        supplement="",
        substitute=None,
        top_temperature=None,
        storm_warning=None,
    )
    if facts.shutdown is not None:
        form = replace(
            form,
            status=ProductionStatus.STOPPED,
            stoppage=Stoppage(facts.shutdown, expected_resumption=facts.shutdown_until),
        )
    elif form.stoppage is not None:
        # What was stated has passed, or the stop that it declared was annulled: a person states it anew.
        form = replace(form, stoppage=replace(form.stoppage, expected_resumption=None))
    form = replace(
        form,
        production=_production(form.production, form.status, facts),
        wholesale=_wholesale(form.wholesale, form.status, facts),
    )
    grade, reasons = suggested_grade(form, facts)
    form = replace(form, risk_grade=grade)
    return Prefill(
        facts=facts,
        figures=figures(facts),
        form=form,
        text=commitment_text(form, facts),
        promiser=facts.head_name,
        carried_from=last.facts.business_date if last else None,
        suggested_grade=grade,
        grade_reasons=reasons,
    )


def figures(facts: Facts) -> tuple[Figure, ...]:
    """The automatic figures, each with its source."""
    directory, permits, shutdowns = "企业档案", "证书档案", "停产期登记"
    at = facts.directory_as_of
    rows: list[Figure] = []
    if facts.kind is EnterpriseKind.PRODUCTION:
        rows += [
            Figure("workshopsTotal", "工房总数", str(facts.workshops_total), "间", directory, at),
            Figure(
                "powderWorkshopsTotal", "涉药工房总数", str(facts.powder_workshops_total), "间", directory, at
            ),
            Figure("approvedPersons", "核定人数", str(facts.approved_persons), "人", directory, at),
            Figure("approvedPowderKg", "核定药量", plain(facts.approved_powder_kg), "千克", directory, at),
        ]
    else:
        rows += [
            Figure("warehousesTotal", "仓库总数", str(facts.warehouses_total), "栋", directory, at),
            Figure("approvedPersons", "核定人数", str(facts.approved_persons), "人", directory, at),
            Figure("approvedBoxes", "核定箱数", plain(facts.approved_boxes), "箱", directory, at),
            Figure("approvedStockKg", "核定存量", plain(facts.approved_stock_kg), "千克", directory, at),
        ]
    permit = facts.permit
    until = f"有效期至{permit.expires_on}{_days(permit)}" if permit.expires_on else "档案中没有该证书"
    rows.append(
        Figure(
            "permit",
            permit.name,
            f"{'有效' if permit.valid else '无效'}（{until}）",
            "",
            permits,
            facts.taken_at,
        )
    )
    shutdown = (
        f"{STOP_REASON_NAMES[facts.shutdown]}，至{facts.shutdown_until}复产"
        if facts.shutdown
        else "不在停产期"
    )
    rows.append(Figure("shutdown", "停产期", shutdown, "", shutdowns, facts.taken_at))
    for key, label, count, unit, source in (
        ("openProblems", "未办结问题", facts.open_problems, "个", "问题台账"),
        ("openAlerts", "未办结预警", facts.open_alerts, "条", "预警台账"),
    ):
        known = count is not None
        rows.append(
            Figure(
                key,
                label,
                str(count) if known else None,
                unit,
                source if known else "未接入",
                facts.taken_at if known else None,
            )
        )
    if facts.gravest_alert is not None:
        level = ALERT_LEVEL_NAMES[facts.gravest_alert]
        rows.append(Figure("highestAlertLevel", "未办结预警最高等级", level, "", "预警台账", facts.taken_at))
    return tuple(rows)


def _days(permit: PermitFact) -> str:
    """How many days are left, or have passed since the expiry, as a part of a sentence."""
    left = permit.days_left
    if left is None:
        return ""
    return f"，剩{left}天" if left > 0 else "，今日到期" if left == 0 else f"，逾期{-left}天"


def _first_form() -> CommitmentForm:
    """The form of an enterprise that has never reported: no figures, because nobody has counted yet."""
    return CommitmentForm(
        status=ProductionStatus.IN_PRODUCTION,
        stoppage=None,
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


def _production(
    figures: ProductionFigures | None, status: ProductionStatus, facts: Facts
) -> ProductionFigures | None:
    """The last figures, cut to what the directory has today: a workshop may have been removed since.

    Today's processes must be named by a person. Figures that contradict production are not proposed.
    """
    if figures is None or facts.kind is not EnterpriseKind.PRODUCTION:
        return None
    stopped = status is ProductionStatus.STOPPED
    in_use = 0 if stopped else min(figures.workshops_in_use, facts.workshops_total)
    powder = min(figures.powder_workshops_in_use, facts.powder_workshops_total, in_use)
    if not stopped and (in_use == 0 or figures.present_persons == 0):
        return None
    keeps_powder = stopped or powder > 0
    return replace(
        figures,
        workshops_in_use=in_use,
        powder_workshops_in_use=powder,
        powder_processes=(),
        present_powder_kg=figures.present_powder_kg if keeps_powder else Decimal(0),
    )


def _wholesale(
    figures: WholesaleFigures | None, status: ProductionStatus, facts: Facts
) -> WholesaleFigures | None:
    """The last figures, cut to what the directory has today; nothing moves while trade has stopped.

    Figures that contradict trade are not proposed.
    """
    if figures is None or facts.kind is not EnterpriseKind.WHOLESALE:
        return None
    in_use = min(figures.warehouses_in_use, facts.warehouses_total)
    if (figures.stock_boxes == 0) is not (figures.stock_kg == 0):
        return None
    if status is ProductionStatus.STOPPED:
        return replace(figures, warehouses_in_use=in_use, boxes_in=Decimal(0), boxes_out=Decimal(0))
    if in_use == 0 or figures.present_persons == 0:
        return None
    return replace(figures, warehouses_in_use=in_use)
