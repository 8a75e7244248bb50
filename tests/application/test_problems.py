"""Problems through the use cases: the whole story, every state × action × party, and who may see and do what."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from threading import Barrier
from typing import Any

import pytest

from yanbao.application.access import SYSTEM
from yanbao.application.ports.inspections import ProblemFilter, ProblemRow
from yanbao.application.ports.reading import Page
from yanbao.application.problems import AcknowledgeProblem, CloseProblem, FeedBack, ReturnProblem
from yanbao.domain.attachment import Attachment, MediaType
from yanbao.domain.deadlines import day_end
from yanbao.domain.inspection_form import InspectionKind
from yanbao.domain.organisation import Person
from yanbao.domain.problem import Problem
from yanbao.domain.problem_form import AttachmentId, ProblemId, ProblemOrigin
from yanbao.domain.problem_workflow import (
    CARRIERS,
    PROBLEM_TRANSITIONS,
    UNFED_BACK,
    Party,
    ProblemAction,
    ProblemState,
)
from yanbao.domain.refusals import (
    ActionNotAllowed,
    Conflict,
    Forbidden,
    InvalidForm,
    InvalidValue,
    NotFound,
    Refused,
)

from ..domain.inspections import (
    TO_THE_COUNTY,
    TO_THE_FACTORY,
    a_feedback_form,
    a_problem_in,
    a_statement,
    an_attachment,
    asking_for_more_time,
    issued,
)
from ..support.builders import DAY, NOW, an_id
from .rectification import (
    CITY_HEAD,
    COLLEAGUE,
    COUNTY_INSPECTOR,
    INSPECTOR,
    MORE_TIME,
    RESPONSIBLE,
    Rectification,
    a_rectification,
    issued_as,
)
from .stage import (
    AUDIT_ADMIN,
    CHANGAN_DUTY,
    CITY_DUTY,
    COUNTY_DUTY,
    COUNTY_HEAD,
    HEAD,
    HONGXING_HEAD,
    MANAGER,
    PROVINCE_DUTY,
    PROVINCE_HEAD,
    PUCHENG_DUTY,
    SYSTEM_ADMIN,
)

A = ProblemAction
S = ProblemState
ADDRESSEES_OWN = (HEAD, MANAGER, RESPONSIBLE)
ISSUERS_OWN = (INSPECTOR, COLLEAGUE, CITY_HEAD)
ONLOOKERS = (COUNTY_HEAD, COUNTY_DUTY, COUNTY_INSPECTOR, PROVINCE_HEAD)
BLIND = (HONGXING_HEAD, PUCHENG_DUTY, CHANGAN_DUTY)
"""Who does not see a problem of the factory in 临潼."""


def refusal(act: Callable[[], object]) -> type[Refused] | None:
    """What the act is refused with, by its class; None when it is done."""
    try:
        act()
    except Refused as refused:
        return type(refused)
    return None


def with_a_problem(state: S = S.ISSUED, **detail: Any) -> tuple[Rectification, ProblemId]:
    problem = a_problem_in(state, **detail)
    return a_rectification().keep(problem), problem.id


# ---------------------------------------------------------------- the whole story


def test_the_whole_story_of_a_problem() -> None:
    stage = a_rectification()
    problem = issued()
    stage.keep(problem, by=INSPECTOR)
    id = problem.id
    steps: list[tuple[A, Person]] = [
        (A.ACKNOWLEDGE, HEAD),
        (A.RECTIFY, RESPONSIBLE),
        (A.REPORT_PROGRESS, RESPONSIBLE),
        (A.REQUEST_EXTENSION, HEAD),
        (A.GRANT_EXTENSION, INSPECTOR),
        (A.FEED_BACK, RESPONSIBLE),
        (A.RETURN, COLLEAGUE),
        (A.RECTIFY, RESPONSIBLE),
        (A.FEED_BACK, RESPONSIBLE),
        (A.CLOSE, CITY_HEAD),
    ]
    for hours, (action, person) in enumerate(steps, start=1):
        stage.world.clock.moment = NOW + timedelta(hours=hours)
        row = stage.do(action, person, id)
        assert row.revision == hours + 1
    history = stage.history(id)
    assert [(line.action, line.signed.name) for line in history.timeline] == [
        (None, INSPECTOR.name),
        *((action, person.name) for action, person in steps),
    ]
    assert [line.signed.at for line in history.timeline] == [
        NOW + timedelta(hours=n) for n in range(len(steps) + 1)
    ]
    assert [(feedback.final, feedback.late) for feedback in history.feedbacks] == [
        (False, False),
        (True, False),
        (True, False),
    ]
    assert (row.state, row.ended_at) == (S.CLOSED, NOW + timedelta(hours=10))
    assert row.rectify_due == day_end(MORE_TIME)
    assert stage.world.app.problems.allowed_actions(stage.actor(INSPECTOR), row) == []


def test_a_patrolled_department_rectifies_and_the_one_above_reviews() -> None:
    stage, id = with_a_problem(to=TO_THE_COUNTY)
    for action, person in (
        (A.ACKNOWLEDGE, COUNTY_DUTY),
        (A.RECTIFY, COUNTY_INSPECTOR),
        (A.FEED_BACK, COUNTY_HEAD),
        (A.CLOSE, INSPECTOR),
    ):
        row = stage.do(action, person, id)
    assert row.state is S.CLOSED


def test_each_step_gives_the_problem_as_a_list_shows_it() -> None:
    stage, id = with_a_problem()
    row = stage.do(A.ACKNOWLEDGE, HEAD, id)
    assert row == stage.world.app.problems.rows(stage.actor(HEAD), [id])[id]
    assert (row.state, row.acknowledged_at, row.addressee_name) == (S.ACKNOWLEDGED, NOW, "东风烟花厂")


# ---------------------------------------------------------------- state × action × party


def expected(problem: Problem, action: A, person: Person) -> type[Refused] | None:
    """By the tables alone: role, scope, party, then the state."""
    parties = {p.id: Party.ADDRESSEE for p in ADDRESSEES_OWN} | {p.id: Party.ISSUER for p in ISSUERS_OWN}
    by_issuer = CARRIERS[action] is Party.ISSUER
    may_review = person in (*ISSUERS_OWN, COUNTY_HEAD, COUNTY_INSPECTOR, PROVINCE_HEAD)
    if by_issuer and not may_review:
        return Forbidden
    if person in BLIND:
        return NotFound
    if parties.get(person.id) is not CARRIERS[action]:
        return Forbidden
    asked = problem.open_extension is not None
    possible = (problem.state, action) in PROBLEM_TRANSITIONS and {
        A.REQUEST_EXTENSION: not asked,
        A.GRANT_EXTENSION: asked,
        A.REFUSE_EXTENSION: asked,
        A.WITHDRAW: not problem.fed_back_before,
    }.get(action, True)
    return None if possible else ActionNotAllowed


@pytest.mark.parametrize("action", A)
@pytest.mark.parametrize(
    ("state", "asking"), [(state, asking) for state in S for asking in {False, state in UNFED_BACK}]
)
def test_every_state_and_action_for_every_party(state: S, action: A, asking: bool) -> None:
    problem = a_problem_in(state)
    if asking:
        asking_for_more_time(problem)
    before = problem.revision
    for person in (*ADDRESSEES_OWN, *ISSUERS_OWN, *ONLOOKERS, *BLIND, CITY_DUTY):
        stage = a_rectification().keep(replace(problem))
        shown = stage.world.app.problems.rows(stage.actor(person), [problem.id])
        outcome = refusal(lambda: stage.do(action, person, problem.id))  # noqa: B023
        assert outcome is expected(problem, action, person), person.name
        after = stage.problem(problem.id)
        assert after.revision == before + (outcome is None)
        assert set(shown) == (set() if person in BLIND else {problem.id})
        for row in shown.values():
            offered = stage.world.app.problems.allowed_actions(stage.actor(person), row)
            assert (action in offered) is (outcome is None), person.name


@pytest.mark.parametrize("action", [action for action in A if CARRIERS[action] is Party.ISSUER])
def test_the_ministry_s_problems_are_reviewed_by_the_province_and_withdrawn_by_nobody_here(action: A) -> None:
    state = {A.RETURN: S.FED_BACK, A.CLOSE: S.FED_BACK}.get(action, S.ISSUED)
    problem = a_problem_in(state, origin=ProblemOrigin.MINISTRY)
    if action in (A.GRANT_EXTENSION, A.REFUSE_EXTENSION):
        asking_for_more_time(problem)
    for person, outcome in (
        (PROVINCE_HEAD, Forbidden if action is A.WITHDRAW else None),
        (INSPECTOR, Forbidden),
    ):
        stage = a_rectification().keep(replace(problem))
        assert refusal(lambda: stage.do(action, person, problem.id)) is outcome  # noqa: B023


def test_the_province_may_review_its_own_answer_to_the_ministry() -> None:
    to_the_province = replace(
        TO_THE_COUNTY, department_id=PROVINCE_HEAD.department_id, name="陕西省应急管理厅"
    )
    stage, id = with_a_problem(S.RECTIFYING, to=to_the_province, origin=ProblemOrigin.MINISTRY)
    stage.do(A.FEED_BACK, PROVINCE_DUTY, id)
    assert refusal(lambda: stage.do(A.CLOSE, PROVINCE_DUTY, id)) is Forbidden
    assert stage.do(A.CLOSE, PROVINCE_HEAD, id).state is S.CLOSED


# ---------------------------------------------------------------- what is refused


def test_feedback_after_closing_is_refused() -> None:
    stage, id = with_a_problem(S.CLOSED)
    for action in (A.FEED_BACK, A.REPORT_PROGRESS):
        with pytest.raises(ActionNotAllowed, match="该问题已办结"):
            stage.do(action, HEAD, id)
    assert stage.problem(id).state is S.CLOSED
    assert len(stage.history(id).feedbacks) == 1


def test_a_foreign_problem_is_not_found_just_as_an_unknown_one() -> None:
    stage, id = with_a_problem()
    unknown = ProblemId(an_id("problem", "无"))
    refused = []
    for person, wanted in ((HONGXING_HEAD, id), (PUCHENG_DUTY, id), (HEAD, unknown)):
        with pytest.raises(NotFound) as caught:
            stage.do(A.ACKNOWLEDGE, person, wanted, revision=1)
        refused.append((caught.value.code, str(caught.value)))
    assert len(set(refused)) == 1


def test_a_revision_that_is_no_longer_the_newest_is_a_conflict_whatever_else_is_wrong() -> None:
    stage, id = with_a_problem(S.FED_BACK)
    newest = stage.problem(id).revision
    stage.do(A.RETURN, INSPECTOR, id)
    with pytest.raises(Conflict, match=f"第{newest + 1}版，您看到的是第{newest}版") as caught:
        stage.do(A.CLOSE, COLLEAGUE, id, revision=newest)
    assert caught.value.field == "revision"
    assert stage.problem(id).state is S.RETURNED
    assert refusal(lambda: stage.do(A.RECTIFY, HEAD, id, revision=newest + 2)) is Conflict


def test_of_two_reviewers_who_decide_at_once_one_wins_and_the_other_gets_a_conflict() -> None:
    stage, id = with_a_problem(S.FED_BACK)
    seen, ready = stage.problem(id).revision, Barrier(2)
    problems = stage.world.app.problems

    def close() -> ProblemRow:
        ready.wait()
        return problems.close(stage.actor(INSPECTOR), CloseProblem(id, seen))

    def send_back() -> ProblemRow:
        ready.wait()
        return problems.return_(stage.actor(COLLEAGUE), ReturnProblem(id, seen, "照片不清楚"))

    with ThreadPoolExecutor(2) as threads:
        failures = [decision.exception() for decision in [threads.submit(close), threads.submit(send_back)]]
    assert sorted(type(failure) for failure in failures if failure) == [Conflict]
    assert stage.problem(id).revision == seen + 1


def test_a_form_is_refused_with_everything_that_is_wrong_and_nothing_is_kept() -> None:
    stage, id = with_a_problem(S.RECTIFYING)
    bare = a_feedback_form(situation="", measures="", outcome="")
    with pytest.raises(InvalidForm) as caught:
        stage.do(A.FEED_BACK, HEAD, id, form=bare)
    assert [fault.field for fault in caught.value.items] == ["situation", "measures", "outcome"]
    assert stage.history(id).feedbacks == () and stage.told() == set()


def test_more_time_is_asked_for_until_a_day_that_lies_ahead() -> None:
    stage, id = with_a_problem()
    with pytest.raises(InvalidValue) as caught:
        stage.do(A.REQUEST_EXTENSION, HEAD, id, until=DAY)
    assert caught.value.field == "until"


@pytest.mark.parametrize("person", [SYSTEM_ADMIN, AUDIT_ADMIN])
def test_administrators_have_nothing_to_do_with_problems(person: Person) -> None:
    stage, id = with_a_problem()
    problems, actor = stage.world.app.problems, stage.actor(person)
    assert refusal(lambda: problems.rows(actor, [id])) is Forbidden
    assert refusal(lambda: problems.page(actor, ProblemFilter(), Page(10))) is Forbidden
    assert refusal(lambda: stage.do(A.ACKNOWLEDGE, person, id)) is Forbidden
    assert problems.unfed_back(actor) == {}


def test_who_has_to_change_the_password_first_does_nothing_else() -> None:
    stage, id = with_a_problem()
    actor = replace(stage.actor(HEAD), must_change_password=True)
    assert (
        refusal(lambda: stage.world.app.problems.acknowledge(actor, AcknowledgeProblem(id, 1))) is Forbidden
    )


# ---------------------------------------------------------------- attachments of feedback


def uploaded(stage: Rectification, by: Person, name: str) -> AttachmentId:
    attachment = Attachment(
        id=an_attachment(name),
        name=f"{name}.jpg",
        media_type=MediaType.JPEG,
        size=123_456,
        sha256="ab" * 32,
        thumbnail=True,
        person_id=by.id,
        uploaded_at=NOW,
    )
    with stage.world.storage.work(SYSTEM) as work:
        work.attachments.add(attachment)
        work.commit()
    return attachment.id


def problem_of(stage: Rectification, id: AttachmentId) -> ProblemId | None:
    """To which problem the file belongs."""
    return stage.world.readers.attachments.attachments([id])[id].problem_id


@pytest.mark.parametrize("action", [A.REPORT_PROGRESS, A.FEED_BACK])
def test_files_of_a_feedback_belong_to_the_problem_from_then_on(action: A) -> None:
    stage, id = with_a_problem(S.RECTIFYING)
    photo = uploaded(stage, HEAD, "整改后")
    stage.do(action, HEAD, id, form=a_feedback_form(attachments=(photo,)))
    assert problem_of(stage, photo) == id
    assert stage.history(id).feedbacks[-1].form.attachments == (photo,)


def test_a_file_of_somebody_else_is_refused_and_nothing_of_the_feedback_is_kept() -> None:
    stage, id = with_a_problem(S.RECTIFYING)
    own, foreign = uploaded(stage, HEAD, "整改后"), uploaded(stage, HONGXING_HEAD, "别家的")
    with pytest.raises(NotFound) as caught:
        stage.do(A.FEED_BACK, HEAD, id, form=a_feedback_form(attachments=(own, foreign)))
    assert caught.value.field == "attachments"
    assert problem_of(stage, own) is problem_of(stage, foreign) is None
    assert stage.problem(id).state is S.RECTIFYING and stage.told() == set()


# ---------------------------------------------------------------- once, and the audit trail


def test_a_step_that_is_sent_twice_with_its_key_is_taken_once() -> None:
    stage, id = with_a_problem()
    first = stage.do(A.ACKNOWLEDGE, HEAD, id, revision=1, key="device-0001")
    assert stage.do(A.ACKNOWLEDGE, HEAD, id, revision=1, key="device-0001") == first
    assert len(stage.history(id).timeline) == 2
    with pytest.raises(Conflict):
        stage.do(A.RECTIFY, HEAD, id, revision=2, key="device-0001")
    assert stage.problem(id).state is S.ACKNOWLEDGED


def test_a_key_is_the_command_s_own_even_where_two_commands_look_alike() -> None:
    stage, id = with_a_problem(S.RECTIFYING)
    form, problems, actor = a_feedback_form(), stage.world.app.problems, stage.actor(HEAD)
    revision = stage.problem(id).revision
    stage.do(A.REPORT_PROGRESS, HEAD, id, form=form, key="device-0001")
    with pytest.raises(Conflict):
        problems.feed_back(actor, FeedBack(id, revision, form), key="device-0001")


def test_every_step_stands_in_the_audit_trail_without_anything_personal() -> None:
    stage, id = with_a_problem()
    stage.do(A.ACKNOWLEDGE, HEAD, id)
    (entry,) = [e for e in stage.state.audit.values() if e.action == "ProblemAcknowledged"]
    assert (entry.subject, entry.actor_name) == (f"Problem:{id}", HEAD.name)
    assert entry.detail["state"] == "ACKNOWLEDGED" and entry.detail["revision"] == 2
    assert HEAD.phone.text not in str(entry.detail)


# ---------------------------------------------------------------- reading


def three_problems() -> Rectification:
    """One to the factory, one to the county, one of the ministry that was fed back."""
    from_ministry = a_problem_in(S.FED_BACK, origin=ProblemOrigin.MINISTRY)
    to_county = issued_as("县", to=TO_THE_COUNTY)
    to_factory = issued(to=TO_THE_FACTORY, at=NOW - timedelta(days=2))
    return a_rectification().keep(to_factory, to_county, from_ministry)


def addressees(stage: Rectification, person: Person, where: ProblemFilter) -> list[str]:
    problems, actor = stage.world.app.problems, stage.actor(person)
    rows = problems.page(actor, where, Page(10)).rows
    assert problems.count(actor, where) == len(rows)
    return sorted(row.addressee_name for row in rows)


def test_what_is_addressed_to_me_and_what_my_department_has_issued() -> None:
    stage = three_problems()
    problems = stage.world.app.problems
    to_head = problems.to_me(stage.actor(HEAD))
    assert addressees(stage, HEAD, to_head) == ["东风烟花厂"] * 2
    assert addressees(stage, HEAD, problems.to_me(stage.actor(HEAD), unfed_back=True)) == ["东风烟花厂"]
    assert addressees(stage, COUNTY_DUTY, problems.to_me(stage.actor(COUNTY_DUTY))) == ["临潼区应急管理局"]
    assert addressees(stage, INSPECTOR, problems.by_me(stage.actor(INSPECTOR))) == [
        "东风烟花厂",
        "临潼区应急管理局",
    ]
    assert addressees(stage, PROVINCE_HEAD, problems.by_me(stage.actor(PROVINCE_HEAD))) == ["东风烟花厂"]
    with pytest.raises(Forbidden):
        problems.by_me(stage.actor(HEAD))


def test_a_filter_never_reaches_beyond_the_scope() -> None:
    stage = three_problems()
    for person in BLIND:
        assert addressees(stage, person, ProblemFilter()) == []
        assert addressees(stage, person, stage.world.app.problems.to_me(stage.actor(HEAD))) == []


def test_unfed_back_counts_what_i_owe_by_kind() -> None:
    stage = three_problems()
    count = stage.world.app.problems.unfed_back
    nothing = {InspectionKind.PATROL: 0, InspectionKind.SPOT_CHECK: 0}

    def counted(person: Person) -> dict[InspectionKind, int]:
        return nothing | dict(count(stage.actor(person)))

    assert counted(HEAD) == nothing | {InspectionKind.SPOT_CHECK: 1}
    assert counted(COUNTY_DUTY) == nothing | {InspectionKind.PATROL: 1}
    assert counted(INSPECTOR) == counted(HONGXING_HEAD) == nothing


def test_the_past_of_a_problem_is_given_with_its_rows() -> None:
    stage, id = with_a_problem(S.RETURNED)
    history = stage.world.app.problems.histories(stage.actor(HEAD), [id])[id]
    assert [line.state for line in history.timeline][-1] is S.RETURNED
    assert history.timeline[-1].note == "照片不清楚"


def test_days_that_end_before_they_begin_are_refused() -> None:
    stage, _ = with_a_problem()
    where = ProblemFilter(first_day=DAY, last_day=DAY - timedelta(days=1))
    for read in (stage.world.app.problems.count, lambda a, w: stage.world.app.problems.page(a, w, Page(5))):
        with pytest.raises(InvalidValue) as caught:
            read(stage.actor(HEAD), where)
        assert caught.value.field == "lastDay"


@pytest.mark.parametrize("state", S)
@pytest.mark.parametrize("hours", [0, 1, 2, 23, 24, 7 * 24 - 1, 7 * 24, 30 * 24])
def test_a_row_is_overdue_when_its_problem_is(state: S, hours: int) -> None:
    stage, id = with_a_problem(state)
    stage.after(timedelta(hours=hours))
    row = stage.world.app.problems.rows(stage.actor(HEAD), [id])[id]
    assert stage.world.app.problems.overdue(row) is stage.problem(id).overdue(stage.world.clock.now())


def test_a_day_for_rectification_is_shown_as_it_was_given() -> None:
    last = date(2026, 12, 1)
    stage = a_rectification().keep(issued(statement=a_statement(rectify_on=last)))
    (row,) = stage.world.app.problems.page(stage.actor(HEAD), ProblemFilter(), Page(5)).rows
    assert (row.rectify_on, row.rectify_due) == (last, day_end(last))


def test_a_job_of_the_system_is_nobody_s_party() -> None:
    stage, id = with_a_problem()
    with pytest.raises(Forbidden):
        stage.world.app.problems.acknowledge(SYSTEM, AcknowledgeProblem(id, 1))
