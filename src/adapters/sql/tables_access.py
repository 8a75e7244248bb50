"""Tables of access: accounts, sessions, business events, and the answers remembered for repeated calls."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, Uuid

from ...domain.values import Client
from .tables_archive import metadata
from .types import PlainJson, UtcDateTime, choice, code

account = Table(
    "account",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("username", code(64), nullable=False, unique=True),
    Column("person_id", Uuid, ForeignKey("person.id"), nullable=False, index=True),
    Column("password_digest", Text, nullable=False),
    Column("password_set_at", UtcDateTime, nullable=False),
    Column("must_change_password", Boolean, nullable=False),
    Column("former", PlainJson, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("locked_until", UtcDateTime),
    Column("disabled", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
)

session = Table(
    "session",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("token_digest", code(128), nullable=False, unique=True),
    Column("account_id", Uuid, ForeignKey("account.id"), nullable=False, index=True),
    Column("client", choice(Client, "client"), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("last_seen_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
)

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
