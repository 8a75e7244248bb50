"""Tables of in-app messages and SMS."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    text,
)

from ....domain.notice.notice import MessageKind, SmsState
from ..types import PlainJson, UtcDateTime, choice, code
from .metadata import metadata

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
    # The topic: unreported commitments at a stage (kind is NULL), problems, or a shutdown period.
    Column("stage", Integer),
    Column("enterprise_ids", PlainJson),
    Column("region_id", code(6)),
    Column("region_name", Text),
    Column("kind", choice(MessageKind, "kind")),
    Column("problem_ids", PlainJson),
    Column("alert_ids", PlainJson),
    Column("marks", PlainJson),
    Column("shutdown_period_id", Uuid),
    # The topics of SMS that were merged into this one; NULL for none.
    Column("also", PlainJson),
    Column("state", choice(SmsState, "state"), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("text", Text),
    Column("gateway_id", code(128)),
    Column("changed_at", UtcDateTime),
    Column("note", Text, nullable=False),
    Column("unanswered", Integer, nullable=False, server_default="0"),
    Column("handed_over_at", UtcDateTime),
    Index("ix_sms_gateway_id_phone", "gateway_id", "phone"),
    Index("ix_sms_phone_created_at", "phone", "created_at"),
    Index("ix_sms_created_at_id", "created_at", "id"),
    Index("ix_sms_business_date_state", "business_date", "state"),
)
