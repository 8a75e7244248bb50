"""Terms that begin after the quiet hours, merged SMS, and a review that nobody has looked at."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0008"
down_revision: str | None = "0007"

MOMENT = sa.DateTime(timezone=True)
PLAIN_JSON = sa.JSON().with_variant(JSONB(), "postgresql")
MESSAGE_KINDS = "COMMITMENT_UNREPORTED COMMITMENT_ESCALATED COMMITMENT_REOPENED EXCHANGE_ALARM PROBLEM_ISSUED PROBLEM_FED_BACK PROBLEM_CLOSED PROBLEM_RETURNED PROBLEM_WITHDRAWN EXTENSION_REQUESTED EXTENSION_GRANTED EXTENSION_REFUSED PROBLEM_REMINDER PROBLEM_OVERDUE SHUTDOWN_DECLARED SHUTDOWN_ANNULLED SHUTDOWN_ENDING"
NEW_MESSAGE_KINDS = "REVIEW_WAITING"


def allow(table: str, column: str, values: str) -> None:
    """Have the column hold these values and no others."""
    with op.batch_alter_table(table) as batch:
        batch.drop_constraint(op.f(f"ck_{table}_{column}"), type_="check")
        batch.create_check_constraint(op.f(f"ck_{table}_{column}"), sa.column(column).in_(values.split()))


def upgrade() -> None:
    # Rows of before keep NULL: their terms run since the issue, and nobody is told of reviews long past.
    op.add_column("problem", sa.Column("terms_since", MOMENT))
    op.add_column("problem", sa.Column("review_at", MOMENT))
    op.add_column("sms", sa.Column("also", PLAIN_JSON))
    condition = sa.text("review_at IS NOT NULL")
    op.create_index(
        "ix_problem_review",
        "problem",
        ["review_at", "id"],
        postgresql_where=condition,
        sqlite_where=condition,
    )
    for table in ("message", "sms"):
        allow(table, "kind", f"{MESSAGE_KINDS} {NEW_MESSAGE_KINDS}")


def downgrade() -> None:
    sms, duty = sa.table("sms", sa.column("id"), sa.column("kind")), sa.table("outbox", sa.column("id"))
    new = NEW_MESSAGE_KINDS.split()
    op.execute(duty.delete().where(duty.c.id.in_(sa.select(sms.c.id).where(sms.c.kind.in_(new)))))
    for table in ("message", "sms"):
        kinds = sa.table(table, sa.column("kind"))
        op.execute(kinds.delete().where(kinds.c.kind.in_(new)))
        allow(table, "kind", MESSAGE_KINDS)
    op.drop_index("ix_problem_review", "problem")
    op.drop_column("sms", "also")
    op.drop_column("problem", "review_at")
    op.drop_column("problem", "terms_since")
