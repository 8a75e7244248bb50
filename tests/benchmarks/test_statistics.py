"""The benchmarks' statistics in small: our answers are those of the SQL written by hand."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest
from benchmarks import floor
from benchmarks.asking import Server
from benchmarks.options import Options
from benchmarks.prepare import prepare
from benchmarks.reads import plain_answer
from benchmarks.stage import Stage, stage
from benchmarks.statistics_reads import MOST_MS, fill, statistics

from ..support.databases import postgres_server_url
from ..support.dates import TODAY

pytestmark = pytest.mark.postgres

SMALL = Options(day=TODAY, enterprises=200, days=3, rounds=1, repeats=2)


@pytest.fixture(scope="module")
def ready() -> Iterator[Stage]:
    """Two hundred enterprises, and the figures of five years."""
    try:
        postgres_server_url()
    except (ImportError, OSError, RuntimeError, subprocess.SubprocessError) as reason:
        pytest.skip(f"no PostgreSQL can be had, not even one of our own: {reason}")
    with stage(TODAY) as filled:
        prepare(filled, SMALL)
        fill(filled, SMALL)
        yield filled


def test_every_statistic_written_by_hand_gives_our_answer(ready: Stage) -> None:
    server = Server(ready.system)
    asked = statistics(ready)
    for case in asked:
        ours = server.ask(case.asked)
        for name, statement in case.floors.items():
            by_hand = plain_answer(case, floor.fetch(ready.connection, statement, case.params))
            assert ours == by_hand, f"{case.name}, {name}"
        assert any(case.name.startswith(name) for name in MOST_MS)
    (five_years,) = [case for case in asked if case.name == "five years by month and city"]
    found = server.ask(five_years.asked)["commitmentStatistics"]
    assert found["whole"]["tally"]["expected"] == 200 * 1_826 and len(found["periods"]) == 61
    server.close()
