"""The workflow of a problem: every state with every action and every party, and what stands beside the table."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import date, datetime, timedelta
from itertools import chain, combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yanbao.domain.deadlines import day_end
from yanbao.domain.handling.feedback import Addressee
from yanbao.domain.handling.parties import PARTY_NAMES, Party
from yanbao.domain.problem.events import (
    ExtensionGranted,
    ExtensionRefused,
    ExtensionRequested,
    ProblemAcknowledged,
    ProblemClosed,
    ProblemFedBack,
    ProblemHandedOver,
    ProblemIssued,
    ProblemReopened,
    ProblemRestated,
    ProblemReturned,
    ProblemTakenUp,
    ProblemWithdrawn,
    ProgressReported,
)
from yanbao.domain.problem.form import (
    ProblemCategory,
    ProblemOrigin,
    Severity,
    ministry_problem_id,
    problem_id,
)
from yanbao.domain.problem.history import TimelineEntry
from yanbao.domain.problem.problem import Problem
from yanbao.domain.problem.workflow import (
    CARRIERS,
    OF_THE_MINISTRY,
    OPEN,
    PROBLEM_DEEDS,
    PROBLEM_STATE_NAMES,
    PROBLEM_TRANSITIONS,
    UNFED_BACK,
    ProblemAction,
    ProblemState,
    carrier,
    check_party,
)
from yanbao.domain.refusals import ActionNotAllowed, Forbidden, InvalidValue, Refused
from yanbao.domain.values import InspectionId

from ...support.builders import DAY, LINTONG, NOW, XIAN, an_id
from ...support.inspections import (
    CITY_BUREAU,
    COUNTY_BUREAU,
    FACTORY,
    MICROSECOND,
    PROVINCE_BUREAU,
    RESPONSIBLE,
    TO_THE_COUNTY,
    TO_THE_FACTORY,
    TO_THE_PROVINCE,
    USUAL,
    a_feedback_form,
    a_problem_in,
    a_statement,
    asking_for_more_time,
    by,
    issued,
)
from ...support.ministry_problems import a_ministry_problem, hand_over, restate

LATER = NOW + timedelta(hours=1)
UNTIL = DAY + timedelta(days=20)
DECISIONS = (ProblemAction.GRANT_EXTENSION, ProblemAction.REFUSE_EXTENSION)


def restated(problem: Problem, at: datetime) -> None:
    """Stated anew: what has ended is withdrawn again, because a statement that stands reopens it."""
    withdrawn = None if problem.state in OPEN else "重复下发"
    restate(problem, at=at, signed=by(at=at), withdrawn=withdrawn)


Act = Callable[[Problem, datetime], None]
ACTS: dict[ProblemAction, Act] = {
    ProblemAction.ACKNOWLEDGE: lambda p, at: p.acknowledge(by=by(at=at)),
    ProblemAction.RECTIFY: lambda p, at: p.rectify(by=by(at=at)),
    ProblemAction.REPORT_PROGRESS: lambda p, at: p.report_progress(
        a_feedback_form(planned_on=UNTIL), by=by(at=at)
    ),
    ProblemAction.FEED_BACK: lambda p, at: p.feed_back(a_feedback_form(), by=by(at=at)),
    ProblemAction.CLOSE: lambda p, at: p.close("同意办结", by=by(at=at)),
    ProblemAction.RETURN: lambda p, at: p.return_("照片不清楚", by=by(at=at)),
    ProblemAction.REQUEST_EXTENSION: lambda p, at: p.request_extension(UNTIL, "配件未到货", by=by(at=at)),
    ProblemAction.GRANT_EXTENSION: lambda p, at: p.grant_extension("同意", by=by(at=at)),
    ProblemAction.REFUSE_EXTENSION: lambda p, at: p.refuse_extension("理由不足", by=by(at=at)),
    ProblemAction.WITHDRAW: lambda p, at: p.withdraw("下发有误", by=by(at=at)),
    ProblemAction.HAND_OVER: lambda p, at: hand_over(p, at=at),
    ProblemAction.RESTATE: lambda p, at: restated(p, at),
    ProblemAction.REOPEN: lambda p, at: p.reopen(by=by(at=at), policy=USUAL),
}
EVENTS = {
    ProblemAction.ACKNOWLEDGE: ProblemAcknowledged,
    ProblemAction.RECTIFY: ProblemTakenUp,
    ProblemAction.REPORT_PROGRESS: ProgressReported,
    ProblemAction.FEED_BACK: ProblemFedBack,
    ProblemAction.CLOSE: ProblemClosed,
    ProblemAction.RETURN: ProblemReturned,
    ProblemAction.REQUEST_EXTENSION: ExtensionRequested,
    ProblemAction.GRANT_EXTENSION: ExtensionGranted,
    ProblemAction.REFUSE_EXTENSION: ExtensionRefused,
    ProblemAction.WITHDRAW: ProblemWithdrawn,
    ProblemAction.HAND_OVER: ProblemHandedOver,
    ProblemAction.RESTATE: ProblemRestated,
    ProblemAction.REOPEN: ProblemReopened,
}
PRODUCT = [(state, action) for state in ProblemState for action in ProblemAction]
PARTIES = [
    frozenset(some)
    for some in chain.from_iterable(combinations(Party, count) for count in range(len(Party) + 1))
]


def ready(state: ProblemState, action: ProblemAction) -> Problem:
    """In the state, and with an extension asked for where the action decides one.

    What only the ministry's problems know is done to one that the ministry has addressed to the province.
    """
    after_feedback = state in (ProblemState.FED_BACK, ProblemState.RETURNED)
    if action in OF_THE_MINISTRY or (action is ProblemAction.WITHDRAW and after_feedback):
        return a_ministry_problem(state)
    problem = a_problem_in(state)
    if action in DECISIONS and state in UNFED_BACK:
        return asking_for_more_time(problem)
    return problem


# ---------------------------------------------------------------- the table


@pytest.mark.parametrize(("state", "action"), [pair for pair in PRODUCT if pair in PROBLEM_TRANSITIONS])
def test_a_legal_action_lands_is_announced_once_and_leaves_a_line(
    state: ProblemState, action: ProblemAction
) -> None:
    problem = ready(state, action)
    revision, before = problem.revision, problem.addressee
    ACTS[action](problem, LATER)
    target = PROBLEM_TRANSITIONS[state, action]
    assert problem.state is target
    assert problem.revision == revision + 1
    (event,) = problem.events
    more = {"former_id": before.department_id} if action is ProblemAction.HAND_OVER else {}
    assert event == EVENTS[action](
        problem_id=problem.id,
        origin=problem.origin,
        department_id=problem.addressee.department_id,
        enterprise_id=problem.addressee.enterprise_id,
        issuer_id=problem.issuer.id,
        region_id=LINTONG,
        state=target,
        revision=revision + 1,
        at=LATER,
        **more,
    )
    line = problem.timeline[-1]
    assert (line.action, line.state, line.signed) == (action, target, by(at=LATER))


@pytest.mark.parametrize(("state", "action"), [pair for pair in PRODUCT if pair not in PROBLEM_TRANSITIONS])
def test_any_other_action_is_refused_changes_nothing_and_announces_nothing(
    state: ProblemState, action: ProblemAction
) -> None:
    problem = ready(state, action)
    before = deepcopy(problem)
    with pytest.raises(ActionNotAllowed) as refused:
        ACTS[action](problem, LATER)
    assert refused.value.sentence == (f"该问题{PROBLEM_STATE_NAMES[state]}，不能{PROBLEM_DEEDS[action]}。")
    assert problem == before
    assert problem.events == []


def test_every_state_can_be_reached_and_the_two_ends_are_left_by_the_ministry_alone() -> None:
    assert set(PROBLEM_TRANSITIONS.values()) | {ProblemState.ISSUED} == set(ProblemState)
    by_us = {state for state, action in PROBLEM_TRANSITIONS if CARRIERS[action] is not Party.MINISTRY}
    assert set(ProblemState) - by_us == {ProblemState.CLOSED, ProblemState.WITHDRAWN}
    assert {action for _, action in PROBLEM_TRANSITIONS} == set(ProblemAction)
    assert set(CARRIERS) == set(ProblemAction)


def test_what_is_open_and_what_is_owed() -> None:
    assert frozenset(ProblemState) - {ProblemState.CLOSED, ProblemState.WITHDRAWN} == OPEN
    for state in ProblemState:
        assert a_problem_in(state).is_unfed_back is (state in UNFED_BACK)
    assert {ProblemState.FED_BACK} == OPEN - UNFED_BACK


# ---------------------------------------------------------------- who may do what


@pytest.mark.parametrize("state", ProblemState)
@pytest.mark.parametrize(
    ("origin", "to"),
    [
        (ProblemOrigin.DEPARTMENT, TO_THE_FACTORY),
        (ProblemOrigin.DEPARTMENT, TO_THE_COUNTY),
        (ProblemOrigin.MINISTRY, TO_THE_FACTORY),
        (ProblemOrigin.MINISTRY, TO_THE_PROVINCE),
    ],
)
@pytest.mark.parametrize("asking", [False, True])
@pytest.mark.parametrize("moment", [LATER, day_end(UNTIL) - MICROSECOND, day_end(UNTIL)])
def test_what_is_said_to_be_allowed_is_exactly_what_succeeds(
    state: ProblemState, origin: ProblemOrigin, to: Addressee, asking: bool, moment: datetime
) -> None:
    def made() -> Problem:
        problem = a_problem_in(state, origin=origin, to=to)
        return asking_for_more_time(problem) if asking and state in UNFED_BACK else problem

    acts = ACTS | {
        # A day that can be asked for at every moment of the test.
        ProblemAction.REQUEST_EXTENSION: lambda p, at: p.request_extension(
            UNTIL + timedelta(days=20), "配件未到货", by=by(at=at)
        ),
        ProblemAction.REPORT_PROGRESS: lambda p, at: p.report_progress(
            a_feedback_form(planned_on=UNTIL + timedelta(days=20)), by=by(at=at)
        ),
    }
    succeeds = set()
    for action in ProblemAction:
        problem = made()
        before = deepcopy(problem)
        try:
            acts[action](problem, moment)
        except Refused:
            # Refused: then nothing may have changed.
            assert problem == before and problem.events == []
        else:
            succeeds.add(action)
    for parties in PARTIES:
        allowed = made().allowed_actions(parties, moment)
        assert allowed == {action for action in succeeds if carrier(action, origin) in parties}


@pytest.mark.parametrize("origin", ProblemOrigin)
@pytest.mark.parametrize("action", ProblemAction)
def test_an_action_is_forbidden_to_everybody_but_its_party(
    action: ProblemAction, origin: ProblemOrigin
) -> None:
    whose = carrier(action, origin)
    for parties in PARTIES:
        if whose in parties:
            check_party(action, origin, parties)
            continue
        with pytest.raises(Forbidden) as refused:
            check_party(action, origin, parties)
        assert refused.value.sentence == f"只有{PARTY_NAMES[whose]}可以{PROBLEM_DEEDS[action]}。"


def test_the_ministry_alone_withdraws_its_problems_and_does_nothing_else_here() -> None:
    theirs = a_problem_in(ProblemState.ISSUED, origin=ProblemOrigin.MINISTRY)
    assert theirs.allowed_actions([Party.MINISTRY], LATER) == {ProblemAction.WITHDRAW, ProblemAction.RESTATE}
    assert theirs.allowed_actions([Party.ISSUER], LATER) == frozenset()
    ours = a_problem_in(ProblemState.ISSUED)
    assert ours.allowed_actions([Party.ISSUER], LATER) == {ProblemAction.WITHDRAW}
    assert ours.allowed_actions([Party.MINISTRY], LATER) == frozenset()


def test_an_onlooker_may_do_nothing() -> None:
    for state in ProblemState:
        assert a_problem_in(state).allowed_actions([Party.ONLOOKER], LATER) == frozenset()


def test_who_is_what_to_a_problem() -> None:
    factory, county = issued(to=TO_THE_FACTORY), issued(to=TO_THE_COUNTY)
    assert factory.parties(enterprise_id=FACTORY) == {Party.ADDRESSEE}
    assert county.parties(COUNTY_BUREAU.id) == {Party.ADDRESSEE}
    assert factory.parties(CITY_BUREAU.id) == county.parties(CITY_BUREAU.id) == {Party.ISSUER}
    assert factory.parties(COUNTY_BUREAU.id) == {Party.ONLOOKER}
    assert county.parties(enterprise_id=FACTORY) == {Party.ONLOOKER}
    assert county.parties() == {Party.ONLOOKER}


def test_the_province_answers_and_reviews_what_the_ministry_addresses_to_it() -> None:
    to_the_province = Addressee(
        PROVINCE_BUREAU.id, None, PROVINCE_BUREAU.name, PROVINCE_BUREAU.region_id, PROVINCE_BUREAU.region_id
    )
    problem = issued(to=to_the_province, origin=ProblemOrigin.MINISTRY)
    assert problem.parties(PROVINCE_BUREAU.id) == {Party.ADDRESSEE, Party.ISSUER}


# ---------------------------------------------------------------- how it comes about


def test_a_problem_is_issued_with_its_terms_and_its_first_line() -> None:
    problem = issued(statement=a_statement(severity=Severity.MAJOR))
    assert (problem.origin, problem.external_id, problem.state) == (
        ProblemOrigin.DEPARTMENT,
        None,
        ProblemState.ISSUED,
    )
    assert (problem.category, problem.statement.severity) == (
        ProblemCategory.ON_SITE_VIOLATION,
        Severity.MAJOR,
    )
    assert [term.due - NOW for term in problem.terms] == [
        timedelta(hours=2),
        timedelta(hours=24),
        timedelta(days=7),
    ]
    assert problem.timeline == (TimelineEntry(None, ProblemState.ISSUED, by(), NOW + timedelta(days=7)),)
    assert problem.events == [
        ProblemIssued(
            problem_id=problem.id,
            origin=ProblemOrigin.DEPARTMENT,
            department_id=None,
            enterprise_id=FACTORY,
            issuer_id=CITY_BUREAU.id,
            region_id=LINTONG,
            state=ProblemState.ISSUED,
            revision=1,
            at=NOW,
        )
    ]


def test_a_problem_of_the_ministry_is_taken_as_it_comes() -> None:
    passed = DAY - timedelta(days=3)
    problem = issued(origin=ProblemOrigin.MINISTRY, statement=a_statement(category=None, rectify_on=passed))
    assert (problem.id, problem.external_id) == (ministry_problem_id("BJ-1"), "BJ-1")
    assert (problem.issuer, problem.issued.person_id, problem.issued.name) == (
        PROVINCE_BUREAU,
        None,
        "部级平台",
    )
    assert problem.category is ProblemCategory.OTHER
    assert problem.overdue(NOW)
    assert len(problem.events) == 1


def test_a_day_of_the_ministry_more_than_a_year_ahead_is_refused() -> None:
    with pytest.raises(InvalidValue):
        issued(origin=ProblemOrigin.MINISTRY, statement=a_statement(rectify_on=date.max))


def test_a_problem_has_the_same_id_whenever_its_inspection_is_submitted() -> None:
    inspection = InspectionId(an_id("inspection"))
    assert problem_id(inspection, 1) == problem_id(inspection, 1) != problem_id(inspection, 2)


def test_a_problem_is_addressed_to_one_department_or_one_enterprise() -> None:
    for department, enterprise in ((None, None), (COUNTY_BUREAU.id, FACTORY)):
        with pytest.raises(InvalidValue):
            Addressee(department, enterprise, "两者或无", LINTONG, XIAN)


# ---------------------------------------------------------------- whatever is tried


@given(st.lists(st.sampled_from(ProblemAction), max_size=30))
def test_whatever_is_tried_the_timeline_tells_the_whole_story(tries: list[ProblemAction]) -> None:
    problem = issued()
    done = 0
    for number, action in enumerate(tries):
        moment = NOW + timedelta(minutes=number)
        may = action in problem.allowed_actions(list(Party), moment)
        try:
            ACTS[action](problem, moment)
            done += 1
        except Refused as refusal:
            # Only a day that was already granted cannot be asked for again, whatever is allowed.
            assert not may or refusal.field == "until"
    assert problem.revision == done + 1 == len(problem.events)
    assert [event.revision for event in problem.events] == list(range(1, done + 2))
    states = [line.state for line in problem.timeline]
    assert states[-1] is problem.state
    for before, line in zip(states, problem.timeline[1:], strict=False):
        assert line.action is not None
        assert PROBLEM_TRANSITIONS[before, line.action] is line.state
    assert sum(1 for extension in problem.extensions if extension.outcome is None) <= 1
    assert all(term.since <= term.due for term in problem.terms)
    assert problem.statement.responsible == (RESPONSIBLE,)
