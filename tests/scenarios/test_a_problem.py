"""A problem from its issue to its end on a real database: it goes as on the twin, also where two people are at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from yanbao.adapters.identity import OpaqueTokens
from yanbao.adapters.sql.engine import make_engine
from yanbao.adapters.sql.storage import SqlStorage
from yanbao.application.ports.notice import SmsFilter
from yanbao.application.ports.paging import Page
from yanbao.application.problem.commands import CloseProblem, ReturnProblem
from yanbao.domain.directory.organisation import Person
from yanbao.domain.identity.account import Account
from yanbao.domain.notice.notice import Message
from yanbao.domain.policy import Policy
from yanbao.domain.problem.problem import Problem
from yanbao.domain.problem.workflow import ProblemAction, ProblemState
from yanbao.domain.refusals import Conflict
from yanbao.graphql.parts.ids import global_id

from ..support.accounts import a_session, an_account
from ..support.asking import Somebody
from ..support.builders import DAY, NOW, a_region_tree
from ..support.databases import migrated_postgres, migrated_sqlite
from ..support.inspections import a_check_form, a_draft, a_problem_in, a_statement, by, issued
from ..support.rectification import CITY_HEAD, COLLEAGUE, EVERYBODY, INSPECTOR, RESPONSIBLE, Rectification
from ..support.system import make_system
from ..support.world import COUNTY_DUTY, DEPARTMENTS, DONGFENG, ENTERPRISES, HEAD

A = ProblemAction
HOUR = timedelta(hours=1)


def account_of(person: Person) -> Account:
    return replace(an_account(person, f"user-{person.id.hex}"), must_change_password=False)


def populated(storage_of: Callable[[Any], Any] | None = None) -> Rectification:
    world = Rectification(make_system(storage_of))
    world.system.clock.moment = NOW
    world.settle(*a_region_tree(), *DEPARTMENTS, *ENTERPRISES, *EVERYBODY)
    return world.settle(*(account_of(p) for p in EVERYBODY))  # type: ignore[return-value]


@contextmanager
def on(database: str, folder: Path) -> Iterator[Rectification]:
    with migrated_sqlite(folder) if database == "sqlite" else migrated_postgres() as url:
        engine = make_engine(url)
        yield populated(lambda reactions: SqlStorage(engine, reactions=reactions))
        engine.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rectification]:
    with on(request.param, tmp_path) as world:
        yield world


@pytest.fixture(params=["twin", "sqlite", "postgres"])
def anywhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rectification]:
    if request.param == "twin":
        yield populated()
        return
    with on(request.param, tmp_path) as world:
        yield world


def issue_two(world: Rectification) -> tuple[Problem, ...]:
    """A spot check of the factory with two problems."""
    inspection = a_draft(
        form=a_check_form(problems=(a_statement(), a_statement(description="静电接地不合格。")))
    )
    problems = inspection.submit(by=by(), people=frozenset({RESPONSIBLE.id}), policy=Policy())
    with world.system.storage.work(world.actor(INSPECTOR)) as work:
        work.inspections.save(inspection)
        for problem in problems:
            work.problems.save(problem)
        work.commit()
    return problems


def logged_in(world: Rectification, person: Person) -> Somebody:
    """A client of the person's own, with a session."""
    token = f"token-{person.id}"
    world.settle(a_session(account_of(person), OpaqueTokens().digest(token), at=world.system.clock.now()))
    return Somebody(world.system, token)


def messages(world: Rectification, person: Person) -> list[Message]:
    return list(world.system.readers.notices.messages(person.id, Page(100)).rows)


def played(world: Rectification) -> list[object]:
    """Everything that somebody could notice, in order."""
    seen: list[object] = []
    first, second = issue_two(world)
    seen.append(world.send())
    steps: list[tuple[float, A, Person]] = [
        (1.5, A.ACKNOWLEDGE, HEAD),
        (3, A.RECTIFY, RESPONSIBLE),
        (4, A.REPORT_PROGRESS, RESPONSIBLE),
        (5, A.REQUEST_EXTENSION, HEAD),
        (6, A.REFUSE_EXTENSION, COLLEAGUE),
        (28, A.FEED_BACK, RESPONSIBLE),
        (30, A.RETURN, CITY_HEAD),
        (31, A.RECTIFY, RESPONSIBLE),
        (32, A.FEED_BACK, RESPONSIBLE),
        (33, A.CLOSE, INSPECTOR),
    ]
    for hours, action, person in steps:
        world.system.clock.moment = NOW + hours * HOUR
        seen.append(("reminded", world.remind(), sorted(world.send())))
        seen.append(world.do(action, person, first.id, key=f"step-{hours:08.1f}"))
        seen.append(sorted(world.send()))
    seen += [world.history(problem.id) for problem in (first, second)]
    seen += [(person.name, sorted(messages(world, person), key=lambda m: m.id)) for person in EVERYBODY]
    seen.append(world.system.app.problems.unfed_back(world.actor(HEAD)))
    return seen


