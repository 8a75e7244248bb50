"""The conclusion is a choice, automatic records say that nobody verified them, and weekly figures count apart.

Automatic records of earlier releases said 未发现问题, which nobody had verified: their words are corrected. What
people wrote stays as it is. Weeks that are frozen stay as they were: the new figures are NULL there.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision: str | None = "0008"

_CONCLUDED = """
ALTER TABLE inspection ADD COLUMN concluded VARCHAR(40) CONSTRAINT ck_inspection_concluded
CHECK (concluded IN ('NO_PROBLEM_FOUND', 'PROBLEMS_ISSUED', 'RECTIFIED_ON_SITE', 'NOT_VERIFIED'))
"""
"""Written out: SQLite would have to rebuild the table for a constraint, and other tables refer to its rows."""


def upgrade() -> None:
    op.add_column(
        "inspection", sa.Column("target_is_area", sa.Boolean, nullable=False, server_default=sa.true())
    )
    op.add_column(
        "inspection", sa.Column("rectified_on_site", sa.Integer, nullable=False, server_default="0")
    )
    op.execute(_CONCLUDED)
    op.execute(
        """
        UPDATE inspection SET target_is_area = false
        WHERE kind = 'PATROL' AND target_region_id IN (SELECT parent_id FROM region WHERE parent_id IS NOT NULL)
        """
    )
    op.execute(
        """
        UPDATE inspection SET concluded = 'NOT_VERIFIED', conclusion = CASE kind
            WHEN 'PATROL' THEN '系统根据登录情况自动生成，未经人工核查。'
            ELSE '系统根据查看情况自动生成，未经人工核查。' END
        WHERE origin = 'AUTO'
        """
    )
    for name in ("automatic", "rectified_on_site", "withdrawn"):
        op.add_column("weekly_row", sa.Column(name, sa.Integer))


def downgrade() -> None:
    for name in ("withdrawn", "rectified_on_site", "automatic"):
        op.drop_column("weekly_row", name)
    op.execute("UPDATE inspection SET conclusion = '未发现问题' WHERE origin = 'AUTO'")
    for name in ("concluded", "rectified_on_site", "target_is_area"):
        op.drop_column("inspection", name)
