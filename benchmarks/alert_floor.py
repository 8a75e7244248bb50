"""What the fastest hand-written SQL for lists of alerts is, and how its rows make the same answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from .counting_floor import NO_KEY, Handled, counts_of, hours_first, lines_of
from .floor import global_id, instant

_ALERTS: Final = """
SELECT a.id, a.kind, a.level, a.state, a.description, a.enterprise_name, a.opened_at, a.acknowledge_due,
       a.feed_back_due, a.revision, r.id, r.name
FROM alert a JOIN region r ON r.id = a.region_id
"""
_BELOW: Final = "SELECT descendant FROM region_closure WHERE ancestor = %(region)s"
UNFED: Final = "a.state IN ('ACKNOWLEDGED', 'HANDLING', 'OPEN', 'RETURNED')"
NEWEST: Final = "a.opened_at DESC, a.id"
GRAVEST: Final = "a.rank, a.opened_at DESC, a.id"
DUE: Final = "a.feed_back_due, a.id"
ORDERS: Final = {"NEWEST": NEWEST, "GRAVEST": GRAVEST, "FEED_BACK_DUE": DUE}
OVERDUE: Final = (
    f"{UNFED} AND (a.feed_back_due <= %(now)s OR (a.state = 'OPEN' AND a.acknowledge_due <= %(now)s))"
)
_COUNTS: Final = ("opened", "unfedBack", "fedBack", "closed", "ended", "overdue")
TEXT: Final = "(a.description ILIKE %(text)s OR a.enterprise_name ILIKE %(text)s)"
DAYS: Final = "a.opened_at >= %(first_at)s AND a.opened_at < %(until)s"


def alerts_in_sight(level: str, asked: str, order: str) -> dict[str, str]:
    """As a level of the tree sees them, in two or three ways; the enterprise sees its own."""
    last = f"ORDER BY {order} LIMIT %(limit)s"
    if level == "PROVINCE":
        return {"all of them": f"{_ALERTS} WHERE {asked} {last}"}
    if level == "ENTERPRISE":
        return {"of the party": f"{_ALERTS} WHERE a.enterprise_id = %(party)s AND {asked} {last}"}
    if level == "COUNTY":
        return {"one region": f"{_ALERTS} WHERE a.region_id = %(region)s AND {asked} {last}"}
    return {
        "regions as a set": f"{_ALERTS} WHERE a.region_id IN ({_BELOW}) AND {asked} {last}",
        "regions as an array": f"{_ALERTS} WHERE a.region_id = ANY (ARRAY({_BELOW})) AND {asked} {last}",
        "region by region": f"""
            WITH first AS (
                SELECT own.* FROM region_closure k CROSS JOIN LATERAL (
                    SELECT a.* FROM alert a WHERE a.region_id = k.descendant AND {asked} {last}
                ) own WHERE k.ancestor = %(region)s
            )
            {_ALERTS.replace("FROM alert a", "FROM first a")} {last}
        """,
        "in order, regions checked": f"{_ALERTS} WHERE (a.region_id IN ({_BELOW})) IS TRUE AND {asked} {last}",
    }


def counted(by: str | None) -> dict[str, str]:
    """The way to count all alerts of some days by month, and by this column."""
    of = Handled("alert", "opened_at", "ENDED", *(text.replace("a.", "p.") for text in (UNFED, OVERDUE)))
    return {"hours first": hours_first(of, NO_KEY if by is None else f"p.{by}", "", DAYS.replace("a.", "p."))}


def counted_answer(
    rows: Sequence[Sequence[Any]], keys: Sequence[str], months: Sequence[str]
) -> dict[str, Any]:
    """The answer to the document; keys and first days in their order."""
    return {"alertStatistics": lines_of(rows, keys, months, _counts)}


def _counts(row: Sequence[Any]) -> dict[str, Any]:
    """What has ended has been opened, while a withdrawn problem counts as never issued."""
    counts = counts_of(row, _COUNTS)
    return counts | {"opened": counts["opened"] + counts["ended"]}


def alerts_answer(rows: Sequence[Sequence[Any]], first: int) -> dict[str, Any]:
    """The answer, from one row more than the page has."""
    return {
        "alerts": {
            "nodes": [_alert(row) for row in rows[:first]],
            "pageInfo": {"hasNextPage": len(rows) > first},
        }
    }


def _alert(row: Sequence[Any]) -> dict[str, Any]:
    return {
        "id": global_id("Alert", row[0]),
        "kind": row[1],
        "level": row[2],
        "state": row[3],
        "description": row[4],
        "enterpriseName": row[5],
        "openedAt": instant(row[6]),
        "acknowledgeDue": instant(row[7]),
        "feedBackDue": instant(row[8]),
        "revision": row[9],
        "region": {"id": global_id("Region", row[10]), "name": row[11]},
    }
