"""Years of patrols, spot checks and problems in bulk, with what happened to each problem, by INSERT … SELECT."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Final

import orjson
import psycopg

from yanbao.adapters.sql.codec import dump_feedback, dump_form, dump_sheet
from yanbao.domain.handling.feedback import FeedbackForm
from yanbao.domain.inspection.form import InspectionForm, Sheet

from .bulk import trusting, without_indexes

CHUNK_DAYS: Final = 20
TABLES: Final = (
    *("inspection", "problem", "problem_timeline", "problem_feedback"),
    *("inspection_content", "log_in", "enterprise_view"),
)

# Who inspects whom. Of the patrols most are a city's of its counties; of the spot checks most are a county's.
_PAIRS: Final = """
CREATE TEMPORARY TABLE IF NOT EXISTS pair AS
WITH head AS (
    SELECT DISTINCT ON (enterprise_id) enterprise_id, id FROM person WHERE role = 'ENTERPRISE_HEAD' ORDER BY enterprise_id, id
), office AS (
    SELECT d.id, d.name, d.level, g.id AS region_id, g.name AS region_name, staff.ids, staff.names, boss.id AS head_id
    FROM department d JOIN department_region dr ON dr.department_id = d.id JOIN region g ON g.id = dr.region_id
    CROSS JOIN LATERAL (
        SELECT array_agg(p.id ORDER BY p.id) AS ids, array_agg(p.name ORDER BY p.id) AS names
        FROM person p WHERE p.department_id = d.id AND p.role = 'INSPECTOR'
    ) staff
    JOIN person boss ON boss.department_id = d.id AND boss.role = 'DEPARTMENT_HEAD'
), counted AS (
    SELECT k.descendant AS region_id, k.ancestor AS city_id
    FROM region_closure k JOIN region c ON c.id = k.ancestor AND c.level = 'CITY'
), target AS (
    SELECT 'PATROL' AS kind, o.id AS department_id, NULL::uuid AS enterprise_id, o.name, o.level, NULL AS enterprise_kind,
           o.region_id, o.region_name, c.city_id, o.head_id
    FROM office o JOIN counted c ON c.region_id = o.region_id
    UNION ALL
    SELECT 'SPOT_CHECK', NULL, e.id, e.name, NULL, e.kind, e.region_id, g.name, c.city_id, h.id
    FROM enterprise e JOIN region g ON g.id = e.region_id JOIN counted c ON c.region_id = e.region_id
    JOIN head h ON h.enterprise_id = e.id
), inspected AS (
    SELECT t.kind, o.id AS by_id, o.name AS by_name, o.level AS by_level, o.region_id AS by_region, o.ids, o.names,
           t.department_id, t.enterprise_id, t.name, t.level, t.enterprise_kind, t.region_id, t.region_name, t.city_id, t.head_id,
           CASE WHEN o.level = 'PROVINCE' THEN 1 WHEN o.level = 'CITY' THEN 4 ELSE 10 END AS weight
    FROM target t JOIN region_closure k ON k.descendant = t.region_id
    JOIN office o ON o.region_id = k.ancestor AND o.id IS DISTINCT FROM t.department_id
)
SELECT i.*, row_number() OVER of_kind - 1 AS place, count(*) OVER of_kind AS among
FROM inspected i CROSS JOIN LATERAL generate_series(1, i.weight) AS copy
WINDOW of_kind AS (PARTITION BY i.kind)
"""
_PAIRS_BY_PLACE: Final = "CREATE UNIQUE INDEX IF NOT EXISTS pair_by_place ON pair (kind, place)"

# Of a thousand: 220 automatic at half past eleven at night, the others opened in working hours, three of them thrown
# away; of those, 780 found one to nine problems. What is not submitted by now is a draft; what is not opened is not there.
_WRITTEN: Final = """
CREATE TEMPORARY TABLE written ON COMMIT DROP AS
SELECT md5('inspection|' || d.day || '|' || n)::uuid AS id, d.day, p.*, s.*,
       CASE WHEN s.state = 'SUBMITTED' AND NOT s.auto AND other %% 1000 < 780 THEN 1 + other %% 9 ELSE 0 END AS problems,
       CASE WHEN NOT s.auto THEN p.ids[1 + other %% cardinality(p.ids)] END AS person_id,
       CASE WHEN s.auto THEN '系统自动' ELSE p.names[1 + other %% cardinality(p.names)] END AS person_name
