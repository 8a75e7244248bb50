"""Automatic reports state no risk grade: lists show none, instead of the 4 that earlier releases stored.

The column has always been nullable. Reports themselves are never rewritten: what they say is read as unstated.
"""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision: str | None = "0010"


def upgrade() -> None:
    op.execute("UPDATE commitment SET risk_grade = NULL WHERE origin = 'AUTO'")


def downgrade() -> None:
    op.execute("UPDATE commitment SET risk_grade = 4 WHERE origin = 'AUTO'")
