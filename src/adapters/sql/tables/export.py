"""The table of export jobs."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text, Uuid, text

from ....domain.export.workflow import ExportState
from ..types import PlainJson, UtcDateTime, choice, code
from .metadata import metadata

_READY = text("state = 'READY'")
_OVER = text("state IN ('FAILED', 'CANCELLED', 'EXPIRED')")

export_job = Table(
    "export_job",
    metadata,
    Column("id", Uuid, primary_key=True),
    # No CHECK: what can be exported grows with every release, and no migration should be needed for it.
    Column("kind", code(60), nullable=False),
    Column("selection", PlainJson, nullable=False),
    Column("person_id", Uuid, ForeignKey("person.id"), nullable=False),
    Column("account_id", Uuid, ForeignKey("account.id"), nullable=False),
    Column("department_id", Uuid, ForeignKey("department.id"), nullable=False),
    Column("regions", PlainJson, nullable=False),
    Column("requested_at", UtcDateTime, nullable=False),
    Column("state", choice(ExportState, "state"), nullable=False),
    Column("rows_total", Integer, nullable=False),
    Column("rows_done", Integer, nullable=False),
    Column("run", Integer, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("file_key", code(100)),
    Column("file_name", String(200)),
    Column("file_size", BigInteger),
    Column("file_sha256", code(64)),
    Column("file_rows", Integer),
    Column("ended_at", UtcDateTime),
    Column("why", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Index("ix_export_job_person_id_requested_at_id", "person_id", "requested_at", "id"),
    Index("ix_export_job_ready", "ended_at", "id", postgresql_where=_READY, sqlite_where=_READY),
    Index("ix_export_job_over", "ended_at", "id", postgresql_where=_OVER, sqlite_where=_OVER),
)
