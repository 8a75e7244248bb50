"""The workflow of an alert: every state with every action, and what stands beside the table."""

from __future__ import annotations

from copy import deepcopy
from datetime import timedelta

import pytest

from yanbao.domain.alert.alert import Alert
from yanbao.domain.alert.deadlines import look_by
from yanbao.domain.alert.events import ALERT_EVENTS, AlertEnded
from yanbao.domain.alert.form import AlertKind, AlertLevel, AlertOrigin, Verification, ministry_alert_id
from yanbao.domain.alert.workflow import (
    ALERT_ACTION_NAMES,
    ALERT_CARRIERS,
    ALERT_OPEN,
    ALERT_STATE_NAMES,
    ALERT_TRANSITIONS,
    ALERT_UNFED_BACK,
    BY_SOURCE,
    AlertAction,
    AlertState,
    alert_actions_allowed,
    check_alert_party,
)
from yanbao.domain.handling.parties import Party
from yanbao.domain.handling.terms import Phase
from yanbao.domain.policy import Policy
from yanbao.domain.refusals import ActionNotAllowed, Forbidden, Refused

from ...support.alerts import ALERT_ACTS, MINISTRY, an_alert, an_alert_in, an_alert_statement
from ...support.builders import NOW
from ...support.inspections import (
    CITY_BUREAU,
    FACTORY,
    MICROSECOND,
    PROVINCE_BUREAU,
    TO_THE_FACTORY,
    a_feedback_form,
    at,
    by,
)

LATER = NOW + timedelta(hours=1)
PRODUCT = [(state, action) for state in AlertState for action in ALERT_ACTS]


@pytest.mark.parametrize(("state", "action"), PRODUCT)
def test_every_state_with_every_action_does_what_the_table_says_or_changes_nothing(
    state: AlertState, action: AlertAction
) -> None:
    alert = an_alert_in(state)
    before = deepcopy(alert)
    target = ALERT_TRANSITIONS.get((state, action))
    if target is None:
        with pytest.raises(ActionNotAllowed, match=ALERT_STATE_NAMES[state]):
            ALERT_ACTS[action](alert, LATER)
        assert alert == before
        assert alert.events == []
    else:
        ALERT_ACTS[action](alert, LATER)
        assert alert.state is target
        assert alert.revision == before.revision + 1
        assert alert.timeline[-1].action is action
        (event,) = alert.events
        assert type(event) is ALERT_EVENTS[action]
        assert (event.state, event.revision, event.at) == (target, alert.revision, LATER)


def test_every_action_is_a_persons_or_the_sources() -> None:
    assert set(ALERT_CARRIERS) | BY_SOURCE == set(AlertAction)
    assert not set(ALERT_CARRIERS) & BY_SOURCE
    assert set(ALERT_ACTS) == set(ALERT_CARRIERS)
    assert set(ALERT_EVENTS) == {None, *AlertAction}


@pytest.mark.parametrize("action", AlertAction)
@pytest.mark.parametrize("party", Party)
def test_only_the_carrier_may_act_and_nobody_in_place_of_the_source(
    action: AlertAction, party: Party
) -> None:
    if ALERT_CARRIERS.get(action) is party:
        check_alert_party(action, {party})
    else:
        with pytest.raises(Forbidden, match=ALERT_ACTION_NAMES[action]):
            check_alert_party(action, {party})


@pytest.mark.parametrize("state", AlertState)
def test_allowed_actions_are_those_that_succeed(state: AlertState) -> None:
    everybody = frozenset(Party)
    allowed = alert_actions_allowed(state, everybody, can_escalate=True)
    succeed = set()
    for action, act in ALERT_ACTS.items():
        try:
            act(an_alert_in(state), LATER)
        except Refused:
            continue
        succeed.add(action)
    assert allowed == succeed
    assert AlertAction.ESCALATE not in alert_actions_allowed(state, everybody, can_escalate=False)
    assert alert_actions_allowed(state, {Party.ONLOOKER}, can_escalate=True) == frozenset()


def test_terms_run_from_being_told_and_the_night_delays_all_but_red() -> None:
    night = at("23:00")
    red, blue = an_alert(AlertLevel.RED, at=night), an_alert(AlertLevel.BLUE, at=night)
    assert red.term(Phase.ACKNOWLEDGE).due == night + timedelta(minutes=15)
    assert red.term(Phase.FEED_BACK).due == night + timedelta(hours=2)
    morning = night + timedelta(hours=9)
    assert blue.term(Phase.ACKNOWLEDGE).due == morning + timedelta(hours=8)
    assert blue.term(Phase.FEED_BACK).due == morning + timedelta(hours=72)
    due = red.term(Phase.ACKNOWLEDGE).due
    assert [red.overdue(due - MICROSECOND), red.overdue(due)] == [False, True]


