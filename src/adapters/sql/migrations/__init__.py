"""The history of the tables, and the way up and down it, from an installed package as from a checkout."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from ..tables.metadata import metadata

_ONE_AT_A_TIME: Final = text("SELECT pg_advisory_xact_lock(7521936402)")


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the database up to the revision, in one transaction. Safe to be run by several nodes at once."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            # Whoever comes second waits for as long as the first one takes.
            connection.execute(text("SET LOCAL lock_timeout = 0"))
            connection.execute(_ONE_AT_A_TIME)
        command.upgrade(_config(connection), revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Take the database back to the revision ("base": to nothing). What the newer tables held is lost."""
    with engine.begin() as connection:
        command.downgrade(_config(connection), revision)


def is_behind(engine: Engine) -> bool:
    """Whether this release has migrations that the database has not seen; asks, and changes nothing.

    A database that a newer release has migrated is not behind: its tables still serve this one, until they are cleared.
    """
    with engine.connect() as connection:
        reached = set(MigrationContext.configure(connection).get_current_heads())
        script = ScriptDirectory.from_config(_config(connection))
    known = {revision.revision for revision in script.walk_revisions()}
    return reached <= known and reached != set(script.get_heads())


def create_all(engine: Engine) -> None:
    """Make the tables straight from the metadata, without history: for throw-away databases."""
    with engine.begin() as connection:
        metadata.create_all(connection)


def _config(connection: Connection) -> Config:
    config = Config()
    # Alembic reads the value with interpolation: a percent sign in the path would be taken for a variable.
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    attributes: dict[str, Any] = config.attributes
    attributes["connection"] = connection
    attributes["metadata"] = metadata
    return config
