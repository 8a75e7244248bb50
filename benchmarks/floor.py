"""The floor: the same answers by hand-written SQL through psycopg alone, without a schema, a use case or a pool."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import psycopg

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")

SESSION: Final = """
SELECT s.id, s.created_at, s.last_seen_at, s.revoked_at, a.id, a.disabled, p.id, p.name, p.role,
       (SELECT array_agg(dr.region_id) FROM department_region dr WHERE dr.department_id = p.department_id)
FROM session s JOIN account a ON a.id = s.account_id JOIN person p ON p.id = a.person_id
WHERE s.token_digest = %(digest)s AND p.active
"""

OVERVIEW: Final = """
SELECT r.id, r.name, sum(t.expected), sum(t.expected - t.unreported), sum(t.in_production), sum(t.stopped),
       sum(t.unreported), sum(t.on_time), sum(t.late), sum(t.automatic)
FROM region r
JOIN region_closure k ON k.ancestor = r.id
LEFT JOIN commitment_tally t ON t.region_id = k.descendant AND t.business_date = %(day)s
WHERE r.id = %(region)s OR r.parent_id = %(region)s
GROUP BY r.id, r.name ORDER BY r.id <> %(region)s, r.id
"""

_COLUMNS: Final = """
SELECT c.id, c.business_date, c.due_at, c.state, c.revision, c.kind, c.status, c.origin, c.late, c.reported_at,
       c.reported_by_name, c.risk_grade, c.excess, c.stop_reason,
       e.id, e.name, e.credit_code, e.kind, e.address, er.id, er.name, cr.id, cr.name
"""
_JOINED: Final = """
JOIN enterprise e ON e.id = c.enterprise_id
JOIN region er ON er.id = e.region_id
JOIN region cr ON cr.id = c.region_id
"""
_DAYS: Final = "c.business_date BETWEEN %(first_day)s AND %(last_day)s"
_AT: Final = "coalesce(c.reported_at, c.due_at)"
_ORDER: Final = f"ORDER BY c.business_date DESC, {_AT} DESC, c.id LIMIT %(limit)s"

CONDITIONS: Final[Mapping[str, str]] = {
    "statuses": " AND c.status = ANY(%(statuses)s)",
    "kinds": " AND c.kind = ANY(%(kinds)s)",
    "late": " AND c.late = %(late)s",
}


def history(level: str, filters: Sequence[str]) -> dict[str, str]:
    """The ways in which one would write the page by hand for a level of the tree, by name; the fastest is the floor."""
    asked = _DAYS + "".join(CONDITIONS[name] for name in filters)
    if level == "PROVINCE":
        return {"down the days": f"{_COLUMNS} FROM commitment c {_JOINED} WHERE {asked} {_ORDER}"}
    if level == "COUNTY":
        return {
            "one region": f"{_COLUMNS} FROM commitment c {_JOINED} WHERE c.region_id = %(region)s AND {asked} {_ORDER}"
        }
    below = "SELECT descendant FROM region_closure WHERE ancestor = %(region)s"
    return {
        "regions as a set": f"{_COLUMNS} FROM commitment c {_JOINED} WHERE c.region_id IN ({below}) AND {asked} {_ORDER}",
        "regions as an array": f"""
            {_COLUMNS} FROM commitment c {_JOINED} WHERE c.region_id = ANY (ARRAY({below})) AND {asked} {_ORDER}
        """,
        "region by region": f"""
            {_COLUMNS} FROM (
                SELECT own.id FROM region_closure k
                CROSS JOIN LATERAL (
                    SELECT c.id, c.business_date, {_AT} AS at FROM commitment c
                    WHERE c.region_id = k.descendant AND {asked} {_ORDER}
                ) own
                WHERE k.ancestor = %(region)s
                ORDER BY own.business_date DESC, own.at DESC, own.id LIMIT %(limit)s
            ) first JOIN commitment c ON c.id = first.id {_JOINED}
            ORDER BY c.business_date DESC, {_AT} DESC, c.id
        """,
    }


def overview_answer(rows: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """The answer to documents.OVERVIEW; where regions hold something of their own it is missing here and will differ."""
    names = ("expected", "reported", "inProduction", "stopped", "unreported", "onTime", "late", "automatic")
    figures = [
        {
            "region": {"id": global_id("Region", row[0]), "name": row[1]},
            "tally": {name: int(value or 0) for name, value in zip(names, row[2:], strict=True)},
        }
        for row in rows
    ]
    return {"commitmentOverview": {"whole": figures[0], "parts": figures[1:]}}


def history_answer(rows: Sequence[Sequence[Any]], first: int) -> dict[str, Any]:
    """The answer to documents.HISTORY, from one row more than the page has."""
    return {
        "commitments": {
            "nodes": [_node(row) for row in rows[:first]],
            "pageInfo": {"hasNextPage": len(rows) > first},
        }
    }


def _node(row: Sequence[Any]) -> dict[str, Any]:
    return {
        "id": global_id("Commitment", row[0]),
        "businessDate": row[1].isoformat(),
        "dueAt": instant(row[2]),
        "state": row[3],
        "revision": row[4],
        "kind": row[5],
        "status": row[6],
        "origin": row[7],
        "late": row[8],
        "reportedAt": instant(row[9]),
        "reportedBy": row[10],
        "riskGrade": row[11],
        "excess": row[12],
        "stopReason": row[13],
        "enterprise": {
            "id": global_id("Enterprise", row[14]),
            "name": row[15],
            "creditCode": row[16],
            "kind": row[17],
            "address": row[18],
            "region": {"id": global_id("Region", row[19]), "name": row[20]},
        },
        "region": {"id": global_id("Region", row[21]), "name": row[22]},
    }


def instant(value: datetime | None) -> str | None:
    return None if value is None else value.astimezone(SHANGHAI).isoformat()


def global_id(type_name: str, id: object) -> str:
    """The id that clients see."""
    return urlsafe_b64encode(f"{type_name}:{id}".encode()).decode().rstrip("=")


def fetch(connection: psycopg.Connection, statement: str, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    return connection.execute(statement, params).fetchall()
