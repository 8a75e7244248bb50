"""Exports: the jobs, their topic in the outbox, and tickets for their files."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0022"
down_revision: str | None = "0021"

MOMENT = sa.DateTime(timezone=True)
PLAIN_JSON = sa.JSON().with_variant(JSONB(), "postgresql")
TOPICS = "MINISTRY_COMMITMENT SMS SMS_RECEIPT MINISTRY_PATROL MINISTRY_SPOT_CHECK MINISTRY_PROBLEM MINISTRY_ALERT MINISTRY_INBOUND"
NEW_TOPICS = "EXPORT"
STATES = "QUEUED RUNNING READY FAILED CANCELLED EXPIRED"
SUBJECTS = "ATTACHMENT EXPORT"
READY = sa.text("state = 'READY'")
OVER = sa.text("state IN ('FAILED', 'CANCELLED', 'EXPIRED')")


def code(length: int) -> sa.types.TypeEngine[str]:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def choice(name: str, values: str) -> sa.Enum:
    return sa.Enum(*values.split(), native_enum=False, create_constraint=True, name=name, length=40)


def allow(table: str, column: str, values: str) -> None:
    """Have the column hold these values and no others."""
    with op.batch_alter_table(table) as batch:
        batch.drop_constraint(op.f(f"ck_{table}_{column}"), type_="check")
        batch.create_check_constraint(op.f(f"ck_{table}_{column}"), sa.column(column).in_(values.split()))


def upgrade() -> None:
    for table in ("outbox", "exchange_attempt"):
        allow(table, "topic", f"{TOPICS} {NEW_TOPICS}")
    with op.batch_alter_table("file_ticket") as batch:
        subject = choice("subject", SUBJECTS)
        batch.add_column(sa.Column("subject", subject, nullable=False, server_default="ATTACHMENT"))
    op.create_table(
        "export_job",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("kind", code(60), nullable=False),
        sa.Column("selection", PLAIN_JSON, nullable=False),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("account_id", sa.Uuid, sa.ForeignKey("account.id"), nullable=False),
        sa.Column("department_id", sa.Uuid, sa.ForeignKey("department.id"), nullable=False),
        sa.Column("regions", PLAIN_JSON, nullable=False),
        sa.Column("requested_at", MOMENT, nullable=False),
        sa.Column("state", choice("state", STATES), nullable=False),
        sa.Column("rows_total", sa.Integer, nullable=False),
        sa.Column("rows_done", sa.Integer, nullable=False),
        sa.Column("run", sa.Integer, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("file_key", code(100)),
        sa.Column("file_name", sa.String(200)),
        sa.Column("file_size", sa.BigInteger),
        sa.Column("file_sha256", code(64)),
        sa.Column("file_rows", sa.Integer),
        sa.Column("ended_at", MOMENT),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_index(
        "ix_export_job_person_id_requested_at_id", "export_job", ["person_id", "requested_at", "id"]
    )
    for name, where in (("ready", READY), ("over", OVER)):
        op.create_index(
            f"ix_export_job_{name}",
            "export_job",
            ["ended_at", "id"],
            postgresql_where=where,
            sqlite_where=where,
        )


def downgrade() -> None:
    op.drop_table("export_job")
    # Who has one of these tickets asks again; they last five minutes.
    op.execute("DELETE FROM file_ticket WHERE subject <> 'ATTACHMENT'")
    with op.batch_alter_table("file_ticket") as batch:
        batch.drop_constraint(op.f("ck_file_ticket_subject"), type_="check")
        batch.drop_column("subject")
    for table in ("outbox", "exchange_attempt"):
        of = sa.table(table, sa.column("topic"))
        op.execute(of.delete().where(of.c.topic.in_(NEW_TOPICS.split())))
        allow(table, "topic", TOPICS)
