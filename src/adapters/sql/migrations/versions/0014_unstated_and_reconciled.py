"""Automatic reports state no risk grade; the time of the daily comparison with the ministry is a setting.

Lists show no grade of them instead of the 4 that earlier releases stored. The column has always been nullable.
Reports themselves are never rewritten: what they say is read as unstated.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision: str | None = "0013"

KEYS = "COMMITMENT_DEADLINE REMINDER_STAGES PUSH_FIRST PUSH_EVERY_MINUTES PUSH_UNTIL SMS_QUIET_FROM SMS_QUIET_UNTIL SMS_DAILY_CAP ACKNOWLEDGE_HOURS_GENERAL ACKNOWLEDGE_HOURS_MAJOR FEED_BACK_HOURS_GENERAL FEED_BACK_HOURS_MAJOR RECTIFY_DAYS_GENERAL RECTIFY_DAYS_MAJOR PROBLEM_REMINDER_PERCENTS AUTO_INSPECTION_AT WEEKLY_PUSH_WEEKDAY WEEKLY_PUSH_AT"
NEW_KEY = "RECONCILE_AT"
TABLES = ("setting", "setting_lock", "setting_change")


def allow(table: str, keys: str) -> None:
    """Let the column hold these keys and no others."""
    with op.batch_alter_table(table) as batch:
        batch.drop_constraint(op.f(f"ck_{table}_key"), type_="check")
        batch.create_check_constraint(op.f(f"ck_{table}_key"), sa.column("key").in_(keys.split()))


def upgrade() -> None:
    op.execute("UPDATE commitment SET risk_grade = NULL WHERE origin = 'AUTO'")
    for table in TABLES:
        allow(table, f"{KEYS} {NEW_KEY}")


def downgrade() -> None:
    for table in TABLES:
        kept = sa.table(table, sa.column("key"))
        op.execute(kept.delete().where(kept.c.key == NEW_KEY))
        allow(table, KEYS)
    op.execute("UPDATE commitment SET risk_grade = 4 WHERE origin = 'AUTO'")
