"""Lists in the order of time: within a day by instant, not by id; and when an SMS was handed over.

A receipt that came late moved its SMS into the daily cap of another day.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision: str | None = "0009"

MOMENT = sa.DateTime(timezone=True)
HANDED_OVER = "'ACCEPTED', 'DELIVERED', 'UNKNOWN'"
DAY = sa.text("business_date DESC")
REPORTED = sa.text("coalesce(reported_at, due_at) DESC")
SUBMITTED = sa.text("submitted_at DESC")
UNFED_BACK = "state IN ('ISSUED', 'ACKNOWLEDGED', 'RECTIFYING', 'RETURNED')"
RECORD = "state = 'SUBMITTED'"
PATROL = "state = 'SUBMITTED' AND kind = 'PATROL'"

COMMITMENTS: Sequence[tuple[str, str | None, str | None]] = (
    ("history", None, None),
    ("region_history", "region_id", None),
    ("unreported", None, "revision = 0"),
    ("region_unreported", "region_id", "revision = 0"),
    ("excess", None, "excess"),
    ("region_excess", "region_id", "excess"),
)
INSPECTIONS: Sequence[tuple[str, str | None, str | None]] = (
    ("history", None, RECORD),
    ("region_history", "department_region_id", RECORD),
    ("department_history", "department_id", RECORD),
    ("target_department_history", "target_department_id", RECORD),
    ("target_enterprise_history", "target_enterprise_id", RECORD),
    ("target_region_history", "target_region_id", RECORD),
    ("region_patrols", "department_region_id", PATROL),
    ("department_patrols", "department_id", PATROL),
)


def upgrade() -> None:
    op.add_column("sms", sa.Column("handed_over_at", MOMENT))
    # The outbox has the instant of the last sending; an SMS and its duty share their id.
    op.execute(
        "UPDATE sms SET handed_over_at = coalesce("
        "(SELECT sent_at FROM outbox WHERE outbox.id = sms.id), changed_at, created_at)"
        f" WHERE state IN ({HANDED_OVER})"
    )
    rebuild("commitment", COMMITMENTS, [DAY, REPORTED, "id"])
    rebuild("inspection", INSPECTIONS, [DAY, SUBMITTED, "id"])
    create("problem", "rectify_due", ["rectify_due", "id"], UNFED_BACK)
    op.create_index("ix_certificate_expires_on_id", "certificate", ["expires_on", "id"])


def downgrade() -> None:
    op.drop_index("ix_certificate_expires_on_id", table_name="certificate")
    op.drop_index("ix_problem_rectify_due", table_name="problem")
    rebuild("inspection", INSPECTIONS, [DAY, "id"])
    rebuild("commitment", COMMITMENTS, [DAY, "id"])
    op.drop_column("sms", "handed_over_at")


def rebuild(
    table: str,
    indices: Sequence[tuple[str, str | None, str | None]],
    order: Sequence[str | sa.TextClause],
) -> None:
    """Build the indices of the lists again, in this order of their rows."""
    for name, first, where in indices:
        op.drop_index(f"ix_{table}_{name}", table_name=table)
        create(table, name, [*leading(first), *order], where)


def leading(column: str | None) -> Iterator[str]:
    if column is not None:
        yield column


def create(table: str, name: str, columns: Sequence[str | sa.TextClause], where: str | None) -> None:
    condition = None if where is None else sa.text(where)
    op.create_index(f"ix_{table}_{name}", table, columns, postgresql_where=condition, sqlite_where=condition)
