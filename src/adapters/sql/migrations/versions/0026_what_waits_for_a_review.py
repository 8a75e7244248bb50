"""By when somebody should have looked at what waits for a review, and indices for what waits for a department."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision: str | None = "0025"

MOMENT = sa.DateTime(timezone=True)
INDICES = (
    ("problem", "issuer_extension", "issuer_id", "extension_until IS NOT NULL"),
    ("alert", "reviewer_fed_back", "reviewer_id", "state = 'FED_BACK'"),
)


def upgrade() -> None:
    for table in ("problem", "alert"):
        op.add_column(table, sa.Column("review_due", MOMENT))
        # What is still to be checked is known; of what has been checked before, nobody knows the time any more.
        op.execute(f"UPDATE {table} SET review_due = review_at WHERE review_at IS NOT NULL")
    for table, name, party, condition in INDICES:
        where = sa.text(condition)
        op.create_index(f"ix_{table}_{name}", table, [party], postgresql_where=where, sqlite_where=where)


def downgrade() -> None:
    for table, name, _, _ in INDICES:
        op.drop_index(f"ix_{table}_{name}", table_name=table)
    for table in ("alert", "problem"):
        op.drop_column(table, "review_due")
