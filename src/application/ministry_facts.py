"""What the ministry is told, frozen as plain JSON in the transaction of the fact; their field names are the adapter's."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

from ..domain.commitment.report import Report
from ..domain.inspection.form import InspectionKind
from ..domain.inspection.week import Week, WeeklyRow
from ..domain.values import SHANGHAI

_INSPECTED: Final = {InspectionKind.PATROL: "巡查区域{}个", InspectionKind.SPOT_CHECK: "抽查企业{}个"}


def commitment_facts(report: Report) -> dict[str, Any]:
    """One revision of a commitment: enumerations by name, `reported_at` ISO with +08:00, days as YYYY-MM-DD."""
    form, facts = report.form, report.facts
    return {
        "credit_code": facts.credit_code,
        "enterprise_name": facts.enterprise_name,
        "enterprise_kind": facts.kind.value,
        "region_code": str(facts.region_id),
        "business_date": facts.business_date.isoformat(),
        "reported_at": report.signed.at.astimezone(SHANGHAI).isoformat(),
        "revision": report.revision,
        "origin": report.origin.value,
        "late": report.late,
        "status": form.status.value,
        "stop_reason": form.stoppage.reason.value if form.stoppage else None,
        "hazardous_work": asdict(form.hazardous_work),
        "major_hazard": form.major_hazard,
        "risk_grade": form.risk_grade,
        "promiser": form.promiser,
        "text": form.text,
        "deleted": False,
    }


def weekly_facts(week: Week, row: WeeklyRow, region_name: str) -> dict[str, Any]:
    """A frozen row of the weekly push: `since` and `until` ISO with +08:00, the closing day as YYYY-MM-DD, counts."""
    until = week.until.astimezone(SHANGHAI)
    return {
        "region_code": str(row.region_id),
        "region_name": region_name,
        "closes_on": week.closes_on.isoformat(),
        "since": week.since.astimezone(SHANGHAI).isoformat(),
        "until": until.isoformat(),
        "inspected": row.inspected,
        "with_problems": row.with_problems,
        "issued": row.issued,
        "fed_back": row.fed_back,
        "unfed_back": row.unfed_back,
        "overdue": row.overdue,
        "text": (
            f"{_INSPECTED[row.kind].format(row.inspected)}，其中{row.with_problems}个发现问题；"
            f"下发问题{row.issued}个，反馈{row.fed_back}个；"
            f"截至{until:%Y-%m-%d %H:%M}未反馈{row.unfed_back}个，其中逾期{row.overdue}个。"
        ),
    }
