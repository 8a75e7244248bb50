"""Tables of daily work: commitments with their roll-up, the outbox, notices, the schedule and the audit trail."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from ...application.ports.operations import SlotState
from ...domain.commitment.commitment import CommitmentState
from ...domain.commitment.form import ProductionStatus
from ...domain.directory.enterprise import EnterpriseKind, StopReason
from ...domain.exchange.duty import DutyState, Topic
from ...domain.notice.notice import MessageKind, SmsState
from ...domain.signed import Origin
from .tables_archive import metadata
from .types import PlainJson, UtcDateTime, choice, code

commitment = Table(
    "commitment",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("enterprise_id", Uuid, ForeignKey("enterprise.id"), nullable=False),
    Column("region_id", code(6), ForeignKey("region.id"), nullable=False),
    Column("kind", choice(EnterpriseKind, "kind"), nullable=False),
    Column("business_date", Date, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("state", choice(CommitmentState, "state"), nullable=False),
    # From here to stop_reason: the current report, as lists show it. All NULL while there is none.
    Column("revision", Integer, nullable=False),
    Column("status", choice(ProductionStatus, "status")),
    Column("origin", choice(Origin, "origin")),
    Column("late", Boolean),
    Column("reported_at", UtcDateTime),
    Column("reported_by_id", Uuid),
    Column("reported_by_name", Text),
    Column("risk_grade", SmallInteger),
    Column("excess", Boolean),
    Column("stop_reason", choice(StopReason, "stop_reason")),
    Column("reopened_at", UtcDateTime),
    Column("reopened_by_id", Uuid),
    Column("reopened_by_name", Text),
    Column("reopened_reason", String(200)),
    Column("version", Integer, nullable=False),
    UniqueConstraint("enterprise_id", "business_date"),
)
Index("ix_commitment_history", commitment.c.business_date.desc(), commitment.c.id)
Index(
    "ix_commitment_region_history", commitment.c.region_id, commitment.c.business_date.desc(), commitment.c.id
)
for _name, _where in (("unreported", commitment.c.revision == 0), ("excess", commitment.c.excess)):
    # What is looked for most is rare: it has indices of its own, for the province by day and for a region.
    Index(
        f"ix_commitment_{_name}",
        commitment.c.business_date.desc(),
        commitment.c.id,
        postgresql_where=_where,
        sqlite_where=_where,
    )
    Index(
        f"ix_commitment_region_{_name}",
        commitment.c.region_id,
        commitment.c.business_date.desc(),
        commitment.c.id,
        postgresql_where=_where,
        sqlite_where=_where,
    )

commitment_version = Table(
    "commitment_version",
    metadata,
    Column("commitment_id", Uuid, ForeignKey("commitment.id"), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("report", PlainJson, nullable=False),
)

commitment_tally = Table(
    "commitment_tally",
    metadata,
    Column("region_id", code(6), ForeignKey("region.id"), primary_key=True),
    Column("business_date", Date, primary_key=True),
    Column("kind", choice(EnterpriseKind, "kind"), primary_key=True),
    *(
        Column(name, Integer, nullable=False)
        for name in ("expected", "in_production", "stopped", "unreported", "on_time", "late", "automatic")
    ),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("topic", choice(Topic, "topic"), nullable=False),
    Column("object_key", code(200), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("facts", PlainJson, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("state", choice(DutyState, "state"), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("crashes", Integer, nullable=False),
    Column("answer_code", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("sent_at", UtcDateTime),
    Column("settled_at", UtcDateTime),
    Column("fence", Integer, nullable=False, server_default="0"),
    Column("leased_until", UtcDateTime),
    Index(
        "ix_outbox_pending",
        "topic",
        "due_at",
        "id",
        postgresql_where=text("state = 'PENDING'"),
        sqlite_where=text("state = 'PENDING'"),
    ),
    Index(
        "ix_outbox_pending_of_object",
        "topic",
        "object_key",
        "revision",
        "created_at",
        "id",
        postgresql_where=text("state = 'PENDING'"),
        sqlite_where=text("state = 'PENDING'"),
    ),
    Index("ix_outbox_topic_object_key_revision", "topic", "object_key", "revision"),
    Index("ix_outbox_topic_business_date_state", "topic", "business_date", "state"),
    Index("ix_outbox_created_at_id", "created_at", "id"),
)

exchange_attempt = Table(
    "exchange_attempt",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("topic", choice(Topic, "topic"), nullable=False),
    Column("message_id", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("took_ms", Integer, nullable=False),
    Column("http_status", Integer),
    Column("code", Text, nullable=False),
    Column("sentence", Text, nullable=False),
    Column("sent", Integer, nullable=False),
    Column("accepted", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    Index("ix_exchange_attempt_at_id", "at", "id"),
    Index("ix_exchange_attempt_topic_at_id", "topic", "at", "id"),
)

message = Table(
    "message",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("receiver_id", Uuid, ForeignKey("person.id"), nullable=False),
    Column("kind", choice(MessageKind, "kind"), nullable=False),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("subject_type", Text, nullable=False),
    Column("subject_id", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("read_at", UtcDateTime),
    Index("ix_message_receiver_id_created_at_id", "receiver_id", "created_at", "id"),
    Index(
        "ix_message_unread",
        "receiver_id",
        "created_at",
        "id",
        postgresql_where=text("read_at IS NULL"),
        sqlite_where=text("read_at IS NULL"),
    ),
)

sms = Table(
    "sms",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("receiver_id", Uuid, ForeignKey("person.id"), nullable=False, index=True),
    Column("phone", code(11), nullable=False),
    Column("business_date", Date, nullable=False),
    # What it is about: either unreported commitments at a stage, or something about problems.
    Column("stage", Integer),
    Column("enterprise_ids", PlainJson),
    Column("region_id", code(6)),
    Column("region_name", Text),
    Column("kind", choice(MessageKind, "kind")),
    Column("problem_ids", PlainJson),
    Column("marks", PlainJson),
    Column("state", choice(SmsState, "state"), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("text", Text),
    Column("gateway_id", code(128)),
    Column("changed_at", UtcDateTime),
    Column("note", Text, nullable=False),
    Column("unanswered", Integer, nullable=False, server_default="0"),
    Index("ix_sms_gateway_id_phone", "gateway_id", "phone"),
    Index("ix_sms_phone_created_at", "phone", "created_at"),
    Index("ix_sms_created_at_id", "created_at", "id"),
    Index("ix_sms_business_date_state", "business_date", "state"),
)

job_slot = Table(
    "job_slot",
    metadata,
    Column("job", code(100), primary_key=True),
    Column("slot_at", UtcDateTime, primary_key=True),
    Column("state", choice(SlotState, "state"), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("note", Text, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("held", Boolean, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("closed_until", UtcDateTime),
    Index(
        "ix_job_slot_due",
        "slot_at",
        "job",
        postgresql_where=text("state = 'DUE'"),
        sqlite_where=text("state = 'DUE'"),
    ),
    Index("ix_job_slot_slot_at_job", "slot_at", "job"),
)

audit_entry = Table(
    "audit_entry",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("actor_id", Uuid),
    Column("actor_name", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", PlainJson, nullable=False),
    Column("sequence", BigInteger, unique=True),
    Column("hash", String(64)),
    Column("sealed_at", UtcDateTime),
    Index("ix_audit_entry_at_id", "at", "id"),
    Index(
        "ix_audit_entry_unsealed",
        "at",
        "id",
        postgresql_where=text("sequence IS NULL"),
        sqlite_where=text("sequence IS NULL"),
    ),
)
