"""Lists of alerts over the history of years, beside SQL written by hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from psycopg.sql import SQL, Identifier
from rich.progress import Progress

from yanbao.domain.alert.form import AlertLevel
from yanbao.domain.deadlines import day_end, day_start

from . import alert_floor, documents, growth, report
from .bulk import trusting, without_indexes
from .counting_reads import months_of
from .growth import count_statements, measure
from .inspection_reads import Viewer, department_viewer, enterprise_viewer
from .options import Options, Part
from .reads import VIEWERS, Case, Found, request
from .report import Shown
from .stage import Stage

SIZES: Final = (20, 100)
DAYS: Final = 365
"""Days in which a text is searched."""
TEXT: Final = "7号工房"
_FILL: Final = """
INSERT INTO alert (id, kind, origin, external_id, enterprise_id, enterprise_name, region_id, city_id, reviewer_id,
    reviewer_name, reviewer_level, reviewer_region_id, level, rank, risk_type, description, value, occurred_at,
    opened_at, opened_by_name, source_version, acknowledge_since, acknowledge_due, feed_back_since, feed_back_due,
    state, fed_back_at, changed_at, remind_at, revision, version)
SELECT md5('alert|' || n)::uuid, 'RISK', 'MINISTRY', 'B' || n, e.id, e.name, e.region_id, e.city, p.id, p.name,
    'PROVINCE', '610000', (ARRAY['RED', 'ORANGE', 'YELLOW', 'BLUE'])[1 + n / 7 %% 4], 1 + n / 7 %% 4, 'OVER_PERSONS',
    n / 11 %% 500 || '号工房现场12人，核定8人。', '12人', t.at, t.at, '部级平台', 1, t.at, t.at + interval '30 minutes', t.at,
    t.at + interval '8 hours', CASE WHEN n %% 53 = 0 THEN (ARRAY['OPEN', 'HANDLING', 'FED_BACK'])[1 + n / 53 %% 3]
    ELSE 'CLOSED' END,
    CASE WHEN n %% 53 > 0 OR n / 53 %% 3 = 2 THEN t.at + n %% 28000 * interval '1 second' END,
    t.at, t.at + interval '100 years', 1, 1
FROM generate_series(1, %(all)s) n
JOIN (SELECT e.*, row_number() OVER (ORDER BY e.id) - 1 AS place,
             coalesce((SELECT r.id FROM region_closure k JOIN region r ON r.id = k.ancestor AND r.level = 'CITY'
                       WHERE k.descendant = e.region_id), e.region_id) AS city FROM enterprise e) e
  ON e.place = n %% (SELECT count(*) FROM enterprise)
CROSS JOIN LATERAL (SELECT %(now)s::timestamptz - n * (interval '5 years' / %(all)s) AS at) t
CROSS JOIN (SELECT d.id, d.name FROM department d JOIN department_region g ON g.department_id = d.id
            WHERE g.region_id = '610000' LIMIT 1) p
