"""The day of commitments: opening it, reporting, correcting, re-opening, and the automatic stopped reports."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from yanbao.application.directory import SaveEnterprise
from yanbao.domain.commitment import (
    CommitmentAction,
    CommitmentState,
    CorrectionClosed,
    NotToday,
    Origin,
    commitment_id,
)
from yanbao.domain.commitment_check import PermitExpired
from yanbao.domain.enterprise import Enterprise, EnterpriseKind, StopReason
from yanbao.domain.organisation import Person
from yanbao.domain.refusals import ActionNotAllowed, Conflict, Forbidden, InvalidValue, NotFound, Refused
from yanbao.domain.values import EnterpriseId, fact_id

from ..support.builders import (
    DAY,
    DUE,
    LINTONG,
    XIAN,
    a_credit_code,
    a_form_for,
    a_form_of_stopped,
    a_permit,
    a_person,
    a_setting,
    a_shutdown,
    an_enterprise,
)
from .stage import (
    CHANGAN_DUTY,
    CITY_DUTY,
    COUNTY_DUTY,
    COUNTY_HEAD,
    DONGFENG,
    ENTERPRISES,
    FAR,
    FAR_HEAD,
    HEAD,
    HONGXING,
    HONGXING_HEAD,
    LIMIN,
    LIMIN_HEAD,
    LOCAL,
    LOCAL_HEAD,
    MANAGER,
    PROVINCE_HEAD,
    PROVINCE_OFFICE,
    SYSTEM_ADMIN,
    YANGLING_DUTY,
    a_stage,
    clock,
)

TOMORROW = DAY + timedelta(days=1)
YESTERDAY = DAY - timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)


# ---------------------------------------------------------------- opening the day


def test_opening_the_day_writes_down_one_duty_for_every_active_enterprise() -> None:
    stage = a_stage(enterprises=[*ENTERPRISES, an_enterprise("已关闭的厂", active=False)], opened=False)
    assert stage.world.app.commitments.open_day(DAY) == len(ENTERPRISES)
    assert {c.enterprise_id for c in stage.state.commitments.values()} == {of.id for of in ENTERPRISES}
    assert {c.state for c in stage.state.commitments.values()} == {CommitmentState.OWED}
    assert {c.due_at for c in stage.state.commitments.values()} == {DUE}


def test_opening_the_day_twice_changes_nothing() -> None:
    stage = a_stage()
    stage.submit()
    before = dict(stage.state.commitments)
    assert stage.world.app.commitments.open_day(DAY) == 0
    assert dict(stage.state.commitments) == before


def test_the_deadline_is_the_regions_own_where_it_has_one() -> None:
    stage = a_stage(opened=False).settle(a_setting("09:00", region=LINTONG), a_setting("11:00", region=XIAN))
    stage.world.app.commitments.open_day(DAY)
    assert stage.commitment(DONGFENG).due_at == clock("09:00")
    assert stage.commitment(FAR).due_at == clock("10:00")


def test_a_deadline_of_tomorrow_does_not_move_todays() -> None:
    stage = a_stage(opened=False).settle(a_setting("09:00", region=LINTONG, since=TOMORROW))
    stage.world.app.commitments.open_day(DAY)
    stage.world.app.commitments.open_day(TOMORROW)
    assert stage.commitment(DONGFENG).due_at == clock("10:00")
    assert stage.commitment(DONGFENG, TOMORROW).due_at == clock("09:00", TOMORROW)


# ---------------------------------------------------------------- submitting


@pytest.mark.parametrize(
    ("after_the_deadline", "late"), [(-MICROSECOND, False), (timedelta(0), True), (MICROSECOND, True)]
)
def test_a_report_is_on_time_until_the_deadline_and_late_from_it_on(
    after_the_deadline: timedelta, late: bool
) -> None:
    stage = a_stage()
    stage.world.clock.moment = DUE + after_the_deadline
    stage.submit()
    report = stage.commitment().report
    assert report is not None and report.late is late
    assert report.signed.at == DUE + after_the_deadline
    assert (report.origin, report.revision) == (Origin.MANUAL, 1)
    assert (report.signed.by, report.signed.name) == (HEAD.id, HEAD.name)


def test_a_safety_manager_may_report_too() -> None:
    stage = a_stage()
    stage.submit(MANAGER)
    assert stage.commitment().state is CommitmentState.REPORTED


def test_a_report_owes_the_ministry_one_message_due_at_the_first_push_of_the_day() -> None:
    stage = a_stage()
    stage.submit()
    (duty,) = stage.duties()
    assert duty.id == fact_id("commitment", DONGFENG.id, DAY, 1)
    assert duty.due_at == clock("12:00")
    assert duty.facts["credit_code"] == DONGFENG.credit_code.text
    assert (duty.facts["revision"], duty.facts["late"], duty.facts["origin"]) == (1, False, "MANUAL")


def test_two_reports_of_one_day_are_refused() -> None:
    stage = a_stage()
    stage.submit()
    with pytest.raises(ActionNotAllowed, match="已上报，不能上报"):
        stage.submit(MANAGER)
    assert len(stage.duties()) == 1


@pytest.mark.parametrize("day", [YESTERDAY, TOMORROW, date(1, 1, 1), date(9999, 12, 31)])
def test_only_todays_commitment_can_be_reported(day: date) -> None:
    stage = a_stage()
    with pytest.raises(NotToday, match=f"{day}") as refusal:
        stage.submit(day=day)
    assert refusal.value.field == "businessDate"
    assert stage.duties() == []


def test_a_day_that_was_owed_yesterday_cannot_be_reported_today() -> None:
    stage = a_stage(opened=False)
    stage.world.app.commitments.open_day(YESTERDAY)
    with pytest.raises(NotToday, match="已过"):
        stage.submit(day=YESTERDAY)


@pytest.mark.parametrize("by", [COUNTY_DUTY, COUNTY_HEAD, CITY_DUTY, PROVINCE_HEAD, SYSTEM_ADMIN])
def test_nobody_of_a_department_reports_for_an_enterprise(by: Person) -> None:
    stage = a_stage()
    with pytest.raises(Forbidden):
        stage.submit(by)
    assert stage.commitment().unreported


def test_an_enterprise_cannot_report_for_another_one() -> None:
    stage = a_stage()
    with pytest.raises(NotFound, match="没有找到企业"):
        stage.submit(HEAD, HONGXING)
    assert stage.commitment(HONGXING).unreported


def test_an_unknown_enterprise_is_refused_in_the_same_words_as_a_foreign_one() -> None:
    stage = a_stage()
    sentences = []
    for of in (HONGXING, an_enterprise("从未听说的厂")):
        with pytest.raises(NotFound) as refusal:
            stage.submit(HEAD, of)
        sentences.append((refusal.value.sentence, refusal.value.field))
    assert sentences[0] == sentences[1]


def test_an_enterprise_that_was_added_after_opening_the_day_can_report() -> None:
    stage = a_stage()
    new = an_enterprise("新建的厂")
    head = a_person("新厂长", HEAD.role, of=new)
    stage.settle(new, a_permit(new), head).at("09:59")
    stage.submit(head, new)
    commitment = stage.commitment(new)
    assert (commitment.state, commitment.due_at) == (CommitmentState.REPORTED, DUE)
    assert stage.world.app.commitments.open_day(DAY) == 0


def test_an_enterprise_that_was_closed_before_the_day_need_not_report() -> None:
    closed = replace(DONGFENG, active=False)
    stage = a_stage(enterprises=[closed, HONGXING])
    with pytest.raises(ActionNotAllowed, match="已停用"):
        stage.submit()
    assert stage.state.commitments.keys() == {commitment_id(HONGXING.id, DAY)}


def test_producing_on_an_expired_permit_is_refused_on_its_own_with_number_and_date() -> None:
    stage = a_stage()
    stage.settle(replace(a_permit(DONGFENG), expires_on=YESTERDAY))
    with pytest.raises(PermitExpired, match=rf"000123.*{YESTERDAY}") as refusal:
        stage.submit(form=a_form_for(DONGFENG, duty_leader="", risk_grade=9))
    assert refusal.value.field == "status"
    stage.submit(form=a_form_of_stopped())
    assert stage.commitment().state is CommitmentState.REPORTED


def test_a_renewal_that_begins_tomorrow_leaves_todays_permit_in_force() -> None:
    stage = a_stage()
    renewed = a_permit(DONGFENG, number="续", issued=TOMORROW, expires=TOMORROW + timedelta(days=1_000))
    stage.settle(replace(a_permit(DONGFENG), expires_on=DAY), renewed)
    stage.submit()
    report = stage.commitment().report
    assert report is not None and report.facts.permit.number == a_permit(DONGFENG).number


# ---------------------------------------------------------------- correcting


def test_a_report_can_be_corrected_until_the_deadline_and_every_version_is_kept() -> None:
    stage = a_stage()
    stage.submit()
    stage.world.clock.moment = DUE - MICROSECOND
    stage.correct(top_temperature=31)
    stage.correct(revision=2, top_temperature=32)
    versions = stage.world.app.commitments.versions(stage.actor(HEAD), commitment_id(DONGFENG.id, DAY))
    assert [(v.revision, v.form.top_temperature) for v in versions] == [(3, 32), (2, 31), (1, 28)]
    assert [duty.revision for duty in stage.duties()] == [1, 2, 3]


@pytest.mark.parametrize("after_the_deadline", [timedelta(0), MICROSECOND, timedelta(hours=3)])
def test_at_the_deadline_correcting_is_over(after_the_deadline: timedelta) -> None:
    stage = a_stage()
    stage.submit()
    stage.world.clock.moment = DUE + after_the_deadline
    with pytest.raises(CorrectionClosed, match="所在地应急管理部门重新开放"):
        stage.correct(top_temperature=31)
    assert stage.commitment().revision == 1


@pytest.mark.parametrize("seen", [-1, 0, 1, 3])
def test_a_correction_of_another_version_than_the_current_one_is_a_conflict(seen: int) -> None:
    stage = a_stage()
    stage.submit()
    stage.correct(top_temperature=31)
    with pytest.raises(Conflict, match=f"已更新到第2版，您更正的是第{seen}版") as refusal:
        stage.correct(MANAGER, revision=seen, top_temperature=40)
    assert refusal.value.field == "revision"
    report = stage.commitment().report
    assert report is not None and report.form.top_temperature == 31


def test_what_was_never_reported_cannot_be_corrected() -> None:
    stage = a_stage()
    with pytest.raises(ActionNotAllowed, match="未上报，不能更正"):
        stage.correct(revision=0)


def test_an_enterprise_cannot_correct_another_ones_report() -> None:
    stage = a_stage()
    stage.submit(HONGXING_HEAD, HONGXING)
    with pytest.raises(NotFound):
        stage.correct(HEAD, HONGXING)
    assert stage.commitment(HONGXING).revision == 1


# ---------------------------------------------------------------- re-opening


def test_the_right_county_can_reopen_and_the_head_learns_why() -> None:
    stage = a_stage()
    stage.submit()
    stage.at("15:00").reopen(reason="在岗人数填错")
    assert stage.commitment().state is CommitmentState.REOPENED
    (message,) = stage.messages(HEAD)
    assert "在岗人数填错" in message.body and message.subject_id == str(commitment_id(DONGFENG.id, DAY))
    stage.correct(top_temperature=30)
    assert (stage.commitment().state, stage.commitment().revision) == (CommitmentState.REPORTED, 2)


@pytest.mark.parametrize(
    ("by", "refusal"),
    [
        (CHANGAN_DUTY, NotFound),
        (CITY_DUTY, Forbidden),
        (PROVINCE_HEAD, Forbidden),
        (SYSTEM_ADMIN, Forbidden),
        (HEAD, Forbidden),
    ],
)
def test_nobody_else_can_reopen(by: Person, refusal: type[Refused]) -> None:
    stage = a_stage()
    stage.submit()
    stage.at("15:00")
    with pytest.raises(refusal):
        stage.reopen(by)
    assert stage.commitment().state is CommitmentState.REPORTED
    assert stage.messages(HEAD) == []


def test_a_city_reopens_what_lies_directly_in_its_jurisdiction_and_nothing_below() -> None:
    stage = a_stage()
    stage.submit()
    stage.submit(LOCAL_HEAD, LOCAL)
    stage.at("15:00").reopen(YANGLING_DUTY, LOCAL, reason="库存数量填错")
    assert stage.commitment(LOCAL).state is CommitmentState.REOPENED
    (message,) = stage.messages(LOCAL_HEAD)
    assert message.body.startswith("应急管理部门已重新开放") and "库存数量填错" in message.body
    for by, of, refusal in (
        (CITY_DUTY, DONGFENG, "市级部门只能重新开放直接管辖区域内企业的承诺"),
        (CITY_DUTY, LOCAL, "没有找到承诺"),
        (YANGLING_DUTY, DONGFENG, "没有找到承诺"),
        (PROVINCE_HEAD, LOCAL, "您的角色不能进行此项操作"),
    ):
        with pytest.raises(Refused, match=refusal):
            stage.reopen(by, of)


def test_what_can_still_be_corrected_need_not_be_reopened() -> None:
    stage = a_stage()
    stage.submit()
    stage.world.clock.moment = DUE - MICROSECOND
    with pytest.raises(ActionNotAllowed, match="上报时限未过"):
        stage.reopen()
    stage.world.clock.moment = DUE
    stage.reopen()
    assert stage.commitment().state is CommitmentState.REOPENED


@pytest.mark.parametrize("reason", ["", " ", "错", "因" * 201])
def test_reopening_needs_a_reason_of_2_to_200_characters(reason: str) -> None:
    stage = a_stage()
    stage.submit()
    stage.at("15:00")
    with pytest.raises(InvalidValue, match="重新开放的原因") as refusal:
        stage.reopen(reason=reason)
    assert refusal.value.field == "reason"


def test_what_was_reopened_can_be_corrected_on_that_day_only() -> None:
    stage = a_stage()
    stage.submit()
    stage.at("09:00", TOMORROW).reopen()
    stage.at("23:59:59.999999", TOMORROW)
    assert CommitmentAction.CORRECT in stage.commitment().allowed_actions(stage.world.clock.now())
    stage.at("00:00", TOMORROW + timedelta(days=1))
    with pytest.raises(CorrectionClosed):
        stage.correct(top_temperature=30)
    assert stage.commitment().revision == 1


def test_what_was_reopened_and_not_corrected_can_be_reopened_another_day() -> None:
    stage = a_stage()
    stage.submit()
    stage.at("15:00").reopen(reason="在岗人数填错")
    with pytest.raises(ActionNotAllowed, match="今日已重新开放"):
        stage.at("23:59:59.999999").reopen()
    stage.at("00:00", TOMORROW).reopen(reason="企业昨日未更正")
    assert [m.body.rpartition("：")[2] for m in stage.messages(HEAD)] == ["在岗人数填错", "企业昨日未更正"]
    stage.correct(top_temperature=30)
    assert (stage.commitment().state, stage.commitment().revision) == (CommitmentState.REPORTED, 2)


def test_a_correction_after_reopening_leaves_the_report_as_late_or_on_time_as_it_was() -> None:
    stage = a_stage()
    stage.submit()
    stage.at("10:30").submit(HONGXING_HEAD, HONGXING)
    stage.at("15:00").reopen(of=DONGFENG)
    stage.reopen(of=HONGXING)
    stage.correct()
    stage.correct(HONGXING_HEAD, HONGXING)
    reports = [stage.commitment(of).report for of in (DONGFENG, HONGXING)]
    assert [report.late for report in reports if report] == [False, True]


# ---------------------------------------------------------------- automatic stopped reports


def test_an_enterprise_in_its_own_shutdown_period_is_reported_as_stopped() -> None:
    stage = a_stage().settle(a_shutdown(DONGFENG))
    assert stage.world.app.commitments.report_shutdowns(DAY) == 1
    commitment = stage.commitment()
    assert commitment.state is CommitmentState.REPORTED_AUTOMATICALLY
    report = commitment.report
    assert report is not None and report.form.stoppage is not None
    assert (report.origin, report.late, report.signed.by) == (Origin.AUTO, False, None)
    assert report.form.stoppage.reason is StopReason.HIGH_TEMPERATURE
    assert report.form.stoppage.expected_resumption == DAY + timedelta(days=7)
    assert stage.duty_of().facts["origin"] == "AUTO"
    assert stage.commitment(HONGXING).unreported


def test_a_regions_period_stops_everybody_below_it_of_the_kind_it_names() -> None:
    stage = a_stage().settle(a_shutdown(XIAN, kind=EnterpriseKind.PRODUCTION))
    assert stage.world.app.commitments.report_shutdowns(DAY) == 2
    assert not stage.commitment(DONGFENG).unreported and not stage.commitment(HONGXING).unreported
    assert stage.commitment(LIMIN).unreported, "a wholesaler is not meant"
    assert stage.commitment(FAR).unreported, "another city is not meant"


@pytest.mark.parametrize(
    "period",
    [
        a_shutdown(DONGFENG, cancelled=True),
        a_shutdown(DONGFENG, first=TOMORROW, last=TOMORROW),
        a_shutdown(DONGFENG, first=YESTERDAY, last=YESTERDAY),
        a_shutdown(LINTONG, cancelled=True),
    ],
    ids=["cancelled", "to come", "over", "the region's, cancelled"],
)
def test_a_period_that_does_not_hold_today_stops_nobody(period: object) -> None:
    stage = a_stage().settle(period)
    assert stage.world.app.commitments.report_shutdowns(DAY) == 0
    assert stage.commitment().unreported


@pytest.mark.parametrize("first_to_last", [(DAY, DAY), (YESTERDAY, DAY), (DAY, TOMORROW)])
def test_both_ends_of_a_period_belong_to_it(first_to_last: tuple[date, date]) -> None:
    stage = a_stage().settle(a_shutdown(DONGFENG, first=first_to_last[0], last=first_to_last[1]))
    assert stage.world.app.commitments.report_shutdowns(DAY) == 1


def test_the_enterprises_own_period_goes_before_its_regions() -> None:
    own = a_shutdown(DONGFENG, reason=StopReason.RECTIFICATION)
    stage = a_stage().settle(a_shutdown(LINTONG, reason=StopReason.HOLIDAY), own)
    stage.world.app.commitments.report_shutdowns(DAY)
    report = stage.commitment().report
    assert report is not None and report.form.stoppage is not None
    assert report.form.stoppage.reason is StopReason.RECTIFICATION


def test_automatic_reports_are_made_once_and_never_over_a_persons_report() -> None:
    stage = a_stage().settle(a_shutdown(LINTONG))
    stage.submit()
    assert stage.world.app.commitments.report_shutdowns(DAY) == 2
    assert stage.world.app.commitments.report_shutdowns(DAY) == 0
    report = stage.commitment().report
    assert report is not None and report.origin is Origin.MANUAL


def test_a_manual_report_takes_the_place_of_the_automatic_one() -> None:
    stage = a_stage().settle(a_shutdown(DONGFENG))
    stage.world.app.commitments.report_shutdowns(DAY)
    stage.at("09:00").submit()
    commitment = stage.commitment()
    assert commitment.state is CommitmentState.REPORTED
    assert commitment.report is not None
    assert (commitment.report.origin, commitment.report.revision) == (Origin.MANUAL, 2)
    assert [duty.revision for duty in stage.duties()] == [1, 2]


def test_a_manual_report_after_the_deadline_is_late_even_where_an_automatic_one_was_not() -> None:
    stage = a_stage().settle(a_shutdown(DONGFENG))
    stage.world.app.commitments.report_shutdowns(DAY)
    stage.at("10:00").submit()
    report = stage.commitment().report
    assert report is not None and report.late


# ---------------------------------------------------------------- reading and being allowed


def test_what_a_viewer_may_do_follows_role_and_time() -> None:
    stage = a_stage()

    def allowed(by: Person, of: Enterprise = DONGFENG) -> list[str]:
        row = stage.world.readers.commitments.commitments(
            [commitment_id(of.id, DAY)],
            stage.actor(PROVINCE_HEAD).scope,
        )[commitment_id(of.id, DAY)]
        asked = stage.world.app.commitments.allowed_actions(stage.actor(by), row)
        return [action.value for action in asked]

    assert allowed(HEAD) == ["SUBMIT"]
    assert allowed(COUNTY_DUTY) == []
    stage.submit()
    assert allowed(HEAD) == ["CORRECT"]
    assert allowed(COUNTY_DUTY) == []
    stage.at("10:00")
    assert allowed(HEAD) == []
    assert allowed(COUNTY_DUTY) == ["REOPEN"]
    assert allowed(CITY_DUTY) == allowed(PROVINCE_HEAD) == []
    stage.reopen()
    assert allowed(HEAD) == ["CORRECT"]
    assert allowed(COUNTY_DUTY) == []
    stage.at("08:00", TOMORROW)
    assert allowed(HEAD) == []
    assert allowed(COUNTY_DUTY) == ["REOPEN"]
    assert allowed(HEAD, LOCAL) == []


def test_only_the_city_that_answers_for_a_region_itself_is_offered_to_reopen_there() -> None:
    stage = a_stage()
    stage.submit()
    stage.submit(LOCAL_HEAD, LOCAL)
    stage.at("10:00")

    def allowed(by: Person, of: Enterprise) -> list[CommitmentAction]:
        commitments, actor = stage.world.app.commitments, stage.actor(by)
        id = commitment_id(of.id, DAY)
        row = commitments.rows(actor, [id]).get(id)
        return [] if row is None else list(commitments.allowed_actions(actor, row))

    assert allowed(YANGLING_DUTY, LOCAL) == allowed(COUNTY_DUTY, DONGFENG) == [CommitmentAction.REOPEN]
    for by in (CITY_DUTY, PROVINCE_HEAD):
        assert allowed(by, LOCAL) == allowed(by, DONGFENG) == []


def test_two_devices_that_correct_the_same_version_do_not_overwrite_each_other() -> None:
    stage = a_stage()
    stage.submit()
    stage.correct(HEAD, revision=1, top_temperature=31)
    with pytest.raises(Conflict):
        stage.correct(MANAGER, revision=1, top_temperature=33)
    assert [duty.revision for duty in stage.duties()] == [1, 2]


def test_an_enterprise_that_moves_during_the_day_keeps_the_region_it_owed_in() -> None:
    stage = a_stage()
    moved = SaveEnterprise(
        id=EnterpriseId(LIMIN.id),
        credit_code=a_credit_code("利民烟花公司"),
        name=LIMIN.name,
        kind=LIMIN.kind,
        region_id=FAR.region_id,
        address=LIMIN.address,
        warehouses=LIMIN.warehouses,
    )
    inspector = a_person("检查一", PROVINCE_HEAD.role, of=PROVINCE_OFFICE)
    stage.settle(inspector)
    stage.world.app.directory.save_enterprise(stage.actor(inspector), moved)
    stage.submit(LIMIN_HEAD, LIMIN)
    assert stage.commitment(LIMIN).region_id == LINTONG
    with pytest.raises(Forbidden):
        stage.reopen(FAR_HEAD, LIMIN)
