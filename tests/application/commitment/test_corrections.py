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
from ...support.dates import month_day
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
    a_world,
)

TOMORROW = DAY + timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)

# ---------------------------------------------------------------- correcting


def test_a_report_can_be_corrected_until_the_deadline_and_every_version_is_kept() -> None:
    world = a_world()
    world.submit()
    world.system.clock.moment = DUE - MICROSECOND
    world.correct(top_temperature=31)
    world.correct(revision=2, top_temperature=32)
    versions = world.system.app.commitments.versions(world.actor(HEAD), commitment_id(DONGFENG.id, DAY))
    assert [(v.revision, v.form.top_temperature) for v in versions] == [(3, 32), (2, 31), (1, 28)]
    assert [duty.revision for duty in world.duties()] == [1, 2, 3]


@pytest.mark.parametrize("after_the_deadline", [timedelta(0), MICROSECOND, timedelta(hours=3)])
def test_at_the_deadline_correcting_is_over(after_the_deadline: timedelta) -> None:
    world = a_world()
    world.submit()
    world.system.clock.moment = DUE + after_the_deadline
    with pytest.raises(CorrectionClosed, match="所在地应急管理部门重新开放"):
        world.correct(top_temperature=31)
    assert world.commitment().revision == 1


@pytest.mark.parametrize("seen", [-1, 0, 1, 3])
def test_a_correction_of_another_version_than_the_current_one_is_a_conflict(seen: int) -> None:
    world = a_world()
    world.submit()
    world.correct(top_temperature=31)
    with pytest.raises(Conflict, match=f"已更新到第2版，您更正的是第{seen}版") as refusal:
        world.correct(MANAGER, revision=seen, top_temperature=40)
    assert refusal.value.field == "revision"
    report = world.commitment().report
    assert report is not None and report.form.top_temperature == 31


def test_what_was_never_reported_cannot_be_corrected() -> None:
    world = a_world()
    with pytest.raises(ActionNotAllowed, match="未上报，不能更正"):
        world.correct(revision=0)


def test_an_enterprise_cannot_correct_another_ones_report() -> None:
    world = a_world()
    world.submit(HONGXING_HEAD, HONGXING)
    with pytest.raises(NotFound):
        world.correct(HEAD, HONGXING)
    assert world.commitment(HONGXING).revision == 1


# ---------------------------------------------------------------- re-opening


def test_the_right_county_can_reopen_and_the_head_learns_why() -> None:
    world = a_world()
    world.submit()
    world.at("15:00").reopen(reason="在岗人数填错")
    assert world.commitment().state is CommitmentState.REOPENED
    (message,) = world.messages(HEAD)
    assert "在岗人数填错" in message.body and message.subject_id == str(commitment_id(DONGFENG.id, DAY))
    world.correct(top_temperature=30)
    assert (world.commitment().state, world.commitment().revision) == (CommitmentState.REPORTED, 2)


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
    world = a_world()
    world.submit()
    world.at("15:00")
    with pytest.raises(refusal):
        world.reopen(by)
    assert world.commitment().state is CommitmentState.REPORTED
    assert world.messages(HEAD) == []


def test_a_city_reopens_what_lies_directly_in_its_jurisdiction_and_nothing_below() -> None:
    world = a_world()
    world.submit()
    world.submit(LOCAL_HEAD, LOCAL)
    world.at("15:00").reopen(YANGLING_DUTY, LOCAL, reason="库存数量填错")
    assert world.commitment(LOCAL).state is CommitmentState.REOPENED
    (message,) = world.messages(LOCAL_HEAD)
    assert message.body == (
        f"杨凌示范区应急管理局{YANGLING_DUTY.name}已重新开放贵企业{month_day(DAY)}的安全承诺，"
        "请于今日内更正。原因：库存数量填错。"
    )
    for by, of, refusal in (
        (CITY_DUTY, DONGFENG, "市级部门只能重新开放直接管辖区域内企业的承诺"),
        (CITY_DUTY, LOCAL, "没有找到承诺"),
        (YANGLING_DUTY, DONGFENG, "没有找到承诺"),
        (PROVINCE_HEAD, LOCAL, "您的角色不能进行此项操作"),
    ):
        with pytest.raises(Refused, match=refusal):
            world.reopen(by, of)


def test_what_can_still_be_corrected_need_not_be_reopened() -> None:
    world = a_world()
    world.submit()
    world.system.clock.moment = DUE - MICROSECOND
    with pytest.raises(ActionNotAllowed, match="上报时限未过"):
        world.reopen()
    world.system.clock.moment = DUE
    world.reopen()
    assert world.commitment().state is CommitmentState.REOPENED


