"""The benchmarks of alerts in small: answers equal to those by hand, and a watch that reminds of what is due."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest
from benchmarks import floor
from benchmarks.alerting import cases, pages, statistics, write_alerts
from benchmarks.asking import Server
from benchmarks.growth import count_statements
from benchmarks.options import Options, Part
from benchmarks.prepare import prepare
from benchmarks.reads import plain_answer
from benchmarks.stage import Stage, stage
from benchmarks.watching import watch
from rich.progress import Progress

from ..support.databases import postgres_server_url
from ..support.dates import TODAY

pytestmark = pytest.mark.postgres

SMALL = Options(
    day=TODAY,
    enterprises=50,
    days=2,
    certificates=400,
    certificates_due=20,
    alerts=3_000,
    parts=frozenset({Part.WATCH, Part.ALERTS}),
)


@pytest.fixture(scope="module")
def ready() -> Iterator[Stage]:
    """Fifty enterprises with three thousand alerts."""
    try:
        postgres_server_url()
    except (ImportError, OSError, RuntimeError, subprocess.SubprocessError) as reason:
        pytest.skip(f"no PostgreSQL can be had, not even one of our own: {reason}")
    with stage(TODAY) as filled:
        prepare(filled, SMALL)
        yield filled


def test_every_way_by_hand_gives_the_answer_of_the_api(ready: Stage) -> None:
    write_alerts(ready, SMALL.alerts)
    server = Server(ready.system)
    try:
        for case in (*cases(ready), *statistics(ready)):
            asked = server.ask(case.asked)
            if case.rows is None:
                counts = asked["alertStatistics"]["whole"]["counts"]
                assert all(counts[name] for name in ("opened", "overdue", "p90FeedbackSeconds")), counts
            else:
                assert asked["alerts"]["nodes"], case.name
            for way, statement in case.floors.items():
                by_hand = plain_answer(case, floor.fetch(ready.connection, statement, case.params))
                assert by_hand == asked, (case.name, case.level, way)
    finally:
        server.close()


def test_a_page_takes_as_many_statements_whatever_its_size(ready: Stage) -> None:
    write_alerts(ready, SMALL.alerts)
    found = count_statements(ready, pages(ready))
    by_level: dict[str, set[int]] = {}
    for counted in found:
        by_level.setdefault(counted.level, set()).add(counted.statements)
    assert all(len(counts) == 1 for counts in by_level.values()), by_level


def test_the_watch_reminds_of_what_is_due_and_of_nothing_else(ready: Stage) -> None:
    with Progress(disable=True) as progress:
        (table,) = watch(ready, SMALL, progress)
    assert [row[2] for row in table.rows] == ["20", "0", "20", "0"]
    few, _, many, _ = (int(row[3].replace(",", "")) for row in table.rows)
    assert many <= few, "the first round reads the settings, once"
