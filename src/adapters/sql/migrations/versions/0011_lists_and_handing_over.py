"""When an SMS was handed over to the gateway: a late receipt moved it into the daily cap of another day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision: str | None = "0005"

MOMENT = sa.DateTime(timezone=True)
HANDED_OVER = "'ACCEPTED', 'DELIVERED', 'UNKNOWN'"


def upgrade() -> None:
    op.add_column("sms", sa.Column("handed_over_at", MOMENT))
    # The outbox has the instant of the last sending; an SMS and its duty share their id.
    op.execute(
        "UPDATE sms SET handed_over_at = coalesce("
        "(SELECT sent_at FROM outbox WHERE outbox.id = sms.id), changed_at, created_at)"
        f" WHERE state IN ({HANDED_OVER})"
    )


def downgrade() -> None:
    op.drop_column("sms", "handed_over_at")
