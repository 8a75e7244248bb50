"""Tables of operations: business events, remembered answers, the schedule and the audit trail."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    Uuid,
    text,
)

from ....application.ports.operations import SlotState
from ....domain.values import Client
from ..types import PlainJson, UtcDateTime, choice, code
from .metadata import metadata

log_in = Table(
    "log_in",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("account_id", Uuid, nullable=False),
    Column("person_id", Uuid, ForeignKey("person.id"), nullable=False),
    Column("department_id", Uuid),
    Column("enterprise_id", Uuid),
    Column("client", choice(Client, "client"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_log_in_department_id_at", "department_id", "at"),
)

failed_log_in = Table(
    "failed_log_in",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("address", code(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_failed_log_in_address_at", "address", "at"),
)

enterprise_view = Table(
    "enterprise_view",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("account_id", Uuid, nullable=False),
    Column("person_id", Uuid, ForeignKey("person.id"), nullable=False),
    Column("department_id", Uuid, nullable=False),
    Column("enterprise_id", Uuid, nullable=False),
    Column("client", choice(Client, "client"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_enterprise_view_enterprise_id_at", "enterprise_id", "at"),
    Index("ix_enterprise_view_department_id_at", "department_id", "at"),
)

remembered_answer = Table(
    "remembered_answer",
    metadata,
    Column("account_id", Uuid, primary_key=True),
    Column("key", String(64), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("reference", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
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

restore = Table(
    "restore",
    metadata,
    Column("begun_at", UtcDateTime, primary_key=True),
    Column("begun_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("known_until", UtcDateTime),
    Column("finished_at", UtcDateTime),
)

database_home = Table(
    "database_home",
    metadata,
    # Where the database was put into use, in the words of the server; a copy of it is elsewhere.
    Column("home", Text, primary_key=True),
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
    Column("seal_format", Integer),
    Index("ix_audit_entry_at_id", "at", "id"),
    Index(
        "ix_audit_entry_unsealed",
        "at",
        "id",
        postgresql_where=text("sequence IS NULL"),
        sqlite_where=text("sequence IS NULL"),
    ),
)
