"""The day of commitments: opening it, the automatic stopped reports, and who moves while it lasts."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from yanbao.application.directory.directory import SaveEnterprise
from yanbao.domain.commitment.commitment import CommitmentState
from yanbao.domain.directory.enterprise import EnterpriseKind, StopReason
from yanbao.domain.refusals import Forbidden
from yanbao.domain.signed import Origin
from yanbao.domain.values import EnterpriseId

from ...support.builders import (
    DAY,
    DUE,
    LINTONG,
    XIAN,
    a_credit_code,
    a_person,
    a_setting,
    a_shutdown,
    an_enterprise,
)
from ...support.world import (
    DONGFENG,
    ENTERPRISES,
    FAR,
    FAR_HEAD,
    HONGXING,
    LIMIN,
    LIMIN_HEAD,
    PROVINCE_HEAD,
    PROVINCE_OFFICE,
    a_world,
    clock,
)

TOMORROW = DAY + timedelta(days=1)
YESTERDAY = DAY - timedelta(days=1)

# ---------------------------------------------------------------- opening the day


def test_opening_the_day_writes_down_one_duty_for_every_active_enterprise() -> None:
    world = a_world(enterprises=[*ENTERPRISES, an_enterprise("已关闭的厂", active=False)], opened=False)
    assert world.system.app.commitments.open_day(DAY) == len(ENTERPRISES)
    assert {c.enterprise_id for c in world.state.commitments.values()} == {of.id for of in ENTERPRISES}
    assert {c.state for c in world.state.commitments.values()} == {CommitmentState.OWED}
    assert {c.due_at for c in world.state.commitments.values()} == {DUE}


def test_opening_the_day_twice_changes_nothing() -> None:
    world = a_world()
    world.submit()
    before = dict(world.state.commitments)
    assert world.system.app.commitments.open_day(DAY) == 0
    assert dict(world.state.commitments) == before


def test_the_deadline_is_the_regions_own_where_it_has_one() -> None:
    world = a_world(opened=False).settle(a_setting("09:00", region=LINTONG), a_setting("11:00", region=XIAN))
    world.system.app.commitments.open_day(DAY)
    assert world.commitment(DONGFENG).due_at == clock("09:00")
    assert world.commitment(FAR).due_at == clock("10:00")


def test_a_deadline_of_tomorrow_does_not_move_todays() -> None:
    world = a_world(opened=False).settle(a_setting("09:00", region=LINTONG, since=TOMORROW))
    world.system.app.commitments.open_day(DAY)
    world.system.app.commitments.open_day(TOMORROW)
    assert world.commitment(DONGFENG).due_at == clock("10:00")
    assert world.commitment(DONGFENG, TOMORROW).due_at == clock("09:00", TOMORROW)


# ---------------------------------------------------------------- automatic stopped reports


def test_an_enterprise_in_its_own_shutdown_period_is_reported_as_stopped() -> None:
    world = a_world().settle(a_shutdown(DONGFENG))
    assert world.system.app.commitments.report_shutdowns(DAY) == 1
    commitment = world.commitment()
    assert commitment.state is CommitmentState.REPORTED_AUTOMATICALLY
    report = commitment.report
    assert report is not None and report.form.stoppage is not None
    assert (report.origin, report.late, report.signed.person_id) == (Origin.AUTO, False, None)
    assert report.form.stoppage.reason is StopReason.HIGH_TEMPERATURE
    assert report.form.stoppage.expected_resumption == DAY + timedelta(days=7)
    assert world.duty_of().facts["origin"] == "AUTO"
    assert world.commitment(HONGXING).unreported


def test_a_regions_period_stops_everybody_below_it_of_the_kind_it_names() -> None:
    world = a_world().settle(a_shutdown(XIAN, kind=EnterpriseKind.PRODUCTION))
    assert world.system.app.commitments.report_shutdowns(DAY) == 2
    assert not world.commitment(DONGFENG).unreported and not world.commitment(HONGXING).unreported
    assert world.commitment(LIMIN).unreported, "a wholesaler is not meant"
    assert world.commitment(FAR).unreported, "another city is not meant"


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
    world = a_world().settle(period)
    assert world.system.app.commitments.report_shutdowns(DAY) == 0
    assert world.commitment().unreported


@pytest.mark.parametrize("first_to_last", [(DAY, DAY), (YESTERDAY, DAY), (DAY, TOMORROW)])
def test_both_ends_of_a_period_belong_to_it(first_to_last: tuple[date, date]) -> None:
    world = a_world().settle(a_shutdown(DONGFENG, first=first_to_last[0], last=first_to_last[1]))
    assert world.system.app.commitments.report_shutdowns(DAY) == 1


def test_the_enterprises_own_period_goes_before_its_regions() -> None:
    own = a_shutdown(DONGFENG, reason=StopReason.RECTIFICATION)
    world = a_world().settle(a_shutdown(LINTONG, reason=StopReason.HOLIDAY), own)
    world.system.app.commitments.report_shutdowns(DAY)
    report = world.commitment().report
    assert report is not None and report.form.stoppage is not None
    assert report.form.stoppage.reason is StopReason.RECTIFICATION


def test_automatic_reports_are_made_once_and_never_over_a_persons_report() -> None:
    world = a_world().settle(a_shutdown(LINTONG))
    world.submit()
    assert world.system.app.commitments.report_shutdowns(DAY) == 2
    assert world.system.app.commitments.report_shutdowns(DAY) == 0
    report = world.commitment().report
    assert report is not None and report.origin is Origin.MANUAL


def test_a_manual_report_takes_the_place_of_the_automatic_one() -> None:
    world = a_world().settle(a_shutdown(DONGFENG))
    world.system.app.commitments.report_shutdowns(DAY)
    world.at("09:00").submit()
    commitment = world.commitment()
    assert commitment.state is CommitmentState.REPORTED
    assert commitment.report is not None
    assert (commitment.report.origin, commitment.report.revision) == (Origin.MANUAL, 2)
    assert [duty.revision for duty in world.duties()] == [1, 2]


def test_a_manual_report_after_the_deadline_is_late_even_where_an_automatic_one_was_not() -> None:
    world = a_world().settle(a_shutdown(DONGFENG))
    world.system.app.commitments.report_shutdowns(DAY)
    world.at("10:00").submit()
    report = world.commitment().report
    assert report is not None and report.late


# ---------------------------------------------------------------- moving during the day


def test_an_enterprise_that_moves_during_the_day_keeps_the_region_it_owed_in() -> None:
    world = a_world()
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
    world.settle(inspector)
    world.system.app.directory.save_enterprise(world.actor(inspector), moved)
    world.submit(LIMIN_HEAD, LIMIN)
    assert world.commitment(LIMIN).region_id == LINTONG
    with pytest.raises(Forbidden):
        world.reopen(FAR_HEAD, LIMIN)
