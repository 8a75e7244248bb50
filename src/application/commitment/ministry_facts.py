"""The facts sent to the ministry, as plain JSON frozen in the event's transaction.

The adapter translates them to the ministry's field names.
"""

from __future__ import annotations

from typing import Any

from ...domain.commitment.report import Report
from ...domain.restore import Restore
from ...domain.values import SHANGHAI


def commitment_facts(report: Report, anew: Restore | None = None) -> dict[str, Any]:
    """One revision of a commitment: enums by value, `reported_at` ISO with +08:00, days as YYYY-MM-DD.

    `anew`: the restore after which it was made, if it may have been made before, too. Then its revision is
    higher than all that the ministry may hold, so that this one counts there.
    `hazardous_work`, `major_hazard` and `risk_grade` are None where an automatic report does not state them.
    """
    form, facts = report.form, report.facts
    return {
        "credit_code": facts.credit_code,
        "enterprise_name": facts.enterprise_name,
        "enterprise_kind": facts.kind.value,
        "region_code": str(facts.region_id),
        "business_date": facts.business_date.isoformat(),
        "reported_at": report.signed.at.astimezone(SHANGHAI).isoformat(),
        "revision": report.revision + (0 if anew is None else anew.revisions_from),
        "origin": report.origin.value,
        "late": report.late,
        "status": form.status.value,
        "stop_reason": form.stoppage.reason.value if form.stoppage else None,
        "hazardous_work": None if form.hazardous_work is None else form.hazardous_work.counts,
        "major_hazard": form.major_hazard,
        "risk_grade": form.risk_grade,
        "promiser": report.promiser.name,
        "text": report.text + (f"补充说明：{form.supplement}" if form.supplement else ""),
        "deleted": False,
    }
