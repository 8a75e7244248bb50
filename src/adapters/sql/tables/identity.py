"""Tables of accounts, their sessions and known addresses, and attempts that concern no account."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Integer, Table, Text, Uuid

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
    # The digest of the address that it was opened from; NULL where that is not known.
    Column("known_address", code(64)),
)

known_address = Table(
    "known_address",
    metadata,
    Column("account_id", Uuid, ForeignKey("account.id"), primary_key=True),
    Column("digest", code(64), primary_key=True),
    Column("logged_in_at", UtcDateTime, nullable=False, index=True),
    Column("failures", Integer, nullable=False),
    Column("locked_until", UtcDateTime),
)

stray_attempt = Table(
    "stray_attempt",
    metadata,
    Column("slot", Integer, primary_key=True, autoincrement=False),
    Column("attempts", BigInteger, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)
