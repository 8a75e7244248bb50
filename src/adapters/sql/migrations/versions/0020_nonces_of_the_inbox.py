"""The nonces of all authentic deliveries, also of repetitions and of conflicting messages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision: str | None = "0019"

NOT_CONFLICTING = sa.text("outcome <> 'CONFLICTING'")


def code(length: int) -> sa.types.TypeEngine[str]:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "inbox_nonce",
        sa.Column("nonce", code(200), primary_key=True),
        sa.Column("digest", code(64), nullable=False),
        sa.Column("message_id", sa.Uuid, sa.ForeignKey("inbox_message.id"), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_inbox_nonce_added_at", "inbox_nonce", ["added_at"])
    # A conflicting message has the nonce of another one, or one of its own; several may have the same.
    told, conflicting = "m.outcome <> 'CONFLICTING'", "m.outcome = 'CONFLICTING'"
    for which in (told, f"{conflicting} AND m.nonce NOT IN (SELECT nonce FROM inbox_nonce)"):
        op.execute(
            "INSERT INTO inbox_nonce (nonce, digest, message_id, added_at) "
            "SELECT m.nonce, m.digest, m.id, m.received_at FROM inbox_message m "
            f"WHERE m.nonce IS NOT NULL AND {which} AND NOT EXISTS ("
            "SELECT 1 FROM inbox_message o WHERE o.nonce = m.nonce AND o.id < m.id AND o.outcome = m.outcome)"
        )
    op.drop_index("uq_inbox_message_nonce", table_name="inbox_message")


def downgrade() -> None:
    # A nonce that was forgotten may have come again for another message: the older one keeps it.
    op.execute(
        "UPDATE inbox_message SET nonce = NULL WHERE outcome <> 'CONFLICTING' AND EXISTS ("
        "SELECT 1 FROM inbox_message o WHERE o.nonce = inbox_message.nonce AND o.outcome <> 'CONFLICTING' "
        "AND (o.received_at < inbox_message.received_at "
        "OR (o.received_at = inbox_message.received_at AND o.id < inbox_message.id)))"
    )
    op.create_index(
        "uq_inbox_message_nonce",
        "inbox_message",
        ["nonce"],
        unique=True,
        postgresql_where=NOT_CONFLICTING,
        sqlite_where=NOT_CONFLICTING,
    )
    op.drop_table("inbox_nonce")
