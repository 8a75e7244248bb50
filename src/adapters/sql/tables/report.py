"""The table of written reports, with their frozen figures."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, ForeignKey, Index, Table, Text, UniqueConstraint, Uuid

from ....domain.report.report import ReportKind
from ..types import PlainJson, UtcDateTime, choice, code
from .metadata import metadata

report = Table(
    "report",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", choice(ReportKind, "kind"), nullable=False),
    Column("region_id", code(6), ForeignKey("region.id"), nullable=False),
    Column("region_name", Text, nullable=False),
    Column("department_id", Uuid, ForeignKey("department.id"), nullable=False),
    Column("department_name", Text, nullable=False),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    Column("as_of", UtcDateTime, nullable=False),
    Column("figures", PlainJson, nullable=False),
    Column("frozen_at", UtcDateTime, nullable=False),
    # The document; NULL until it is stored.
    Column("made_at", UtcDateTime),
    Column("size", BigInteger),
    Column("sha256", code(64)),
    UniqueConstraint("kind", "last_day", "region_id"),
    Index("ix_report_last_day_region_id_id", "last_day", "region_id", "id"),
    Index("ix_report_region_id_last_day", "region_id", "last_day"),
)