@pytest.mark.parametrize("reason", ["", " ", "错", "因" * 201])
def test_reopening_needs_a_reason_of_2_to_200_characters(reason: str) -> None:
    world = a_world()
    world.submit()
    world.at("15:00")
    with pytest.raises(InvalidValue, match="重新开放的原因") as refusal:
        world.reopen(reason=reason)
    assert refusal.value.field == "reason"


def test_what_was_reopened_can_be_corrected_on_that_day_only() -> None:
    world = a_world()
    world.submit()
    world.at("09:00", TOMORROW).reopen()
    world.at("23:59:59.999999", TOMORROW)
    assert CommitmentAction.CORRECT in world.commitment().allowed_actions(world.system.clock.now())
    world.at("00:00", TOMORROW + timedelta(days=1))
    with pytest.raises(CorrectionClosed):
        world.correct(top_temperature=30)
    assert world.commitment().revision == 1


def test_what_was_reopened_and_not_corrected_can_be_reopened_another_day() -> None:
    world = a_world()
    world.submit()
    world.at("15:00").reopen(reason="在岗人数填错")
    with pytest.raises(ActionNotAllowed, match="今日已重新开放"):
        world.at("23:59:59.999999").reopen()
    world.at("00:00", TOMORROW).reopen(reason="企业昨日未更正")
    assert [m.body.rpartition("：")[2] for m in world.messages(HEAD)] == [
        "在岗人数填错。",
        "企业昨日未更正。",
    ]
    world.correct(top_temperature=30)
    assert (world.commitment().state, world.commitment().revision) == (CommitmentState.REPORTED, 2)


def test_a_correction_after_reopening_leaves_the_report_as_late_or_on_time_as_it_was() -> None:
    world = a_world()
    world.submit()
    world.at("10:30").submit(HONGXING_HEAD, HONGXING)
    world.at("15:00").reopen(of=DONGFENG)
    world.reopen(of=HONGXING)
    world.correct()
    world.correct(HONGXING_HEAD, HONGXING)
    reports = [world.commitment(of).report for of in (DONGFENG, HONGXING)]
    assert [report.late for report in reports if report] == [False, True]


# ---------------------------------------------------------------- what is offered to whom


def test_what_a_viewer_may_do_follows_role_and_time() -> None:
    world = a_world()

    def allowed(by: Person, of: Enterprise = DONGFENG) -> list[str]:
        row = world.system.readers.commitments.commitments(
            [commitment_id(of.id, DAY)],
            world.actor(PROVINCE_HEAD).scope,
        )[commitment_id(of.id, DAY)]
        asked = world.system.app.commitments.allowed_actions(world.actor(by), row)
        return [action.value for action in asked]

    assert allowed(HEAD) == ["SUBMIT"]
    assert allowed(COUNTY_DUTY) == []
    world.submit()
    assert allowed(HEAD) == ["CORRECT"]
    assert allowed(COUNTY_DUTY) == []
    world.at("10:00")
    assert allowed(HEAD) == []
    assert allowed(COUNTY_DUTY) == ["REOPEN"]
    assert allowed(CITY_DUTY) == allowed(PROVINCE_HEAD) == []
    world.reopen()
    assert allowed(HEAD) == ["CORRECT"]
    assert allowed(COUNTY_DUTY) == []
    world.at("08:00", TOMORROW)
    assert allowed(HEAD) == []
    assert allowed(COUNTY_DUTY) == ["REOPEN"]
    assert allowed(HEAD, LOCAL) == []


def test_only_the_city_that_answers_for_a_region_itself_is_offered_to_reopen_there() -> None:
    world = a_world()
    world.submit()
    world.submit(LOCAL_HEAD, LOCAL)
    world.at("10:00")

    def allowed(by: Person, of: Enterprise) -> list[CommitmentAction]:
        commitments, actor = world.system.app.commitments, world.actor(by)
        id = commitment_id(of.id, DAY)
        row = commitments.rows(actor, [id]).get(id)
        return [] if row is None else list(commitments.allowed_actions(actor, row))

    assert allowed(YANGLING_DUTY, LOCAL) == allowed(COUNTY_DUTY, DONGFENG) == [CommitmentAction.REOPEN]
    for by in (CITY_DUTY, PROVINCE_HEAD):
        assert allowed(by, LOCAL) == allowed(by, DONGFENG) == []


def test_two_devices_that_correct_the_same_version_do_not_overwrite_each_other() -> None:
    world = a_world()
    world.submit()
    world.correct(HEAD, revision=1, top_temperature=31)
    with pytest.raises(Conflict):
        world.correct(MANAGER, revision=1, top_temperature=33)
    assert [duty.revision for duty in world.duties()] == [1, 2]
