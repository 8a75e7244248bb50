"""Written reports (通报), tickets for their documents, their message, and the time of the daily ones."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision: str | None = "0022"

MOMENT = sa.DateTime(timezone=True)
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
MESSAGE_KINDS = "COMMITMENT_UNREPORTED COMMITMENT_ESCALATED COMMITMENT_REOPENED EXCHANGE_ALARM PROBLEM_ISSUED PROBLEM_FED_BACK PROBLEM_CLOSED PROBLEM_RETURNED PROBLEM_WITHDRAWN EXTENSION_REQUESTED EXTENSION_GRANTED EXTENSION_REFUSED PROBLEM_REMINDER PROBLEM_OVERDUE SHUTDOWN_DECLARED SHUTDOWN_ANNULLED SHUTDOWN_ENDING REVIEW_WAITING ALERT_OPENED ALERT_RAISED ALERT_LOWERED ALERT_REOPENED ALERT_ENDED ALERT_FED_BACK ALERT_CLOSED ALERT_RETURNED ALERT_ESCALATED ALERT_REMINDER ALERT_OVERDUE ALERT_REVIEW_WAITING CERTIFICATE_EXPIRING PROBLEM_HANDED_OVER PROBLEM_RESTATED PROBLEM_REOPENED"
NEW_MESSAGE_KINDS = "REPORT_READY"
SETTING_KEYS = "COMMITMENT_DEADLINE REMINDER_STAGES PUSH_FIRST PUSH_EVERY_MINUTES PUSH_UNTIL SMS_QUIET_FROM SMS_QUIET_UNTIL SMS_DAILY_CAP ACKNOWLEDGE_HOURS_GENERAL ACKNOWLEDGE_HOURS_MAJOR FEED_BACK_HOURS_GENERAL FEED_BACK_HOURS_MAJOR RECTIFY_DAYS_GENERAL RECTIFY_DAYS_MAJOR PROBLEM_REMINDER_PERCENTS AUTO_INSPECTION_AT WEEKLY_PUSH_WEEKDAY WEEKLY_PUSH_AT RECONCILE_AT ALERT_ACKNOWLEDGE_MINUTES_RED ALERT_ACKNOWLEDGE_MINUTES_ORANGE ALERT_ACKNOWLEDGE_MINUTES_YELLOW ALERT_ACKNOWLEDGE_MINUTES_BLUE ALERT_FEED_BACK_HOURS_RED ALERT_FEED_BACK_HOURS_ORANGE ALERT_FEED_BACK_HOURS_YELLOW ALERT_FEED_BACK_HOURS_BLUE PERMIT_WINDOWS PERSONAL_WINDOWS CERTIFICATE_ACKNOWLEDGE_HOURS CERTIFICATE_FEED_BACK_DAYS CERTIFICATE_FEED_BACK_DAYS_RED"
NEW_SETTING_KEYS = "DAILY_REPORT_AT"
SUBJECTS = "ATTACHMENT EXPORT"
NEW_SUBJECTS = "REPORT"


def code(length: int) -> sa.types.TypeEngine[str]:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def choice(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, native_enum=False, create_constraint=True, name=name, length=40)


def allow(table: str, column: str, values: str) -> None:
    """Have the column hold these values and no others."""
    with op.batch_alter_table(table) as batch:
        batch.drop_constraint(op.f(f"ck_{table}_{column}"), type_="check")
        batch.create_check_constraint(op.f(f"ck_{table}_{column}"), sa.column(column).in_(values.split()))


def upgrade() -> None:
    op.create_table(
        "report",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("kind", choice("kind", "DAILY", "WEEKLY", "MONTHLY"), nullable=False),
        sa.Column("region_id", code(6), sa.ForeignKey("region.id"), nullable=False),
        sa.Column("region_name", sa.Text, nullable=False),
        sa.Column("department_id", sa.Uuid, sa.ForeignKey("department.id"), nullable=False),
        sa.Column("department_name", sa.Text, nullable=False),
        sa.Column("first_day", sa.Date, nullable=False),
        sa.Column("last_day", sa.Date, nullable=False),
        sa.Column("as_of", MOMENT, nullable=False),
        sa.Column("figures", JSON, nullable=False),
        sa.Column("frozen_at", MOMENT, nullable=False),
        sa.Column("made_at", MOMENT),
        sa.Column("size", sa.BigInteger),
        sa.Column("sha256", code(64)),
        sa.UniqueConstraint("kind", "last_day", "region_id"),
    )
    op.create_index("ix_report_last_day_region_id_id", "report", ["last_day", "region_id", "id"])
    op.create_index("ix_report_region_id_last_day", "report", ["region_id", "last_day"])
    allow("file_ticket", "subject", f"{SUBJECTS} {NEW_SUBJECTS}")
    for table in ("message", "sms"):
        allow(table, "kind", f"{MESSAGE_KINDS} {NEW_MESSAGE_KINDS}")
    for table in ("setting", "setting_lock", "setting_change"):
        allow(table, "key", f"{SETTING_KEYS} {NEW_SETTING_KEYS}")


def downgrade() -> None:
    for table in ("setting", "setting_lock", "setting_change"):
        of = sa.table(table, sa.column("key"))
        op.execute(of.delete().where(of.c.key.in_(NEW_SETTING_KEYS.split())))
        allow(table, "key", SETTING_KEYS)
    for table in ("message", "sms"):
        kinds = sa.table(table, sa.column("kind"))
        op.execute(kinds.delete().where(kinds.c.kind.in_(NEW_MESSAGE_KINDS.split())))
        allow(table, "kind", MESSAGE_KINDS)
    # A ticket lasts five minutes; one for a report means nothing to the release before.
    tickets = sa.table("file_ticket", sa.column("subject"))
    op.execute(tickets.delete().where(tickets.c.subject.in_(NEW_SUBJECTS.split())))
    allow("file_ticket", "subject", SUBJECTS)
    op.drop_table("report")
