"""How many statements problems take: few, and not more for a long past or for more rows; and who locks what."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from sqlalchemy import Engine

from yanbao.adapters.sql.storage import SqlStorage
from yanbao.adapters.sql.tables.problem import problem as problem_table
from yanbao.application.access import EVERYTHING, SYSTEM
from yanbao.application.ports.paging import Page
from yanbao.application.ports.problem import ProblemFilter
from yanbao.application.ports.readers import Readers
from yanbao.domain.problem.problem import Problem
from yanbao.domain.problem.workflow import ProblemAction, ProblemState

from ...contracts.problem.problems import change, keep, made, settle_parties, take
from ...support.builders import NOW, a_department_tree, a_region_tree, seen_from
from ...support.databases import statements
from ...support.inspections import (
    FACTORY,
    PEOPLE,
    TO_THE_COUNTY,
    USUAL,
    a_check_form,
    a_draft,
    a_statement,
    asking_for_more_time,
    by,
)
from ...support.settling import settle_in
from .conftest import storage_on

XIAN = seen_from(a_region_tree()[1].id)


def eventful(name: str) -> Problem:
    """With feedbacks, a return, and more time asked for."""
    return asking_for_more_time(made(name, ProblemState.RETURNED))


@pytest.fixture
def storage(storage: SqlStorage) -> SqlStorage:
    settle_parties(storage)
    return storage


@pytest.mark.parametrize(
    ("state", "action", "expected"),
    [
        # The row and its timeline are read, then the row is changed and a line added.
        (ProblemState.ISSUED, ProblemAction.ACKNOWLEDGE, 4),
        (ProblemState.ISSUED, ProblemAction.REQUEST_EXTENSION, 5),
        (ProblemState.RECTIFYING, ProblemAction.FEED_BACK, 5),
        (ProblemState.FED_BACK, ProblemAction.CLOSE, 5),
    ],
)
def test_a_step_takes_few_statements(
    engine: Engine, storage: SqlStorage, state: ProblemState, action: ProblemAction, expected: int
) -> None:
    keep(storage, made("问题", state))
    with statements(engine) as seen:
        change(storage, made("问题").id, take(action))
    assert len(seen) == expected


def test_the_longest_past_takes_one_statement_for_each_of_its_tables(
    engine: Engine, storage: SqlStorage
) -> None:
    problem = eventful("问题")
    keep(storage, problem)
    with storage.work(SYSTEM) as work, statements(engine) as seen:
        assert work.problems.find(problem.id) == problem
    assert len(seen) == 4


def test_any_number_of_reminders_is_looked_at_with_as_many_statements(
    engine: Engine, storage: SqlStorage
) -> None:
    for names in ("一", "二三四五六"):
        keep(storage, *map(eventful, names))
        with storage.work(SYSTEM) as work, statements(engine) as seen:
            assert len(work.problems.to_remind(NOW, limit=50)) >= len(names)
        assert len(seen) == 5


Read = Callable[[Readers, Sequence[Problem]], object]
READS: dict[str, tuple[int, Read]] = {
    "page": (1, lambda r, ps: r.problems.page(ProblemFilter(), EVERYTHING, Page(50)).rows),
    "to enterprise": (
        1,
        lambda r, ps: r.problems.page(ProblemFilter(to_enterprise=FACTORY), XIAN, Page(50)).rows,
    ),
    "count": (1, lambda r, ps: r.problems.count(ProblemFilter(), XIAN)),
    "by id": (1, lambda r, ps: r.problems.problems([p.id for p in ps], XIAN)),
    "histories": (3, lambda r, ps: r.problems.histories([p.id for p in ps])),
    "unfed back": (1, lambda r, ps: sum(r.problems.unfed_back(None, FACTORY).values())),
}


@pytest.mark.parametrize("name", READS)
def test_a_reader_takes_as_many_statements_for_many_rows_as_for_one(
    engine: Engine, storage: SqlStorage, name: str
) -> None:
    expected, read = READS[name]
    problems: list[Problem] = []
    for names in ("一", "二三四五六"):
        problems += map(eventful, names)
        keep(storage, *problems[-len(names) :])
        readers = storage.readers()
        with statements(engine) as seen:
            assert read(readers, problems)
        assert len(seen) == expected


def test_the_problems_of_any_number_of_inspections_take_one_statement(
    engine: Engine, storage: SqlStorage
) -> None:
    drafts = [a_draft(key=f"draft-000{n}", form=a_check_form(problems=(a_statement(),) * n)) for n in (1, 3)]
    with storage.work(SYSTEM) as work:
        for draft in drafts:
            problems = draft.submit(by=by(), people=PEOPLE, policy=USUAL)
            work.inspections.save(draft)
            for problem in problems:
                work.problems.save(problem)
        work.commit()
    reader = storage.readers().problems
    for chosen in (drafts[:1], drafts):
        with statements(engine) as seen:
            assert len(reader.of_inspections([draft.id for draft in chosen], XIAN)) == len(chosen)
        assert len(seen) == 1


def test_two_who_remind_at_once_do_not_look_at_the_same_problems(postgres: Engine) -> None:
    storage = storage_on(postgres)
    settle_in(storage, SYSTEM, *a_region_tree(), *a_department_tree())
    one, two = sorted((made(name, to=TO_THE_COUNTY) for name in "一二"), key=lambda problem: problem.id)
    keep(storage, one, two)
    with storage.work(SYSTEM) as first, storage.work(SYSTEM) as second:
        assert [problem.id for problem in first.problems.to_remind(NOW, limit=1)] == [one.id]
        assert [problem.id for problem in second.problems.to_remind(NOW, limit=5)] == [two.id]
    with storage.work(SYSTEM) as work:
        assert len(work.problems.to_remind(NOW, limit=5)) == 2


def test_a_step_keeps_what_the_weekly_figures_ask_for(engine: Engine, storage: SqlStorage) -> None:
    """When the problem last changed stands in its row."""
    keep(storage, made("问题"))
    changed = change(storage, made("问题").id, take(ProblemAction.ACKNOWLEDGE, minutes=7))
    with engine.connect() as connection:
        row = connection.execute(problem_table.select()).one()
    assert row.changed_at == changed.timeline[-1].signed.at > row.issued_at
    assert row.remind_at is None
