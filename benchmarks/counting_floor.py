"""Statistics of problems and of records by hand: the same figures by one statement each, through psycopg alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from yanbao.domain.handling.durations import mean_of

_COUNTS: Final = ("issued", "unfedBack", "fedBack", "closed", "withdrawn", "overdue")
_UNFED: Final = "p.state IN ('ISSUED', 'ACKNOWLEDGED', 'RECTIFYING', 'RETURNED')"
_FED: Final = "p.state IN ('FED_BACK', 'CLOSED')"
_OVERDUE: Final = """(p.rectify_due <= %(now)s OR (p.acknowledged_at IS NULL AND p.acknowledge_due <= %(now)s)
    OR (p.first_feedback_at IS NULL AND p.feed_back_due <= %(now)s))"""
_TOOK: Final = "floor(extract(epoch FROM p.fed_back_at - p.issued_at))::bigint"
_FIGURES: Final = f"""
count(*) FILTER (WHERE p.state <> 'WITHDRAWN'), count(*) FILTER (WHERE {_UNFED}), count(*) FILTER (WHERE {_FED}),
count(*) FILTER (WHERE p.state = 'CLOSED'), count(*) FILTER (WHERE p.state = 'WITHDRAWN'),
count(*) FILTER (WHERE {_UNFED} AND {_OVERDUE}),
sum({_TOOK}) FILTER (WHERE {_FED}), count(p.fed_back_at) FILTER (WHERE {_FED}),
percentile_disc(0.9) WITHIN GROUP (ORDER BY {_TOOK}) FILTER (WHERE {_FED})
"""
_MONTH: Final = """greatest(
    date_trunc('month', p.issued_at AT TIME ZONE 'Asia/Shanghai')::date, %(first_day)s)::text"""
_DAYS: Final = "p.issued_at >= %(first_at)s AND p.issued_at < %(until)s"
_BELOW: Final = "p.region_id IN (SELECT descendant FROM region_closure WHERE ancestor = %(region)s)"
_HEAD: Final = """JOIN region_closure k ON k.descendant = p.region_id
JOIN region r ON r.id = k.ancestor AND r.parent_id = %(region)s"""


def problems(level: str, by: str | None) -> dict[str, str]:
    """The ways to count the problems that a level sees, by month and by this column; REGION: by the region below."""
    key = {None: "NULL", "REGION": "r.id"}.get(by, f"p.{by}")
    joined = _HEAD if by == "REGION" else ""
    seen = "" if level == "PROVINCE" else f"AND {_BELOW}"
    sets = f"(month), (){'' if by is None else f', ({key})'}"
    chosen = f"FROM problem p {joined} CROSS JOIN LATERAL (SELECT {_MONTH} AS month OFFSET 0) m WHERE {_DAYS} {seen}"
    parts = [f"SELECT NULL, NULL, {_FIGURES} FROM problem p WHERE {_DAYS} {seen}"]
    parts.append(f"SELECT {_MONTH}, NULL, {_FIGURES} FROM problem p WHERE {_DAYS} {seen} GROUP BY 1")
    if by is not None:
        parts.append(
            f"SELECT NULL, {key}, {_FIGURES} FROM problem p {joined} WHERE {_DAYS} {seen} GROUP BY {key}"
        )
    return {
        "grouping sets": f"SELECT month, {key}, {_FIGURES} {chosen} GROUP BY GROUPING SETS ({sets})",
        "part by part": " UNION ALL ".join(parts),
    }


def problems_answer(
    rows: Sequence[Sequence[Any]], keys: Sequence[str], months: Sequence[str]
) -> dict[str, Any]:
    """The answer to the document; keys and first days in their order, also those of which nothing is counted."""
    whole = next(row for row in rows if row[0] is None and row[1] is None)
    lines = {row[1]: _counts(row) for row in rows if row[1] is not None}
    periods = {row[0]: _counts(row) for row in rows if row[0] is not None}
    nothing = _counts((None, None, *([0] * 6), None, 0, None))
    return {
        "problemStatistics": {
            "whole": {"counts": _counts(whole)},
            "lines": [{"key": key, "counts": lines.get(key, nothing)} for key in keys],
            "periods": [{"key": key, "counts": periods.get(key, nothing)} for key in months],
        }
    }


def _counts(row: Sequence[Any]) -> dict[str, Any]:
    total, number, percentile = row[8:11]
    counts: dict[str, Any] = dict(zip(_COUNTS, row[2:8], strict=True))
    mean = mean_of(int(total or 0), number)
    return counts | {
        "meanFeedbackSeconds": mean,
        "p90FeedbackSeconds": None if percentile is None else int(percentile),
    }


def records(kind: str) -> dict[str, str]:
    """The ways to count a year's records of the whole province, by month."""
    target = "i.target_region_id" if kind == "PATROL" else "i.target_enterprise_id"
    month = "greatest(date_trunc('month', i.business_date::timestamp)::date, %(first_day)s)"
    figures = f"""
    count(*) FILTER (WHERE i.origin = 'MANUAL'), count(*) FILTER (WHERE i.origin = 'AUTO'),
    count(DISTINCT {target}) FILTER (WHERE i.origin = 'MANUAL' AND i.target_is_area),
    count(DISTINCT {target}) FILTER (WHERE i.origin = 'AUTO' AND i.target_is_area)
    """
    chosen = f"""FROM inspection i WHERE i.state = 'SUBMITTED' AND NOT i.replaced AND i.kind = '{kind}'
    AND i.business_date BETWEEN %(first_day)s AND %(last_day)s"""
    return {
        "grouping sets": f"SELECT {month} AS month, {figures} {chosen} GROUP BY GROUPING SETS ((1), ()) ORDER BY 1",
        "part by part": f"""
            SELECT NULL::date AS month, {figures} {chosen}
            UNION ALL SELECT {month}, {figures} {chosen} GROUP BY 1 ORDER BY 1
        """,
    }


def records_answer(rows: Sequence[Sequence[Any]], months: Sequence[date]) -> dict[str, list[int]]:
    """The counts of the whole under an empty key, and those of each month by its number."""
    (whole,) = [row for row in rows if row[0] is None]
    counted = {str(months.index(row[0])): list(row[1:]) for row in rows if row[0] is not None}
    return {"": list(whole[1:])} | counted