FROM generate_series(%(first)s::date, %(last)s::date, interval '1 day') AS days
CROSS JOIN LATERAL (SELECT days::date AS day) d
CROSS JOIN generate_series(1, %(each_day)s) AS n
CROSS JOIN LATERAL (
    SELECT (hashtextextended(d.day || '|' || n, 1) & 1048575)::int AS dice,
           (hashtextextended(d.day || '|' || n, 2) & 1048575)::int AS other,
           hashtextextended(d.day || '|' || n, 3) & 4294967295 AS whom
) thrown
CROSS JOIN LATERAL (
    SELECT dice %% 1000 < 220 AS auto,
           (d.day + CASE WHEN dice %% 1000 < 220 THEN time '23:30' ELSE time '08:00' END) AT TIME ZONE 'Asia/Shanghai'
           + CASE WHEN dice %% 1000 < 220 THEN interval '0' ELSE make_interval(secs => other %% 28800) END AS opened_at
) opened
CROSS JOIN LATERAL (
    SELECT auto, opened_at, submitted_at,
           CASE WHEN submitted_at >= %(now)s THEN 'DRAFT' WHEN dice %% 1000 >= 997 THEN 'DISCARDED' ELSE 'SUBMITTED' END AS state
    FROM (SELECT CASE WHEN auto THEN opened_at ELSE opened_at + make_interval(mins => 10 + other %% 90) END AS submitted_at) at
) s
JOIN pair f ON f.place = 0 AND f.kind = CASE WHEN whom %% 100 < 35 THEN 'PATROL' ELSE 'SPOT_CHECK' END
JOIN pair p ON p.kind = f.kind AND p.place = whom / 100 %% f.among
WHERE s.opened_at < %(now)s
"""

_INSPECTIONS: Final = """
INSERT INTO inspection
    (id, kind, origin, state, business_date, department_id, department_name, department_level, department_region_id,
     person_id, person_name, target_department_id, target_enterprise_id, target_name, target_level, target_kind,
     target_region_id, target_region_name, city_id, target_is_area, opened_at,
     submitted_at, submitted_by_id, submitted_by_name, discarded_at, discarded_by_id, discarded_by_name,
     concluded, conclusion, observations, problems, rectified_on_site, replaced, revision, version)
SELECT id, kind, CASE WHEN auto THEN 'AUTO' ELSE 'MANUAL' END, state, day, by_id, by_name, by_level, by_region,
       person_id, person_name, department_id, enterprise_id, name, level, enterprise_kind,
       region_id, region_name, city_id, enterprise_id IS NOT NULL OR region_id NOT IN (SELECT parent_id FROM region WHERE parent_id IS NOT NULL),
       opened_at,
       CASE WHEN state = 'SUBMITTED' THEN submitted_at END, CASE WHEN state = 'SUBMITTED' THEN person_id END,
       CASE WHEN state = 'SUBMITTED' THEN person_name END, CASE WHEN state = 'DISCARDED' THEN submitted_at END,
       CASE WHEN state = 'DISCARDED' THEN person_id END, CASE WHEN state = 'DISCARDED' THEN person_name END,
       CASE WHEN auto THEN 'NOT_VERIFIED' WHEN problems > 0 THEN 'PROBLEMS_ISSUED'
            WHEN hashtextextended(id::text, 5) %% 40 = 0 THEN 'RECTIFIED_ON_SITE' ELSE 'NO_PROBLEM_FOUND' END,
       CASE WHEN auto THEN '系统根据' || CASE kind WHEN 'PATROL' THEN '登录' ELSE '查看' END || '情况自动生成，未经人工核查。'
            WHEN problems > 0 THEN '已下发问题' WHEN hashtextextended(id::text, 5) %% 40 = 0 THEN '现场已整改' ELSE '未发现问题' END,
       CASE WHEN auto THEN '' ELSE '现场秩序正常，台账齐全，值班人员在岗' END,
       problems, CASE WHEN NOT auto AND problems = 0 AND hashtextextended(id::text, 5) %% 40 = 0 THEN 1 ELSE 0 END, auto AND hashtextextended(id::text, 4) %% 10 = 0, 3, 3
