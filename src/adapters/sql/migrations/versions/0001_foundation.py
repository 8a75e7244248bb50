"""The foundation: the directory, access, commitments, the outbox, notices, the schedule and the audit trail."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision: str | None = None

# A migration says what was true when it was written: it does not use the tables and types of today's code.
MOMENT = sa.DateTime(timezone=True)
AMOUNT = sa.Numeric().with_variant(sa.Text(), "sqlite")
NEWEST = sa.text("business_date DESC")
PLAIN_JSON = sa.JSON().with_variant(JSONB(), "postgresql")

LEVELS = "PROVINCE CITY COUNTY"
TOPICS = "MINISTRY_COMMITMENT SMS SMS_RECEIPT"
SLOT_STATES = "DUE DONE SKIPPED"
DUTY_STATES = "PENDING DONE REFUSED PARKED SUPERSEDED DROPPED"
ENTERPRISE_KINDS = "PRODUCTION WHOLESALE"
SETTING_KEYS = "COMMITMENT_DEADLINE REMINDER_STAGES PUSH_FIRST PUSH_EVERY_MINUTES PUSH_UNTIL SMS_QUIET_FROM SMS_QUIET_UNTIL SMS_DAILY_CAP"
COMMITMENT_STATES = "OWED REPORTED_AUTOMATICALLY REPORTED REOPENED"
STATUSES = "IN_PRODUCTION STOPPED"
ORIGINS = "MANUAL AUTO"
STOP_REASONS = "HIGH_TEMPERATURE SEVERE_WEATHER HOLIDAY RECTIFICATION PERMIT_EXPIRED OWN_DECISION OTHER"
ROLES = "DEPARTMENT_HEAD INSPECTOR DUTY_PERSON ENTERPRISE_HEAD SAFETY_MANAGER SYSTEM_ADMINISTRATOR SECURITY_ADMINISTRATOR AUDIT_ADMINISTRATOR"
CERTIFICATE_KINDS = "PRODUCTION_PERMIT WHOLESALE_PERMIT HEAD_QUALIFICATION SAFETY_MANAGER_QUALIFICATION SPECIAL_OPERATION_CARD"
CLIENTS = "WEB APP"
MESSAGE_KINDS = "COMMITMENT_UNREPORTED COMMITMENT_ESCALATED COMMITMENT_REOPENED EXCHANGE_ALARM"
SMS_STATES = "QUEUED ACCEPTED DELIVERED FAILED UNKNOWN DROPPED"
FIGURES = "expected in_production stopped unreported on_time late automatic"

TABLES = """
    audit_entry department exchange_attempt job_slot outbox region remembered_answer
    commitment_tally department_region enterprise region_closure setting commitment person
    shutdown_period warehouse workshop account certificate commitment_version enterprise_view
    failed_log_in log_in message sms session
