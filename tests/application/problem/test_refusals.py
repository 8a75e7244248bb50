"""Steps of a problem that are refused, that are sent twice, and what the trail says of those that are taken."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest

from yanbao.application.ports.paging import Page
from yanbao.application.ports.problem import ProblemFilter, ProblemRow
from yanbao.application.problem.commands import AcknowledgeProblem, CloseProblem, FeedBack, ReturnProblem
from yanbao.domain.directory.organisation import Person
from yanbao.domain.problem.workflow import ProblemAction, ProblemState
from yanbao.domain.refusals import ActionNotAllowed, Conflict, Forbidden, InvalidForm, InvalidValue, NotFound
from yanbao.domain.values import ProblemId

from ...support.builders import DAY, an_id
from ...support.inspections import a_feedback_form
from ...support.rectification import COLLEAGUE, INSPECTOR, refusal, with_a_problem
from ...support.world import AUDIT_ADMIN, HEAD, HONGXING_HEAD, PUCHENG_DUTY, SYSTEM_ADMIN

A = ProblemAction
S = ProblemState

# ---------------------------------------------------------------- what is refused


def test_feedback_after_closing_is_refused() -> None:
    world, id = with_a_problem(S.CLOSED)
    for action in (A.FEED_BACK, A.REPORT_PROGRESS):
        with pytest.raises(ActionNotAllowed, match="该问题已办结"):
            world.do(action, HEAD, id)
    assert world.problem(id).state is S.CLOSED
    assert len(world.history(id).feedbacks) == 1


def test_a_foreign_problem_is_not_found_just_as_an_unknown_one() -> None:
    world, id = with_a_problem()
    unknown = ProblemId(an_id("problem", "无"))
    refused = []
    for person, wanted in ((HONGXING_HEAD, id), (PUCHENG_DUTY, id), (HEAD, unknown)):
        with pytest.raises(NotFound) as caught:
            world.do(A.ACKNOWLEDGE, person, wanted, revision=1)
        refused.append((caught.value.code, str(caught.value)))
    assert len(set(refused)) == 1


def test_a_revision_that_is_no_longer_the_newest_is_a_conflict_whatever_else_is_wrong() -> None:
    world, id = with_a_problem(S.FED_BACK)
    newest = world.problem(id).revision
    world.do(A.RETURN, INSPECTOR, id)
    with pytest.raises(Conflict, match=f"第{newest + 1}版，您看到的是第{newest}版") as caught:
        world.do(A.CLOSE, COLLEAGUE, id, revision=newest)
    assert caught.value.field == "revision"
    assert world.problem(id).state is S.RETURNED
    assert refusal(lambda: world.do(A.RECTIFY, HEAD, id, revision=newest + 2)) is Conflict


def test_of_two_reviewers_who_decide_at_once_one_wins_and_the_other_gets_a_conflict() -> None:
    world, id = with_a_problem(S.FED_BACK)
    seen, ready = world.problem(id).revision, Barrier(2)
    problems = world.system.app.problems

    def close() -> ProblemRow:
        ready.wait()
        return problems.do(world.actor(INSPECTOR), CloseProblem(id, seen))

    def send_back() -> ProblemRow:
        ready.wait()
        return problems.do(world.actor(COLLEAGUE), ReturnProblem(id, seen, "照片不清楚"))

    with ThreadPoolExecutor(2) as threads:
        failures = [decision.exception() for decision in [threads.submit(close), threads.submit(send_back)]]
    assert sorted(type(failure) for failure in failures if failure) == [Conflict]
    assert world.problem(id).revision == seen + 1


def test_a_form_is_refused_with_everything_that_is_wrong_and_nothing_is_kept() -> None:
    world, id = with_a_problem(S.RECTIFYING)
    bare = a_feedback_form(situation="", measures="", outcome="")
    with pytest.raises(InvalidForm) as caught:
        world.do(A.FEED_BACK, HEAD, id, form=bare)
    assert [fault.field for fault in caught.value.items] == ["situation", "measures", "outcome"]
    assert world.history(id).feedbacks == () and world.told() == set()


def test_more_time_is_asked_for_until_a_day_that_lies_ahead() -> None:
    world, id = with_a_problem()
    with pytest.raises(InvalidValue) as caught:
        world.do(A.REQUEST_EXTENSION, HEAD, id, until=DAY)
    assert caught.value.field == "until"


@pytest.mark.parametrize("person", [SYSTEM_ADMIN, AUDIT_ADMIN])
def test_administrators_have_nothing_to_do_with_problems(person: Person) -> None:
    world, id = with_a_problem()
    problems, actor = world.system.app.problems, world.actor(person)
    assert refusal(lambda: problems.rows(actor, [id])) is Forbidden
    assert refusal(lambda: problems.page(actor, ProblemFilter(), Page(10))) is Forbidden
    assert refusal(lambda: world.do(A.ACKNOWLEDGE, person, id)) is Forbidden
    assert problems.unfed_back(actor) == {}


def test_who_has_to_change_the_password_first_does_nothing_else() -> None:
    world, id = with_a_problem()
    actor = replace(world.actor(HEAD), must_change_password=True)
    assert refusal(lambda: world.system.app.problems.do(actor, AcknowledgeProblem(id, 1))) is Forbidden


# ---------------------------------------------------------------- once, and the audit trail


def test_a_step_that_is_sent_twice_with_its_key_is_taken_once() -> None:
    world, id = with_a_problem()
    first = world.do(A.ACKNOWLEDGE, HEAD, id, revision=1, key="device-0001")
    assert world.do(A.ACKNOWLEDGE, HEAD, id, revision=1, key="device-0001") == first
    assert len(world.history(id).timeline) == 2
    with pytest.raises(Conflict):
        world.do(A.RECTIFY, HEAD, id, revision=2, key="device-0001")
    assert world.problem(id).state is S.ACKNOWLEDGED


def test_a_key_is_the_command_s_own_even_where_two_commands_look_alike() -> None:
    world, id = with_a_problem(S.RECTIFYING)
    form, problems, actor = a_feedback_form(), world.system.app.problems, world.actor(HEAD)
    revision = world.problem(id).revision
    world.do(A.REPORT_PROGRESS, HEAD, id, form=form, key="device-0001")
    with pytest.raises(Conflict):
        problems.do(actor, FeedBack(id, revision, form), key="device-0001")


def test_every_step_stands_in_the_audit_trail_without_anything_personal() -> None:
    world, id = with_a_problem()
    world.do(A.ACKNOWLEDGE, HEAD, id)
    (entry,) = [e for e in world.state.audit.values() if e.action == "ProblemAcknowledged"]
    assert (entry.subject, entry.actor_name) == (f"Problem:{id}", HEAD.name)
    assert entry.detail["state"] == "ACKNOWLEDGED" and entry.detail["revision"] == 2
    assert HEAD.phone.text not in str(entry.detail)
