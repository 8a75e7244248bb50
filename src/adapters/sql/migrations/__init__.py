"""Migrate the tables up and down, from an installed package or a checkout."""

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
    """Migrate the database up to the revision, in one transaction. Several nodes may run it at once."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            # A second node waits for the advisory lock until the first has finished, however long that takes.
            connection.execute(text("SET LOCAL lock_timeout = 0"))
            connection.execute(_ONE_AT_A_TIME)
        command.upgrade(_config(connection), revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Migrate the database down to the revision ("base": no tables). Data in the dropped tables is lost."""
    with engine.begin() as connection:
        command.downgrade(_config(connection), revision)


def is_behind(engine: Engine) -> bool:
    """Whether this release has migrations that the database lacks. Only reads.

    A database migrated by a newer release is not behind: its tables work here until they are cleaned up.
    """
    with engine.connect() as connection:
        reached = set(MigrationContext.configure(connection).get_current_heads())
        script = ScriptDirectory.from_config(_config(connection))
    known = {revision.revision for revision in script.walk_revisions()}
    return reached <= known and reached != set(script.get_heads())


def create_all(engine: Engine) -> None:
    """Create the tables directly from the metadata, without migrations: for throw-away databases."""
    with engine.begin() as connection:
        metadata.create_all(connection)


def _config(connection: Connection) -> Config:
    config = Config()
    # Alembic interpolates the value: it would take a percent sign in the path for a variable.
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    attributes: dict[str, Any] = config.attributes
    attributes["connection"] = connection
    attributes["metadata"] = metadata
    return config
