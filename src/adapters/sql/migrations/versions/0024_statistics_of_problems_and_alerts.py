"""Indices from which statistics of problems and of alerts are counted without reading their rows."""

from __future__ import annotations

from alembic import op

revision = "0024"
down_revision: str | None = "0022"

INDICES = {
    "problem": (
        "issued_at",
        (
            "region_id",
            "issuer_region_id",
            "department_id",
            "origin",
            "state",
            "category",
            "severity",
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
        op.create_index(f"ix_{table}_statistics", table, [column], postgresql_include=list(counted))


def downgrade() -> None:
    for table in INDICES:
        op.drop_index(f"ix_{table}_statistics", table_name=table)
