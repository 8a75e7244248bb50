"""Who registered, declared and cancelled a shutdown period, and what the head is told of it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision: str | None = "0006"

MOMENT = sa.DateTime(timezone=True)
SOURCES = "DEPARTMENT ENTERPRISE"
MESSAGE_KINDS = "COMMITMENT_UNREPORTED COMMITMENT_ESCALATED COMMITMENT_REOPENED EXCHANGE_ALARM PROBLEM_ISSUED PROBLEM_FED_BACK PROBLEM_CLOSED PROBLEM_RETURNED PROBLEM_WITHDRAWN EXTENSION_REQUESTED EXTENSION_GRANTED EXTENSION_REFUSED PROBLEM_REMINDER PROBLEM_OVERDUE"
NEW_MESSAGE_KINDS = "SHUTDOWN_DECLARED SHUTDOWN_ANNULLED SHUTDOWN_ENDING"


def signed_columns(step: str) -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column(f"{step}_at", MOMENT),
        sa.Column(f"{step}_by_id", sa.Uuid),
        sa.Column(f"{step}_by_name", sa.Text),
        sa.Column(f"{step}_by_department", sa.Text),
    )


def allow(table: str, values: str) -> None:
    """Have the column `kind` hold these values and no others."""
    with op.batch_alter_table(table) as batch:
        batch.drop_constraint(op.f(f"ck_{table}_kind"), type_="check")
        batch.create_check_constraint(op.f(f"ck_{table}_kind"), sa.column("kind").in_(values.split()))


def upgrade() -> None:
    source = sa.Enum(*SOURCES.split(), native_enum=False, create_constraint=True, name="source", length=40)
    with op.batch_alter_table("shutdown_period") as batch:
        batch.add_column(sa.Column("source", source, nullable=False, server_default="DEPARTMENT"))
        for column in (*signed_columns("registered"), *signed_columns("cancelled")):
            batch.add_column(column)
        batch.add_column(sa.Column("cancelled_reason", sa.Text))
    for table in ("message", "sms"):
        allow(table, f"{MESSAGE_KINDS} {NEW_MESSAGE_KINDS}")
    op.add_column("sms", sa.Column("shutdown_period_id", sa.Uuid))


def downgrade() -> None:
    for table in ("message", "sms"):
        kept = sa.table(table, sa.column("kind"))
        op.execute(kept.delete().where(kept.c.kind.in_(NEW_MESSAGE_KINDS.split())))
    op.drop_column("sms", "shutdown_period_id")
    for table in ("message", "sms"):
        allow(table, MESSAGE_KINDS)
    declared = sa.table("shutdown_period", sa.column("source"))
    op.execute(declared.delete().where(declared.c.source == "ENTERPRISE"))
    with op.batch_alter_table("shutdown_period") as batch:
        batch.drop_constraint(op.f("ck_shutdown_period_source"), type_="check")
        names = [column.name for step in ("registered", "cancelled") for column in signed_columns(step)]
        for name in ("source", *names, "cancelled_reason"):
            batch.drop_column(name)
