"""The workflow of the commitment: every state with every action, and the guards of time to the microsecond."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest

from yanbao.domain.commitment.check import PermitExpired
from yanbao.domain.commitment.commitment import (
    STATE_NAMES,
    TRANSITIONS,
    Commitment,
    CommitmentAction,
    CommitmentState,
    CorrectionClosed,
    NotToday,
    commitment_id,
)
from yanbao.domain.commitment.events import CommitmentReopened, CommitmentReported
from yanbao.domain.commitment.form import ProductionStatus
from yanbao.domain.deadlines import instant
from yanbao.domain.directory.enterprise import StopReason
from yanbao.domain.refusals import ActionNotAllowed, InvalidForm, InvalidValue, Refused
from yanbao.domain.signed import Origin, Signed

from ...support.builders import (
    DAY,
    DUE,
    NOW,
    a_form_for,
    a_form_in_production,
    a_form_of_stopped,
    an_enterprise,
)
from ...support.commitments import (
    facts,
    facts_in_shutdown,
    owed,
    reopened,
    reported,
    reported_automatically,
    signed,
)
from ...support.dates import in_days

MICROSECOND = timedelta(microseconds=1)
AFTERNOON = instant(DAY, time(15, 0))
LAST_MOMENT = instant(DAY + timedelta(days=1), time.min) - MICROSECOND
TOMORROW = DAY + timedelta(days=1)
MORNING_AFTER = instant(TOMORROW, time(9, 0))

Act = Callable[[Commitment, datetime], None]
ACTS: dict[CommitmentAction, Act] = {
    CommitmentAction.SUBMIT: lambda c, at: c.submit(a_form_in_production(), facts=facts(), by=signed(at)),
    CommitmentAction.CORRECT: lambda c, at: c.correct(a_form_in_production(), facts=facts(), by=signed(at)),
    CommitmentAction.REPORT_AUTOMATICALLY: lambda c, at: c.report_automatically(
        facts=facts_in_shutdown(), at=at
    ),
    CommitmentAction.REOPEN: lambda c, at: c.reopen("填报人数有误", by=signed(at)),
}
IN_STATE: dict[CommitmentState, Callable[[], Commitment]] = {
    CommitmentState.OWED: owed,
    CommitmentState.REPORTED_AUTOMATICALLY: reported_automatically,
    CommitmentState.REPORTED: reported,
    CommitmentState.REOPENED: reopened,
}
PRODUCT = [(state, action) for state in CommitmentState for action in CommitmentAction]


def at_a_time_that_allows(state: CommitmentState, action: CommitmentAction) -> datetime:
    """A moment at which no guard of time stands in the way of a legal transition."""
    if state is CommitmentState.REOPENED and action is CommitmentAction.REOPEN:
        return MORNING_AFTER
    if action is CommitmentAction.REOPEN or state is CommitmentState.REOPENED:
        return AFTERNOON
    return NOW


def in_state(state: CommitmentState) -> Commitment:
    commitment = IN_STATE[state]()
    assert commitment.state is state
    commitment.events.clear()
    return commitment


# ---------------------------------------------------------------- the table


@pytest.mark.parametrize(("state", "action"), [pair for pair in PRODUCT if pair in TRANSITIONS])
def test_a_legal_action_lands_and_is_announced_once(state: CommitmentState, action: CommitmentAction) -> None:
    commitment = in_state(state)
    revision, at = commitment.revision, at_a_time_that_allows(state, action)
    ACTS[action](commitment, at)
    assert commitment.state is TRANSITIONS[state, action]
    (event,) = commitment.events
    if action is CommitmentAction.REOPEN:
        assert event == CommitmentReopened(
            commitment_id=commitment.id,
            enterprise_id=commitment.enterprise_id,
            region_id=commitment.region_id,
            business_date=DAY,
            reason="填报人数有误",
            at=at,
        )
        assert commitment.revision == revision
    else:
        assert commitment.report is not None
        assert event == CommitmentReported(
            commitment_id=commitment.id,
            enterprise_id=commitment.enterprise_id,
            region_id=commitment.region_id,
            business_date=DAY,
            report=commitment.report,
            at=at,
        )
        assert commitment.revision == revision + 1


@pytest.mark.parametrize(("state", "action"), [pair for pair in PRODUCT if pair not in TRANSITIONS])
def test_any_other_action_is_refused_changes_nothing_and_announces_nothing(
    state: CommitmentState, action: CommitmentAction
) -> None:
    commitment = in_state(state)
    before = deepcopy(commitment)
    with pytest.raises(ActionNotAllowed) as refused:
        ACTS[action](commitment, at_a_time_that_allows(state, action))
    assert refused.value.sentence.startswith(f"{DAY}的承诺{STATE_NAMES[state]}")
    assert commitment == before
    assert commitment.events == []


def test_every_state_can_be_reached_and_left() -> None:
    assert set(TRANSITIONS.values()) | {CommitmentState.OWED} == set(CommitmentState)
    assert {state for state, _ in TRANSITIONS} == set(CommitmentState)


@pytest.mark.parametrize("state", CommitmentState)
@pytest.mark.parametrize(
    "at", [NOW, DUE - MICROSECOND, DUE, AFTERNOON, LAST_MOMENT, LAST_MOMENT + MICROSECOND]
)
def test_what_is_said_to_be_allowed_is_exactly_what_succeeds(state: CommitmentState, at: datetime) -> None:
    allowed = in_state(state).allowed_actions(at)
    for action in set(CommitmentAction) - {CommitmentAction.REPORT_AUTOMATICALLY}:
        commitment = in_state(state)
        before = deepcopy(commitment)
        try:
            ACTS[action](commitment, at)
        except Refused:
            # Refused: then it must not have been offered, and nothing may have changed.
            assert action not in allowed
            assert commitment == before and commitment.events == []
        else:
            assert action in allowed


# ---------------------------------------------------------------- submitting


def test_a_duty_stands_as_the_day_was_opened() -> None:
    duty = owed()
    assert (duty.id, duty.business_date) == (commitment_id(an_enterprise().id, DAY), DAY)
    assert (duty.state, duty.unreported, duty.revision, duty.version) == (CommitmentState.OWED, True, 0, 0)
    assert duty.due_at == DUE


def test_a_duty_with_a_naive_deadline_is_refused() -> None:
    with pytest.raises(InvalidValue):
        Commitment.owe(
            enterprise_id=an_enterprise().id,
            region_id=an_enterprise().region_id,
            kind=an_enterprise().kind,
            business_date=DAY,
            due_at=DUE.replace(tzinfo=None),
        )


@pytest.mark.parametrize(
    ("offset", "late"), [(-MICROSECOND, False), (timedelta(0), True), (MICROSECOND, True)]
)
def test_a_report_is_late_from_the_deadline_on(offset: timedelta, late: bool) -> None:
    commitment = reported(at=DUE + offset)
    assert commitment.report is not None and commitment.report.late is late


def test_a_report_says_who_when_and_what_was_known() -> None:
    commitment = reported(at=NOW)
    report = commitment.report
    assert report is not None
    assert (report.revision, report.origin, report.late) == (1, Origin.MANUAL, False)
    assert report.signed == Signed(person_id=None, name="李永红", at=NOW)
    assert (report.form, report.facts) == (a_form_for(an_enterprise()), facts(an_enterprise()))
    assert report.excesses == ()


@pytest.mark.parametrize(
    ("at", "sentence"),
    [
        (LAST_MOMENT + MICROSECOND, f"只能上报当日（{in_days(1)}）的承诺，{DAY}已过。"),
        (instant(DAY, time.min) - MICROSECOND, f"只能上报当日（{in_days(-1)}）的承诺，{DAY}未到。"),
    ],
)
def test_only_the_day_itself_can_be_reported(at: datetime, sentence: str) -> None:
    with pytest.raises(NotToday) as refused:
        ACTS[CommitmentAction.SUBMIT](owed(), at)
    assert (refused.value.sentence, refused.value.field) == (sentence, "businessDate")


def test_the_first_and_the_last_moment_of_the_day_belong_to_it() -> None:
    for moment in (instant(DAY, time.min), LAST_MOMENT):
        commitment = owed()
        ACTS[CommitmentAction.SUBMIT](commitment, moment)
        assert commitment.state is CommitmentState.REPORTED


def test_a_manual_report_takes_the_place_of_an_automatic_one() -> None:
    commitment = reported_automatically()
    ACTS[CommitmentAction.SUBMIT](commitment, NOW)
    assert commitment.report is not None
    assert (commitment.report.revision, commitment.report.origin) == (2, Origin.MANUAL)


def test_a_form_with_one_fault_is_refused_with_that_fault() -> None:
    commitment = owed()
    with pytest.raises(InvalidValue) as refused:
        commitment.submit(a_form_in_production(risk_grade=5), facts=facts(), by=signed())
    assert refused.value.field == "riskGrade"
    assert commitment.unreported and commitment.events == []


def test_a_form_with_several_faults_is_refused_with_all_of_them() -> None:
    commitment = owed()
    with pytest.raises(InvalidForm) as refused:
        commitment.submit(
            a_form_in_production(risk_grade=5, duty_phone=None, duty_leader=""), facts=facts(), by=signed()
        )
    assert [item.field for item in refused.value.items] == ["dutyLeader", "dutyPhone", "riskGrade"]
    assert refused.value.sentence == "表单有3处不能接受：带班领导不能为空。（另有2处）"
    assert refused.value.field == "dutyLeader"
    assert commitment.unreported and commitment.events == []


def test_an_expired_permit_outweighs_whatever_else_is_wrong() -> None:
    known = facts(permit=replace(facts().permit, valid=False))
    with pytest.raises(PermitExpired):
        owed().submit(a_form_in_production(risk_grade=5, duty_leader=""), facts=known, by=signed())


# ---------------------------------------------------------------- correcting and re-opening


@pytest.mark.parametrize("offset", [timedelta(0), MICROSECOND])
def test_from_the_deadline_on_a_report_is_closed_for_corrections(offset: timedelta) -> None:
    commitment = reported()
    with pytest.raises(CorrectionClosed) as refused:
        ACTS[CommitmentAction.CORRECT](commitment, DUE + offset)
    assert refused.value.sentence == "上报时限已过，需由所在地应急管理部门重新开放后才能更正。"
    assert not commitment.may_be_corrected(DUE + offset)


def test_a_report_can_be_corrected_until_just_before_the_deadline() -> None:
    commitment = reported()
    assert commitment.may_be_corrected(DUE - MICROSECOND)
    ACTS[CommitmentAction.CORRECT](commitment, DUE - MICROSECOND)
    assert commitment.revision == 2


def test_a_correction_neither_mends_nor_worsens_whether_the_report_was_late() -> None:
    late, early = reported(at=DUE), reported(at=NOW)
    for commitment in (late, early):
        ACTS[CommitmentAction.REOPEN](commitment, AFTERNOON)
        ACTS[CommitmentAction.CORRECT](commitment, AFTERNOON + MICROSECOND)
    assert late.report is not None and late.report.late
    assert early.report is not None and not early.report.late


def test_a_correction_can_turn_production_into_a_stop() -> None:
    commitment = reported()
    commitment.correct(a_form_of_stopped(), facts=facts(), by=signed(NOW + MICROSECOND))
    assert commitment.report is not None
    assert commitment.report.form.status is ProductionStatus.STOPPED


def test_a_reopened_report_can_be_corrected_until_the_end_of_the_day_of_opening() -> None:
    commitment = reported()
    commitment.reopen("填报人数有误", by=signed(MORNING_AFTER))
    last = instant(TOMORROW + timedelta(days=1), time.min) - MICROSECOND
    assert commitment.may_be_corrected(last)
    assert not commitment.may_be_corrected(last + MICROSECOND)
    with pytest.raises(CorrectionClosed):
        ACTS[CommitmentAction.CORRECT](commitment, last + MICROSECOND)
    ACTS[CommitmentAction.CORRECT](commitment, last)
    assert (commitment.state, commitment.revision) == (CommitmentState.REPORTED, 2)


def test_a_corrected_report_is_closed_again_and_can_be_opened_again() -> None:
    commitment = reopened()
    ACTS[CommitmentAction.CORRECT](commitment, AFTERNOON + MICROSECOND)
    with pytest.raises(CorrectionClosed):
        ACTS[CommitmentAction.CORRECT](commitment, AFTERNOON + 2 * MICROSECOND)
    ACTS[CommitmentAction.REOPEN](commitment, AFTERNOON + 3 * MICROSECOND)
    assert commitment.state is CommitmentState.REOPENED


def test_a_reopened_report_that_nobody_corrected_can_be_opened_again_from_the_next_day_on() -> None:
    commitment = reopened()
    before = deepcopy(commitment)
    with pytest.raises(ActionNotAllowed) as refused:
        ACTS[CommitmentAction.REOPEN](commitment, LAST_MOMENT)
    assert refused.value.sentence == "今日已重新开放，企业可自行更正，无需重新开放。"
    assert commitment == before
    commitment.reopen("仍未更正，再次开放", by=signed(LAST_MOMENT + MICROSECOND))
    assert commitment.reopening is not None and commitment.reopening.reason == "仍未更正，再次开放"
    ACTS[CommitmentAction.CORRECT](commitment, MORNING_AFTER)
    assert (commitment.state, commitment.revision) == (CommitmentState.REPORTED, 2)


def test_before_the_deadline_there_is_nothing_to_open_again() -> None:
    commitment = reported()
    with pytest.raises(ActionNotAllowed) as refused:
        ACTS[CommitmentAction.REOPEN](commitment, DUE - MICROSECOND)
    assert refused.value.sentence == "上报时限未过，企业可自行更正，无需重新开放。"
    ACTS[CommitmentAction.REOPEN](commitment, DUE)
    assert commitment.reopening is not None and commitment.reopening.signed.at == DUE


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        ("错", "重新开放的原因至少2个字，现有1个。"),
        ("错" * 201, "重新开放的原因最多200个字，现有201个。"),
    ],
)
def test_opening_again_needs_a_reason(reason: str, sentence: str) -> None:
    commitment = reported()
    before = deepcopy(commitment)
    with pytest.raises(InvalidValue) as refused:
        commitment.reopen(reason, by=signed(AFTERNOON))
    assert (refused.value.sentence, refused.value.field) == (sentence, "reason")
    assert commitment == before


# ---------------------------------------------------------------- automatic reports


def test_an_automatic_report_states_the_stoppage_and_nothing_that_nobody_has_looked_at() -> None:
    report = reported_automatically().report
    assert report is not None
    assert (report.revision, report.origin, report.late) == (1, Origin.AUTO, False)
    assert (report.signed.person_id, report.signed.name) == (None, "系统自动")
    form = report.form
    assert form.stoppage is not None
    assert (form.status, form.stoppage.reason) == (ProductionStatus.STOPPED, StopReason.HIGH_TEMPERATURE)
    assert form.stoppage.expected_resumption == DAY + timedelta(days=7)
    assert (form.production, form.wholesale, form.duty_phone) == (None, None, None)
    assert (form.top_temperature, form.storm_warning) == (None, None)
    assert (form.hazardous_work, form.major_hazard, form.risk_grade) == (None, None, None)
    assert "高温" in report.text


def test_an_automatic_report_is_never_late() -> None:
    commitment = owed()
    commitment.report_automatically(facts=facts_in_shutdown(), at=AFTERNOON)
    assert commitment.report is not None and not commitment.report.late


def test_without_a_shutdown_period_nothing_is_reported_automatically() -> None:
    commitment = owed()
    with pytest.raises(ActionNotAllowed) as refused:
        commitment.report_automatically(facts=facts(), at=NOW)
    assert refused.value.sentence == "该企业当日不在停产期内，不能自动上报停产。"
    assert commitment.unreported and commitment.events == []
