"""Indices for what a region still owes, gravest first and nearest deadline first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision: str | None = "0020"

UNFED_BACK = sa.text("state IN ('OPEN', 'ACKNOWLEDGED', 'HANDLING', 'RETURNED')")
INDICES: Mapping[str, Sequence[str | sa.TextClause]] = {
    "region_gravest": ["region_id", "rank", sa.text("opened_at DESC"), "id"],
    "region_feed_back_due": ["region_id", "feed_back_due", "id"],
}


def upgrade() -> None:
    for name, columns in INDICES.items():
        op.create_index(
            f"ix_alert_{name}", "alert", columns, postgresql_where=UNFED_BACK, sqlite_where=UNFED_BACK
        )


def downgrade() -> None:
    for name in INDICES:
        op.drop_index(f"ix_alert_{name}", table_name="alert")
