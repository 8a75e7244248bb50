"""Patrols, spot checks and problems, the weekly push, and the files that belong to them."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision: str | None = "0001"

# A migration says what was true when it was written: it does not use the tables and types of today's code.
MOMENT = sa.DateTime(timezone=True)
NEWEST_BUSINESS_DATE = sa.text("business_date DESC")
NEWEST_ISSUED_AT = sa.text("issued_at DESC")
PLAIN_JSON = sa.JSON().with_variant(JSONB(), "postgresql")

INSPECTION_KINDS = "PATROL SPOT_CHECK"
ORIGINS = "MANUAL AUTO"
INSPECTION_STATES = "DRAFT SUBMITTED DISCARDED"
LEVELS = "PROVINCE CITY COUNTY"
ENTERPRISE_KINDS = "PRODUCTION WHOLESALE"
PROBLEM_ORIGINS = "DEPARTMENT MINISTRY"
CATEGORIES = "SYSTEM_OFFLINE VIDEO_OFFLINE SENSOR_OFFLINE COMMITMENT_MISSING_OR_FALSE ALARM_NOT_CLEARED WARNING_WITHOUT_FEEDBACK SYSTEM_NOT_USED DUTY_ABSENCE CERTIFICATE ON_SITE_VIOLATION OTHER"
SEVERITIES = "GENERAL MAJOR"
PROBLEM_STATES = "ISSUED ACKNOWLEDGED RECTIFYING FED_BACK RETURNED CLOSED WITHDRAWN"
UNFED_BACK = "'ISSUED', 'ACKNOWLEDGED', 'RECTIFYING', 'RETURNED'"
MEDIA_TYPES = "JPEG PNG WEBP PDF DOCX XLSX"
OUTCOMES = "GRANTED REFUSED LAPSED"
PROBLEM_ACTIONS = "ACKNOWLEDGE RECTIFY REPORT_PROGRESS FEED_BACK CLOSE RETURN REQUEST_EXTENSION GRANT_EXTENSION REFUSE_EXTENSION WITHDRAW"

SETTING_KEYS = "COMMITMENT_DEADLINE REMINDER_STAGES PUSH_FIRST PUSH_EVERY_MINUTES PUSH_UNTIL SMS_QUIET_FROM SMS_QUIET_UNTIL SMS_DAILY_CAP"
NEW_SETTING_KEYS = "ACKNOWLEDGE_HOURS_GENERAL ACKNOWLEDGE_HOURS_MAJOR FEED_BACK_HOURS_GENERAL FEED_BACK_HOURS_MAJOR RECTIFY_DAYS_GENERAL RECTIFY_DAYS_MAJOR PROBLEM_REMINDER_PERCENTS AUTO_INSPECTION_AT WEEKLY_PUSH_WEEKDAY WEEKLY_PUSH_AT"

MESSAGE_KINDS = "COMMITMENT_UNREPORTED COMMITMENT_ESCALATED COMMITMENT_REOPENED EXCHANGE_ALARM"
NEW_MESSAGE_KINDS = "PROBLEM_ISSUED PROBLEM_FED_BACK PROBLEM_CLOSED PROBLEM_RETURNED PROBLEM_WITHDRAWN EXTENSION_REQUESTED EXTENSION_GRANTED EXTENSION_REFUSED PROBLEM_REMINDER PROBLEM_OVERDUE"

TOPICS = "MINISTRY_COMMITMENT SMS SMS_RECEIPT"
NEW_TOPICS = "MINISTRY_PATROL MINISTRY_SPOT_CHECK"

TABLES = """
    weekly_row inspection file_ticket inspection_content problem attachment problem_extension problem_feedback problem_timeline
