"""The trade of special-operation cards; the watch looks again at every certificate that seemed renewed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision: str | None = "0018"

TRADES = "PYROTECHNIC_COMPOSITION BLACK_POWDER FUSE PRODUCTS_WITH_POWDER STORAGE"


def upgrade() -> None:
    kind = sa.Enum(*TRADES.split(), native_enum=False, create_constraint=True, name="trade", length=40)
    with op.batch_alter_table("certificate") as batch:
        batch.add_column(sa.Column("trade", kind))
    # A later card for another trade counted as the renewal: nobody would ever look at these again.
    op.execute("UPDATE certificate SET watch_on = '1970-01-01' WHERE watch_on IS NULL")


def downgrade() -> None:
    with op.batch_alter_table("certificate") as batch:
        batch.drop_column("trade")
