"""Indices for what an issuer waits for and has to review, and for what the ministry sent."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision: str | None = "0002"

NEWEST_ISSUED_AT = sa.text("issued_at DESC")
UNFED_BACK = "'ISSUED', 'ACKNOWLEDGED', 'RECTIFYING', 'RETURNED'"


def partial(name: str, columns: Sequence[str | sa.TextClause], where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, "problem", columns, postgresql_where=condition, sqlite_where=condition)


def upgrade() -> None:
    of_issuer: Sequence[str | sa.TextClause] = ["issuer_id", NEWEST_ISSUED_AT, "id"]
    partial("ix_problem_issuer_unfed_back", of_issuer, f"state IN ({UNFED_BACK})")
    partial("ix_problem_issuer_fed_back", of_issuer, "state = 'FED_BACK'")
    partial("ix_problem_ministry", [NEWEST_ISSUED_AT, "id"], "origin = 'MINISTRY'")
    op.drop_index("ix_problem_issuer_open", "problem")


def downgrade() -> None:
    partial(
        "ix_problem_issuer_open",
        ["issuer_id", NEWEST_ISSUED_AT, "id"],
        f"state IN ({UNFED_BACK}, 'FED_BACK')",
    )
    for name in ("ministry", "issuer_fed_back", "issuer_unfed_back"):
        op.drop_index(f"ix_problem_{name}", "problem")
