"""The floor of inspections and problems: records, problems, the patrol form and the weekly figures by hand-written SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from .floor import global_id, instant

# ---------------------------------------------------------------- records

_RECORDS: Final = """
SELECT i.id, i.kind, i.origin, i.state, i.business_date, i.department_name, i.person_name, i.target_name,
       i.target_region_name, i.opened_at, i.submitted_at, i.concluded, i.conclusion,
       i.rectified_on_site, i.replaced, i.revision, i.problems
FROM inspection i
"""
_BELOW: Final = "SELECT descendant FROM region_closure WHERE ancestor = %(region)s"
_ASKED: Final = """
i.state = 'SUBMITTED' AND NOT i.replaced AND i.business_date BETWEEN %(first_day)s AND %(last_day)s
"""
_NEWEST: Final = "ORDER BY i.business_date DESC, i.submitted_at DESC, i.id LIMIT %(limit)s"

UNIT_RECORDS: Final = {
    "of the unit": f"""
        {_RECORDS} WHERE i.department_id = %(department)s AND {_ASKED} AND i.department_region_id IN ({_BELOW}) {_NEWEST}
    """,
    "of the unit, region first": f"""
        {_RECORDS} WHERE i.department_id = %(department)s AND {_ASKED} AND i.department_region_id = ANY (ARRAY({_BELOW}))
        {_NEWEST}
    """,
}


def records_in_sight(level: str) -> dict[str, str]:
    """The records of everybody whom a level of the tree sees, by the ways in which one would write it."""
    if level == "PROVINCE":
        return {"down the days": f"{_RECORDS} WHERE {_ASKED} {_NEWEST}"}
    if level == "COUNTY":
        return {"one region": f"{_RECORDS} WHERE i.department_region_id = %(region)s AND {_ASKED} {_NEWEST}"}
    return {
        "regions as a set": f"{_RECORDS} WHERE i.department_region_id IN ({_BELOW}) AND {_ASKED} {_NEWEST}",
        "regions as an array": f"""
            {_RECORDS} WHERE i.department_region_id = ANY (ARRAY({_BELOW})) AND {_ASKED} {_NEWEST}
        """,
        "region by region": f"""
            SELECT own.* FROM region_closure k
            CROSS JOIN LATERAL (
                {_RECORDS} WHERE i.department_region_id = k.descendant AND {_ASKED} {_NEWEST}
            ) own
            WHERE k.ancestor = %(region)s
            ORDER BY own.business_date DESC, own.submitted_at DESC, own.id LIMIT %(limit)s
        """,
    }


def records_answer(rows: Sequence[Sequence[Any]], first: int) -> dict[str, Any]:
    """The answer to the document of records, from one row more than the page has."""
    nodes = [_record(row) for row in rows[:first]]
    return {"inspections": {"nodes": nodes, "pageInfo": {"hasNextPage": len(rows) > first}}}


def _record(row: Sequence[Any]) -> dict[str, Any]:
    return {
        "id": global_id("Inspection", row[0]),
        "kind": row[1],
        "origin": row[2],
        "state": row[3],
        "businessDate": row[4],
        "departmentName": row[5],
        "personName": row[6],
        "targetName": row[7],
        "targetRegionName": row[8],
        "openedAt": instant(row[9]),
        "submittedAt": instant(row[10]),
        "conclusion": row[11],
        "conclusionText": row[12],
        "rectifiedOnSite": row[13],
        "replaced": row[14],
        "revision": row[15],
        "problemCount": row[16],
    }


# ---------------------------------------------------------------- problems

_PROBLEMS: Final = """
SELECT p.id, p.origin, p.addressee_name, p.issuer_name, p.category, p.severity, p.description, p.rectify_on, p.issued_at,
       p.issued_by_name, p.acknowledge_due, p.feed_back_due, p.rectify_due, p.state, p.acknowledged_at,
       p.first_feedback_at, p.fed_back_at, p.ended_at, p.extension_until, p.revision, r.id, r.name
FROM problem p JOIN region r ON r.id = p.region_id
"""
_ISSUED: Final = "ORDER BY p.issued_at DESC, p.id LIMIT %(limit)s"
_UNFED: Final = "p.state IN ('ISSUED', 'ACKNOWLEDGED', 'RECTIFYING', 'RETURNED')"
_OVERDUE: Final = f"""
{_UNFED} AND (p.rectify_due <= %(now)s OR p.acknowledged_at IS NULL AND p.acknowledge_due <= %(now)s
              OR p.first_feedback_at IS NULL AND p.feed_back_due <= %(now)s)
