"""At the end of a run, how many tests ran on which storage."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any, Final

STORAGES: Final = {"memory": "in-memory twin", "sqlite": "SQLite", "postgres": "PostgreSQL"}
_NAMED: Final = re.compile(rf"\b({'|'.join(STORAGES)})", re.IGNORECASE)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Counts by the storage that a test's id names, as parameter or in its own words."""
    for outcome in ("passed", "failed", "skipped"):
        reports = terminalreporter.stats.get(outcome, ())
        counts = Counter(
            name for report in reports for name in {found.lower() for found in _NAMED.findall(report.nodeid)}
        )
        if counts:
            shown = ", ".join(f"{label} {counts[name]:,}" for name, label in STORAGES.items())
            terminalreporter.write_line(f"{outcome} by storage: {shown}")
