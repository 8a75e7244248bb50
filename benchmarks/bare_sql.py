"""What the bare server asks and writes: three statements for a report, each a round trip and a transaction of its own."""

from __future__ import annotations

from typing import Final

SESSION: Final = """
SELECT s.created_at, s.last_seen_at, s.revoked_at, a.id, a.disabled, a.must_change_password, a.password_set_at,
       p.id, p.name, p.role, p.enterprise_id
FROM session s JOIN account a ON a.id = s.account_id JOIN person p ON p.id = a.person_id
WHERE s.token_digest = %(digest)s AND p.active
"""

DUTY: Final = """
SELECT c.version, c.revision, c.status, c.origin, c.late, c.due_at,
       e.credit_code, e.name, e.kind, e.region_id, r.name, e.workshops_total, e.powder_workshops_total,
       e.warehouses_total, e.approved_persons, e.approved_powder_kg, e.approved_boxes, e.approved_stock_kg,
       e.updated_at, permit.number, permit.issued_on, permit.expires_on, chosen.reason, chosen.last_day, c.region_id,
       head.id, head.name,
       (SELECT count(*) FROM problem WHERE enterprise_id = e.id
          AND state IN ('ACKNOWLEDGED', 'ISSUED', 'RECTIFYING', 'RETURNED'))
       + (SELECT count(*) FROM problem WHERE enterprise_id = e.id AND state IN ('FED_BACK')),
       chosen.first_day, chosen.source, chosen.registered_at, chosen.registered_by_name,
       chosen.registered_by_department, alerts.open, alerts.gravest
FROM commitment c
JOIN enterprise e ON e.id = c.enterprise_id
JOIN region r ON r.id = e.region_id
LEFT JOIN LATERAL (
    SELECT number, issued_on, expires_on FROM certificate
    WHERE enterprise_id = e.id AND kind = e.kind || '_PERMIT'
    ORDER BY issued_on <= c.business_date AND expires_on >= c.business_date DESC,
             expires_on DESC, issued_on DESC, id DESC LIMIT 1
) permit ON true
LEFT JOIN shutdown_period chosen ON chosen.id = coalesce(
    (SELECT id FROM shutdown_period
     WHERE enterprise_id = e.id AND NOT cancelled AND c.business_date BETWEEN first_day AND last_day
     ORDER BY last_day DESC, id LIMIT 1),
    (SELECT s.id FROM region_closure k JOIN shutdown_period s ON s.region_id = k.ancestor
     WHERE k.descendant = e.region_id AND NOT s.cancelled AND c.business_date BETWEEN s.first_day AND s.last_day
       AND (s.kind IS NULL OR s.kind = e.kind)
     ORDER BY k.depth, s.last_day DESC, s.id LIMIT 1))
LEFT JOIN LATERAL (
    SELECT id, name FROM person WHERE enterprise_id = e.id AND role = 'ENTERPRISE_HEAD' AND active ORDER BY id LIMIT 1
) head ON true
CROSS JOIN LATERAL (
    SELECT count(*) AS open, min(rank) AS gravest FROM alert WHERE enterprise_id = e.id
      AND state IN ('ACKNOWLEDGED', 'FED_BACK', 'HANDLING', 'OPEN', 'RETURNED')
) alerts
WHERE c.id = %(id)s
"""
"""The commitment of the day as it stands, and what the directory say of its enterprise."""

WRITE: Final = """
WITH locked AS (
    SELECT id FROM commitment
    WHERE id = %(id)s AND version = %(version)s AND state IN ('OWED', 'REPORTED_AUTOMATICALLY') FOR UPDATE
), claimed AS (
    INSERT INTO remembered_answer (account_id, key, fingerprint, reference, at)
    SELECT %(account)s, %(key)s, %(fingerprint)s, id::text, %(now)s FROM locked
    ON CONFLICT DO NOTHING RETURNING reference
), saved AS (
    UPDATE commitment SET
        state = 'REPORTED', revision = %(revision)s, status = %(status)s, origin = 'MANUAL', late = %(late)s,
        reported_at = %(now)s, reported_by_id = %(person)s, reported_by_name = %(name)s,
        risk_grade = %(risk_grade)s, excess = %(excess)s, stop_reason = %(stop_reason)s, version = version + 1
    WHERE id = %(id)s AND EXISTS (SELECT FROM claimed)
    RETURNING id, region_id, business_date, kind
), versioned AS (
    INSERT INTO commitment_version (commitment_id, revision, report)
    SELECT id, %(revision)s, %(report)s::jsonb FROM saved
), owed AS (
    INSERT INTO outbox (id, topic, object_key, revision, business_date, facts, created_at, due_at, state,
                        attempts, crashes, answer_code, answer, message_id)
    SELECT %(duty)s, 'MINISTRY_COMMITMENT', id::text, %(revision)s, business_date, %(facts)s::jsonb, %(now)s,
           %(push_at)s, 'PENDING', 0, 0, '', '', '' FROM saved
    ON CONFLICT (id) DO NOTHING
), noted AS (
    INSERT INTO audit_entry (id, at, actor_id, actor_name, action, subject, detail)
    SELECT %(entry)s, %(now)s, %(account)s, %(name)s, 'CommitmentReported', 'Commitment:' || id, %(detail)s::jsonb
    FROM saved
)
INSERT INTO commitment_tally AS t (region_id, business_date, kind, expected, in_production, stopped, unreported,
                                   on_time, late, automatic)
SELECT region_id, business_date, kind, 0, %(in_production)s, %(stopped)s, %(unreported)s, %(on_time)s,
       %(counted_late)s, %(automatic)s
FROM saved
ON CONFLICT (region_id, business_date, kind) DO UPDATE SET
    in_production = t.in_production + excluded.in_production, stopped = t.stopped + excluded.stopped,
    unreported = t.unreported + excluded.unreported, on_time = t.on_time + excluded.on_time,
    late = t.late + excluded.late, automatic = t.automatic + excluded.automatic
"""
"""Everything at once, and nothing unless the commitment is still as it was read and the key has not been used."""

REMEMBERED: Final = """
SELECT a.fingerprint, c.state, c.revision, c.late
FROM remembered_answer a JOIN commitment c ON c.id = a.reference::uuid
WHERE a.account_id = %(account)s AND a.key = %(key)s
"""
"""What a repeated call is answered with. Asked only when nothing was written."""