"""
_DAYS: Final = "p.issued_at >= %(first_at)s AND p.issued_at < %(until)s"


def problems_of_party(column: str, *, unfed_back: bool) -> dict[str, str]:
    """To a department or an enterprise, or by a department: `column` names it. A department sees its regions only."""
    asked = f"p.{column} = %(party)s" + (f" AND {_UNFED}" if unfed_back else "")
    if column == "enterprise_id":
        return {"of the party": f"{_PROBLEMS} WHERE {asked} {_ISSUED}"}
    return {
        "of the party": f"{_PROBLEMS} WHERE {asked} AND p.region_id IN ({_BELOW}) {_ISSUED}",
        "of the party, regions as an array": f"""
            {_PROBLEMS} WHERE {asked} AND p.region_id = ANY (ARRAY({_BELOW})) {_ISSUED}
        """,
        "of the party, its page first": f"""
            WITH p AS MATERIALIZED (
                SELECT * FROM problem p WHERE {asked} AND (p.region_id IN ({_BELOW})) IS TRUE {_ISSUED}
            )
            {_PROBLEMS.replace("FROM problem p", "FROM p")} ORDER BY p.issued_at DESC, p.id
        """,
    }


def problems_in_sight(level: str, *, overdue: bool) -> dict[str, str]:
    """Issued in a time, as a level of the tree sees them."""
    asked = _DAYS + (f" AND {_OVERDUE}" if overdue else "")
    if level == "PROVINCE":
        return {"down the days": f"{_PROBLEMS} WHERE {asked} {_ISSUED}"}
    if level == "COUNTY":
        return {"one region": f"{_PROBLEMS} WHERE p.region_id = %(region)s AND {asked} {_ISSUED}"}
    return {
        "regions as a set": f"{_PROBLEMS} WHERE p.region_id IN ({_BELOW}) AND {asked} {_ISSUED}",
        "regions as an array": f"{_PROBLEMS} WHERE p.region_id = ANY (ARRAY({_BELOW})) AND {asked} {_ISSUED}",
        "region by region": f"""
            {_PROBLEMS.replace("FROM problem p", "FROM first JOIN problem p ON p.id = first.id")}
            ORDER BY p.issued_at DESC, p.id
        """.replace(
            "SELECT p.id",
            f"""
            WITH first AS (
                SELECT own.id FROM region_closure k
                CROSS JOIN LATERAL (
                    SELECT p.id, p.issued_at FROM problem p WHERE p.region_id = k.descendant AND {asked} {_ISSUED}
                ) own
                WHERE k.ancestor = %(region)s ORDER BY own.issued_at DESC, own.id LIMIT %(limit)s
            ) SELECT p.id""",
            1,
        ),
    }


def problems_answer(field: str, rows: Sequence[Sequence[Any]], first: int) -> dict[str, Any]:
    """The answer to one of the documents of problems, from one row more than the page has."""
    nodes = [_problem(row) for row in rows[:first]]
    return {field: {"nodes": nodes, "pageInfo": {"hasNextPage": len(rows) > first}}}


def _problem(row: Sequence[Any]) -> dict[str, Any]:
    return {
        "id": global_id("Problem", row[0]),
        "origin": row[1],
        "addresseeName": row[2],
        "issuerName": row[3],
        "category": row[4],
        "severity": row[5],
        "description": row[6],
        "rectifyOn": row[7],
        "issuedAt": instant(row[8]),
        "issuedBy": row[9],
        "acknowledgeDue": instant(row[10]),
        "feedBackDue": instant(row[11]),
        "rectifyDue": instant(row[12]),
        "state": row[13],
        "acknowledgedAt": instant(row[14]),
        "firstFeedbackAt": instant(row[15]),
        "fedBackAt": instant(row[16]),
        "endedAt": instant(row[17]),
        "extensionUntil": row[18],
        "revision": row[19],
        "region": {"id": global_id("Region", row[20]), "name": row[21]},
    }


# ---------------------------------------------------------------- the form of a patrol

_TALLY: Final = ("expected", "in_production", "stopped", "unreported", "on_time", "late", "automatic")
_SUMS: Final = ", ".join(f"coalesce(sum(t.{name}), 0) AS {name}" for name in _TALLY)

_OPEN_ALERT: Final = "a.state IN ('ACKNOWLEDGED', 'FED_BACK', 'HANDLING', 'OPEN', 'RETURNED')"

PATROL: Final = f"""
WITH below AS MATERIALIZED ({_BELOW}),
peer AS (
    SELECT r.id, {_SUMS} FROM region r JOIN region_closure k ON k.ancestor = r.id
    LEFT JOIN commitment_tally t ON t.region_id = k.descendant AND t.business_date = %(day)s
    WHERE r.level = 'CITY' GROUP BY r.id
),
due AS (
    SELECT count(*) AS due, count(*) FILTER (WHERE {_OVERDUE}) AS overdue
    FROM problem p JOIN below ON p.region_id = below.descendant WHERE {_UNFED}
),
fed_back AS (
    SELECT count(*) AS fed_back FROM problem p JOIN below ON p.region_id = below.descendant WHERE p.state = 'FED_BACK'
),
alerts AS (
    SELECT count(*) AS open, count(*) FILTER (WHERE a.state <> 'FED_BACK') AS unfed
    FROM alert a JOIN below ON a.region_id = below.descendant WHERE {_OPEN_ALERT}
),
own AS (
    SELECT count(*) FILTER (WHERE origin = 'MANUAL') AS manual, count(*) FILTER (WHERE origin = 'AUTO') AS automatic
    FROM inspection WHERE state = 'SUBMITTED' AND NOT replaced AND kind = 'SPOT_CHECK'
      AND department_id = %(department)s AND business_date = %(day)s
),
seen AS (
    SELECT enterprise_id, count(*) AS views, max(at) AS at FROM enterprise_view
    WHERE department_id = %(by)s AND person_id = %(person)s AND at >= %(first_at)s AND at < %(until)s GROUP BY 1
),
checked AS (
    SELECT target_enterprise_id AS enterprise_id, max(submitted_at) AS at FROM inspection
    WHERE state = 'SUBMITTED' AND NOT replaced AND department_id = %(by)s AND person_id = %(person)s
      AND business_date = %(day)s AND kind = 'SPOT_CHECK' AND origin = 'MANUAL' GROUP BY 1
),
visit AS (
    SELECT e.id, e.name, coalesce(s.views, 0) AS views, greatest(s.at, c.at) AS at, c.at IS NOT NULL AS checked,
           d.revision IS NOT NULL AND d.revision = 0 AS unreported,
           (SELECT count(*) FROM problem p WHERE p.enterprise_id = e.id AND {_UNFED})
           + (SELECT count(*) FROM problem p WHERE p.enterprise_id = e.id AND p.state = 'FED_BACK') AS open,
           (SELECT count(*) FROM alert a WHERE a.enterprise_id = e.id AND {_OPEN_ALERT}) AS alerts,
           CASE e.kind WHEN 'PRODUCTION' THEN '安全生产许可证' ELSE '经营（批发）许可证' END AS permit,
           held.number, held.expires_on, coalesce(held.valid, false) AS valid,
           held.expires_on - %(day)s::date AS days_left
    FROM seen s FULL JOIN checked c USING (enterprise_id) JOIN enterprise e ON e.id = enterprise_id
    LEFT JOIN commitment d ON d.enterprise_id = e.id AND d.business_date = %(day)s
    LEFT JOIN LATERAL (
        SELECT c.number, c.expires_on, %(day)s BETWEEN c.issued_on AND c.expires_on AS valid FROM certificate c
        WHERE c.enterprise_id = e.id AND c.kind = e.kind || '_PERMIT'
        ORDER BY valid DESC, c.expires_on DESC, c.issued_on DESC, c.id DESC LIMIT 1
    ) held ON true
    WHERE e.region_id IN (SELECT descendant FROM below)
)
SELECT (SELECT jsonb_object_agg(kind, n) FROM (
            SELECT e.kind, count(*) AS n FROM enterprise e
            WHERE e.active AND e.region_id IN (SELECT descendant FROM below) GROUP BY e.kind) x),
       (SELECT jsonb_object_agg(peer.id, to_jsonb(peer) - 'id') FROM peer),
       (SELECT count(*) FROM log_in
        WHERE department_id = %(department)s AND at >= %(first_at)s AND at < %(until)s),
       (SELECT count(DISTINCT person_id) FROM log_in
        WHERE department_id = %(department)s AND at >= %(first_at)s AND at < %(until)s),
       (SELECT max(at) FROM log_in WHERE department_id = %(department)s AND at < %(until)s),
       due.due, fed_back.fed_back, due.overdue, own.manual, own.automatic, alerts.open, alerts.unfed,
       (SELECT coalesce(jsonb_agg(to_jsonb(visit) ORDER BY visit.at DESC, visit.id), '[]') FROM visit)
