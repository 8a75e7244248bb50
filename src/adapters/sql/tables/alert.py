"""Tables of alerts and of their history."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)

from ....domain.alert.form import AlertKind, AlertLevel, AlertOrigin, DueKind, RiskType, Verification
from ....domain.alert.workflow import AlertAction, AlertState
from ....domain.directory.organisation import Level
from ..types import PlainJson, UtcDateTime, choice, code
from .metadata import metadata

alert = Table(
    "alert",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", choice(AlertKind, "kind"), nullable=False),
    Column("origin", choice(AlertOrigin, "origin"), nullable=False),
    Column("external_id", code(64), unique=True),
    # The addressee, frozen at the opening. Its region decides who may see the alert.
    Column("enterprise_id", Uuid, ForeignKey("enterprise.id"), nullable=False),
    Column("enterprise_name", Text, nullable=False),
    Column("region_id", code(6), ForeignKey("region.id"), nullable=False),
    Column("city_id", code(6), ForeignKey("region.id"), nullable=False),
    # The reviewing department; an escalation changes it.
    Column("reviewer_id", Uuid, ForeignKey("department.id"), nullable=False),
    Column("reviewer_name", Text, nullable=False),
    Column("reviewer_level", choice(Level, "reviewer_level"), nullable=False),
    Column("reviewer_region_id", code(6), ForeignKey("region.id"), nullable=False),
    Column("level", choice(AlertLevel, "level"), nullable=False),
    # 1 (RED) to 4 (BLUE), for the order of lists.
    Column("rank", SmallInteger, nullable=False),
    Column("risk_type", choice(RiskType, "risk_type")),
    Column("description", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("occurred_at", UtcDateTime, nullable=False),
    # No foreign key: a certificate that was removed from the directory keeps its alerts.
    Column("certificate_id", Uuid),
    Column("due_kind", choice(DueKind, "due_kind")),
    Column("due_on", Date),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("opened_by_id", Uuid),
    Column("opened_by_name", Text, nullable=False),
    Column("source_version", BigInteger, nullable=False),
    Column("acknowledge_since", UtcDateTime, nullable=False),
    Column("acknowledge_due", UtcDateTime, nullable=False),
    Column("feed_back_since", UtcDateTime, nullable=False),
    Column("feed_back_due", UtcDateTime, nullable=False),
    Column("state", choice(AlertState, "state"), nullable=False),
    Column("verification", choice(Verification, "verification")),
    # The parts of the history that lists need. The full history is in the tables below.
    Column("acknowledged_at", UtcDateTime),
    Column("handled_at", UtcDateTime),
    Column("returned_at", UtcDateTime),
    Column("fed_back_at", UtcDateTime),
    Column("closed_at", UtcDateTime),
    Column("escalated_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("changed_at", UtcDateTime, nullable=False),
    # When to check its reminders next. NULL: at once, or never when the final feedback is not owed any more.
    Column("remind_at", UtcDateTime),
    # When to check whether the reviewer has looked. NULL: nothing to check.
    Column("review_at", UtcDateTime),
    # By when somebody should have looked at the newest that waits for a review; it stays after that.
    Column("review_due", UtcDateTime),
    Column("revision", Integer, nullable=False),
    Column("version", Integer, nullable=False),
)
# Statistics are counted from the index of the history alone; what is overdue is read apart.
_COUNTED = [
    *("region_id", "enterprise_id", "kind", "origin", "state", "level", "risk_type", "fed_back_at"),
]
_unfed_back = text("state IN ('OPEN', 'ACKNOWLEDGED', 'HANDLING', 'RETURNED')")
for _name, _column, _where in (
    ("history", None, None),
    ("region_history", "region_id", None),
    ("enterprise_history", "enterprise_id", None),
    ("reviewer_history", "reviewer_id", None),
    # Most queries ask for 未反馈: few rows of many years.
    ("unfed_back", None, _unfed_back),
    ("region_unfed_back", "region_id", _unfed_back),
    ("enterprise_unfed_back", "enterprise_id", _unfed_back),
):
    # Alerts, newest opening first: all, or by one column: region, enterprise or reviewer.
    Index(
        f"ix_alert_{_name}",
        *([alert.c[_column]] if _column else []),
        alert.c.opened_at.desc(),
        alert.c.id,
        postgresql_where=_where,
        sqlite_where=_where,
        postgresql_include=_COUNTED if _name == "history" else [],
    )
for _name, _columns in (
    ("gravest", (alert.c.rank, alert.c.opened_at.desc(), alert.c.id)),
    ("region_gravest", (alert.c.region_id, alert.c.rank, alert.c.opened_at.desc(), alert.c.id)),
    ("feed_back_due", (alert.c.feed_back_due, alert.c.id)),
    ("region_feed_back_due", (alert.c.region_id, alert.c.feed_back_due, alert.c.id)),
    ("remind", (alert.c.remind_at, alert.c.id)),
):
    # What is still owed: gravest first and nearest deadline first, in all or one region; and by when its
    # reminders are checked.
    Index(f"ix_alert_{_name}", *_columns, postgresql_where=_unfed_back, sqlite_where=_unfed_back)
_to_review = text("review_at IS NOT NULL")
Index("ix_alert_review", alert.c.review_at, alert.c.id, postgresql_where=_to_review, sqlite_where=_to_review)
_fed_back = text("state = 'FED_BACK'")
Index("ix_alert_reviewer_fed_back", alert.c.reviewer_id, postgresql_where=_fed_back, sqlite_where=_fed_back)
# The newest changes, for the wall screen.
Index("ix_alert_changed", alert.c.changed_at)
_of_certificate = text("certificate_id IS NOT NULL")
Index(
    "ix_alert_certificate",
    alert.c.certificate_id,
    alert.c.opened_at,
    postgresql_where=_of_certificate,
    sqlite_where=_of_certificate,
)
alert_timeline = Table(
    "alert_timeline",
    metadata,
    Column("alert_id", Uuid, ForeignKey("alert.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("action", choice(AlertAction, "action")),
    Column("state", choice(AlertState, "state"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("by_id", Uuid),
    Column("by_name", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("level", choice(AlertLevel, "level"), nullable=False),
    Column("feed_back_due", UtcDateTime, nullable=False),
)

alert_feedback = Table(
    "alert_feedback",
    metadata,
    Column("alert_id", Uuid, ForeignKey("alert.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("final", Boolean, nullable=False),
    Column("late", Boolean, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("by_id", Uuid),
    Column("by_name", Text, nullable=False),
    Column("form", PlainJson, nullable=False),
)
