"""The indices of the histories hold what statistics of problems and of alerts count, so that no row is read for it."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision: str | None = "0023"

INDICES = {
    "problem": (
        "issued_at",
        (
            *("region_id", "issuer_region_id", "department_id", "origin", "state", "category", "severity"),
            "fed_back_at",
        ),
    ),
    "alert": (
        "opened_at",
        ("region_id", "enterprise_id", "kind", "origin", "state", "level", "risk_type", "fed_back_at"),
    ),
}


def upgrade() -> None:
    for table, (column, counted) in INDICES.items():
        _make(table, column, counted)


def downgrade() -> None:
    for table, (column, _) in INDICES.items():
        _make(table, column, ())


def _make(table: str, column: str, counted: Sequence[str]) -> None:
    op.drop_index(f"ix_{table}_history", table_name=table)
    op.create_index(
        f"ix_{table}_history", table, [sa.text(f"{column} DESC"), "id"], postgresql_include=list(counted)
    )
