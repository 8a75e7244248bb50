"""The inbox: messages of the ministry as they arrived, and the records in them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision: str | None = "0016"

MOMENT = sa.DateTime(timezone=True)
KINDS = "PATROL_PROBLEM SPOT_CHECK_PROBLEM WARNING"
OUTCOMES = "READ UNREADABLE CONFLICTING"
STATES = "PENDING APPLIED IGNORED QUARANTINED REFUSED"
FAULTS = "MISSING MALFORMED UNKNOWN_CODE TOO_LONG INCONSISTENT OUTSIDE_PROVINCE CONFLICTING UNKNOWN_ENTERPRISE UNKNOWN_AREA"


def code(length: int) -> sa.types.TypeEngine[str]:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def choice(name: str, values: str, *, nullable: bool = False) -> sa.Column[str]:
    kind = sa.Enum(*values.split(), native_enum=False, create_constraint=True, name=name, length=40)
    return sa.Column(name, kind, nullable=nullable)


def index(
    name: str, table: str, columns: list[str], *, where: str | None = None, unique: bool = False
) -> None:
    condition = None if where is None else sa.text(where)
    op.create_index(name, table, columns, unique=unique, postgresql_where=condition, sqlite_where=condition)


def upgrade() -> None:
    op.create_table(
        "inbox_message",
        sa.Column("id", sa.Uuid, primary_key=True),
        choice("kind", KINDS),
        sa.Column("message_id", code(200)),
        sa.Column("nonce", code(200)),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("headers", sa.Text, nullable=False),
        sa.Column("raw", sa.LargeBinary, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("digest", code(64), nullable=False),
        sa.Column("content_digest", code(64), nullable=False),
        choice("outcome", OUTCOMES),
        sa.Column("answer", sa.Text, nullable=False),
    )
    told = "outcome <> 'CONFLICTING'"
    index(
        "uq_inbox_message_kind_message_id", "inbox_message", ["kind", "message_id"], where=told, unique=True
    )
    index("uq_inbox_message_nonce", "inbox_message", ["nonce"], where=told, unique=True)
    index("ix_inbox_message_unreadable", "inbox_message", ["received_at"], where="outcome = 'UNREADABLE'")
    index("ix_inbox_message_received_at_id", "inbox_message", ["received_at", "id"])
    op.create_table(
        "inbox_record",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("message_id", sa.Uuid, sa.ForeignKey("inbox_message.id"), nullable=False),
        choice("kind", KINDS),
        sa.Column("external_id", code(64), nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("digest", code(64), nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("company_code", code(50), nullable=False),
        sa.Column("area_code", code(50), nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        choice("state", STATES),
        choice("fault", FAULTS, nullable=True),
        sa.Column("sentence", sa.Text, nullable=False),
        sa.Column("subject", sa.Text),
        sa.Column("enterprise_id", sa.Uuid, sa.ForeignKey("enterprise.id")),
        sa.Column("region_id", code(6), sa.ForeignKey("region.id")),
        sa.Column("settled_at", MOMENT),
    )
    key = ["kind", "external_id", "version"]
    index(
        "uq_inbox_record_kind_external_id_version",
        "inbox_record",
        key,
        where="state <> 'REFUSED'",
        unique=True,
    )
    codes = ["company_code", "area_code"]
    index("ix_inbox_record_quarantined", "inbox_record", codes, where="state = 'QUARANTINED'")
    index("ix_inbox_record_pending", "inbox_record", ["received_at"], where="state = 'PENDING'")
    index("ix_inbox_record_message_id", "inbox_record", ["message_id"])
    index("ix_inbox_record_state_received_at_id", "inbox_record", ["state", "received_at", "id"])
    index("ix_inbox_record_received_at_id", "inbox_record", ["received_at", "id"])
    index("ix_inbox_record_settled_at", "inbox_record", ["settled_at"])


def downgrade() -> None:
    op.drop_table("inbox_record")
    op.drop_table("inbox_message")
