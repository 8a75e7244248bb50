"""Tables of the inbox: the messages of the ministry as they arrived, and the records in them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, Uuid, text

from ....domain.exchange.inbound import (
    LONGEST_EXTERNAL_ID,
    InboundKind,
    MessageOutcome,
    RecordFault,
    RecordState,
)
from ..types import JsonText, UtcDateTime, choice, code
from .metadata import metadata

_NOT_CONFLICTING = text("outcome <> 'CONFLICTING'")
_UNREADABLE = text("outcome = 'UNREADABLE'")
_TAKEN = text("state <> 'REFUSED'")
_QUARANTINED = text("state = 'QUARANTINED'")
_PENDING = text("state = 'PENDING'")

inbox_message = Table(
    "inbox_message",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", choice(InboundKind, "kind"), nullable=False),
    Column("message_id", code(200)),
    Column("nonce", code(200)),
    Column("received_at", UtcDateTime, nullable=False),
    Column("headers", JsonText, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Column("size", Integer, nullable=False),
    Column("digest", code(64), nullable=False),
    Column("content_digest", code(64), nullable=False),
    Column("outcome", choice(MessageOutcome, "outcome"), nullable=False),
    Column("answer", JsonText, nullable=False),
    # A conflicting message repeats the numbers of another one.
    Index(
        "uq_inbox_message_kind_message_id",
        "kind",
        "message_id",
        unique=True,
        postgresql_where=_NOT_CONFLICTING,
        sqlite_where=_NOT_CONFLICTING,
    ),
    Index(
        "ix_inbox_message_unreadable",
        "received_at",
        postgresql_where=_UNREADABLE,
        sqlite_where=_UNREADABLE,
    ),
    Index("ix_inbox_message_received_at_id", "received_at", "id"),
)

inbox_nonce = Table(
    "inbox_nonce",
    metadata,
    Column("nonce", code(200), primary_key=True),
    Column("digest", code(64), nullable=False),
    Column("message_id", Uuid, ForeignKey("inbox_message.id"), nullable=False),
    # By the database's clock: the business clock of a demo can be moved, the time of signatures cannot.
    Column("added_at", UtcDateTime, nullable=False, index=True),
)

inbox_record = Table(
    "inbox_record",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("message_id", Uuid, ForeignKey("inbox_message.id"), nullable=False, index=True),
    Column("kind", choice(InboundKind, "kind"), nullable=False),
    Column("external_id", code(LONGEST_EXTERNAL_ID), nullable=False),
    # A ministry may use yyyyMMddHHmmss as version.
    Column("version", BigInteger, nullable=False),
    Column("digest", code(64), nullable=False),
    # As text: JSONB takes no NUL character, and the ministry may send one.
    Column("content", JsonText, nullable=False),
    Column("company_code", code(50), nullable=False),
    Column("area_code", code(50), nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Column("state", choice(RecordState, "state"), nullable=False),
    Column("fault", choice(RecordFault, "fault")),
    Column("sentence", Text, nullable=False),
    Column("subject", Text),
    Column("enterprise_id", Uuid, ForeignKey("enterprise.id")),
    Column("region_id", code(6), ForeignKey("region.id")),
    Column("settled_at", UtcDateTime),
    Index(
        "uq_inbox_record_kind_external_id_version",
        "kind",
        "external_id",
        "version",
        unique=True,
        postgresql_where=_TAKEN,
        sqlite_where=_TAKEN,
    ),
    Index(
        "ix_inbox_record_quarantined",
        "company_code",
        "area_code",
        postgresql_where=_QUARANTINED,
        sqlite_where=_QUARANTINED,
    ),
    Index("ix_inbox_record_pending", "received_at", postgresql_where=_PENDING, sqlite_where=_PENDING),
    Index("ix_inbox_record_state_received_at_id", "state", "received_at", "id"),
    Index("ix_inbox_record_received_at_id", "received_at", "id"),
    Index("ix_inbox_record_settled_at", "settled_at"),
)