def test_it_goes_on_a_database_as_on_the_twin(world: Rectification) -> None:
    on_database, on_twin = played(world), played(populated())
    for here, there in zip(on_database, on_twin, strict=True):
        assert here == there
    told = {person.name for person in EVERYBODY if messages(world, person)}
    assert told == {p.name for p in (RESPONSIBLE, COUNTY_DUTY, INSPECTOR)}


def both(*acts: Callable[[], object]) -> list[BaseException | None]:
    """Begin at once; gives what each of them raised."""
    ready = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        ready.wait()
        return act()

    with ThreadPoolExecutor(len(acts)) as threads:
        return [future.exception() for future in [threads.submit(run, act) for act in acts]]


def test_of_two_reviewers_at_once_one_wins_and_is_told_of(world: Rectification) -> None:
    problem = a_problem_in(ProblemState.FED_BACK)
    world.keep(problem)
    app, seen = world.system.app.problems, problem.revision
    inspector, colleague = world.actor(INSPECTOR), world.actor(COLLEAGUE)
    raised = both(
        lambda: app.do(inspector, CloseProblem(problem.id, seen)),
        lambda: app.do(colleague, ReturnProblem(problem.id, seen, "照片不清楚")),
    )
    assert [type(failure) for failure in raised if failure] == [Conflict]
    assert world.problem(problem.id).revision == seen + 1
    assert len(messages(world, RESPONSIBLE)) == 1


DECIDE = """mutation($id: ID!, $revision: Int!) { %s { __typename
  ... on ProblemSaved { problem { state revision } } ... on Refusal { code message field } } }"""


def test_of_two_reviewers_at_once_over_the_api_one_wins_and_the_other_gets_conflict(
    anywhere: Rectification,
) -> None:
    problem = a_problem_in(ProblemState.FED_BACK)
    anywhere.keep(problem)
    documents = {
        INSPECTOR: DECIDE % "closeProblem(id: $id, revision: $revision)",
        COLLEAGUE: DECIDE % 'returnProblem(id: $id, revision: $revision, reason: "照片不清楚")',
    }
    people = {person: logged_in(anywhere, person) for person in documents}
    answers: list[dict[str, Any]] = []

    def decide(person: Person) -> None:
        asked = {"id": global_id("Problem", problem.id), "revision": problem.revision}
        (answer,) = people[person].ask(documents[person], **asked).values()
        answers.append(answer)

    assert both(lambda: decide(INSPECTOR), lambda: decide(COLLEAGUE)) == [None, None]
    (won,) = [answer["problem"] for answer in answers if answer["__typename"] == "ProblemSaved"]
    (lost,) = [answer for answer in answers if answer["__typename"] != "ProblemSaved"]
    assert (lost["__typename"], lost["code"]) == ("ConflictRefusal", "CONFLICT")
    stored = anywhere.problem(problem.id)
    assert (won["state"], won["revision"]) == (stored.state.value, stored.revision)
    assert stored.revision == problem.revision + 1
    assert len(messages(anywhere, RESPONSIBLE)) == 1


def test_two_nodes_that_remind_at_once_tell_everybody_once(world: Rectification) -> None:
    world.keep(issued())
    world.system.clock.moment = NOW + 2 * HOUR
    assert both(world.remind, world.remind) == [None, None]
    assert [len(messages(world, person)) for person in (RESPONSIBLE, COUNTY_DUTY)] == [2, 1]
    texts = world.system.readers.notices.texts(
        SmsFilter(business_date=DAY), world.actor(COUNTY_DUTY).scope, Page(10)
    ).rows
    assert len(texts) == 3, "the issue, and a reminder for each of them"
    assert world.remind() == 0 and DONGFENG.name in world.send()[0][1]
