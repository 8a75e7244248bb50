"""Turns a weekly row into plain JSON facts for the ministry; the adapter maps them to its field names."""

from __future__ import annotations

from typing import Any, Final

from ...domain.inspection.form import InspectionKind
from ...domain.inspection.week import Week, WeeklyRow
from ...domain.values import SHANGHAI

_INSPECTED: Final = {InspectionKind.PATROL: ("巡查", "区域"), InspectionKind.SPOT_CHECK: ("抽查", "企业")}


def weekly_facts(week: Week, row: WeeklyRow, region_name: str) -> dict[str, Any]:
    """The facts of a row: `since` and `until` in ISO with +08:00, `closes_on` as YYYY-MM-DD, counts."""
    verb, place = _INSPECTED[row.kind]
    until = week.until.astimezone(SHANGHAI)
    return {
        "region_code": str(row.region_id),
        "region_name": region_name,
        "closes_on": week.closes_on.isoformat(),
        "since": week.since.astimezone(SHANGHAI).isoformat(),
        "until": until.isoformat(),
        "inspected": row.inspected,
        "automatic": row.automatic,
        "with_problems": row.with_problems,
        "rectified_on_site": row.rectified_on_site,
        "issued": row.issued,
        "withdrawn": row.withdrawn,
        "fed_back": row.fed_back,
        "unfed_back": row.unfed_back,
        "overdue": row.overdue,
        "text": (
            f"人工{verb}{place}{row.inspected}个，其中{row.with_problems}个发现问题；"
            f"另有{row.automatic}个{place}仅有系统自动记录，未经人工核查；"
            f"现场已整改{row.rectified_on_site}项，下发问题{row.issued}个，撤回{row.withdrawn}个，"
            f"反馈{row.fed_back}个；"
            f"截至{until:%Y-%m-%d %H:%M}未反馈{row.unfed_back}个，其中逾期{row.overdue}个。"
        ),
    }
