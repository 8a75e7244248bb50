"""Days of commitments in bulk: a plausible mix of reports, their versions and the roll-up, by INSERT … SELECT."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Final

import psycopg
from psycopg import sql

from .bulk import trusting, without_indexes

CHUNK_DAYS: Final = 5
TABLES: Final = ("enterprise", "commitment", "commitment_version", "commitment_tally")

# Of a thousand: 640 in production and on time, 60 late, 160 stopped, 100 stopped by a period, 40 never reported.
# `missing` of a thousand have not reported yet, whatever they will report.
_COMMITMENTS: Final = """
INSERT INTO commitment
    (id, enterprise_id, region_id, kind, business_date, due_at, state, revision, status, origin, late,
     reported_at, reported_by_id, reported_by_name, risk_grade, excess, stop_reason, version)
SELECT md5('commitment|' || e.id || '|' || d.day)::uuid, e.id, e.region_id, e.kind, d.day, d.due,
       CASE WHEN r.owed THEN 'OWED' WHEN r.auto THEN 'REPORTED_AUTOMATICALLY' ELSE 'REPORTED' END,
       CASE WHEN r.owed THEN 0 ELSE 1 END,
       CASE WHEN NOT r.owed THEN CASE WHEN r.working THEN 'IN_PRODUCTION' ELSE 'STOPPED' END END,
       CASE WHEN NOT r.owed THEN CASE WHEN r.auto THEN 'AUTO' ELSE 'MANUAL' END END,
       CASE WHEN NOT r.owed THEN r.late END,
       CASE WHEN NOT r.owed THEN CASE
           WHEN r.auto THEN d.due - interval '10 hours'
           WHEN r.late THEN d.due + make_interval(secs => 1 + r.other %% 3600)
           ELSE d.due - make_interval(secs => 1 + r.other %% 7200) END END,
       CASE WHEN NOT r.owed AND NOT r.auto THEN h.id END,
       CASE WHEN NOT r.owed THEN CASE WHEN r.auto THEN '系统自动' ELSE h.name END END,
       CASE WHEN NOT r.owed THEN CASE WHEN r.working THEN 1 + r.other %% 4 ELSE 4 END END,
       CASE WHEN NOT r.owed THEN r.working AND r.other %% 50 = 0 END,
       CASE WHEN NOT r.owed AND NOT r.working
            THEN CASE WHEN r.auto THEN 'HIGH_TEMPERATURE' ELSE 'OWN_DECISION' END END,
       CASE WHEN r.owed THEN 0 ELSE 1 END
FROM enterprise e
JOIN head h ON h.enterprise_id = e.id
CROSS JOIN (
    SELECT day::date, (day::date + time '10:00') AT TIME ZONE 'Asia/Shanghai' AS due
    FROM generate_series(%(first)s::date, %(last)s::date, interval '1 day') AS day
) d
CROSS JOIN LATERAL (
    SELECT (hashtextextended(e.id || '|' || d.day, 1) & 1048575) %% 1000 AS dice,
           hashtextextended(e.id || '|' || d.day, 2) & 1048575 AS other
) AS thrown
CROSS JOIN LATERAL (
    SELECT dice >= 960 OR other %% 1000 < %(missing)s AS owed, dice < 700 AS working,
           dice >= 640 AND dice < 700 AS late, dice >= 860 AND dice < 960 AS auto, other::int AS other
) r
"""

_HEADS: Final = """
CREATE TEMPORARY TABLE IF NOT EXISTS head AS
SELECT DISTINCT ON (enterprise_id) enterprise_id, id, name
FROM person WHERE role = 'ENTERPRISE_HEAD' ORDER BY enterprise_id, id
"""

_TALLIES: Final = """
INSERT INTO commitment_tally
    (region_id, business_date, kind, expected, in_production, stopped, unreported, on_time, late, automatic)
SELECT region_id, business_date, kind, count(*),
       count(*) FILTER (WHERE status = 'IN_PRODUCTION'), count(*) FILTER (WHERE status = 'STOPPED'),
       count(*) FILTER (WHERE revision = 0), count(*) FILTER (WHERE NOT late), count(*) FILTER (WHERE late),
       count(*) FILTER (WHERE origin = 'AUTO')
FROM commitment WHERE business_date BETWEEN %(first)s AND %(last)s
GROUP BY region_id, business_date, kind
"""

_VERSIONS: Final = """
INSERT INTO commitment_version (commitment_id, revision, report)
SELECT c.id, c.revision, t.report || jsonb_build_object('late', c.late, 'origin', c.origin)
FROM commitment c JOIN template t ON t.kind = c.kind
WHERE c.business_date BETWEEN %(first)s AND %(last)s AND c.revision = 1
"""


def write_days(
    connection: psycopg.Connection,
    first: date,
    last: date,
    *,
    missing: int = 0,
    advance: Callable[[int], None] = lambda days: None,
) -> None:
    """Write [first, last] for every enterprise, with the roll-up. `advance` is told how many days are done."""
    connection.execute(_HEADS)
    connection.execute("ANALYZE head")
    day = first
    with trusting(connection):
        while day <= last:
            end = min(last, day + timedelta(days=CHUNK_DAYS - 1))
            days = {"first": day, "last": end}
            with connection.transaction():
                connection.execute(_COMMITMENTS, days | {"missing": missing})
                connection.execute(_TALLIES, days)
            advance((end - day).days + 1)
            day = end + timedelta(days=1)


def write_versions(
    connection: psycopg.Connection, first: date, last: date, templates: dict[str, str]
) -> None:
    """Give every report of the days its version; `templates` are whole reports as JSON, by kind of enterprise."""
    connection.execute("CREATE TEMPORARY TABLE template (kind text, report jsonb)")
    for kind, report in templates.items():
        connection.execute("INSERT INTO template VALUES (%s, %s)", (kind, report))
    with connection.transaction():
        connection.execute(_VERSIONS, {"first": first, "last": last})
    connection.execute("DROP TABLE template")


def grow(connection: psycopg.Connection, first: date, last: date, *, advance: Callable[[int], None]) -> None:
    """Write many more days."""
    with without_indexes(connection, "commitment"):
        write_days(connection, first, last, advance=advance)


def rows_of(connection: psycopg.Connection, tables: Sequence[str] = TABLES) -> dict[str, tuple[int, int]]:
    """(rows, bytes with indexes) of the tables that matter here."""
    found = {}
    for name in tables:
        row = connection.execute(
            sql.SQL("SELECT count(*), pg_total_relation_size({}) FROM {}").format(
                sql.Literal(name), sql.Identifier(name)
            )
        ).fetchone()
        assert row is not None
        found[name] = (row[0], row[1])
    return found
