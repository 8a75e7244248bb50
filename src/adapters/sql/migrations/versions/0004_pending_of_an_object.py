"""What waits of one object is found without reading what was sent of it: reminders to one person share an object."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision: str | None = "0003"


def upgrade() -> None:
    op.create_index(
        "ix_outbox_pending_of_object",
        "outbox",
        ["topic", "object_key", "revision", "created_at", "id"],
        postgresql_where=sa.text("state = 'PENDING'"),
        sqlite_where=sa.text("state = 'PENDING'"),
    )


def downgrade() -> None:
    op.drop_index("ix_outbox_pending_of_object", table_name="outbox")