FROM written
"""

_CONTENTS: Final = (
    "INSERT INTO inspection_content (inspection_id, sheet, form) SELECT id, %(sheet)s, %(form)s FROM written"
)

# Whoever inspects has logged in before, and has looked twice at the enterprise; nobody asks what account it was.
_LOG_INS: Final = """
INSERT INTO log_in (id, account_id, person_id, department_id, client, at)
SELECT md5('log-in|' || id)::uuid, person_id, person_id, by_id, 'WEB', opened_at - interval '20 minutes'
FROM written WHERE NOT auto
"""
_VIEWS: Final = """
INSERT INTO enterprise_view (id, account_id, person_id, department_id, enterprise_id, client, at)
SELECT md5('view|' || id || '|' || n)::uuid, person_id, person_id, by_id, enterprise_id, 'WEB',
       opened_at - make_interval(mins => 5 * n)
FROM written CROSS JOIN generate_series(1, 2) AS n WHERE NOT auto AND enterprise_id IS NOT NULL
"""

# What happens to a problem, of a thousand: 10 are taken back, 60 returned once, 40 acknowledged late, 50 fed back late,
# one is left lying somewhere. What lies ahead of now has not happened.
# OFFSET 0 keeps each instant from being worked out anew in all that follow from it.
_PLANNED: Final = """
CREATE TEMPORARY TABLE planned ON COMMIT DROP AS
SELECT md5('problem|' || w.id || '|' || n)::uuid AS id, w.id AS inspection_id, w.kind, w.by_id, w.by_name, w.by_level,
       w.by_region, w.person_id, w.person_name, w.department_id, w.enterprise_id, w.name, w.region_id, w.city_id,
       w.head_id, dice, other, w.submitted_at AS issued_at, rectify_on, due,
       acknowledged_at, taken_up_at, withdrawn_at, progress_at, fed_back_at, returned_at, again_at, fed_back_again_at,
       CASE WHEN closed_at < %(now)s THEN closed_at END AS closed_at