FROM due CROSS JOIN fed_back CROSS JOIN own CROSS JOIN alerts
"""


def patrol_answer(rows: Sequence[Sequence[Any]], region: str) -> dict[str, Any]:
    """The facts of the form as the reader gives them."""
    kinds, peers, log_ins, users, last, due, fed_back, overdue, own, automatic, *alerts, visits = rows[0]
    return {
        "enterprises": {"PRODUCTION": 0, "WHOLESALE": 0} | kinds,
        "tally": peers[region],
        "peers": peers,
        "log_ins": log_ins,
        "log_in_users": users,
        "last_log_in": _utc(last),
        "due_problems": due,
        "fed_back_problems": fed_back,
        "overdue_problems": overdue,
        "own_spot_checks": own,
        "automatic_spot_checks": automatic,
        **dict(zip(("open_alerts", "unfed_back_alerts"), alerts, strict=True)),
        "visits": [
            {
                "enterprise_id": visit["id"],
                "name": visit["name"],
                "views": visit["views"],
                "last_at": _utc(datetime.fromisoformat(visit["at"])),
                "spot_checked": visit["checked"],
                "unreported": visit["unreported"],
                "open_problems": visit["open"],
                "open_alerts": visit["alerts"],
                "permit": {
                    "name": visit["permit"],
                    "number": visit["number"],
                    "expires_on": visit["expires_on"],
                    "valid": visit["valid"],
                    "days_left": visit["days_left"],
                },
            }
            for visit in visits
        ],
    }


# ---------------------------------------------------------------- the weekly figures

_KIND: Final = "CASE WHEN p.enterprise_id IS NULL THEN 'PATROL' ELSE 'SPOT_CHECK' END"

_FINAL: Final = "f.final AND f.at >= %(since)s AND f.at < %(until)s"
_FED_BACK: Final = {
    "joined": f"""
        SELECT p.city_id, {_KIND} AS kind, count(DISTINCT p.id) AS fed_back
        FROM problem_feedback f JOIN problem p ON p.id = f.problem_id
        WHERE {_FINAL} AND p.origin = 'DEPARTMENT' GROUP BY 1, 2
    """,
    "one by one": f"""
        SELECT p.city_id, {_KIND} AS kind, count(*) AS fed_back
        FROM (SELECT DISTINCT f.problem_id FROM problem_feedback f WHERE {_FINAL}) f
        CROSS JOIN LATERAL (SELECT * FROM problem p WHERE p.id = f.problem_id LIMIT 1) p
        WHERE p.origin = 'DEPARTMENT' GROUP BY 1, 2
    """,
    "of what has changed since": f"""
        SELECT p.city_id, {_KIND} AS kind, count(*) AS fed_back FROM problem p
        WHERE p.changed_at >= %(since)s AND p.issued_at < %(until)s AND p.origin = 'DEPARTMENT'
          AND p.id IN (SELECT f.problem_id FROM problem_feedback f WHERE {_FINAL}) GROUP BY 1, 2
    """,
}


def _weekly(fed_back: str) -> str:
    """The figures in one statement, given how those are found that were fed back."""
    return f"""
