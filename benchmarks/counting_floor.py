"""Statistics of problems and of records by hand: the same figures by one statement each, through psycopg alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

_COUNTS: Final = ("issued", "unfedBack", "fedBack", "closed", "withdrawn", "overdue")
_UNFED: Final = "p.state IN ('ISSUED', 'ACKNOWLEDGED', 'RECTIFYING', 'RETURNED')"
_FED: Final = "p.state IN ('FED_BACK', 'CLOSED')"
_OVERDUE: Final = """(p.rectify_due <= %(now)s OR (p.acknowledged_at IS NULL AND p.acknowledge_due <= %(now)s)
    OR (p.first_feedback_at IS NULL AND p.feed_back_due <= %(now)s))"""
_TOOK: Final = "floor(date_part('epoch', p.fed_back_at - p.issued_at))::bigint"
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
    first = hours_first(_PROBLEMS, NO_KEY if by is None else key, joined, f"{_DAYS} {seen}")
    return {
        "hours first": first,
        "grouping sets": f"SELECT month, {key}, {_FIGURES} {chosen} GROUP BY GROUPING SETS ({sets})",
        "part by part": " UNION ALL ".join(parts),
    }


@dataclass(frozen=True, slots=True)
class Handled:
    """Where problems or alerts, `p`, differ in SQL."""

    table: str
    since: str
    apart: str
    """The state of what is neither fed back nor owed."""
    unfed: str
    overdue: str


_PROBLEMS: Final = Handled("problem", "issued_at", "WITHDRAWN", _UNFED, _OVERDUE)
NO_KEY: Final = "''::text"


def hours_first(of: Handled, key: str, joined: str, chosen: str) -> str:
    """Rows are grouped by month, key and hour of the feedback once; then only the hours of the percentiles are sorted."""
    sets = "(month, hour), (hour)" + ("" if key == NO_KEY else ", (key, hour)")
    rows = f"""SELECT width_bucket(p.{of.since}, %(starts)s::timestamptz[]) AS month, {key} AS key, p.state,
        floor(date_part('epoch', p.fed_back_at - p.{of.since}))::bigint AS took
        FROM {of.table} p {joined} WHERE {chosen} OFFSET 0"""
    fed = "state IN ('CLOSED', 'FED_BACK')"
    return f"""
    WITH cells AS (
        SELECT month, key, CASE WHEN {fed} THEN took / 3600 END AS hour, count(*) AS n,
               count(*) FILTER (WHERE state = 'CLOSED') AS closed,
               count(*) FILTER (WHERE state = '{of.apart}') AS withdrawn, sum(took) FILTER (WHERE {fed}) AS took
        FROM ({rows}) r GROUP BY 1, 2, 3
    ), lines AS (
        SELECT month, {"NULL::text AS key" if key == NO_KEY else "key"}, hour, sum(n)::int AS n, sum(closed)::int AS closed, sum(withdrawn)::int AS withdrawn,
               sum(took) AS took FROM cells GROUP BY GROUPING SETS ({sets})
    ), totals AS (
        SELECT month, key, sum(n) AS n, sum(n) FILTER (WHERE hour IS NOT NULL) AS fed, sum(closed) AS closed,
               sum(withdrawn) AS withdrawn, sum(took) AS took FROM lines GROUP BY 1, 2
    ), running AS (
        SELECT *, sum(n) OVER (PARTITION BY month, key ORDER BY hour) AS upto,
               sum(n) OVER (PARTITION BY month, key) AS whole FROM lines WHERE hour IS NOT NULL
    ), wanted AS (
        SELECT *, upto - n AS shorter FROM running WHERE upto * 10 >= whole * 9 AND (upto - n) * 10 < whole * 9
    ), near AS MATERIALIZED (
        SELECT *, took / 3600 AS hour FROM ({rows}) r
        WHERE (took / 3600 IN (SELECT hour FROM wanted)) IS TRUE AND {fed}
    ), ranked AS (
        SELECT w.month, w.key, w.whole, n.took,
               w.shorter + row_number() OVER (PARTITION BY w.month, w.key ORDER BY n.took) AS upto
        FROM wanted w JOIN near n ON n.hour = w.hour AND coalesce(w.month, n.month) = n.month
            AND coalesce(w.key, n.key) = n.key
    ), p90 AS (
        SELECT month, key, min(took) AS took FROM ranked WHERE upto * 10 >= whole * 9 GROUP BY 1, 2
    ), late AS (
        SELECT month, key, count(*) AS n FROM (
            SELECT width_bucket(p.{of.since}, %(starts)s::timestamptz[]) AS month, {key} AS key
            FROM {of.table} p {joined} WHERE {chosen} AND {of.unfed} AND {of.overdue}
        ) r GROUP BY 1, 2
    )
    SELECT (%(months)s::text[])[t.month], t.key, n - withdrawn, n - withdrawn - coalesce(fed, 0), coalesce(fed, 0),
           closed, withdrawn, (
               SELECT coalesce(sum(l.n), 0) FROM late l WHERE coalesce(t.month, l.month) = l.month
                   AND coalesce(t.key, l.key) = l.key
           ), took, coalesce(fed, 0), (
               SELECT p.took FROM p90 p WHERE p.month IS NOT DISTINCT FROM t.month AND p.key IS NOT DISTINCT FROM t.key
           )
    FROM totals t
    """


def problems_answer(
    rows: Sequence[Sequence[Any]], keys: Sequence[str], months: Sequence[str]
) -> dict[str, Any]:
    """The answer to the document; keys and first days in their order, also those of which nothing is counted."""
    return {"problemStatistics": lines_of(rows, keys, months, counts_of)}


def lines_of(
    rows: Sequence[Sequence[Any]],
    keys: Sequence[str],
    months: Sequence[str],
    counts: Callable[[Sequence[Any]], dict[str, Any]],
) -> dict[str, Any]:
    """The lines of a statistic: the whole, each key, each month."""
    whole = next(row for row in rows if row[0] is None and row[1] is None)
    lines = {row[1]: counts(row) for row in rows if row[1] is not None}
    periods = {row[0]: counts(row) for row in rows if row[0] is not None}
    nothing = counts((None, None, *([0] * 6), None, 0, None))
    return {
        "whole": {"counts": counts(whole)},
        "lines": [{"key": key, "counts": lines.get(key, nothing)} for key in keys],
        "periods": [{"key": key, "counts": periods.get(key, nothing)} for key in months],
    }


def counts_of(row: Sequence[Any], names: Sequence[str] = _COUNTS) -> dict[str, Any]:
    total, number, percentile = row[8:11]
    counts: dict[str, Any] = dict(zip(names, map(int, row[2:8]), strict=True))
    mean = (2 * int(total or 0) + int(number)) // (2 * int(number)) if number else None
    return counts | {
        "meanFeedbackSeconds": mean,
        "p90FeedbackSeconds": None if percentile is None else int(percentile),
    }


def owed() -> dict[str, str]:
    """The ways to count what the wall screen shows as owed in a region, by severity."""
    figures = f"p.severity, count(*), count(*) FILTER (WHERE {_OVERDUE})"
    among = f"FROM problem p WHERE {_UNFED}"
    return {
        "regions as a set": f"SELECT {figures} {among} AND {_BELOW} GROUP BY 1",
        "regions checked": f"SELECT {figures} {among} AND ({_BELOW}) IS TRUE GROUP BY 1",
    }


def owed_answer(rows: Sequence[Sequence[Any]]) -> dict[str, list[int]]:
    """Severity → what is not fed back, and what of it is overdue."""
    return {severity: list(numbers) for severity, *numbers in rows}


def records(kind: str) -> dict[str, str]:
    """The ways to count a year's records of the whole province, by month and by city."""
    target = "i.target_region_id" if kind == "PATROL" else "i.target_enterprise_id"
    month = "greatest(date_trunc('month', i.business_date::timestamp)::date, %(first_day)s)"
    figures = f"""
    count(*) FILTER (WHERE i.origin = 'MANUAL'), count(*) FILTER (WHERE i.origin = 'AUTO'),
    count(DISTINCT {target}) FILTER (WHERE i.origin = 'MANUAL' AND i.target_is_area),
    count(DISTINCT {target}) FILTER (WHERE i.origin = 'AUTO' AND i.target_is_area)
    """
    chosen = f"""WHERE i.state = 'SUBMITTED' AND NOT i.replaced AND i.kind = '{kind}'
    AND i.business_date BETWEEN %(first_day)s AND %(last_day)s"""
    placed = """FROM inspection i LEFT JOIN region_closure k ON k.descendant = i.target_region_id
    AND k.ancestor IN (SELECT id FROM region WHERE parent_id = '610000')"""
    city = "coalesce(k.ancestor, i.target_region_id)"
    return {
        "grouping sets": f"""
            SELECT {month} AS month, {city} AS city, {figures} {placed} {chosen} GROUP BY GROUPING SETS ((1), (2), ())
        """,
        "part by part": f"""
            SELECT NULL::date AS month, NULL AS city, {figures} FROM inspection i {chosen}
            UNION ALL SELECT {month}, NULL, {figures} FROM inspection i {chosen} GROUP BY 1
            UNION ALL SELECT NULL, {city}, {figures} {placed} {chosen} GROUP BY 2
        """,
    }


def records_answer(rows: Sequence[Sequence[Any]], months: Sequence[date]) -> dict[str, list[int]]:
    """The counts of the whole under an empty key, those of each month by its number, those of each city."""
    found = {}
    for month, city, *numbers in rows:
        found["" if month is None and city is None else str(city or months.index(month))] = numbers
    return found
