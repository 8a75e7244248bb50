"""The pre-filled form of the day: automatic figures with source and time, the rest from the last report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

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
from ...domain.commitment.text import commitment_text
from ...domain.directory.enterprise import STOP_REASON_NAMES, Enterprise, EnterpriseKind
from ...domain.directory.organisation import Person
from ...domain.inspection.form import Figure
from ...domain.values import plain


@dataclass(frozen=True, slots=True)
class Prefill:
    """Today's form before anybody has edited it.

    `carried_from` is the day of the report it was pre-filled from (None: there is none).
    """

    facts: Facts
    figures: tuple[Figure, ...]
    form: CommitmentForm
    carried_from: date | None
    suggested_grade: int
    grade_reasons: tuple[str, ...]


def prefill(enterprise: Enterprise, facts: Facts, heads: Sequence[Person], last: Report | None) -> Prefill:
    """Make the form from the directory and, if there is one, the last manual report."""
    form = _first_form(facts) if last is None else last.form
    form = replace(
        form,
        hazardous_work=HazardousWork(),
        promiser=heads[0].name if heads else form.promiser,
        major_hazard=False,
        explanation="",
        top_temperature=None,
        storm_warning=None,
        production=_within_directory(form.production, facts),
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
    if form.status is ProductionStatus.STOPPED and form.production is not None:
        form = replace(
            form, production=replace(form.production, powder_workshops_in_use=0, powder_processes=())
        )
    text = commitment_text(
        facts,
        form.status,
        production=form.production,
        wholesale=form.wholesale,
        stoppage=form.stoppage.reason if form.stoppage else None,
    )
    grade, reasons = suggested_grade(form, facts)
    return Prefill(
        facts=facts,
        figures=figures(facts),
        form=replace(form, text=text, risk_grade=grade),
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
    until = f"有效期至{permit.expires_on}" if permit.expires_on else "档案中没有该证书"
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
    for key, label, count in (
        ("openProblems", "未办结问题", facts.open_problems),
        ("openAlerts", "未办结预警", facts.open_alerts),
    ):
        known = count is not None
        rows.append(
            Figure(
                key,
                label,
                str(count) if known else None,
                "项",
                "问题与预警台账" if known else "未接入",
                facts.taken_at if known else None,
            )
        )
    return tuple(rows)


def _first_form(facts: Facts) -> CommitmentForm:
    """The form of an enterprise that has never reported: everything in use, no persons or amounts yet."""
    production = wholesale = None
    if facts.kind is EnterpriseKind.PRODUCTION:
        production = ProductionFigures(facts.workshops_total, facts.powder_workshops_total, (), 0, Decimal(0))
    else:
        zero = Decimal(0)
        wholesale = WholesaleFigures(facts.warehouses_total, zero, zero, zero, zero, 0)
    return CommitmentForm(
        status=ProductionStatus.IN_PRODUCTION,
        stoppage=None,
        production=production,
        wholesale=wholesale,
        hazardous_work=HazardousWork(),
        duty_leader="",
        duty_phone=None,
        top_temperature=None,
        storm_warning=None,
        major_hazard=False,
        risk_grade=4,
        text="",
        promiser="",
    )


def _within_directory(figures: ProductionFigures | None, facts: Facts) -> ProductionFigures | None:
    """Cut carried-over figures to what the directory has today: a workshop may have been removed since."""
    if figures is None:
        return None
    in_use = min(figures.workshops_in_use, facts.workshops_total)
    powder = min(figures.powder_workshops_in_use, facts.powder_workshops_total, in_use)
    return replace(figures, workshops_in_use=in_use, powder_workshops_in_use=powder, powder_processes=())
