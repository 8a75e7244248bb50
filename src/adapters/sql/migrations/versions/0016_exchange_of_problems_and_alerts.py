"""Topics of the exchange: results of problems and alerts, and what the ministry sends down."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision: str | None = "0015"

TOPICS = "MINISTRY_COMMITMENT SMS SMS_RECEIPT MINISTRY_PATROL MINISTRY_SPOT_CHECK"
NEW_TOPICS = "MINISTRY_PROBLEM MINISTRY_ALERT MINISTRY_INBOUND"


def allow(table: str, column: str, values: str) -> None:
    """Have the column hold these values and no others."""
    with op.batch_alter_table(table) as batch:
        batch.drop_constraint(op.f(f"ck_{table}_{column}"), type_="check")
        batch.create_check_constraint(op.f(f"ck_{table}_{column}"), sa.column(column).in_(values.split()))


def upgrade() -> None:
    for table in ("outbox", "exchange_attempt"):
        allow(table, "topic", f"{TOPICS} {NEW_TOPICS}")


def downgrade() -> None:
    for table in ("outbox", "exchange_attempt"):
        of = sa.table(table, sa.column("topic"))
        op.execute(of.delete().where(of.c.topic.in_(NEW_TOPICS.split())))
        allow(table, "topic", TOPICS)