WITH row AS (
    SELECT r.id, k.kind FROM region r CROSS JOIN (VALUES ('PATROL'), ('SPOT_CHECK')) AS k (kind) WHERE r.level = 'CITY'
),
taken_back AS (
    SELECT p.inspection_id, count(*) AS problems FROM problem p
    WHERE p.origin = 'DEPARTMENT' AND p.state = 'WITHDRAWN' AND p.changed_at >= %(since)s AND p.changed_at < %(until)s
    GROUP BY 1
),
record AS (
    SELECT i.city_id, i.kind, i.origin, i.target_is_area, i.rectified_on_site,
           coalesce(i.target_enterprise_id::text, i.target_region_id) AS place,
           i.rectified_on_site > 0 OR i.problems > coalesce(t.problems, 0) AS bad
    FROM inspection i LEFT JOIN taken_back t ON t.inspection_id = i.id
    WHERE i.state = 'SUBMITTED' AND i.submitted_at >= %(since)s AND i.submitted_at < %(until)s
),
inspected AS (
    SELECT city_id, kind, count(DISTINCT place) FILTER (WHERE target_is_area AND origin = 'MANUAL') AS inspected,
           count(DISTINCT place) FILTER (WHERE target_is_area)
           - count(DISTINCT place) FILTER (WHERE target_is_area AND origin = 'MANUAL') AS automatic,
           count(DISTINCT place) FILTER (WHERE target_is_area AND bad) AS with_problems,
           sum(rectified_on_site) AS rectified_on_site
    FROM record GROUP BY 1, 2
),
issued AS (
    SELECT p.city_id, {_KIND} AS kind, count(*) AS issued FROM problem p
    WHERE p.origin = 'DEPARTMENT' AND p.issued_at >= %(since)s AND p.issued_at < %(until)s
      AND NOT (p.state = 'WITHDRAWN' AND p.changed_at < %(until)s) GROUP BY 1, 2
),
withdrawn AS (
    SELECT p.city_id, {_KIND} AS kind, count(*) AS withdrawn FROM problem p
    WHERE p.origin = 'DEPARTMENT' AND p.state = 'WITHDRAWN' AND p.changed_at >= %(since)s AND p.changed_at < %(until)s
    GROUP BY 1, 2
),
fed_back AS ({fed_back}),
owed AS (
    SELECT p.city_id, {_KIND} AS kind, p.rectify_due, p.acknowledged_at, p.acknowledge_due, p.first_feedback_at, p.feed_back_due
    FROM problem p WHERE p.origin = 'DEPARTMENT' AND {_UNFED} AND p.changed_at < %(until)s
    UNION ALL
    SELECT p.city_id, {_KIND}, t.rectify_due, p.acknowledged_at, p.acknowledge_due, p.first_feedback_at, p.feed_back_due
    FROM problem p CROSS JOIN LATERAL (
        SELECT t.state, t.rectify_due FROM problem_timeline t
        WHERE t.problem_id = p.id AND t.at < %(until)s ORDER BY t.number DESC LIMIT 1
    ) t
    WHERE p.origin = 'DEPARTMENT' AND p.changed_at >= %(until)s AND p.issued_at < %(until)s
      AND t.state IN ('ISSUED', 'ACKNOWLEDGED', 'RECTIFYING', 'RETURNED')
),
unfed AS (
    SELECT city_id, kind, count(*) AS unfed_back, count(*) FILTER (WHERE
        rectify_due < %(until)s
        OR coalesce(acknowledged_at, 'infinity') >= %(until)s AND acknowledge_due < %(until)s
        OR coalesce(first_feedback_at, 'infinity') >= %(until)s AND feed_back_due < %(until)s) AS overdue
    FROM owed GROUP BY 1, 2
)
SELECT row.id, row.kind, coalesce(i.inspected, 0), coalesce(i.automatic, 0), coalesce(i.with_problems, 0),
       coalesce(i.rectified_on_site, 0), coalesce(s.issued, 0), coalesce(w.withdrawn, 0),
       coalesce(f.fed_back, 0), coalesce(u.unfed_back, 0), coalesce(u.overdue, 0)
FROM row
LEFT JOIN inspected i ON (i.city_id, i.kind) = (row.id, row.kind)
LEFT JOIN issued s ON (s.city_id, s.kind) = (row.id, row.kind)
LEFT JOIN withdrawn w ON (w.city_id, w.kind) = (row.id, row.kind)
LEFT JOIN fed_back f ON (f.city_id, f.kind) = (row.id, row.kind)
LEFT JOIN unfed u ON (u.city_id, u.kind) = (row.id, row.kind)
ORDER BY row.kind, row.id
    """


WEEKLY: Final = {f"fed back {way}": _weekly(part) for way, part in _FED_BACK.items()}


def weekly_answer(rows: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
    """The rows of the push as the reader gives them."""
    names = (
        *("region_id", "kind", "inspected", "automatic", "with_problems", "rectified_on_site"),
        *("issued", "withdrawn", "fed_back", "unfed_back", "overdue"),
    )
    return [dict(zip(names, row, strict=True)) for row in rows]


def _utc(value: Any) -> Any:
    return value.astimezone(UTC) if isinstance(value, datetime) else value
