"""Tables of problems and of their history."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    text,
)

from ....domain.directory.organisation import Level
from ....domain.problem.form import ProblemCategory, ProblemOrigin, Severity
from ....domain.problem.history import ExtensionOutcome
from ....domain.problem.workflow import ProblemAction, ProblemState
from ..types import PlainJson, UtcDateTime, choice, code
from .metadata import metadata

problem = Table(
    "problem",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("origin", choice(ProblemOrigin, "origin"), nullable=False),
    Column("external_id", code(64), unique=True),
    Column("inspection_id", Uuid, ForeignKey("inspection.id"), index=True),
    # Addressee and issuer, as at issue. The addressee's region decides who may see the problem; it stays when
    # the province hands the problem over to another department.
    Column("department_id", Uuid, ForeignKey("department.id")),
    Column("enterprise_id", Uuid, ForeignKey("enterprise.id")),
    Column("addressee_name", Text, nullable=False),
    Column("region_id", code(6), ForeignKey("region.id"), nullable=False),
    Column("city_id", code(6), ForeignKey("region.id"), nullable=False),
    Column("issuer_id", Uuid, ForeignKey("department.id"), nullable=False),
    Column("issuer_name", Text, nullable=False),
    Column("issuer_level", choice(Level, "issuer_level"), nullable=False),
    Column("issuer_region_id", code(6), ForeignKey("region.id"), nullable=False),
    Column("category", choice(ProblemCategory, "category"), nullable=False),
    Column("severity", choice(Severity, "severity"), nullable=False),
    Column("description", Text, nullable=False),
    Column("rectify_on", Date),
    Column("responsible", PlainJson, nullable=False),
    Column("attachments", PlainJson, nullable=False),
    Column("issued_at", UtcDateTime, nullable=False),
    Column("issued_by_id", Uuid),
    Column("issued_by_name", Text, nullable=False),
    # When the first term begins; NULL for what earlier versions issued: with the issue.
    Column("terms_since", UtcDateTime),
    # When the second term begins; NULL for what earlier versions stored: with the first.
    Column("feed_back_since", UtcDateTime),
    Column("acknowledge_due", UtcDateTime, nullable=False),
    Column("feed_back_due", UtcDateTime, nullable=False),
    Column("rectify_since", UtcDateTime, nullable=False),
    Column("rectify_due", UtcDateTime, nullable=False),
    # Of a problem of the ministry: its newest version, its deadline, and when it was last handed over.
    Column("source_version", BigInteger, nullable=False, server_default="1"),
    Column("ministry_due", UtcDateTime),
    Column("handed_over_at", UtcDateTime),
    Column("state", choice(ProblemState, "state"), nullable=False),
    # The parts of the history that lists and weekly figures need. The full history is in the tables below.
    Column("acknowledged_at", UtcDateTime),
    Column("first_feedback_at", UtcDateTime),
    Column("fed_back_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("extension_until", Date),
    Column("changed_at", UtcDateTime, nullable=False),
    # When to check its reminders next. NULL: at once, or never when the final feedback is not owed any more.
    Column("remind_at", UtcDateTime),
    # When to check whether the issuer has looked at what waits for its review. NULL: nothing to check.
    Column("review_at", UtcDateTime),
    # By when somebody should have looked at the newest that waits for a review; it stays after that.
    Column("review_due", UtcDateTime),
    Column("revision", Integer, nullable=False),
    Column("version", Integer, nullable=False),
)
# Statistics are counted from the index of the history alone; what is overdue is read apart.
_COUNTED = [
    *("region_id", "issuer_region_id", "department_id", "origin", "state", "category", "severity"),
    "fed_back_at",
]
_unfed_back = text("state IN ('ISSUED', 'ACKNOWLEDGED', 'RECTIFYING', 'RETURNED')")
_fed_back = text("state = 'FED_BACK'")
_of_the_ministry = text("origin = 'MINISTRY'")
for _name, _column, _where in (
    ("history", None, None),
    ("region_history", "region_id", None),
    ("department_history", "department_id", None),
    ("enterprise_history", "enterprise_id", None),
    ("issuer_history", "issuer_id", None),
    # Most queries ask for 未反馈, and issuers for what waits for their review: few rows of many years.
    ("unfed_back", None, _unfed_back),
    ("region_unfed_back", "region_id", _unfed_back),
    ("department_unfed_back", "department_id", _unfed_back),
    ("enterprise_unfed_back", "enterprise_id", _unfed_back),
    ("region_fed_back", "region_id", _fed_back),
    ("enterprise_fed_back", "enterprise_id", _fed_back),
    ("issuer_unfed_back", "issuer_id", _unfed_back),
    ("issuer_fed_back", "issuer_id", _fed_back),
    # The ministry sends few problems, and they have their own list.
    ("ministry", None, _of_the_ministry),
):
    # Problems, newest issue first: all, or by one column: region, addressee or issuer.
    Index(
        f"ix_problem_{_name}",
        *([problem.c[_column]] if _column else []),
        problem.c.issued_at.desc(),
        problem.c.id,
        postgresql_where=_where,
        sqlite_where=_where,
        postgresql_include=_COUNTED if _name == "history" else [],
    )
# What is still owed, nearest deadline first.
Index(
    "ix_problem_rectify_due",
    problem.c.rectify_due,
    problem.c.id,
    postgresql_where=_unfed_back,
    sqlite_where=_unfed_back,
)
Index(
    "ix_problem_remind",
    problem.c.remind_at,
    problem.c.id,
    postgresql_where=_unfed_back,
    sqlite_where=_unfed_back,
)
_to_review = text("review_at IS NOT NULL")
Index(
    "ix_problem_review",
    problem.c.review_at,
    problem.c.id,
    postgresql_where=_to_review,
    sqlite_where=_to_review,
)
# What waits for a decision of the issuer about more time.
_asks = text("extension_until IS NOT NULL")
Index("ix_problem_issuer_extension", problem.c.issuer_id, postgresql_where=_asks, sqlite_where=_asks)
# Finds the problems changed since a moment and issued before another, however many new ones there are.
Index("ix_problem_changed", problem.c.changed_at, problem.c.issued_at)
problem_timeline = Table(
    "problem_timeline",
    metadata,
    Column("problem_id", Uuid, ForeignKey("problem.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("action", choice(ProblemAction, "action")),
    Column("state", choice(ProblemState, "state"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("by_id", Uuid),
    Column("by_name", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("rectify_due", UtcDateTime, nullable=False),
)

problem_feedback = Table(
    "problem_feedback",
    metadata,
    Column("problem_id", Uuid, ForeignKey("problem.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("final", Boolean, nullable=False),
    Column("late", Boolean, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("by_id", Uuid),
    Column("by_name", Text, nullable=False),
    Column("form", PlainJson, nullable=False),
    Index(
        "ix_problem_feedback_at",
        "at",
        "problem_id",
        postgresql_where=text("final"),
        sqlite_where=text("final"),
    ),
)

problem_extension = Table(
    "problem_extension",
    metadata,
    Column("problem_id", Uuid, ForeignKey("problem.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("requested_at", UtcDateTime, nullable=False),
    Column("requested_by_id", Uuid),
    Column("requested_by_name", Text, nullable=False),
    Column("until", Date, nullable=False),
    Column("reason", Text, nullable=False),
    Column("outcome", choice(ExtensionOutcome, "outcome")),
    Column("decided_at", UtcDateTime),
    Column("decided_by_id", Uuid),
    Column("decided_by_name", Text),
    Column("note", Text, nullable=False),
)