FROM written w CROSS JOIN LATERAL generate_series(1, w.problems) AS n
CROSS JOIN LATERAL (
    SELECT (hashtextextended(w.id || '|' || n, 1) & 1048575)::int %% 1000 AS dice,
           (hashtextextended(w.id || '|' || n, 2) & 1048575)::int AS other
) thrown
CROSS JOIN LATERAL (SELECT CASE WHEN other %% 4 = 0 THEN w.day + 3 + other %% 12 END AS rectify_on) wanted
CROSS JOIN LATERAL (
    SELECT coalesce((rectify_on + 1)::timestamp AT TIME ZONE 'Asia/Shanghai', w.submitted_at + interval '7 days') AS due
) term
CROSS JOIN LATERAL (
    SELECT CASE WHEN at < %(now)s AND NOT (dice = 0 AND other %% 3 = 0) THEN at END AS acknowledged_at
    FROM (SELECT w.submitted_at + make_interval(
        mins => CASE WHEN dice BETWEEN 100 AND 139 THEN 121 + other %% 1500 ELSE 1 + other %% 110 END) AS at) x
    OFFSET 0
) a
CROSS JOIN LATERAL (
    SELECT CASE WHEN at < %(now)s AND NOT (dice = 0 AND other %% 3 = 1) THEN at END AS next_at
    FROM (SELECT acknowledged_at + make_interval(mins => 1 + other %% 240) AS at) x
    OFFSET 0
) b
CROSS JOIN LATERAL (
    SELECT CASE WHEN dice BETWEEN 1 AND 10 THEN next_at END AS withdrawn_at,
           CASE WHEN dice NOT BETWEEN 1 AND 10 THEN next_at END AS taken_up_at
    OFFSET 0
) c
CROSS JOIN LATERAL (
    SELECT CASE WHEN at < %(now)s AND other %% 5 = 0 THEN at END AS progress_at
    FROM (SELECT taken_up_at + interval '30 minutes' AS at) x
    OFFSET 0
) e
CROSS JOIN LATERAL (
    SELECT CASE WHEN at < %(now)s AND dice <> 0 THEN at END AS fed_back_at
    FROM (SELECT taken_up_at + make_interval(
        mins => 60 + CASE WHEN dice BETWEEN 200 AND 249 THEN 10080 + other %% 20000 ELSE other %% 4300 END) AS at) x
    OFFSET 0
) f
CROSS JOIN LATERAL (
    SELECT CASE WHEN at < %(now)s AND dice BETWEEN 300 AND 359 THEN at END AS returned_at
    FROM (SELECT fed_back_at + make_interval(mins => 60 + other %% 2880) AS at) x
    OFFSET 0
) g
CROSS JOIN LATERAL (
    SELECT CASE WHEN at < %(now)s THEN at END AS again_at
    FROM (SELECT returned_at + make_interval(mins => 10 + other %% 240) AS at) x
    OFFSET 0
) h
CROSS JOIN LATERAL (
    SELECT CASE WHEN at < %(now)s THEN at END AS fed_back_again_at
    FROM (SELECT again_at + make_interval(mins => 60 + other %% 2880) AS at) x
    OFFSET 0
) i
CROSS JOIN LATERAL (
    SELECT CASE WHEN dice BETWEEN 300 AND 359 THEN fed_back_again_at ELSE fed_back_at END
           + make_interval(mins => 60 + other %% 4320) AS closed_at
) j
"""

# After a return at least a day is left.
_TOLD: Final = """
CREATE TEMPORARY TABLE told ON COMMIT DROP AS
SELECT p.id AS problem_id, row_number() OVER (PARTITION BY p.id ORDER BY e.at)::int AS number, e.*
FROM planned p CROSS JOIN LATERAL (VALUES
    (NULL, 'ISSUED', issued_at, due, person_id, person_name),
    ('ACKNOWLEDGE', 'ACKNOWLEDGED', acknowledged_at, due, head_id, name),
    ('WITHDRAW', 'WITHDRAWN', withdrawn_at, due, person_id, person_name),
    ('RECTIFY', 'RECTIFYING', taken_up_at, due, head_id, name),
    ('REPORT_PROGRESS', 'RECTIFYING', progress_at, due, head_id, name),
    ('FEED_BACK', 'FED_BACK', fed_back_at, due, head_id, name),
    ('RETURN', 'RETURNED', returned_at, greatest(due, returned_at + interval '1 day'), person_id, person_name),
    ('RECTIFY', 'RECTIFYING', again_at, greatest(due, returned_at + interval '1 day'), head_id, name),
    ('FEED_BACK', 'FED_BACK', fed_back_again_at, greatest(due, returned_at + interval '1 day'), head_id, name),
    ('CLOSE', 'CLOSED', closed_at, greatest(due, returned_at + interval '1 day'), person_id, person_name)
) AS e (action, state, at, rectify_due, by_id, by_name)
WHERE e.at IS NOT NULL
"""

_PROBLEMS: Final = """
INSERT INTO problem
    (id, origin, inspection_id, department_id, enterprise_id, addressee_name, region_id, city_id,
     issuer_id, issuer_name, issuer_level, issuer_region_id, category, severity, description, rectify_on,
     responsible, attachments, issued_at, issued_by_id, issued_by_name,
     acknowledge_due, feed_back_due, rectify_since, rectify_due, state, acknowledged_at, first_feedback_at, fed_back_at,
     ended_at, changed_at, remind_at, revision, version)
