"""Duties that have crashed are claimed alone, and dead letters are counted: both are found by an index."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision: str | None = "0010"

LEASED = sa.text("state = 'PENDING' AND leased_until IS NOT NULL")
GIVEN_UP = sa.text("state IN ('PARKED', 'REFUSED')")


def upgrade() -> None:
    op.create_index(
        "ix_outbox_leased",
        "outbox",
        ["topic", "leased_until"],
        postgresql_where=LEASED,
        sqlite_where=LEASED,
    )
    op.create_index(
        "ix_outbox_given_up",
        "outbox",
        ["topic", "state", "business_date"],
        postgresql_where=GIVEN_UP,
        sqlite_where=GIVEN_UP,
    )
    # Until now an outcome left the crashes of before: they would count against the next lease that runs out.
    op.execute(
        "UPDATE outbox SET crashes = 0 WHERE crashes <> 0 AND leased_until IS NULL AND state <> 'PARKED'"
    )


def downgrade() -> None:
    op.drop_index("ix_outbox_given_up", table_name="outbox")
    op.drop_index("ix_outbox_leased", table_name="outbox")