"""


def code(length: int) -> sa.types.TypeEngine[str]:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def one_of(column: str, values: str) -> sa.Enum:
    return sa.Enum(*values.split(), native_enum=False, create_constraint=True, name=column, length=40)


def partial(name: str, table: str, columns: Sequence[str | sa.TextClause], where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, postgresql_where=condition, sqlite_where=condition)


def allow(table: str, column: str, values: str) -> None:
    """Have the column hold these values and no others."""
    with op.batch_alter_table(table) as batch:
        batch.drop_constraint(op.f(f"ck_{table}_{column}"), type_="check")
        batch.create_check_constraint(op.f(f"ck_{table}_{column}"), sa.column(column).in_(values.split()))


def upgrade() -> None:
    message_kinds = f"{MESSAGE_KINDS} {NEW_MESSAGE_KINDS}"
    allow("setting", "key", f"{SETTING_KEYS} {NEW_SETTING_KEYS}")
    allow("message", "kind", message_kinds)
    for table in ("outbox", "exchange_attempt"):
        allow(table, "topic", f"{TOPICS} {NEW_TOPICS}")
    with op.batch_alter_table("sms") as batch:
        batch.alter_column("stage", existing_type=sa.Integer, nullable=True)
        batch.alter_column("enterprise_ids", existing_type=PLAIN_JSON, nullable=True)
        batch.add_column(sa.Column("kind", one_of("kind", message_kinds)))
        batch.add_column(sa.Column("problem_ids", PLAIN_JSON))
        batch.add_column(sa.Column("marks", PLAIN_JSON))
    op.create_index("ix_enterprise_view_department_id_at", "enterprise_view", ["department_id", "at"])
    op.create_table(
        "weekly_row",
        sa.Column("closes_at", MOMENT, primary_key=True),
        sa.Column("kind", one_of("kind", INSPECTION_KINDS), primary_key=True),
        sa.Column("region_id", code(6), sa.ForeignKey("region.id"), primary_key=True),
        sa.Column("opens_at", MOMENT, nullable=False),
        sa.Column("frozen_at", MOMENT, nullable=False),
        sa.Column("inspected", sa.Integer, nullable=False),
        sa.Column("with_problems", sa.Integer, nullable=False),
        sa.Column("issued", sa.Integer, nullable=False),
        sa.Column("fed_back", sa.Integer, nullable=False),
        sa.Column("unfed_back", sa.Integer, nullable=False),
        sa.Column("overdue", sa.Integer, nullable=False),
    )
    op.create_table(
        "inspection",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("kind", one_of("kind", INSPECTION_KINDS), nullable=False),
        sa.Column("origin", one_of("origin", ORIGINS), nullable=False),
        sa.Column("state", one_of("state", INSPECTION_STATES), nullable=False),
        sa.Column("business_date", sa.Date, nullable=False),
        sa.Column("department_id", sa.Uuid, sa.ForeignKey("department.id"), nullable=False),
        sa.Column("department_name", sa.Text, nullable=False),
        sa.Column("department_level", one_of("department_level", LEVELS), nullable=False),
        sa.Column("department_region_id", code(6), sa.ForeignKey("region.id"), nullable=False),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("person.id")),
        sa.Column("person_name", sa.Text, nullable=False),
        sa.Column("target_department_id", sa.Uuid, sa.ForeignKey("department.id")),
        sa.Column("target_enterprise_id", sa.Uuid, sa.ForeignKey("enterprise.id")),
        sa.Column("target_name", sa.Text, nullable=False),
        sa.Column("target_level", one_of("target_level", LEVELS)),
        sa.Column("target_kind", one_of("target_kind", ENTERPRISE_KINDS)),
        sa.Column("target_region_id", code(6), sa.ForeignKey("region.id"), nullable=False),
        sa.Column("target_region_name", sa.Text, nullable=False),
        sa.Column("city_id", code(6), sa.ForeignKey("region.id"), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("submitted_at", MOMENT),
        sa.Column("submitted_by_id", sa.Uuid),
        sa.Column("submitted_by_name", sa.Text),
        sa.Column("discarded_at", MOMENT),
        sa.Column("discarded_by_id", sa.Uuid),
        sa.Column("discarded_by_name", sa.Text),
        sa.Column("conclusion", sa.Text, nullable=False),
        sa.Column("observations", sa.Text, nullable=False),
        sa.Column("problems", sa.Integer, nullable=False),
        sa.Column("replaced", sa.Boolean, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    partial(
        "ix_inspection_department_history",
        "inspection",
        ["department_id", NEWEST_BUSINESS_DATE, "id"],
        "state = 'SUBMITTED'",
    )
    partial("ix_inspection_drafts", "inspection", ["person_id", "opened_at", "id"], "state = 'DRAFT'")
    partial("ix_inspection_history", "inspection", [NEWEST_BUSINESS_DATE, "id"], "state = 'SUBMITTED'")
    partial(
        "ix_inspection_region_history",
        "inspection",
        ["department_region_id", NEWEST_BUSINESS_DATE, "id"],
        "state = 'SUBMITTED'",
    )
    partial("ix_inspection_submitted", "inspection", ["submitted_at", "id"], "state = 'SUBMITTED'")
    partial(
        "ix_inspection_target_department_history",
        "inspection",
        ["target_department_id", NEWEST_BUSINESS_DATE, "id"],
        "state = 'SUBMITTED'",
    )
    partial(
        "ix_inspection_target_enterprise_history",
        "inspection",
        ["target_enterprise_id", NEWEST_BUSINESS_DATE, "id"],
        "state = 'SUBMITTED'",
    )
    partial(
        "ix_inspection_target_region_history",
        "inspection",
        ["target_region_id", NEWEST_BUSINESS_DATE, "id"],
        "state = 'SUBMITTED'",
    )
    for name, column in (("department", "department_id"), ("region", "department_region_id")):
        partial(
            f"ix_inspection_{name}_patrols",
            "inspection",
            [column, NEWEST_BUSINESS_DATE, "id"],
            "state = 'SUBMITTED' AND kind = 'PATROL'",
        )
    op.create_table(
        "file_ticket",
        sa.Column("digest", code(64), primary_key=True),
        sa.Column("account_id", sa.Uuid, sa.ForeignKey("account.id"), nullable=False),
        sa.Column("upload", sa.Boolean, nullable=False),
        sa.Column("attachment_id", sa.Uuid, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("thumbnail", sa.Boolean, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False, index=True),
        sa.Column("used_at", MOMENT),
    )
    op.create_table(
        "inspection_content",
        sa.Column("inspection_id", sa.Uuid, sa.ForeignKey("inspection.id"), primary_key=True),
        sa.Column("sheet", PLAIN_JSON, nullable=False),
        sa.Column("form", PLAIN_JSON, nullable=False),
    )
    op.create_table(
        "problem",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("origin", one_of("origin", PROBLEM_ORIGINS), nullable=False),
        sa.Column("external_id", code(64), unique=True),
        sa.Column("inspection_id", sa.Uuid, sa.ForeignKey("inspection.id"), index=True),
        sa.Column("department_id", sa.Uuid, sa.ForeignKey("department.id")),
        sa.Column("enterprise_id", sa.Uuid, sa.ForeignKey("enterprise.id")),
        sa.Column("addressee_name", sa.Text, nullable=False),
        sa.Column("region_id", code(6), sa.ForeignKey("region.id"), nullable=False),
        sa.Column("city_id", code(6), sa.ForeignKey("region.id"), nullable=False),
        sa.Column("issuer_id", sa.Uuid, sa.ForeignKey("department.id"), nullable=False),
        sa.Column("issuer_name", sa.Text, nullable=False),
        sa.Column("issuer_level", one_of("issuer_level", LEVELS), nullable=False),
        sa.Column("issuer_region_id", code(6), sa.ForeignKey("region.id"), nullable=False),
        sa.Column("category", one_of("category", CATEGORIES), nullable=False),
        sa.Column("severity", one_of("severity", SEVERITIES), nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("rectify_on", sa.Date),
        sa.Column("responsible", PLAIN_JSON, nullable=False),
        sa.Column("attachments", PLAIN_JSON, nullable=False),
        sa.Column("issued_at", MOMENT, nullable=False),
        sa.Column("issued_by_id", sa.Uuid),
        sa.Column("issued_by_name", sa.Text, nullable=False),
        sa.Column("acknowledge_due", MOMENT, nullable=False),
        sa.Column("feed_back_due", MOMENT, nullable=False),
        sa.Column("rectify_since", MOMENT, nullable=False),
        sa.Column("rectify_due", MOMENT, nullable=False),
        sa.Column("state", one_of("state", PROBLEM_STATES), nullable=False),
        sa.Column("acknowledged_at", MOMENT),
        sa.Column("first_feedback_at", MOMENT),
        sa.Column("fed_back_at", MOMENT),
        sa.Column("ended_at", MOMENT),
        sa.Column("extension_until", sa.Date),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("remind_at", MOMENT),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_index("ix_problem_changed", "problem", ["changed_at", "issued_at"])
    op.create_index("ix_problem_department_history", "problem", ["department_id", NEWEST_ISSUED_AT, "id"])
    op.create_index("ix_problem_enterprise_history", "problem", ["enterprise_id", NEWEST_ISSUED_AT, "id"])
    op.create_index("ix_problem_history", "problem", [NEWEST_ISSUED_AT, "id"])
    op.create_index("ix_problem_issuer_history", "problem", ["issuer_id", NEWEST_ISSUED_AT, "id"])
    op.create_index("ix_problem_region_history", "problem", ["region_id", NEWEST_ISSUED_AT, "id"])
    for column in ("department_id", "enterprise_id", "region_id"):
        name = f"ix_problem_{column.removesuffix('_id')}_unfed_back"
        partial(name, "problem", [column, NEWEST_ISSUED_AT, "id"], f"state IN ({UNFED_BACK})")
    partial("ix_problem_unfed_back", "problem", [NEWEST_ISSUED_AT, "id"], f"state IN ({UNFED_BACK})")
    for column in ("enterprise_id", "region_id"):
        name = f"ix_problem_{column.removesuffix('_id')}_fed_back"
        partial(name, "problem", [column, NEWEST_ISSUED_AT, "id"], "state = 'FED_BACK'")
    partial(
        "ix_problem_issuer_open",
        "problem",
        ["issuer_id", NEWEST_ISSUED_AT, "id"],
        f"state IN ({UNFED_BACK}, 'FED_BACK')",
    )
    partial("ix_problem_remind", "problem", ["remind_at", "id"], f"state IN ({UNFED_BACK})")
    op.create_table(
        "attachment",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("media_type", one_of("media_type", MEDIA_TYPES), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("sha256", code(64), nullable=False),
        sa.Column("thumbnail", sa.Boolean, nullable=False),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("uploaded_at", MOMENT, nullable=False),
        sa.Column("inspection_id", sa.Uuid, sa.ForeignKey("inspection.id"), index=True),
        sa.Column("problem_id", sa.Uuid, sa.ForeignKey("problem.id"), index=True),
    )
    partial(
        "ix_attachment_loose",
        "attachment",
        ["uploaded_at", "id"],
        "inspection_id IS NULL AND problem_id IS NULL",
    )
    op.create_table(
        "problem_extension",
        sa.Column("problem_id", sa.Uuid, sa.ForeignKey("problem.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("requested_at", MOMENT, nullable=False),
        sa.Column("requested_by_id", sa.Uuid),
        sa.Column("requested_by_name", sa.Text, nullable=False),
        sa.Column("until", sa.Date, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("outcome", one_of("outcome", OUTCOMES)),
        sa.Column("decided_at", MOMENT),
        sa.Column("decided_by_id", sa.Uuid),
        sa.Column("decided_by_name", sa.Text),
        sa.Column("note", sa.Text, nullable=False),
    )
    op.create_table(
        "problem_feedback",
        sa.Column("problem_id", sa.Uuid, sa.ForeignKey("problem.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("final", sa.Boolean, nullable=False),
        sa.Column("late", sa.Boolean, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by_id", sa.Uuid),
        sa.Column("by_name", sa.Text, nullable=False),
        sa.Column("form", PLAIN_JSON, nullable=False),
    )
    partial("ix_problem_feedback_at", "problem_feedback", ["at", "problem_id"], "final")
    op.create_table(
        "problem_timeline",
        sa.Column("problem_id", sa.Uuid, sa.ForeignKey("problem.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("action", one_of("action", PROBLEM_ACTIONS)),
        sa.Column("state", one_of("state", PROBLEM_STATES), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by_id", sa.Uuid),
        sa.Column("by_name", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("rectify_due", MOMENT, nullable=False),
    )


def downgrade() -> None:
    for table in reversed(TABLES.split()):
        op.drop_table(table)
    op.drop_index("ix_enterprise_view_department_id_at", "enterprise_view")
    setting = sa.table("setting", sa.column("key"))
    op.execute(setting.delete().where(setting.c.key.in_(NEW_SETTING_KEYS.split())))
    allow("setting", "key", SETTING_KEYS)
    message = sa.table("message", sa.column("kind"))
    op.execute(message.delete().where(message.c.kind.in_(NEW_MESSAGE_KINDS.split())))
    allow("message", "kind", MESSAGE_KINDS)
    for name in ("outbox", "exchange_attempt"):
        pushed = sa.table(name, sa.column("topic"))
        op.execute(pushed.delete().where(pushed.c.topic.in_(NEW_TOPICS.split())))
        allow(name, "topic", TOPICS)
    sms = sa.table("sms", sa.column("kind"))
    op.execute(sms.delete().where(sms.c.kind.is_not(None)))
    with op.batch_alter_table("sms") as batch:
        batch.drop_constraint(op.f("ck_sms_kind"), type_="check")
        for column in ("kind", "problem_ids", "marks"):
            batch.drop_column(column)
        batch.alter_column("stage", existing_type=sa.Integer, nullable=False)
        batch.alter_column("enterprise_ids", existing_type=PLAIN_JSON, nullable=False)
