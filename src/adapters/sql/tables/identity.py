"""Tables of accounts and sessions."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Integer, Table, Text, Uuid

from ....domain.values import Client
from ..types import PlainJson, UtcDateTime, choice, code
from .metadata import metadata

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
