"""How often a gateway that cannot be asked has left an SMS without an answer: it was guessed from the attempts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision: str | None = "0004"


def upgrade() -> None:
    op.add_column("sms", sa.Column("unanswered", sa.Integer, nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("sms", "unanswered")
