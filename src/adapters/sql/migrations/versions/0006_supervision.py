"""Settings know the level that set them, can be locked for lower levels, and have a history."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision: str | None = "0005"

MOMENT = sa.DateTime(timezone=True)
LEVELS = "PROVINCE CITY COUNTY"
KINDS = "SET LOCK UNLOCK"
KEYS = "COMMITMENT_DEADLINE REMINDER_STAGES PUSH_FIRST PUSH_EVERY_MINUTES PUSH_UNTIL SMS_QUIET_FROM SMS_QUIET_UNTIL SMS_DAILY_CAP ACKNOWLEDGE_HOURS_GENERAL ACKNOWLEDGE_HOURS_MAJOR FEED_BACK_HOURS_GENERAL FEED_BACK_HOURS_MAJOR RECTIFY_DAYS_GENERAL RECTIFY_DAYS_MAJOR PROBLEM_REMINDER_PERCENTS AUTO_INSPECTION_AT WEEKLY_PUSH_WEEKDAY WEEKLY_PUSH_AT"
PLACE = ["region_id", "key", "effective_from"]
UNIQUE = "uq_setting_region_id_key_effective_from"

# Whoever set an old value acted for the department that they belong to now.
# The system and people unknown by now acted for the region itself.
WHO_SET_IT = """
    UPDATE setting SET authority = COALESCE(
        (SELECT department.level FROM person JOIN department ON department.id = person.department_id
         WHERE person.id = setting.set_by),
        (SELECT region.level FROM region WHERE region.id = setting.region_id))
"""
# Of several values for one place, the older releases kept one.
ONE_PER_PLACE = """
    DELETE FROM setting WHERE EXISTS (
        SELECT 1 FROM setting AS other
        WHERE other.region_id = setting.region_id AND other.key = setting.key
          AND other.effective_from = setting.effective_from AND other.id <> setting.id
          AND (other.set_at > setting.set_at OR (other.set_at = setting.set_at AND other.id > setting.id)))
"""


def code(length: int) -> sa.types.TypeEngine[str]:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def one_of(column: str, values: str) -> sa.Enum:
    return sa.Enum(*values.split(), native_enum=False, create_constraint=True, name=column, length=40)


def upgrade() -> None:
    with op.batch_alter_table("setting") as batch:
        batch.add_column(sa.Column("authority", one_of("authority", LEVELS)))
    op.execute(WHO_SET_IT)
    with op.batch_alter_table("setting") as batch:
        batch.alter_column("authority", existing_type=sa.String(40), nullable=False)
        batch.drop_constraint(op.f(UNIQUE), type_="unique")
        batch.create_unique_constraint(op.f(f"{UNIQUE}_authority"), [*PLACE, "authority"])
    op.create_table(
        "setting_lock",
        sa.Column("region_id", code(6), sa.ForeignKey("region.id"), primary_key=True),
        sa.Column("key", one_of("key", KEYS), primary_key=True),
        sa.Column("authority", one_of("authority", LEVELS), nullable=False),
        sa.Column("department", sa.String(60), nullable=False),
        sa.Column("locked_by", sa.Uuid),
        sa.Column("locked_by_name", sa.String(30), nullable=False),
        sa.Column("locked_at", MOMENT, nullable=False),
    )
    op.create_table(
        "setting_change",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("region_id", code(6), sa.ForeignKey("region.id"), nullable=False),
        sa.Column("key", one_of("key", KEYS), nullable=False),
        sa.Column("kind", one_of("kind", KINDS), nullable=False),
        sa.Column("authority", one_of("authority", LEVELS), nullable=False),
        sa.Column("department", sa.String(60), nullable=False),
        sa.Column("changed_by", sa.Uuid),
        sa.Column("changed_by_name", sa.String(30), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("before", sa.Text, nullable=False),
        sa.Column("after", sa.Text),
        sa.Column("effective_from", sa.Date),
    )
    op.create_index("ix_setting_change_region_id_changed_at", "setting_change", ["region_id", "changed_at"])


def downgrade() -> None:
    op.drop_table("setting_change")
    op.drop_table("setting_lock")
    op.execute(ONE_PER_PLACE)
    with op.batch_alter_table("setting") as batch:
        batch.drop_constraint(op.f(f"{UNIQUE}_authority"), type_="unique")
        batch.drop_constraint(op.f("ck_setting_authority"), type_="check")
        batch.drop_column("authority")
        batch.create_unique_constraint(op.f(UNIQUE), PLACE)
