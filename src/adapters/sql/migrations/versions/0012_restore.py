"""Restores from a backup, what is asked about before it is sent, and the format of a seal.

Entries that are sealed already keep the format that they were sealed in: their hash leaves out `sealed_at`.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision: str | None = "0011"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("audit_entry", sa.Column("seal_format", sa.Integer()))
    op.execute("UPDATE audit_entry SET seal_format = 1 WHERE sequence IS NOT NULL")
    op.add_column("outbox", sa.Column("ask_first", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "restore",
        sa.Column("begun_at", MOMENT, primary_key=True),
        sa.Column("begun_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("known_until", MOMENT),
        sa.Column("finished_at", MOMENT),
    )
    op.create_table("database_home", sa.Column("home", sa.Text(), primary_key=True))


def downgrade() -> None:
    op.drop_table("database_home")
    op.drop_table("restore")
    op.drop_column("outbox", "ask_first")
    op.drop_column("audit_entry", "seal_format")
