"""Problems of the ministry: newer versions of them, the ministry's deadline, and handing over."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision: str | None = "0017"

MOMENT = sa.DateTime(timezone=True)
ACTIONS = "ACKNOWLEDGE RECTIFY REPORT_PROGRESS FEED_BACK CLOSE RETURN REQUEST_EXTENSION GRANT_EXTENSION REFUSE_EXTENSION WITHDRAW"
NEW_ACTIONS = "HAND_OVER RESTATE REOPEN"
MESSAGE_KINDS = "COMMITMENT_UNREPORTED COMMITMENT_ESCALATED COMMITMENT_REOPENED EXCHANGE_ALARM PROBLEM_ISSUED PROBLEM_FED_BACK PROBLEM_CLOSED PROBLEM_RETURNED PROBLEM_WITHDRAWN EXTENSION_REQUESTED EXTENSION_GRANTED EXTENSION_REFUSED PROBLEM_REMINDER PROBLEM_OVERDUE SHUTDOWN_DECLARED SHUTDOWN_ANNULLED SHUTDOWN_ENDING REVIEW_WAITING ALERT_OPENED ALERT_RAISED ALERT_LOWERED ALERT_REOPENED ALERT_ENDED ALERT_FED_BACK ALERT_CLOSED ALERT_RETURNED ALERT_ESCALATED ALERT_REMINDER ALERT_OVERDUE ALERT_REVIEW_WAITING CERTIFICATE_EXPIRING"
NEW_MESSAGE_KINDS = "PROBLEM_HANDED_OVER PROBLEM_RESTATED PROBLEM_REOPENED"
COLUMNS = ("feed_back_since", "ministry_due", "handed_over_at")


def allow(table: str, column: str, values: str) -> None:
    """Have the column hold these values and no others."""
    with op.batch_alter_table(table) as batch:
        batch.drop_constraint(op.f(f"ck_{table}_{column}"), type_="check")
        batch.create_check_constraint(op.f(f"ck_{table}_{column}"), sa.column(column).in_(values.split()))


def upgrade() -> None:
    op.add_column("problem", sa.Column("source_version", sa.BigInteger, nullable=False, server_default="1"))
    for name in COLUMNS:
        op.add_column("problem", sa.Column(name, MOMENT))
    # What was received before has the deadline that it was received with, as far as it is known.
    op.execute("UPDATE problem SET ministry_due = rectify_due WHERE origin = 'MINISTRY'")
    allow("problem_timeline", "action", f"{ACTIONS} {NEW_ACTIONS}")
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
    # A line of the timeline must stay, for they are numbered: as an issue, which has no action.
    lines = sa.table("problem_timeline", sa.column("action"))
    op.execute(lines.update().where(lines.c.action.in_(NEW_ACTIONS.split())).values(action=None))
    allow("problem_timeline", "action", ACTIONS)
    for name in (*COLUMNS, "source_version"):
        op.drop_column("problem", name)
