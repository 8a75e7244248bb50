"""Nothing is failed by a slow machine; and at the end of a run, how many tests ran on which storage."""

from __future__ import annotations

import gc
import re
from collections import Counter
from collections.abc import Generator, Iterator
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, settings

from yanbao.adapters import jobs, live
from yanbao.adapters.files import documents, pictures, routes, s3

from .support.databases import TEMPLATES
from .support.dates import TEST_NOW, VARIABLE
from .support.patience import PATIENCE

STORAGES: Final = {"memory": "in-memory twin", "sqlite": "SQLite", "postgres": "PostgreSQL"}
_NAMED: Final = re.compile(rf"\b({'|'.join(STORAGES)})", re.IGNORECASE)


# Generated examples have no deadline each, and may be slow to come by.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@pytest.fixture(scope="session", autouse=True)
def patient() -> Iterator[None]:
    """Deadlines that production has for what usually takes milliseconds; a test about one sets its own."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(jobs, "REDIS_SECONDS", PATIENCE)
        monkeypatch.setattr(live, "SECONDS", PATIENCE)
        monkeypatch.setattr(documents, "SECONDS", PATIENCE)
        monkeypatch.setattr(pictures, "SECONDS", PATIENCE)
        monkeypatch.setattr(routes, "THROWN_AWAY_SECONDS", PATIENCE)
        monkeypatch.setattr(s3, "CONNECT_SECONDS", PATIENCE)
        monkeypatch.setattr(s3, "READ_SECONDS", PATIENCE)
        yield


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collecting tests makes millions of objects that live to the end: no garbage collection needs to look at them."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_sessionfinish() -> None:
    TEMPLATES.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first: begun last, one of them would keep one worker busy while the others have nothing left."""
    items.sort(key=lambda item: not item.nodeid.startswith(("tests/scenarios/", "tests/faults/")))


def pytest_report_header() -> str:
    return f"the tests' clock starts at {TEST_NOW:%Y-%m-%d %H:%M %Z}; {VARIABLE} sets another"


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