"""


def alerts(stage: Stage, options: Options, progress: Progress) -> tuple[list[Found], list[Shown]]:
    """Fill and measure, if this part is wanted; the reads and their tables."""
    if Part.ALERTS not in options.parts:
        return [], []
    bar = progress.add_task(f"lists of {options.alerts:,} alerts", total=None)
    write_alerts(stage, options.alerts)
    found = measure(stage, options, cases(stage), lambda done: progress.advance(bar, done))
    found += measure(stage, options, statistics(stage), lambda done: progress.advance(bar, done))
    counted = count_statements(stage, pages(stage))
    progress.update(bar, total=1, completed=1)
    title = f"Lists of {options.alerts:,} alerts"
    return found, [report.reads(found, title), report.counts(counted, "Statements of a page of alerts")]


def write_alerts(stage: Stage, number: int) -> None:
    """Alerts of five years until now; one in 53 is open."""
    for table in ("alert_feedback", "alert_timeline", "alert"):
        stage.connection.execute(SQL("DELETE FROM {}").format(Identifier(table)))
    with trusting(stage.connection), without_indexes(stage.connection, "alert"):
        stage.connection.execute(_FILL, {"all": number, "now": stage.system.clock.now()})


def cases(stage: Stage) -> list[Case]:
    """The lists that people wait for: all, those not fed back in three orders, what is overdue, and a search."""
    found = []
    for viewer in _viewers(stage):
        for rows in SIZES:
            found.append(_case(stage, viewer, rows, "newest", {}, "true"))
        unfed: dict[str, Any] = {"unfedBack": True}
        found.append(_case(stage, viewer, 100, "not fed back", unfed, alert_floor.UNFED))
        found.append(_case(stage, viewer, 100, "gravest not fed back", unfed, alert_floor.UNFED, "GRAVEST"))
        found.append(_case(stage, viewer, 100, "nearest deadline", unfed, alert_floor.UNFED, "FEED_BACK_DUE"))
        found.append(_case(stage, viewer, 100, "overdue", {"overdue": True}, alert_floor.OVERDUE))
        searched = {**_days(stage), "text": TEXT}
        found.append(
            _case(stage, viewer, 20, "search", searched, f"{alert_floor.DAYS} AND {alert_floor.TEXT}")
        )
    return found


def statistics(stage: Stage) -> list[Case]:
    """A year by month as the province sees it: all, and by level."""
    months = [start.isoformat() for start in months_of(_first_day(stage), stage.day)]
    return [_counted(stage, by, months) for by in (None, "level")]


def _counted(stage: Stage, by: str | None, months: list[str]) -> Case:
    viewer = department_viewer(stage, "PROVINCE")
    keys = [] if by is None else [level.value for level in AlertLevel]
    return Case(
        name="alerts of a year by month" + ("" if by is None else f" and {by}"),
        level=viewer.level,
        rows=None,
        asked=request(
            documents.ALERT_STATISTICS,
            viewer.token,
            where=_days(stage),
            by=None if by is None else by.upper(),
        ),
        floors=alert_floor.counted(by),
        params={
            "first_at": day_start(_first_day(stage)),
            "until": day_end(stage.day),
            "starts": [day_start(date.fromisoformat(month)) for month in months],
            "months": months,
            "now": stage.system.clock.now(),
        },
        answer=lambda rows: alert_floor.counted_answer(rows, keys, months),
    )


def pages(stage: Stage) -> list[Case]:
    """The lists of which statements are counted, in every size."""
    return [
        _case(stage, viewer, rows, "newest", {}, "true")
        for viewer in _viewers(stage)
        for rows in growth.SIZES
    ]


def _viewers(stage: Stage) -> list[Viewer]:
    return [*(department_viewer(stage, level) for level in VIEWERS), enterprise_viewer(stage)]


def _first_day(stage: Stage) -> date:
    return stage.day - timedelta(days=DAYS - 1)


def _days(stage: Stage) -> dict[str, str]:
    return {"firstDay": _first_day(stage).isoformat(), "lastDay": stage.day.isoformat()}


def _case(
    stage: Stage,
    viewer: Viewer,
    rows: int,
    name: str,
    where: Mapping[str, Any],
    asked: str,
    order: str = "NEWEST",
) -> Case:
    return Case(
        name=f"alerts, {name}",
        level=viewer.level,
        rows=rows,
        asked=request(documents.ALERTS, viewer.token, where=dict(where), first=rows, order=order),
        floors=alert_floor.alerts_in_sight(viewer.level, asked, alert_floor.ORDERS[order]),
        params={
            "region": viewer.region,
            "party": viewer.party,
            "limit": rows + 1,
            "now": stage.system.clock.now(),
            "text": f"%{TEXT}%",
            "first_at": day_start(_first_day(stage)),
            "until": day_end(stage.day),
        },
        answer=lambda found: alert_floor.alerts_answer(found, rows),
    )
