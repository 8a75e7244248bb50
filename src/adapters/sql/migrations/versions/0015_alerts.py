"""Alerts with their history, and the day on which the certificate watch looks at each certificate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0015"
down_revision: str | None = "0014"

MOMENT = sa.DateTime(timezone=True)
PLAIN_JSON = sa.JSON().with_variant(JSONB(), "postgresql")
LEVELS = "RED ORANGE YELLOW BLUE"
STATES = "OPEN ACKNOWLEDGED HANDLING FED_BACK RETURNED CLOSED ENDED"
ACTIONS = "ACKNOWLEDGE HANDLE REPORT_PROGRESS FEED_BACK CLOSE RETURN ESCALATE RAISE LOWER RESTATE REOPEN END"
RISK_TYPES = "OVER_PERSONS OVER_POWDER OVER_STOCK TEMPERATURE HUMIDITY STATIC VIDEO_OFFLINE SENSOR_OFFLINE SYSTEM_OFFLINE SMOKE_OR_FIRE INTRUSION VEHICLE WORK_AT_NIGHT_OR_STOPPED FLOW_ANOMALY WEATHER OTHER"
SETTING_KEYS = "COMMITMENT_DEADLINE REMINDER_STAGES PUSH_FIRST PUSH_EVERY_MINUTES PUSH_UNTIL SMS_QUIET_FROM SMS_QUIET_UNTIL SMS_DAILY_CAP ACKNOWLEDGE_HOURS_GENERAL ACKNOWLEDGE_HOURS_MAJOR FEED_BACK_HOURS_GENERAL FEED_BACK_HOURS_MAJOR RECTIFY_DAYS_GENERAL RECTIFY_DAYS_MAJOR PROBLEM_REMINDER_PERCENTS AUTO_INSPECTION_AT WEEKLY_PUSH_WEEKDAY WEEKLY_PUSH_AT RECONCILE_AT"
NEW_SETTING_KEYS = "ALERT_ACKNOWLEDGE_MINUTES_RED ALERT_ACKNOWLEDGE_MINUTES_ORANGE ALERT_ACKNOWLEDGE_MINUTES_YELLOW ALERT_ACKNOWLEDGE_MINUTES_BLUE ALERT_FEED_BACK_HOURS_RED ALERT_FEED_BACK_HOURS_ORANGE ALERT_FEED_BACK_HOURS_YELLOW ALERT_FEED_BACK_HOURS_BLUE PERMIT_WINDOWS PERSONAL_WINDOWS"
MESSAGE_KINDS = "COMMITMENT_UNREPORTED COMMITMENT_ESCALATED COMMITMENT_REOPENED EXCHANGE_ALARM PROBLEM_ISSUED PROBLEM_FED_BACK PROBLEM_CLOSED PROBLEM_RETURNED PROBLEM_WITHDRAWN EXTENSION_REQUESTED EXTENSION_GRANTED EXTENSION_REFUSED PROBLEM_REMINDER PROBLEM_OVERDUE SHUTDOWN_DECLARED SHUTDOWN_ANNULLED SHUTDOWN_ENDING REVIEW_WAITING"
NEW_MESSAGE_KINDS = "ALERT_OPENED ALERT_RAISED ALERT_LOWERED ALERT_REOPENED ALERT_ENDED ALERT_FED_BACK ALERT_CLOSED ALERT_RETURNED ALERT_ESCALATED ALERT_REMINDER ALERT_OVERDUE ALERT_REVIEW_WAITING CERTIFICATE_EXPIRING"
UNFED_BACK = "state IN ('OPEN', 'ACKNOWLEDGED', 'HANDLING', 'RETURNED')"
NEWEST = [sa.text("opened_at DESC"), "id"]


def code(length: int) -> sa.types.TypeEngine[str]:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def choice(name: str, values: str, *, nullable: bool = True) -> sa.Column[str]:
    kind = sa.Enum(*values.split(), native_enum=False, create_constraint=True, name=name, length=40)
    return sa.Column(name, kind, nullable=nullable)


def allow(table: str, column: str, values: str) -> None:
    """Have the column hold these values and no others."""
    with op.batch_alter_table(table) as batch:
        batch.drop_constraint(op.f(f"ck_{table}_{column}"), type_="check")
        batch.create_check_constraint(op.f(f"ck_{table}_{column}"), sa.column(column).in_(values.split()))


def upgrade() -> None:
    for table in ("setting", "setting_lock", "setting_change"):
        allow(table, "key", f"{SETTING_KEYS} {NEW_SETTING_KEYS}")
    for table in ("message", "sms"):
        allow(table, "kind", f"{MESSAGE_KINDS} {NEW_MESSAGE_KINDS}")
    op.add_column("sms", sa.Column("alert_ids", PLAIN_JSON))
    op.add_column("certificate", sa.Column("watch_on", sa.Date))
    op.execute("UPDATE certificate SET watch_on = '1970-01-01'")
    watched = sa.text("watch_on IS NOT NULL")
    op.create_index(
        "ix_certificate_watch_on",
        "certificate",
        ["watch_on", "id"],
        postgresql_where=watched,
        sqlite_where=watched,
    )
    op.create_table(
        "alert",
        sa.Column("id", sa.Uuid, primary_key=True),
        choice("kind", "CERTIFICATE RISK", nullable=False),
        choice("origin", "MINISTRY WATCH", nullable=False),
        sa.Column("external_id", code(64), unique=True),
        sa.Column("enterprise_id", sa.Uuid, sa.ForeignKey("enterprise.id"), nullable=False),
        sa.Column("enterprise_name", sa.Text, nullable=False),
        sa.Column("region_id", code(6), sa.ForeignKey("region.id"), nullable=False),
        sa.Column("city_id", code(6), sa.ForeignKey("region.id"), nullable=False),
        sa.Column("reviewer_id", sa.Uuid, sa.ForeignKey("department.id"), nullable=False),
        sa.Column("reviewer_name", sa.Text, nullable=False),
        choice("reviewer_level", "PROVINCE CITY COUNTY", nullable=False),
        sa.Column("reviewer_region_id", code(6), sa.ForeignKey("region.id"), nullable=False),
        choice("level", LEVELS, nullable=False),
        sa.Column("rank", sa.SmallInteger, nullable=False),
        choice("risk_type", RISK_TYPES),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("occurred_at", MOMENT, nullable=False),
        sa.Column("certificate_id", sa.Uuid),
        choice("due_kind", "EXPIRY REVIEW"),
        sa.Column("due_on", sa.Date),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("opened_by_id", sa.Uuid),
        sa.Column("opened_by_name", sa.Text, nullable=False),
        sa.Column("source_version", sa.BigInteger, nullable=False),
        sa.Column("acknowledge_since", MOMENT, nullable=False),
        sa.Column("acknowledge_due", MOMENT, nullable=False),
        sa.Column("feed_back_since", MOMENT, nullable=False),
        sa.Column("feed_back_due", MOMENT, nullable=False),
        choice("state", STATES, nullable=False),
        choice("verification", "TRUE FALSE_ALARM DRILL DEVICE_FAULT"),
        sa.Column("acknowledged_at", MOMENT),
        sa.Column("handled_at", MOMENT),
        sa.Column("returned_at", MOMENT),
        sa.Column("fed_back_at", MOMENT),
        sa.Column("closed_at", MOMENT),
        sa.Column("escalated_at", MOMENT),
        sa.Column("ended_at", MOMENT),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("remind_at", MOMENT),
        sa.Column("review_at", MOMENT),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    index("history", NEWEST)
    index("region_history", ["region_id", *NEWEST])
    index("enterprise_history", ["enterprise_id", *NEWEST])
    index("reviewer_history", ["reviewer_id", *NEWEST])
    index("unfed_back", NEWEST, UNFED_BACK)
    index("region_unfed_back", ["region_id", *NEWEST], UNFED_BACK)
    index("enterprise_unfed_back", ["enterprise_id", *NEWEST], UNFED_BACK)
    index("gravest", ["rank", *NEWEST], UNFED_BACK)
    index("feed_back_due", ["feed_back_due", "id"], UNFED_BACK)
    index("remind", ["remind_at", "id"], UNFED_BACK)
    index("review", ["review_at", "id"], "review_at IS NOT NULL")
    index("certificate", ["certificate_id", "opened_at"], "certificate_id IS NOT NULL")
    op.create_table(
        "alert_timeline",
        sa.Column("alert_id", sa.Uuid, sa.ForeignKey("alert.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        choice("action", ACTIONS),
        choice("state", STATES, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by_id", sa.Uuid),
        sa.Column("by_name", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        choice("level", LEVELS, nullable=False),
        sa.Column("feed_back_due", MOMENT, nullable=False),
    )
    op.create_table(
        "alert_feedback",
        sa.Column("alert_id", sa.Uuid, sa.ForeignKey("alert.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("final", sa.Boolean, nullable=False),
        sa.Column("late", sa.Boolean, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by_id", sa.Uuid),
        sa.Column("by_name", sa.Text, nullable=False),
        sa.Column("form", PLAIN_JSON, nullable=False),
    )

    with op.batch_alter_table("attachment") as batch:
        batch.add_column(sa.Column("alert_id", sa.Uuid, nullable=True))
        batch.create_foreign_key(op.f("fk_attachment_alert_id_alert"), "alert", ["alert_id"], ["id"])
    op.create_index("ix_attachment_alert_id", "attachment", ["alert_id"])
    loose("inspection_id IS NULL AND problem_id IS NULL AND alert_id IS NULL")


def downgrade() -> None:
    sms, duty = sa.table("sms", sa.column("id"), sa.column("kind")), sa.table("outbox", sa.column("id"))
    new = NEW_MESSAGE_KINDS.split()
    op.execute(duty.delete().where(duty.c.id.in_(sa.select(sms.c.id).where(sms.c.kind.in_(new)))))
    for table in ("message", "sms"):
        kinds = sa.table(table, sa.column("kind"))
        op.execute(kinds.delete().where(kinds.c.kind.in_(new)))
        allow(table, "kind", MESSAGE_KINDS)
    op.drop_column("sms", "alert_ids")
    loose("inspection_id IS NULL AND problem_id IS NULL")
    op.drop_index("ix_attachment_alert_id", table_name="attachment")
    with op.batch_alter_table("attachment") as batch:
        batch.drop_constraint(op.f("fk_attachment_alert_id_alert"), type_="foreignkey")
        batch.drop_column("alert_id")
    for table in ("setting", "setting_lock", "setting_change"):
        rows = sa.table(table, sa.column("key"))
        op.execute(rows.delete().where(rows.c.key.in_(NEW_SETTING_KEYS.split())))
        allow(table, "key", SETTING_KEYS)
    op.drop_index("ix_certificate_watch_on", table_name="certificate")
    op.drop_column("certificate", "watch_on")
    for table in ("alert_feedback", "alert_timeline", "alert"):
        op.drop_table(table)


def loose(condition: str) -> None:
    """The index of what belongs to nothing, anew."""
    op.drop_index("ix_attachment_loose", table_name="attachment")
    op.create_index(
        "ix_attachment_loose",
        "attachment",
        ["uploaded_at", "id"],
        postgresql_where=sa.text(condition),
        sqlite_where=sa.text(condition),
    )


def index(name: str, columns: Sequence[Any], where: str | None = None) -> None:
    condition = None if where is None else sa.text(where)
    op.create_index(f"ix_alert_{name}", "alert", columns, postgresql_where=condition, sqlite_where=condition)
