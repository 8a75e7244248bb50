"""PostGraphile's way to the same reads: functions in the database, and documents that name what they select as we do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

import orjson

from . import documents, floor
from .bare_reads import REGION

_COUNTS: Final = (
    *("expected", "reported", "in_production", "stopped", "unreported", "on_time", "late"),
    "automatic",
)
_OVERVIEW: Final = floor.OVERVIEW.replace("%(day)s", "peer_overview.day").replace(
    "%(region)s", "peer_overview.region"
)

FUNCTIONS: Final = (
    """
    CREATE FUNCTION peer_history(first_day date, last_day date, statuses text[], kinds text[])
    RETURNS SETOF commitment LANGUAGE sql STABLE AS $$
        SELECT * FROM commitment c
        WHERE c.business_date BETWEEN first_day AND last_day AND c.status = ANY(statuses) AND c.kind = ANY(kinds)
        ORDER BY c.business_date DESC, coalesce(c.reported_at, c.due_at) DESC, c.id
    $$
    """,
    f"""
    CREATE FUNCTION peer_overview(day date, region text)
    RETURNS TABLE (id text, name text, {", ".join(f"{name} int" for name in _COUNTS)}) LANGUAGE sql STABLE AS $$
        SELECT own.id, own.name, {", ".join(f"coalesce(own.{name}, 0)::int" for name in _COUNTS)}
        FROM ({_OVERVIEW}) own (id, name, {", ".join(_COUNTS)})
    $$
    """,
    """
    CREATE FUNCTION peer_problems(since timestamptz, until timestamptz)
    RETURNS SETOF problem LANGUAGE sql STABLE AS $$
        SELECT * FROM problem p WHERE p.issued_at >= since AND p.issued_at < until ORDER BY p.issued_at DESC, p.id
    $$
    """,
    """
    CREATE FUNCTION peer_records(first_day date, last_day date) RETURNS SETOF inspection LANGUAGE sql STABLE AS $$
        SELECT * FROM inspection i
        WHERE i.state = 'SUBMITTED' AND NOT i.replaced AND i.business_date BETWEEN first_day AND last_day
        ORDER BY i.business_date DESC, i.submitted_at DESC, i.id
    $$
    """,
    """
    CREATE FUNCTION peer_alerts() RETURNS SETOF alert LANGUAGE sql STABLE AS $$
        SELECT * FROM alert a ORDER BY a.opened_at DESC, a.id
    $$
    """,
)
DROPPED: Final = tuple(
    f"DROP FUNCTION IF EXISTS {name}"
    for name in ("peer_history", "peer_overview", "peer_problems", "peer_records", "peer_alerts")
)

_REGION: Final = "region: regionByRegionId { id: rowId name }"
_HISTORY: Final = f"""
query History($firstDay: Date!, $lastDay: Date!, $statuses: [String!]!, $kinds: [String!]!, $first: Int!) {{
  commitments: peerHistory(
    firstDay: $firstDay, lastDay: $lastDay, statuses: $statuses, kinds: $kinds, first: $first
  ) {{
    nodes {{
      id: rowId businessDate dueAt state revision kind status origin late
      reportedAt reportedBy: reportedByName riskGrade excess stopReason
      enterprise: enterpriseByEnterpriseId {{ id: rowId name creditCode kind address {_REGION} }}
      {_REGION}
    }}
    pageInfo {{ hasNextPage }}
  }}
}}"""
_OVERVIEWS: Final = """
query Overview($day: Date!, $region: String!) {
  commitmentOverview: peerOverview(day: $day, region: $region) {
    nodes { id name expected reported inProduction stopped unreported onTime late automatic }
  }
}"""
_PROBLEMS: Final = f"""
query Problems($since: Datetime!, $until: Datetime!, $first: Int!) {{
  problems: peerProblems(since: $since, until: $until, first: $first) {{
    nodes {{
      id: rowId origin addresseeName issuerName category severity description rectifyOn issuedAt issuedBy: issuedByName
      acknowledgeDue feedBackDue rectifyDue state acknowledgedAt firstFeedbackAt fedBackAt endedAt extensionUntil revision
      {_REGION}
    }}
    pageInfo {{ hasNextPage }}
  }}
}}"""
_RECORDS: Final = """
query Records($firstDay: Date!, $lastDay: Date!, $first: Int!) {
  inspections: peerRecords(firstDay: $firstDay, lastDay: $lastDay, first: $first) {
    nodes {
      id: rowId kind origin state businessDate departmentName personName targetName targetRegionName
      openedAt submittedAt conclusion: concluded conclusionText: conclusion rectifiedOnSite replaced revision
      problemCount: problems
    }
    pageInfo { hasNextPage }
  }
}"""
_ALERTS: Final = f"""
query Alerts($first: Int!) {{
  alerts: peerAlerts(first: $first) {{
    nodes {{
      id: rowId kind level state description enterpriseName openedAt acknowledgeDue feedBackDue revision {_REGION}
    }}
    pageInfo {{ hasNextPage }}
  }}
}}"""


def translated(body: bytes) -> bytes:
    """The request that asks PostGraphile for what this one asks us for."""
    asked = orjson.loads(body)
    document, variables = _translated(asked["query"], asked["variables"])
    return orjson.dumps({"query": document, "variables": variables})


def _translated(document: str, asked: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    first = {"first": asked.get("first")}
    match document:
        case documents.HISTORY:
            return _HISTORY, asked["where"] | first
        case documents.OVERVIEW:
            return _OVERVIEWS, {"day": asked["day"], "region": REGION}
        case documents.PROBLEMS:
            where = asked["where"]
            until = date.fromisoformat(where["lastDay"]) + timedelta(days=1)
            span = {"since": _midnight(date.fromisoformat(where["firstDay"])), "until": _midnight(until)}
            return _PROBLEMS, span | first
        case documents.RECORDS:
            return _RECORDS, asked["where"] | first
        case documents.ALERTS:
            return _ALERTS, first
    raise ValueError(f"no read of the peers: {document}")


def _midnight(day: date) -> str:
    return datetime(day.year, day.month, day.day, tzinfo=floor.SHANGHAI).isoformat()
