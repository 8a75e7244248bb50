"""The benchmarks' reading in small: our answers are those of the SQL written by hand, and no list costs more statements."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from benchmarks import floor
from benchmarks.asking import Server
from benchmarks.growth import count_statements, history_pages, measure
from benchmarks.options import Options
from benchmarks.prepare import prepare
from benchmarks.reads import VIEWERS, cases, plain_answer
from benchmarks.stage import Stage, stage

from ..support.databases import postgres_server_url
from ..support.dates import TODAY

pytestmark = pytest.mark.postgres

SMALL = Options(day=TODAY, enterprises=50, days=3, rounds=1, repeats=2)


@pytest.fixture(scope="module")
def ready() -> Iterator[Stage]:
    """Fifty enterprises and three days, the last of them partly reported."""
    try:
        postgres_server_url()
    except (ImportError, OSError, RuntimeError, subprocess.SubprocessError) as reason:
        pytest.skip(f"no PostgreSQL can be had, not even one of our own: {reason}")
    with stage(TODAY) as filled:
        prepare(filled, SMALL)
        yield filled


def test_every_way_of_writing_a_read_by_hand_gives_our_answer(ready: Stage) -> None:
    server = Server(ready.system)
    asked = cases(ready, SMALL.days)
    for case in asked:
        ours = server.ask(case.asked)
        for name, statement in case.floors.items():
            by_hand = plain_answer(case, floor.fetch(ready.connection, statement, case.params))
            assert ours == by_hand, f"{case.name}, {case.level}, {name}"
        # Two empty answers are equal, too. In small, few reports are late, and a county may have none of anything.
        if case.level == "PROVINCE" and "late" not in case.name:
            assert found_something(ours), case.name
    server.close()
    assert {case.level for case in asked} == set(VIEWERS)


def found_something(answer: dict[str, Any]) -> bool:
    if "commitments" in answer:
        return len(answer["commitments"]["nodes"]) > 0
    return bool(answer["commitmentOverview"]["whole"]["tally"]["expected"] == SMALL.enterprises)


def test_a_page_of_any_size_costs_the_same_number_of_statements(ready: Stage) -> None:
    few, more, many = count_statements(ready, history_pages(ready, SMALL.days))
    assert (few.rows, more.rows) == (few.asked, more.asked)
    assert more.rows < many.rows
    assert few.statements == more.statements == many.statements
    assert 0 < few.statements <= 10


def test_the_measured_run_goes_through(ready: Stage) -> None:
    done: list[int] = []
    asked = cases(ready, SMALL.days)
    found = measure(ready, SMALL, asked, done.append)
    assert len(found) == len(done) == len(asked)
    assert all(each.sql > 0 and each.floor_sql > 0 and each.statements > 0 for each in found)
