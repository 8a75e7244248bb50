"""Tables of the exchange: the outbox and every attempt to send."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    false,
    text,
)

from ....domain.exchange.duty import DutyState, Topic
from ..types import PlainJson, UtcDateTime, choice, code
from .metadata import metadata

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
    Column("ask_first", Boolean, nullable=False, server_default=false()),
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
    Index(
        "ix_outbox_leased",
        "topic",
        "leased_until",
        postgresql_where=text("state = 'PENDING' AND leased_until IS NOT NULL"),
        sqlite_where=text("state = 'PENDING' AND leased_until IS NOT NULL"),
    ),
    Index(
        "ix_outbox_given_up",
        "topic",
        "state",
        "business_date",
        postgresql_where=text("state IN ('PARKED', 'REFUSED')"),
        sqlite_where=text("state IN ('PARKED', 'REFUSED')"),
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