SELECT p.id, 'DEPARTMENT', p.inspection_id, p.department_id, p.enterprise_id, p.name, p.region_id, p.city_id,
       p.by_id, p.by_name, p.by_level, p.by_region,
       (ARRAY['SYSTEM_OFFLINE', 'VIDEO_OFFLINE', 'SENSOR_OFFLINE', 'COMMITMENT_MISSING_OR_FALSE', 'ALARM_NOT_CLEARED',
              'DUTY_ABSENCE', 'CERTIFICATE', 'ON_SITE_VIOLATION', 'OTHER'])[1 + p.other %% 9],
       CASE WHEN p.other %% 20 = 0 THEN 'MAJOR' ELSE 'GENERAL' END,
       (ARRAY['视频监控离线超过两小时', '当日未上报安全承诺', '工房内滞留药量登记不全', '值班人员不在岗',
              '库房温湿度计损坏', '消防器材超过检验期', '余废药未按日清理'])[1 + p.other %% 7],
       p.rectify_on, jsonb_build_array(p.head_id), '[]', p.issued_at, p.person_id, p.person_name,
       p.issued_at + interval '2 hours', p.issued_at + interval '1 day', coalesce(p.returned_at, p.issued_at),
       last.rectify_due, last.state, p.acknowledged_at, least(p.progress_at, p.fed_back_at),
       coalesce(p.fed_back_again_at, p.fed_back_at), coalesce(p.closed_at, p.withdrawn_at), last.at,
       CASE WHEN last.state IN ('ISSUED', 'ACKNOWLEDGED', 'RECTIFYING', 'RETURNED') THEN %(now)s + interval '1 hour' END,
       last.number, last.number
FROM planned p
JOIN (SELECT DISTINCT ON (problem_id) * FROM told ORDER BY problem_id, number DESC) last ON last.problem_id = p.id
"""

_TIMELINE: Final = """
INSERT INTO problem_timeline (problem_id, number, action, state, at, by_id, by_name, note, rectify_due)
SELECT problem_id, number, action, state, at, by_id, by_name,
       CASE WHEN action = 'RETURN' THEN '整改照片不清，请补充' ELSE '' END, rectify_due FROM told
"""

_FEEDBACKS: Final = """
INSERT INTO problem_feedback (problem_id, number, final, late, at, by_id, by_name, form)
SELECT problem_id, row_number() OVER (PARTITION BY problem_id ORDER BY number), action = 'FEED_BACK',
       action = 'FEED_BACK' AND at >= rectify_due, at, by_id, by_name, %(feedback)s
FROM told WHERE action IN ('REPORT_PROGRESS', 'FEED_BACK')
"""


_STEPS: Final = (
    *(_WRITTEN, _INSPECTIONS, _CONTENTS, _LOG_INS, _VIEWS),
    *(_PLANNED, _TOLD, _PROBLEMS, _TIMELINE, _FEEDBACKS),
)


def write_days(
    connection: psycopg.Connection,
    first: date,
    last: date,
    *,
    each_day: int,
    now: datetime,
    advance: Callable[[int], None] = lambda days: None,
) -> None:
    """Write [first, last] with so many inspections a day, as they stand `now`; told how many days are done."""
    connection.execute(_PAIRS)
    connection.execute(_PAIRS_BY_PLACE)
    connection.execute("ANALYZE pair")
    contents = {
        "sheet": orjson.dumps(dump_sheet(Sheet(now, ()))).decode(),
        "form": orjson.dumps(dump_form(InspectionForm(observations="现场秩序正常"))).decode(),
        "feedback": orjson.dumps(
            dump_feedback(FeedbackForm("已核实", "已整改到位", outcome="已完成"))
        ).decode(),
    }
    with without_indexes(connection, *TABLES), trusting(connection):
        day = first
        while day <= last:
            end = min(last, day + timedelta(days=CHUNK_DAYS - 1))
            params = contents | {"first": day, "last": end, "each_day": each_day, "now": now}
            with connection.transaction():
                for statement in _STEPS:
                    connection.execute(statement, params)
            advance((end - day).days + 1)
            day = end + timedelta(days=1)
