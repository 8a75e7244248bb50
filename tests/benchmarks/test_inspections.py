"""The benchmarks of inspections and problems in small: a history that hangs together, and answers equal to those by hand."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from benchmarks import counting_reads, floor
from benchmarks.asking import Server
from benchmarks.growth import count_statements, measure
from benchmarks.inspecting import write_days
from benchmarks.inspection_reads import VISITS, cases, pages, weeks, write_visits
from benchmarks.inspection_steps import open_patrols, push_weeks
from benchmarks.options import Options
from benchmarks.prepare import prepare
from benchmarks.reads import Case, plain_answer
from benchmarks.stage import Stage, stage

from ..support.databases import postgres_server_url
from ..support.dates import TODAY

pytestmark = pytest.mark.postgres

SMALL = Options(
    day=TODAY,
    enterprises=50,
    days=3,
    rounds=1,
    repeats=1,
    inspections_each_day=60,
    inspection_days=45,
    recent_days=10,
)


@pytest.fixture(scope="module")
def ready() -> Iterator[Stage]:
    """Fifty enterprises and six weeks of inspections, written in two parts."""
    try:
        postgres_server_url()
    except (ImportError, OSError, RuntimeError, subprocess.SubprocessError) as reason:
        pytest.skip(f"no PostgreSQL can be had, not even one of our own: {reason}")
    with stage(TODAY) as filled:
        prepare(filled, SMALL)
        write_days(filled, SMALL, 0, SMALL.recent_days)
        write_days(filled, SMALL, SMALL.recent_days, SMALL.inspection_days)
        write_visits(filled)
        yield filled


def every_case(ready: Stage) -> list[Case]:
    return [*cases(ready, SMALL), *weeks(ready), *counting_reads.cases(ready)]


def number(ready: Stage, statement: str) -> int:
    return int(floor.fetch(ready.connection, statement, {})[0][0])


def test_every_way_of_writing_a_read_by_hand_gives_our_answer(ready: Stage) -> None:
    server = Server(ready.system)
    for case in every_case(ready):
        ours = server.ask(case.asked)
        for name, statement in case.floors.items():
            by_hand = plain_answer(case, floor.fetch(ready.connection, statement, case.params))
            assert ours == by_hand, f"{case.name}, {case.level}, {name}"
        # Two empty answers are equal, too. In small, a county may have no records, and an enterprise no problems.
        if case.level in {"PROVINCE", "ALL"}:
            assert found_something(ours), case.name
    server.close()


def found_something(answer: Any) -> bool:
    if isinstance(answer, list):
        return all(sum(row[name] for row in answer) > 0 for name in ("inspected", "issued", "unfed_back"))
    if "problemStatistics" in answer:
        counts = answer["problemStatistics"]["whole"]["counts"]
        return all(counts[name] > 0 for name in ("issued", "fedBack", "withdrawn", "p90FeedbackSeconds"))
    if "GENERAL" in answer:
        return all(number > 0 for number in answer["GENERAL"])
    if "" in answer:
        return all(number > 0 for number in answer[""])
    if "visits" in answer:
        return len(answer["visits"]) > 0 and answer["due_problems"] > 0 and answer["log_ins"] > 0
    (listed,) = answer.values()
    return len(listed["nodes"]) > 0


def test_the_measured_run_goes_through(ready: Stage) -> None:
    found = measure(ready, SMALL, every_case(ready), lambda done: None)
    assert all(each.sql > 0 and each.floor_sql > 0 and each.statements > 0 for each in found)


def test_a_page_of_any_size_costs_the_same_number_of_statements(ready: Stage) -> None:
    counted: dict[tuple[str, str], set[int]] = {}
    for found in count_statements(ready, pages(ready, SMALL)):
        counted.setdefault((found.name, found.level), set()).add(found.statements)
    assert all(len(statements) == 1 and max(statements) <= 3 for statements in counted.values()), counted


def test_a_patrol_form_costs_the_same_number_of_statements_however_much_was_looked_at(ready: Stage) -> None:
    opened = open_patrols(ready)
    few, *_, many = (each.visits for each in opened)
    assert 5 <= few < many
    assert len({each.statements for each in opened}) == 1, opened


def test_the_push_freezes_and_owes_a_row_for_every_city_and_kind(ready: Stage) -> None:
    cities = number(ready, "SELECT count(*) FROM region WHERE level = 'CITY'")
    one, several = push_weeks(ready, SMALL.inspection_days)
    assert one.rows == one.duties == 2 * cities
    assert several.rows == several.duties == several.weeks * one.rows


def test_the_history_that_is_written_hangs_together(ready: Stage) -> None:
    written = number(ready, "SELECT count(*) FROM inspection WHERE state = 'SUBMITTED'")
    assert written > 0.9 * SMALL.inspections_each_day * SMALL.inspection_days
    assert number(ready, "SELECT count(*) FROM enterprise_view") > VISITS
    issued = number(ready, "SELECT sum(problems) FROM inspection")
    assert issued == number(ready, "SELECT count(*) FROM problem") > 2 * written
    # The row of a problem is what the last line of its timeline says, and its feedbacks are in the timeline, too.
    assert not number(
        ready,
        """
        SELECT count(*) FROM problem p WHERE (p.state, p.revision, p.changed_at, p.rectify_due) IS DISTINCT FROM (
            SELECT (t.state, t.number, t.at, t.rectify_due) FROM problem_timeline t
            WHERE t.problem_id = p.id ORDER BY t.number DESC LIMIT 1)
        """,
    )
    assert not number(
        ready,
        """
        SELECT count(*) FROM problem_feedback f FULL JOIN problem_timeline t ON t.problem_id = f.problem_id AND t.at = f.at
        WHERE (f.problem_id IS NULL) <> (t.action IS NULL OR t.action NOT IN ('REPORT_PROGRESS', 'FEED_BACK'))
        """,
    )
