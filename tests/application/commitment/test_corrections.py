"""Correcting and re-opening a commitment: until when, by whom, and what is offered to whom."""

from __future__ import annotations

from datetime import timedelta

import pytest

from yanbao.domain.commitment.commitment import (
    CommitmentAction,
    CommitmentState,
    CorrectionClosed,
    commitment_id,
)
from yanbao.domain.directory.enterprise import Enterprise
from yanbao.domain.directory.organisation import Person
from yanbao.domain.refusals import ActionNotAllowed, Conflict, Forbidden, InvalidValue, NotFound, Refused

from ...support.builders import DAY, DUE
from ...support.world import (
    CHANGAN_DUTY,
    CITY_DUTY,
    COUNTY_DUTY,
    DONGFENG,
    HEAD,
    HONGXING,
    HONGXING_HEAD,
    LOCAL,
    LOCAL_HEAD,
    MANAGER,
    PROVINCE_HEAD,
    SYSTEM_ADMIN,
    YANGLING_DUTY,
    a_stage,
)

TOMORROW = DAY + timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)

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


# ---------------------------------------------------------------- what is offered to whom


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
