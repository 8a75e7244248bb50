"""An index by day for the roll-up of commitments, so that a statistic reads its own days and no others."""

from __future__ import annotations

from alembic import op

revision = "0025"
down_revision: str | None = "0024"


def upgrade() -> None:
    op.create_index("ix_commitment_tally_day", "commitment_tally", ["business_date"])


def downgrade() -> None:
    op.drop_index("ix_commitment_tally_day", table_name="commitment_tally")