@pytest.mark.parametrize(
    ("level", "days"),
    [(AlertLevel.RED, 2), (AlertLevel.ORANGE, 7), (AlertLevel.YELLOW, 7), (AlertLevel.BLUE, 7)],
)
def test_a_certificate_has_days_and_waits_for_the_morning_however_grave(level: AlertLevel, days: int) -> None:
    night = at("23:00")
    alert = an_alert(level, at=night, kind=AlertKind.CERTIFICATE, risk_type=None)
    morning = night + timedelta(hours=9)
    assert alert.term(Phase.ACKNOWLEDGE).due == morning + timedelta(hours=24)
    assert alert.term(Phase.FEED_BACK).due == morning + timedelta(days=days)
    assert look_by(night, alert.statement, Policy()) == morning + timedelta(hours=24)


@pytest.mark.parametrize("state", AlertState)
def test_terms_run_while_the_enterprise_owes_and_acknowledging_ends_the_first(state: AlertState) -> None:
    phases = [term.phase for term in an_alert_in(state).running_terms]
    if state is AlertState.OPEN:
        assert phases == [Phase.ACKNOWLEDGE, Phase.FEED_BACK]
    else:
        assert phases == ([Phase.FEED_BACK] if state in ALERT_UNFED_BACK else [])
    assert (state in ALERT_OPEN) == (state not in {AlertState.CLOSED, AlertState.ENDED})


def test_a_result_other_than_true_needs_a_word_on_how_it_was_found() -> None:
    alert = an_alert_in(AlertState.ACKNOWLEDGED)
    with pytest.raises(Refused, match="核实说明"):
        alert.handle(Verification.FALSE_ALARM, by=by(at=LATER))
    alert.handle(Verification.FALSE_ALARM, "现场清点为8人", by=by(at=LATER))
    assert alert.timeline[-1].note == "核实为误报：现场清点为8人"
    alert.handle(Verification.TRUE, by=by(at=LATER))
    assert (alert.verification, alert.state) == (Verification.TRUE, AlertState.HANDLING)


def test_a_return_leaves_the_time_of_the_level_and_the_second_answer_is_late_only_after_it() -> None:
    alert = an_alert_in(AlertState.FED_BACK)
    returned_at = alert.term(Phase.FEED_BACK).due + timedelta(hours=1)
    alert.return_("照片不清楚", by=by(at=returned_at), policy=Policy())
    due = alert.term(Phase.FEED_BACK).due
    assert due == returned_at + timedelta(hours=8)
    alert.handle(Verification.TRUE, by=by(at=returned_at))
    alert.feed_back(a_feedback_form(), by=by(at=due - MICROSECOND))
    assert [feedback.late for feedback in alert.feedbacks] == [False, False]


def test_escalating_hands_the_review_to_the_department_above() -> None:
    alert = an_alert_in(AlertState.HANDLING)
    with pytest.raises(ActionNotAllowed, match="最高一级"):
        alert.escalate("逾期未处置", to=PROVINCE_BUREAU, by=by(at=LATER))
    alert.escalate("逾期未处置", to=CITY_BUREAU, by=by(at=LATER))
    assert alert.parties(department_id=CITY_BUREAU.id) == {Party.ISSUER}
    assert alert.parties(department_id=PROVINCE_BUREAU.id) == {Party.ONLOOKER}
    assert alert.parties(enterprise_id=FACTORY) == {Party.ADDRESSEE}


def test_an_alert_that_is_over_when_it_comes_tells_of_its_end_only() -> None:
    alert = Alert.open(
        an_alert_statement(),
        id=ministry_alert_id("W-2"),
        origin=AlertOrigin.MINISTRY,
        external_id="W-2",
        addressee=TO_THE_FACTORY,
        reviewer=PROVINCE_BUREAU,
        by=MINISTRY,
        policy=Policy(),
        ended="人员已撤离",
    )
    assert alert.state is AlertState.ENDED
    assert [entry.action for entry in alert.timeline] == [None, AlertAction.END]
    assert [type(event) for event in alert.events] == [AlertEnded]