"""


def code(length: int) -> sa.types.TypeEngine[str]:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def one_of(column: str, values: str) -> sa.Enum:
    return sa.Enum(*values.split(), native_enum=False, create_constraint=True, name=column, length=40)


def partial(name: str, table: str, columns: Sequence[str | sa.TextClause], where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, postgresql_where=condition, sqlite_where=condition)


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("actor_id", sa.Uuid),
        sa.Column("actor_name", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("detail", PLAIN_JSON, nullable=False),
        sa.Column("sequence", sa.BigInteger, unique=True),
        sa.Column("hash", sa.String(64)),
        sa.Column("sealed_at", MOMENT),
    )
    op.create_index("ix_audit_entry_at_id", "audit_entry", ["at", "id"])
    partial("ix_audit_entry_unsealed", "audit_entry", ["at", "id"], "sequence IS NULL")
    op.create_table(
        "department",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("name", sa.String(60), nullable=False, index=True),
        sa.Column("level", one_of("level", LEVELS), nullable=False),
        sa.Column("parent_id", sa.Uuid, sa.ForeignKey("department.id"), index=True),
    )
    op.create_table(
        "exchange_attempt",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("topic", one_of("topic", TOPICS), nullable=False),
        sa.Column("message_id", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("took_ms", sa.Integer, nullable=False),
        sa.Column("http_status", sa.Integer),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("sentence", sa.Text, nullable=False),
        sa.Column("sent", sa.Integer, nullable=False),
        sa.Column("accepted", sa.Integer, nullable=False),
        sa.Column("refused", sa.Integer, nullable=False),
    )
    op.create_index("ix_exchange_attempt_at_id", "exchange_attempt", ["at", "id"])
    op.create_index("ix_exchange_attempt_topic_at_id", "exchange_attempt", ["topic", "at", "id"])
    op.create_table(
        "job_slot",
        sa.Column("job", code(100), primary_key=True),
        sa.Column("slot_at", MOMENT, primary_key=True),
        sa.Column("state", one_of("state", SLOT_STATES), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("finished_at", MOMENT),
        sa.Column("held", sa.Boolean, nullable=False),
        sa.Column("fence", sa.Integer, nullable=False),
        sa.Column("closed_until", MOMENT),
    )
    partial("ix_job_slot_due", "job_slot", ["slot_at", "job"], "state = 'DUE'")
    op.create_index("ix_job_slot_slot_at_job", "job_slot", ["slot_at", "job"])
    op.create_table(
        "outbox",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("topic", one_of("topic", TOPICS), nullable=False),
        sa.Column("object_key", code(200), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("business_date", sa.Date, nullable=False),
        sa.Column("facts", PLAIN_JSON, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("state", one_of("state", DUTY_STATES), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("crashes", sa.Integer, nullable=False),
        sa.Column("answer_code", sa.Text, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("message_id", sa.Text, nullable=False),
        sa.Column("sent_at", MOMENT),
        sa.Column("settled_at", MOMENT),
        sa.Column("fence", sa.Integer, nullable=False, server_default="0"),
        sa.Column("leased_until", MOMENT),
    )
    op.create_index("ix_outbox_created_at_id", "outbox", ["created_at", "id"])
    partial("ix_outbox_pending", "outbox", ["topic", "due_at", "id"], "state = 'PENDING'")
    op.create_index("ix_outbox_topic_business_date_state", "outbox", ["topic", "business_date", "state"])
    op.create_index("ix_outbox_topic_object_key_revision", "outbox", ["topic", "object_key", "revision"])
    op.create_table(
        "region",
        sa.Column("id", code(6), primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("level", one_of("level", LEVELS), nullable=False),
        sa.Column("parent_id", code(6), sa.ForeignKey("region.id"), index=True),
        sa.Column("local", sa.Boolean, nullable=False),
        sa.Column("gb_code", code(6)),
    )
    op.create_table(
        "remembered_answer",
        sa.Column("account_id", sa.Uuid, primary_key=True),
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("reference", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
    )
    op.create_table(
        "commitment_tally",
        sa.Column("region_id", code(6), sa.ForeignKey("region.id"), primary_key=True),
        sa.Column("business_date", sa.Date, primary_key=True),
        sa.Column("kind", one_of("kind", ENTERPRISE_KINDS), primary_key=True),
        *(sa.Column(name, sa.Integer, nullable=False) for name in FIGURES.split()),
    )
    op.create_table(
        "department_region",
        sa.Column(
            "department_id", sa.Uuid, sa.ForeignKey("department.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("region_id", code(6), sa.ForeignKey("region.id"), primary_key=True, index=True),
    )
    op.create_table(
        "enterprise",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("credit_code", code(18), nullable=False, unique=True),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("kind", one_of("kind", ENTERPRISE_KINDS), nullable=False),
        sa.Column("region_id", code(6), sa.ForeignKey("region.id"), nullable=False),
        sa.Column("address", sa.String(200), nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("workshops_total", sa.Integer, nullable=False),
        sa.Column("powder_workshops_total", sa.Integer, nullable=False),
        sa.Column("warehouses_total", sa.Integer, nullable=False),
        sa.Column("approved_persons", sa.Integer, nullable=False),
        sa.Column("approved_powder_kg", AMOUNT, nullable=False),
        sa.Column("approved_boxes", AMOUNT, nullable=False),
        sa.Column("approved_stock_kg", AMOUNT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
    )
    op.create_index("ix_enterprise_region_id_credit_code", "enterprise", ["region_id", "credit_code"])
    op.create_table(
        "region_closure",
        sa.Column("ancestor", code(6), sa.ForeignKey("region.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("descendant", code(6), sa.ForeignKey("region.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("depth", sa.Integer, nullable=False),
    )
    op.create_index("ix_region_closure_descendant_depth", "region_closure", ["descendant", "depth"])
    op.create_table(
        "setting",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("region_id", code(6), sa.ForeignKey("region.id"), nullable=False),
        sa.Column("key", one_of("key", SETTING_KEYS), nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("effective_from", sa.Date, nullable=False),
        sa.Column("set_at", MOMENT, nullable=False),
        sa.Column("set_by", sa.Uuid),
        sa.UniqueConstraint("region_id", "key", "effective_from"),
    )
    op.create_table(
        "commitment",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("enterprise_id", sa.Uuid, sa.ForeignKey("enterprise.id"), nullable=False),
        sa.Column("region_id", code(6), sa.ForeignKey("region.id"), nullable=False),
        sa.Column("kind", one_of("kind", ENTERPRISE_KINDS), nullable=False),
        sa.Column("business_date", sa.Date, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("state", one_of("state", COMMITMENT_STATES), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("status", one_of("status", STATUSES)),
        sa.Column("origin", one_of("origin", ORIGINS)),
        sa.Column("late", sa.Boolean),
        sa.Column("reported_at", MOMENT),
        sa.Column("reported_by_id", sa.Uuid),
        sa.Column("reported_by_name", sa.Text),
        sa.Column("risk_grade", sa.SmallInteger),
        sa.Column("excess", sa.Boolean),
        sa.Column("stop_reason", one_of("stop_reason", STOP_REASONS)),
        sa.Column("reopened_at", MOMENT),
        sa.Column("reopened_by_id", sa.Uuid),
        sa.Column("reopened_by_name", sa.Text),
        sa.Column("reopened_reason", sa.String(200)),
        sa.Column("version", sa.Integer, nullable=False),
        sa.UniqueConstraint("enterprise_id", "business_date"),
    )
    partial("ix_commitment_excess", "commitment", [NEWEST, "id"], "excess")
    op.create_index("ix_commitment_history", "commitment", [NEWEST, "id"])
    partial("ix_commitment_region_excess", "commitment", ["region_id", NEWEST, "id"], "excess")
    op.create_index("ix_commitment_region_history", "commitment", ["region_id", NEWEST, "id"])
    partial("ix_commitment_region_unreported", "commitment", ["region_id", NEWEST, "id"], "revision = 0")
    partial("ix_commitment_unreported", "commitment", [NEWEST, "id"], "revision = 0")
    op.create_table(
        "person",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("name", sa.String(30), nullable=False),
        sa.Column("phone", code(11), nullable=False, index=True),
        sa.Column("role", one_of("role", ROLES), nullable=False),
        sa.Column("department_id", sa.Uuid, sa.ForeignKey("department.id"), index=True),
        sa.Column("enterprise_id", sa.Uuid, sa.ForeignKey("enterprise.id"), index=True),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.CheckConstraint("(department_id IS NULL) <> (enterprise_id IS NULL)", name="one_employer"),
    )
    op.create_table(
        "shutdown_period",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("enterprise_id", sa.Uuid, sa.ForeignKey("enterprise.id"), index=True),
        sa.Column("region_id", code(6), sa.ForeignKey("region.id"), index=True),
        sa.Column("kind", one_of("kind", ENTERPRISE_KINDS)),
        sa.Column("first_day", sa.Date, nullable=False),
        sa.Column("last_day", sa.Date, nullable=False),
        sa.Column("reason", one_of("reason", STOP_REASONS), nullable=False),
        sa.Column("note", sa.String(200), nullable=False),
        sa.Column("cancelled", sa.Boolean, nullable=False),
        sa.CheckConstraint("(enterprise_id IS NULL) <> (region_id IS NULL)", name="one_subject"),
    )
    op.create_index("ix_shutdown_period_first_day_id", "shutdown_period", ["first_day", "id"])
    op.create_table(
        "warehouse",
        sa.Column(
            "enterprise_id", sa.Uuid, sa.ForeignKey("enterprise.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("number", code(20), primary_key=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("approved_boxes", AMOUNT, nullable=False),
        sa.Column("approved_kg", AMOUNT, nullable=False),
        sa.Column("approved_persons", sa.Integer, nullable=False),
    )
    op.create_table(
        "workshop",
        sa.Column(
            "enterprise_id", sa.Uuid, sa.ForeignKey("enterprise.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("number", code(20), primary_key=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("powder", sa.Boolean, nullable=False),
        sa.Column("approved_persons", sa.Integer, nullable=False),
        sa.Column("approved_powder_kg", AMOUNT, nullable=False),
    )
    op.create_table(
        "account",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("username", code(64), nullable=False, unique=True),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("person.id"), nullable=False, index=True),
        sa.Column("password_digest", sa.Text, nullable=False),
        sa.Column("password_set_at", MOMENT, nullable=False),
        sa.Column("must_change_password", sa.Boolean, nullable=False),
        sa.Column("former", PLAIN_JSON, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("locked_until", MOMENT),
        sa.Column("disabled", sa.Boolean, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_table(
        "certificate",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("kind", one_of("kind", CERTIFICATE_KINDS), nullable=False),
        sa.Column("number", sa.String(60), nullable=False),
        sa.Column("enterprise_id", sa.Uuid, sa.ForeignKey("enterprise.id"), nullable=False),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("person.id"), index=True),
        sa.Column("issued_on", sa.Date, nullable=False),
        sa.Column("expires_on", sa.Date, nullable=False),
        sa.Column("review_due_on", sa.Date),
    )
    op.create_index(
        "ix_certificate_enterprise_id_kind_expires_on", "certificate", ["enterprise_id", "kind", "expires_on"]
    )
    op.create_index("ix_certificate_enterprise_id_number", "certificate", ["enterprise_id", "number"])
    op.create_table(
        "commitment_version",
        sa.Column("commitment_id", sa.Uuid, sa.ForeignKey("commitment.id"), primary_key=True),
        sa.Column("revision", sa.Integer, primary_key=True),
        sa.Column("report", PLAIN_JSON, nullable=False),
    )
    op.create_table(
        "enterprise_view",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("department_id", sa.Uuid, nullable=False),
        sa.Column("enterprise_id", sa.Uuid, nullable=False),
        sa.Column("client", one_of("client", CLIENTS), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
    )
    op.create_index("ix_enterprise_view_enterprise_id_at", "enterprise_view", ["enterprise_id", "at"])
    op.create_table(
        "failed_log_in",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("address", code(64), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
    )
    op.create_index("ix_failed_log_in_address_at", "failed_log_in", ["address", "at"])
    op.create_table(
        "log_in",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("department_id", sa.Uuid),
        sa.Column("enterprise_id", sa.Uuid),
        sa.Column("client", one_of("client", CLIENTS), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
    )
    op.create_index("ix_log_in_department_id_at", "log_in", ["department_id", "at"])
    op.create_table(
        "message",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("receiver_id", sa.Uuid, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("kind", one_of("kind", MESSAGE_KINDS), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("subject_type", sa.Text, nullable=False),
        sa.Column("subject_id", sa.Text, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("read_at", MOMENT),
    )
    op.create_index("ix_message_receiver_id_created_at_id", "message", ["receiver_id", "created_at", "id"])
    partial("ix_message_unread", "message", ["receiver_id", "created_at", "id"], "read_at IS NULL")
    op.create_table(
        "sms",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("receiver_id", sa.Uuid, sa.ForeignKey("person.id"), nullable=False, index=True),
        sa.Column("phone", code(11), nullable=False),
        sa.Column("business_date", sa.Date, nullable=False),
        sa.Column("stage", sa.Integer, nullable=False),
        sa.Column("enterprise_ids", PLAIN_JSON, nullable=False),
        sa.Column("region_id", code(6)),
        sa.Column("region_name", sa.Text),
        sa.Column("state", one_of("state", SMS_STATES), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("text", sa.Text),
        sa.Column("gateway_id", code(128)),
        sa.Column("changed_at", MOMENT),
        sa.Column("note", sa.Text, nullable=False),
    )
    op.create_index("ix_sms_business_date_state", "sms", ["business_date", "state"])
    op.create_index("ix_sms_created_at_id", "sms", ["created_at", "id"])
    op.create_index("ix_sms_gateway_id_phone", "sms", ["gateway_id", "phone"])
    op.create_index("ix_sms_phone_created_at", "sms", ["phone", "created_at"])
    op.create_table(
        "session",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("token_digest", code(128), nullable=False, unique=True),
        sa.Column("account_id", sa.Uuid, sa.ForeignKey("account.id"), nullable=False, index=True),
        sa.Column("client", one_of("client", CLIENTS), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("last_seen_at", MOMENT, nullable=False),
        sa.Column("revoked_at", MOMENT),
    )


def downgrade() -> None:
    for table in reversed(TABLES.split()):
        op.drop_table(table)
