"""Migrate the tables up and down, from an installed package or a checkout."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, Engine, inspect, text

from ..tables.metadata import metadata

if TYPE_CHECKING:
    from alembic.config import Config

_HERE: Final = Path(__file__).parent
_ONE_AT_A_TIME: Final = text("SELECT pg_advisory_xact_lock(7521936402)")
_REACHED: Final = text("SELECT version_num FROM alembic_version")


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Migrate the database up to the revision, in one transaction. Several nodes may run it at once."""
    from alembic import command

    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            # A second node waits for the advisory lock until the first has finished, however long that takes.
            connection.execute(text("SET LOCAL lock_timeout = 0"))
            connection.execute(_ONE_AT_A_TIME)
        command.upgrade(_config(connection), revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Migrate the database down to the revision ("base": no tables). Data in the dropped tables is lost."""
    from alembic import command

    with engine.begin() as connection:
        command.downgrade(_config(connection), revision)


def is_behind(engine: Engine) -> bool:
    """Whether this release has migrations that the database lacks. Only reads.

    A database migrated by a newer release is not behind: its tables work here until they are cleaned up. Every
    process asks this when it starts, so it is found out without Alembic, which is slow to load.
    """
    known = revisions()
    with engine.connect() as connection:
        has_table = inspect(connection).has_table("alembic_version")
        reached = set(connection.scalars(_REACHED)) if has_table else set()
    return reached <= set(known) and reached != {known[-1]}


def revisions() -> list[str]:
    """The revisions of this release, the newest last: their files are named `<revision>_<what>.py`."""
    return sorted(file.name.partition("_")[0] for file in (_HERE / "versions").glob("[0-9]*_*.py"))


def create_all(engine: Engine) -> None:
    """Create the tables directly from the metadata, without migrations: for throw-away databases."""
    with engine.begin() as connection:
        metadata.create_all(connection)


def _config(connection: Connection) -> Config:
    from alembic.config import Config

    config = Config()
    # Alembic interpolates the value: it would take a percent sign in the path for a variable.
    config.set_main_option("script_location", str(_HERE).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    attributes: dict[str, Any] = config.attributes
    attributes["connection"] = connection
    attributes["metadata"] = metadata
    return config
