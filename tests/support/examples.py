"""How many examples the random machines over twin and database take: a sample in `make test`, many in `make soak`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from hypothesis import HealthCheck, settings


@dataclass(frozen=True)
class Examples:
    """Numbers of examples: on SQLite, on PostgreSQL, which takes twice as long, and on each of them in a soak."""

    sqlite: int
    postgres: int
    soak: int

    def of(self, database: str, **options: Any) -> settings:
        """The same examples in every run."""
        return settings(
            max_examples=getattr(self, database),
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
            **options,
        )

    def soaking(self, **options: Any) -> settings:
        """Others in every run, which can be had again."""
        return settings(
            max_examples=self.soak,
            deadline=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
            **options,
        )


# On SQLite there are enough of them that everything has happened which is to be compared; the tests assert it.
INSPECTIONS: Final = Examples(sqlite=15, postgres=6, soak=100)
PROBLEMS: Final = Examples(sqlite=30, postgres=8, soak=100)
HANDLING: Final = Examples(sqlite=6, postgres=2, soak=80)
