"""Problems through the use cases: the whole story, every state × action × party, and the files of a feedback."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from yanbao.application.access import SYSTEM
from yanbao.domain.deadlines import day_end
from yanbao.domain.directory.organisation import Person
from yanbao.domain.files.attachment import Attachment, MediaType
from yanbao.domain.handling.parties import Party
from yanbao.domain.problem.form import ProblemOrigin
from yanbao.domain.problem.problem import Problem
from yanbao.domain.problem.workflow import (
    CARRIERS,
    PROBLEM_TRANSITIONS,
    UNFED_BACK,
    ProblemAction,
    ProblemState,
)
from yanbao.domain.refusals import ActionNotAllowed, Forbidden, NotFound, Refused
from yanbao.domain.values import AttachmentId, ProblemId

from ...support.builders import NOW
from ...support.inspections import (
    TO_THE_COUNTY,
    a_feedback_form,
    a_problem_in,
    an_attachment,
    asking_for_more_time,
    issued,
)
from ...support.rectification import (
    CITY_HEAD,
    COLLEAGUE,
    COMMANDS,
    COUNTY_INSPECTOR,
    INSPECTOR,
    MORE_TIME,
    RESPONSIBLE,
    Rectification,
    a_rectification,
    refusal,
    with_a_problem,
)
from ...support.world import (
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
)

A = ProblemAction
S = ProblemState
ADDRESSEES_OWN = (HEAD, MANAGER, RESPONSIBLE)
ISSUERS_OWN = (INSPECTOR, COLLEAGUE, CITY_HEAD)
ONLOOKERS = (COUNTY_HEAD, COUNTY_DUTY, COUNTY_INSPECTOR, PROVINCE_HEAD)
BLIND = (HONGXING_HEAD, PUCHENG_DUTY, CHANGAN_DUTY)
"""Who does not see a problem of the factory in 临潼."""

# ---------------------------------------------------------------- the whole story


def test_the_whole_story_of_a_problem() -> None:
    world = a_rectification()
    problem = issued()
    world.keep(problem, by=INSPECTOR)
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
        world.system.clock.moment = NOW + timedelta(hours=hours)
        row = world.do(action, person, id)
        assert row.revision == hours + 1
    history = world.history(id)
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
    assert world.system.app.problems.allowed_actions(world.actor(INSPECTOR), row) == []


def test_a_patrolled_department_rectifies_and_the_one_above_reviews() -> None:
    world, id = with_a_problem(to=TO_THE_COUNTY)
    for action, person in (
        (A.ACKNOWLEDGE, COUNTY_DUTY),
        (A.RECTIFY, COUNTY_INSPECTOR),
        (A.FEED_BACK, COUNTY_HEAD),
        (A.CLOSE, INSPECTOR),
    ):
        row = world.do(action, person, id)
    assert row.state is S.CLOSED


def test_each_step_gives_the_problem_as_a_list_shows_it() -> None:
    world, id = with_a_problem()
    row = world.do(A.ACKNOWLEDGE, HEAD, id)
    assert row == world.system.app.problems.rows(world.actor(HEAD), [id])[id]
    assert (row.state, row.acknowledged_at, row.addressee_name) == (S.ACKNOWLEDGED, NOW, "东风烟花厂")


# ---------------------------------------------------------------- state × action × party


def expected(problem: Problem, action: A, person: Person) -> type[Refused] | None:
    """By the tables alone: role, scope, party, then the state."""
    parties = {p.id: Party.ADDRESSEE for p in ADDRESSEES_OWN} | {p.id: Party.ISSUER for p in ISSUERS_OWN}
    by_issuer = CARRIERS[action] is Party.ISSUER
    may_review = person in (*ISSUERS_OWN, COUNTY_HEAD, COUNTY_INSPECTOR, PROVINCE_HEAD)
    if (by_issuer and not may_review) or (action is A.HAND_OVER and person is not PROVINCE_HEAD):
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


@pytest.mark.parametrize("action", COMMANDS)
@pytest.mark.parametrize(
    ("state", "asking"), [(state, asking) for state in S for asking in {False, state in UNFED_BACK}]
)
def test_every_state_and_action_for_every_party(state: S, action: A, asking: bool) -> None:
    problem = a_problem_in(state)
    if asking:
        asking_for_more_time(problem)
    before = problem.revision
    for person in (*ADDRESSEES_OWN, *ISSUERS_OWN, *ONLOOKERS, *BLIND, CITY_DUTY):
        world = a_rectification().keep(replace(problem))
        shown = world.system.app.problems.rows(world.actor(person), [problem.id])
        outcome = refusal(lambda: world.do(action, person, problem.id))  # noqa: B023
        assert outcome is expected(problem, action, person), person.name
        after = world.problem(problem.id)
        assert after.revision == before + (outcome is None)
        assert set(shown) == (set() if person in BLIND else {problem.id})
        for row in shown.values():
            offered = world.system.app.problems.allowed_actions(world.actor(person), row)
            assert (action in offered) is (outcome is None), person.name


@pytest.mark.parametrize("action", [action for action in A if CARRIERS[action] is Party.ISSUER])
def test_the_ministry_s_problems_are_reviewed_by_the_province_and_withdrawn_by_nobody_here(action: A) -> None:
    state = {A.RETURN: S.FED_BACK, A.CLOSE: S.FED_BACK}.get(action, S.ISSUED)
    problem = a_problem_in(state, origin=ProblemOrigin.MINISTRY)
    if action in (A.GRANT_EXTENSION, A.REFUSE_EXTENSION):
        asking_for_more_time(problem)
    not_here = {A.WITHDRAW: Forbidden, A.HAND_OVER: ActionNotAllowed}  # An enterprise keeps what it has.
    for person, outcome in (
        (PROVINCE_HEAD, not_here.get(action)),
        (INSPECTOR, Forbidden),
    ):
        world = a_rectification().keep(replace(problem))
        assert refusal(lambda: world.do(action, person, problem.id)) is outcome  # noqa: B023


def test_the_province_may_review_its_own_answer_to_the_ministry() -> None:
    to_the_province = replace(
        TO_THE_COUNTY, department_id=PROVINCE_HEAD.department_id, name="陕西省应急管理厅"
    )
    world, id = with_a_problem(S.RECTIFYING, to=to_the_province, origin=ProblemOrigin.MINISTRY)
    world.do(A.FEED_BACK, PROVINCE_DUTY, id)
    assert refusal(lambda: world.do(A.CLOSE, PROVINCE_DUTY, id)) is Forbidden
    assert world.do(A.CLOSE, PROVINCE_HEAD, id).state is S.CLOSED


# ---------------------------------------------------------------- attachments of feedback


def uploaded(world: Rectification, by: Person, name: str) -> AttachmentId:
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
    with world.system.storage.work(SYSTEM) as work:
        work.attachments.add(attachment)
        work.commit()
    return attachment.id


def problem_of(world: Rectification, id: AttachmentId) -> ProblemId | None:
    """To which problem the file belongs."""
    return world.system.readers.attachments.attachments([id])[id].problem_id


@pytest.mark.parametrize("action", [A.REPORT_PROGRESS, A.FEED_BACK])
def test_files_of_a_feedback_belong_to_the_problem_from_then_on(action: A) -> None:
    world, id = with_a_problem(S.RECTIFYING)
    photo = uploaded(world, HEAD, "整改后")
    world.do(action, HEAD, id, form=a_feedback_form(attachments=(photo,)))
    assert problem_of(world, photo) == id
    assert world.history(id).feedbacks[-1].form.attachments == (photo,)


def test_a_file_of_somebody_else_is_refused_and_nothing_of_the_feedback_is_kept() -> None:
    world, id = with_a_problem(S.RECTIFYING)
    own, foreign = uploaded(world, HEAD, "整改后"), uploaded(world, HONGXING_HEAD, "别家的")
    with pytest.raises(NotFound) as caught:
        world.do(A.FEED_BACK, HEAD, id, form=a_feedback_form(attachments=(own, foreign)))
    assert caught.value.field == "attachments"
    assert problem_of(world, own) is problem_of(world, foreign) is None
    assert world.problem(id).state is S.RECTIFYING and world.told() == set()
