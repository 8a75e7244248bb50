"""Known addresses of accounts, tickets of one session, and when and where a picture was taken."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision: str | None = "0012"

MOMENT = sa.DateTime(timezone=True)
DIGEST = sa.String(64).with_variant(sa.String(64, collation="C"), "postgresql")
DECIMAL = sa.Numeric().with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "known_address",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("digest", DIGEST, nullable=False),
        sa.Column("logged_in_at", MOMENT, nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", MOMENT),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_known_address_account_id_account")
        ),
        sa.PrimaryKeyConstraint("account_id", "digest", name=op.f("pk_known_address")),
    )
    op.create_index("ix_known_address_logged_in_at", "known_address", ["logged_in_at"])
    op.create_table(
        "stray_attempt",
        sa.Column("slot", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("slot", name=op.f("pk_stray_attempt")),
    )
    op.add_column("session", sa.Column("known_address", DIGEST))
    # Tickets of before name no session and cannot be used any more: they last five minutes.
    op.add_column("file_ticket", sa.Column("session_id", sa.Uuid()))
    op.add_column("attachment", sa.Column("taken_local", sa.String(19)))
    op.add_column("attachment", sa.Column("taken_at", MOMENT))
    op.add_column("attachment", sa.Column("latitude", DECIMAL))
    op.add_column("attachment", sa.Column("longitude", DECIMAL))


def downgrade() -> None:
    for column in ("longitude", "latitude", "taken_at", "taken_local"):
        op.drop_column("attachment", column)
    op.drop_column("file_ticket", "session_id")
    op.drop_column("session", "known_address")
    op.drop_table("stray_attempt")
    op.drop_index("ix_known_address_logged_in_at", table_name="known_address")
    op.drop_table("known_address")
