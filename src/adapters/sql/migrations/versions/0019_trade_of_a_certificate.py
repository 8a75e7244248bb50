"""The trade of special-operation cards, and settings for the terms of certificates.

The watch looks again at every certificate that seemed renewed.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision: str | None = "0018"

TRADES = "PYROTECHNIC_COMPOSITION BLACK_POWDER FUSE PRODUCTS_WITH_POWDER STORAGE"
SETTING_KEYS = "COMMITMENT_DEADLINE REMINDER_STAGES PUSH_FIRST PUSH_EVERY_MINUTES PUSH_UNTIL SMS_QUIET_FROM SMS_QUIET_UNTIL SMS_DAILY_CAP ACKNOWLEDGE_HOURS_GENERAL ACKNOWLEDGE_HOURS_MAJOR FEED_BACK_HOURS_GENERAL FEED_BACK_HOURS_MAJOR RECTIFY_DAYS_GENERAL RECTIFY_DAYS_MAJOR PROBLEM_REMINDER_PERCENTS AUTO_INSPECTION_AT WEEKLY_PUSH_WEEKDAY WEEKLY_PUSH_AT RECONCILE_AT ALERT_ACKNOWLEDGE_MINUTES_RED ALERT_ACKNOWLEDGE_MINUTES_ORANGE ALERT_ACKNOWLEDGE_MINUTES_YELLOW ALERT_ACKNOWLEDGE_MINUTES_BLUE ALERT_FEED_BACK_HOURS_RED ALERT_FEED_BACK_HOURS_ORANGE ALERT_FEED_BACK_HOURS_YELLOW ALERT_FEED_BACK_HOURS_BLUE PERMIT_WINDOWS PERSONAL_WINDOWS"
NEW_SETTING_KEYS = "CERTIFICATE_ACKNOWLEDGE_HOURS CERTIFICATE_FEED_BACK_DAYS CERTIFICATE_FEED_BACK_DAYS_RED"


def allow(table: str, column: str, values: str) -> None:
    """Have the column hold these values and no others."""
    with op.batch_alter_table(table) as batch:
        batch.drop_constraint(op.f(f"ck_{table}_{column}"), type_="check")
        batch.create_check_constraint(op.f(f"ck_{table}_{column}"), sa.column(column).in_(values.split()))


def upgrade() -> None:
    for table in ("setting", "setting_lock", "setting_change"):
        allow(table, "key", f"{SETTING_KEYS} {NEW_SETTING_KEYS}")
    kind = sa.Enum(*TRADES.split(), native_enum=False, create_constraint=True, name="trade", length=40)
    with op.batch_alter_table("certificate") as batch:
        batch.add_column(sa.Column("trade", kind))
    # A later card for another trade counted as the renewal: nobody would ever look at these again.
    op.execute("UPDATE certificate SET watch_on = '1970-01-01' WHERE watch_on IS NULL")


def downgrade() -> None:
    for table in ("setting", "setting_lock", "setting_change"):
        of = sa.table(table, sa.column("key"))
        op.execute(of.delete().where(of.c.key.in_(NEW_SETTING_KEYS.split())))
        allow(table, "key", SETTING_KEYS)
    with op.batch_alter_table("certificate") as batch:
        batch.drop_constraint(op.f("ck_certificate_trade"), type_="check")
        batch.drop_column("trade")
