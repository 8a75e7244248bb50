"""Tables of commitments: the commitment, all versions of its report, and the roll-up per county."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
)

from ....domain.commitment.commitment import CommitmentState
from ....domain.commitment.form import ProductionStatus
from ....domain.directory.enterprise import EnterpriseKind, StopReason
from ....domain.signed import Origin
from ..types import PlainJson, UtcDateTime, choice, code
from .metadata import metadata

commitment = Table(
    "commitment",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("enterprise_id", Uuid, ForeignKey("enterprise.id"), nullable=False),
    Column("region_id", code(6), ForeignKey("region.id"), nullable=False),
    Column("kind", choice(EnterpriseKind, "kind"), nullable=False),
    Column("business_date", Date, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("state", choice(CommitmentState, "state"), nullable=False),
    # From here to stop_reason: the current report, as lists show it. Without one: revision 0, the rest NULL.
    Column("revision", Integer, nullable=False),
    Column("status", choice(ProductionStatus, "status")),
    Column("origin", choice(Origin, "origin")),
    Column("late", Boolean),
    Column("reported_at", UtcDateTime),
    Column("reported_by_id", Uuid),
    Column("reported_by_name", Text),
    Column("risk_grade", SmallInteger),
    Column("excess", Boolean),
    Column("stop_reason", choice(StopReason, "stop_reason")),
    Column("reopened_at", UtcDateTime),
    Column("reopened_by_id", Uuid),
    Column("reopened_by_name", Text),
    Column("reopened_reason", String(200)),
    Column("version", Integer, nullable=False),
    UniqueConstraint("enterprise_id", "business_date"),
)
# Newest day first, within a day the latest report first; what is not reported stands at its deadline.
_newest = (
    commitment.c.business_date.desc(),
    func.coalesce(commitment.c.reported_at, commitment.c.due_at).desc(),
    commitment.c.id,
)
Index("ix_commitment_history", *_newest)
Index("ix_commitment_region_history", commitment.c.region_id, *_newest)
for _name, _where in (("unreported", commitment.c.revision == 0), ("excess", commitment.c.excess)):
    # The rows queried most are rare. They have partial indices: by day for the province, and by region.
    Index(
        f"ix_commitment_{_name}",
        *_newest,
        postgresql_where=_where,
        sqlite_where=_where,
    )
    Index(
        f"ix_commitment_region_{_name}",
        commitment.c.region_id,
        *_newest,
        postgresql_where=_where,
        sqlite_where=_where,
    )

commitment_version = Table(
    "commitment_version",
    metadata,
    Column("commitment_id", Uuid, ForeignKey("commitment.id"), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("report", PlainJson, nullable=False),
)

commitment_tally = Table(
    "commitment_tally",
    metadata,
    Column("region_id", code(6), ForeignKey("region.id"), primary_key=True),
    Column("business_date", Date, primary_key=True),
    Column("kind", choice(EnterpriseKind, "kind"), primary_key=True),
    *(
        Column(name, Integer, nullable=False)
        for name in ("expected", "in_production", "stopped", "unreported", "on_time", "late", "automatic")
    ),
)
# The key begins with the region. Days are appended, so that a statistic of a year reads that year's pages.
Index("ix_commitment_tally_day", commitment_tally.c.business_date)
