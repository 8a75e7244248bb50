"""An index for the newest changes of alerts, which the wall screen shows."""

from __future__ import annotations

from alembic import op

revision = "0027"
down_revision: str | None = "0026"


def upgrade() -> None:
    op.create_index("ix_alert_changed", "alert", ["changed_at"])


def downgrade() -> None:
    op.drop_index("ix_alert_changed", table_name="alert")
