"""Tables of patrols, spot checks and problems, of the weekly push, and of the files that belong to them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    Uuid,
    text,
)

from ...domain.directory.enterprise import EnterpriseKind
from ...domain.directory.organisation import Level
from ...domain.files.attachment import MediaType
from ...domain.inspection.form import InspectionKind
from ...domain.inspection.inspection import InspectionState
from ...domain.problem.form import ProblemCategory, ProblemOrigin, Severity
from ...domain.problem.history import ExtensionOutcome
from ...domain.problem.workflow import ProblemAction, ProblemState
from ...domain.signed import Origin
from .tables_archive import metadata
from .types import PlainJson, UtcDateTime, choice, code

inspection = Table(
    "inspection",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", choice(InspectionKind, "kind"), nullable=False),
    Column("origin", choice(Origin, "origin"), nullable=False),
    Column("state", choice(InspectionState, "state"), nullable=False),
    Column("business_date", Date, nullable=False),
    # Who inspects and whom, frozen as it was. The inspector's region decides who may see the record.
    Column("department_id", Uuid, ForeignKey("department.id"), nullable=False),
    Column("department_name", Text, nullable=False),
    Column("department_level", choice(Level, "department_level"), nullable=False),
    Column("department_region_id", code(6), ForeignKey("region.id"), nullable=False),
    Column("person_id", Uuid, ForeignKey("person.id")),
    Column("person_name", Text, nullable=False),
    Column("target_department_id", Uuid, ForeignKey("department.id")),
    Column("target_enterprise_id", Uuid, ForeignKey("enterprise.id")),
    Column("target_name", Text, nullable=False),
    Column("target_level", choice(Level, "target_level")),
    Column("target_kind", choice(EnterpriseKind, "target_kind")),
    Column("target_region_id", code(6), ForeignKey("region.id"), nullable=False),
    Column("target_region_name", Text, nullable=False),
    Column("city_id", code(6), ForeignKey("region.id"), nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("submitted_at", UtcDateTime),
    Column("submitted_by_id", Uuid),
    Column("submitted_by_name", Text),
    Column("discarded_at", UtcDateTime),
    Column("discarded_by_id", Uuid),
    Column("discarded_by_name", Text),
    # What lists show of the form, and search in.
    Column("conclusion", Text, nullable=False),
    Column("observations", Text, nullable=False),
    Column("problems", Integer, nullable=False),
    # An automatic record in whose place a manual one of the same day counts.
    Column("replaced", Boolean, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("version", Integer, nullable=False),
)
_record = text("state = 'SUBMITTED'")
_patrol = text("state = 'SUBMITTED' AND kind = 'PATROL'")
for _name, _column, _which in (
    ("history", None, _record),
    ("region_history", "department_region_id", _record),
    ("department_history", "department_id", _record),
    ("target_department_history", "target_department_id", _record),
    ("target_enterprise_history", "target_enterprise_id", _record),
    ("target_region_history", "target_region_id", _record),
    # Patrols are few among the records, and lists of their own.
    ("region_patrols", "department_region_id", _patrol),
    ("department_patrols", "department_id", _patrol),
):
    # Records newest day first: all of them, of a region, by a department, of a party, in a region.
    Index(
        f"ix_inspection_{_name}",
        *([inspection.c[_column]] if _column else []),
        inspection.c.business_date.desc(),
        inspection.c.id,
        postgresql_where=_which,
        sqlite_where=_which,
    )
Index(
    "ix_inspection_submitted",
    inspection.c.submitted_at,
    inspection.c.id,
    postgresql_where=_record,
    sqlite_where=_record,
)
Index(
    "ix_inspection_drafts",
    inspection.c.person_id,
    inspection.c.opened_at,
    inspection.c.id,
    postgresql_where=text("state = 'DRAFT'"),
    sqlite_where=text("state = 'DRAFT'"),
)

inspection_content = Table(
    "inspection_content",
    metadata,
    Column("inspection_id", Uuid, ForeignKey("inspection.id"), primary_key=True),
    Column("sheet", PlainJson, nullable=False),
    Column("form", PlainJson, nullable=False),
)

problem = Table(
    "problem",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("origin", choice(ProblemOrigin, "origin"), nullable=False),
    Column("external_id", code(64), unique=True),
    Column("inspection_id", Uuid, ForeignKey("inspection.id"), index=True),
    # The addressee and the issuer, frozen as they were. The addressee's region decides who may see the problem.
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
    Column("acknowledge_due", UtcDateTime, nullable=False),
    Column("feed_back_due", UtcDateTime, nullable=False),
    Column("rectify_since", UtcDateTime, nullable=False),
    Column("rectify_due", UtcDateTime, nullable=False),
    Column("state", choice(ProblemState, "state"), nullable=False),
    # What of the history lists and the weekly figures ask for; the whole of it stands in the tables below.
    Column("acknowledged_at", UtcDateTime),
    Column("first_feedback_at", UtcDateTime),
    Column("fed_back_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("extension_until", Date),
    Column("changed_at", UtcDateTime, nullable=False),
    # When to look next whether somebody is to be reminded; NULL: at once, or never again when it is over.
    Column("remind_at", UtcDateTime),
    Column("revision", Integer, nullable=False),
    Column("version", Integer, nullable=False),
)
_unfed_back = text("state IN ('ISSUED', 'ACKNOWLEDGED', 'RECTIFYING', 'RETURNED')")
_fed_back = text("state = 'FED_BACK'")
_of_the_ministry = text("origin = 'MINISTRY'")
for _name, _column, _where in (
    ("history", None, None),
    ("region_history", "region_id", None),
    ("department_history", "department_id", None),
    ("enterprise_history", "enterprise_id", None),
    ("issuer_history", "issuer_id", None),
    # 未反馈, and for the issuer what waits for its review as well, are asked for most: little of what years have stored.
    ("unfed_back", None, _unfed_back),
    ("region_unfed_back", "region_id", _unfed_back),
    ("department_unfed_back", "department_id", _unfed_back),
    ("enterprise_unfed_back", "enterprise_id", _unfed_back),
    ("region_fed_back", "region_id", _fed_back),
    ("enterprise_fed_back", "enterprise_id", _fed_back),
    ("issuer_unfed_back", "issuer_id", _unfed_back),
    ("issuer_fed_back", "issuer_id", _fed_back),
    # The ministry sends few, and they are a list of their own.
    ("ministry", None, _of_the_ministry),
):
    # The newest issue first: of all, of a region, to a party, by a department.
    Index(
        f"ix_problem_{_name}",
        *([problem.c[_column]] if _column else []),
        problem.c.issued_at.desc(),
        problem.c.id,
        postgresql_where=_where,
        sqlite_where=_where,
    )
Index(
    "ix_problem_remind",
    problem.c.remind_at,
    problem.c.id,
    postgresql_where=_unfed_back,
    sqlite_where=_unfed_back,
)
# What of the problems that are asked about has changed since, however much is new.
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

weekly_row = Table(
    "weekly_row",
    metadata,
    Column("closes_at", UtcDateTime, primary_key=True),
    Column("kind", choice(InspectionKind, "kind"), primary_key=True),
    Column("region_id", code(6), ForeignKey("region.id"), primary_key=True),
    Column("opens_at", UtcDateTime, nullable=False),
    Column("frozen_at", UtcDateTime, nullable=False),
    *(
        Column(name, Integer, nullable=False)
        for name in ("inspected", "with_problems", "issued", "fed_back", "unfed_back", "overdue")
    ),
)

attachment = Table(
    "attachment",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", String(200), nullable=False),
    Column("media_type", choice(MediaType, "media_type"), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", code(64), nullable=False),
    Column("thumbnail", Boolean, nullable=False),
    Column("person_id", Uuid, ForeignKey("person.id"), nullable=False),
    Column("uploaded_at", UtcDateTime, nullable=False),
    # What it belongs to: nothing while a draft is not yet kept, and then it is removed after a while.
    Column("inspection_id", Uuid, ForeignKey("inspection.id"), index=True),
    Column("problem_id", Uuid, ForeignKey("problem.id"), index=True),
    Index(
        "ix_attachment_loose",
        "uploaded_at",
        "id",
        postgresql_where=text("inspection_id IS NULL AND problem_id IS NULL"),
        sqlite_where=text("inspection_id IS NULL AND problem_id IS NULL"),
    ),
)

file_ticket = Table(
    "file_ticket",
    metadata,
    Column("digest", code(64), primary_key=True),
    Column("account_id", Uuid, ForeignKey("account.id"), nullable=False),
    Column("upload", Boolean, nullable=False),
    Column("attachment_id", Uuid, nullable=False),
    Column("name", String(200), nullable=False),
    Column("thumbnail", Boolean, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
    Column("used_at", UtcDateTime),
)
