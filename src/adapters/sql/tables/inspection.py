"""Tables of patrols and spot checks, and of the weekly push."""

from __future__ import annotations

from sqlalchemy import (
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
    true,
)

from ....domain.directory.enterprise import EnterpriseKind
from ....domain.directory.organisation import Level
from ....domain.inspection.form import Conclusion, InspectionKind
from ....domain.inspection.inspection import InspectionState
from ....domain.signed import Origin
from ..types import PlainJson, UtcDateTime, choice, code
from .metadata import metadata

inspection = Table(
    "inspection",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", choice(InspectionKind, "kind"), nullable=False),
    Column("origin", choice(Origin, "origin"), nullable=False),
    Column("state", choice(InspectionState, "state"), nullable=False),
    Column("business_date", Date, nullable=False),
    # Inspector and target, frozen at opening. The inspecting department's region decides who may see it.
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
    # False for a patrol of a city with counties: the weekly figures count its counties, not the city.
    Column("target_is_area", Boolean, nullable=False, server_default=true()),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("submitted_at", UtcDateTime),
    Column("submitted_by_id", Uuid),
    Column("submitted_by_name", Text),
    Column("discarded_at", UtcDateTime),
    Column("discarded_by_id", Uuid),
    Column("discarded_by_name", Text),
    # The parts of the form that lists show and search.
    # `conclusion` is the text that people read. `concluded` is the choice, which earlier releases did not have.
    Column("concluded", choice(Conclusion, "concluded")),
    Column("conclusion", Text, nullable=False),
    Column("observations", Text, nullable=False),
    Column("problems", Integer, nullable=False),
    Column("rectified_on_site", Integer, nullable=False, server_default="0"),
    # True for an automatic record when a manual record of the same day counts instead.
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
    # Few records are patrols, and they have their own lists.
    ("region_patrols", "department_region_id", _patrol),
    ("department_patrols", "department_id", _patrol),
):
    # Records, newest day first, within a day the one submitted last: all, or by one column: inspecting region or department, target or its region.
    Index(
        f"ix_inspection_{_name}",
        *([inspection.c[_column]] if _column else []),
        inspection.c.business_date.desc(),
        inspection.c.submitted_at.desc(),
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
    # NULL in weeks that earlier releases have frozen: they counted nothing apart.
    *(Column(name, Integer) for name in ("automatic", "rectified_on_site", "withdrawn")),
)
