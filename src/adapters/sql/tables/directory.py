"""Tables of the directory: regions, departments, people, enterprises with their parts, settings, locks and history."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from ....domain.directory.certificate import CertificateKind, Trade
from ....domain.directory.enterprise import EnterpriseKind, StopReason
from ....domain.directory.organisation import Level, Role
from ....domain.directory.shutdown import PeriodSource
from ....domain.policy import SettingKey
from ....domain.supervision import SettingChangeKind
from ..types import ExactDecimal, UtcDateTime, choice, code
from .metadata import metadata

region = Table(
    "region",
    metadata,
    Column("id", code(6), primary_key=True),
    Column("name", Text, nullable=False),
    Column("level", choice(Level, "level"), nullable=False),
    Column("parent_id", code(6), ForeignKey("region.id"), index=True),
    Column("local", Boolean, nullable=False),
    Column("gb_code", code(6)),
)

region_closure = Table(
    "region_closure",
    metadata,
    Column("ancestor", code(6), ForeignKey("region.id", ondelete="CASCADE"), primary_key=True),
    Column("descendant", code(6), ForeignKey("region.id", ondelete="CASCADE"), primary_key=True),
    Column("depth", Integer, nullable=False),
    Index("ix_region_closure_descendant_depth", "descendant", "depth"),
)

department = Table(
    "department",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", String(60), nullable=False, index=True),
    Column("level", choice(Level, "level"), nullable=False),
    Column("parent_id", Uuid, ForeignKey("department.id"), index=True),
)

department_region = Table(
    "department_region",
    metadata,
    Column("department_id", Uuid, ForeignKey("department.id", ondelete="CASCADE"), primary_key=True),
    Column("region_id", code(6), ForeignKey("region.id"), primary_key=True, index=True),
)

enterprise = Table(
    "enterprise",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("credit_code", code(18), nullable=False, unique=True),
    Column("name", String(80), nullable=False),
    Column("kind", choice(EnterpriseKind, "kind"), nullable=False),
    Column("region_id", code(6), ForeignKey("region.id"), nullable=False),
    Column("address", String(200), nullable=False),
    Column("active", Boolean, nullable=False),
    # The totals are computed from the workshops and warehouses, and written together with them.
    Column("workshops_total", Integer, nullable=False),
    Column("powder_workshops_total", Integer, nullable=False),
    Column("warehouses_total", Integer, nullable=False),
    Column("approved_persons", Integer, nullable=False),
    Column("approved_powder_kg", ExactDecimal, nullable=False),
    Column("approved_boxes", ExactDecimal, nullable=False),
    Column("approved_stock_kg", ExactDecimal, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Index("ix_enterprise_region_id_credit_code", "region_id", "credit_code"),
)

workshop = Table(
    "workshop",
    metadata,
    Column("enterprise_id", Uuid, ForeignKey("enterprise.id", ondelete="CASCADE"), primary_key=True),
    Column("number", code(20), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("name", String(60), nullable=False),
    Column("powder", Boolean, nullable=False),
    Column("approved_persons", Integer, nullable=False),
    Column("approved_powder_kg", ExactDecimal, nullable=False),
)

warehouse = Table(
    "warehouse",
    metadata,
    Column("enterprise_id", Uuid, ForeignKey("enterprise.id", ondelete="CASCADE"), primary_key=True),
    Column("number", code(20), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("name", String(60), nullable=False),
    Column("approved_boxes", ExactDecimal, nullable=False),
    Column("approved_kg", ExactDecimal, nullable=False),
    Column("approved_persons", Integer, nullable=False),
)

person = Table(
    "person",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", String(30), nullable=False),
    Column("phone", code(11), nullable=False, index=True),
    Column("role", choice(Role, "role"), nullable=False),
    Column("department_id", Uuid, ForeignKey("department.id"), index=True),
    Column("enterprise_id", Uuid, ForeignKey("enterprise.id"), index=True),
    Column("active", Boolean, nullable=False),
    CheckConstraint("(department_id IS NULL) <> (enterprise_id IS NULL)", name="one_employer"),
)

certificate = Table(
    "certificate",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", choice(CertificateKind, "kind"), nullable=False),
    Column("number", String(60), nullable=False),
    Column("enterprise_id", Uuid, ForeignKey("enterprise.id"), nullable=False),
    Column("person_id", Uuid, ForeignKey("person.id"), index=True),
    Column("issued_on", Date, nullable=False),
    Column("expires_on", Date, nullable=False),
    Column("review_due_on", Date),
    Column("trade", choice(Trade, "trade")),
    # When the certificate watch looks at it next; NULL: when it is saved.
    Column("watch_on", Date),
    Index("ix_certificate_enterprise_id_kind_expires_on", "enterprise_id", "kind", "expires_on"),
    Index("ix_certificate_enterprise_id_number", "enterprise_id", "number"),
    Index("ix_certificate_expires_on_id", "expires_on", "id"),
    Index(
        "ix_certificate_watch_on",
        "watch_on",
        "id",
        postgresql_where=text("watch_on IS NOT NULL"),
        sqlite_where=text("watch_on IS NOT NULL"),
    ),
)

shutdown_period = Table(
    "shutdown_period",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("enterprise_id", Uuid, ForeignKey("enterprise.id"), index=True),
    Column("region_id", code(6), ForeignKey("region.id"), index=True),
    Column("kind", choice(EnterpriseKind, "kind")),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    Column("reason", choice(StopReason, "reason"), nullable=False),
    Column("note", String(200), nullable=False),
    Column("cancelled", Boolean, nullable=False),
    Column("source", choice(PeriodSource, "source"), nullable=False, server_default="DEPARTMENT"),
    # Who registered and who cancelled it; periods of earlier releases lack both.
    Column("registered_at", UtcDateTime),
    Column("registered_by_id", Uuid),
    Column("registered_by_name", Text),
    Column("registered_by_department", Text),
    Column("cancelled_at", UtcDateTime),
    Column("cancelled_by_id", Uuid),
    Column("cancelled_by_name", Text),
    Column("cancelled_by_department", Text),
    Column("cancelled_reason", Text),
    CheckConstraint("(enterprise_id IS NULL) <> (region_id IS NULL)", name="one_subject"),
    Index("ix_shutdown_period_first_day_id", "first_day", "id"),
)

setting = Table(
    "setting",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("region_id", code(6), ForeignKey("region.id"), nullable=False),
    Column("key", choice(SettingKey, "key"), nullable=False),
    Column("value", Text, nullable=False),
    Column("effective_from", Date, nullable=False),
    Column("set_at", UtcDateTime, nullable=False),
    Column("set_by", Uuid),
    Column("authority", choice(Level, "authority"), nullable=False),
    UniqueConstraint("region_id", "key", "effective_from", "authority"),
)

setting_lock = Table(
    "setting_lock",
    metadata,
    Column("region_id", code(6), ForeignKey("region.id"), primary_key=True),
    Column("key", choice(SettingKey, "key"), primary_key=True),
    Column("authority", choice(Level, "authority"), nullable=False),
    Column("department", String(60), nullable=False),
    Column("locked_by", Uuid),
    Column("locked_by_name", String(30), nullable=False),
    Column("locked_at", UtcDateTime, nullable=False),
)

setting_change = Table(
    "setting_change",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("region_id", code(6), ForeignKey("region.id"), nullable=False),
    Column("key", choice(SettingKey, "key"), nullable=False),
    Column("kind", choice(SettingChangeKind, "kind"), nullable=False),
    Column("authority", choice(Level, "authority"), nullable=False),
    Column("department", String(60), nullable=False),
    Column("changed_by", Uuid),
    Column("changed_by_name", String(30), nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("before", Text, nullable=False),
    Column("after", Text),
    Column("effective_from", Date),
    Index("ix_setting_change_region_id_changed_at", "region_id", "changed_at"),
)
