"""Reporting the day's commitment: until when, by whom, for what, and what it owes the ministry."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from yanbao.domain.commitment.check import PermitExpired
from yanbao.domain.commitment.commitment import CommitmentState, NotToday, commitment_id
from yanbao.domain.directory.organisation import Person
from yanbao.domain.refusals import ActionNotAllowed, Forbidden, NotFound
from yanbao.domain.signed import Origin
from yanbao.domain.values import fact_id

from ...support.builders import DAY, DUE, a_form_for, a_form_of_stopped, a_permit, a_person, an_enterprise
from ...support.world import (
    CITY_DUTY,
    COUNTY_DUTY,
    COUNTY_HEAD,
    DONGFENG,
    HEAD,
    HONGXING,
    MANAGER,
    PROVINCE_HEAD,
    SYSTEM_ADMIN,
    a_world,
    clock,
)

TOMORROW = DAY + timedelta(days=1)
YESTERDAY = DAY - timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("after_the_deadline", "late"), [(-MICROSECOND, False), (timedelta(0), True), (MICROSECOND, True)]
)
def test_a_report_is_on_time_until_the_deadline_and_late_from_it_on(
    after_the_deadline: timedelta, late: bool
) -> None:
    world = a_world()
    world.system.clock.moment = DUE + after_the_deadline
    world.submit()
    report = world.commitment().report
    assert report is not None and report.late is late
    assert report.signed.at == DUE + after_the_deadline
    assert (report.origin, report.revision) == (Origin.MANUAL, 1)
    assert (report.signed.person_id, report.signed.name) == (HEAD.id, HEAD.name)


def test_a_safety_manager_may_report_too() -> None:
    world = a_world()
    world.submit(MANAGER)
    assert world.commitment().state is CommitmentState.REPORTED


def test_a_report_owes_the_ministry_one_message_due_at_the_first_push_of_the_day() -> None:
    world = a_world()
    world.submit()
    (duty,) = world.duties()
    assert duty.id == fact_id("commitment", DONGFENG.id, DAY, 1)
    assert duty.due_at == clock("12:00")
    assert duty.facts["credit_code"] == DONGFENG.credit_code.text
    assert (duty.facts["revision"], duty.facts["late"], duty.facts["origin"]) == (1, False, "MANUAL")


def test_two_reports_of_one_day_are_refused() -> None:
    world = a_world()
    world.submit()
    with pytest.raises(ActionNotAllowed, match="已上报，不能上报"):
        world.submit(MANAGER)
    assert len(world.duties()) == 1


@pytest.mark.parametrize("day", [YESTERDAY, TOMORROW, date(1, 1, 1), date(9999, 12, 31)])
def test_only_todays_commitment_can_be_reported(day: date) -> None:
    world = a_world()
    with pytest.raises(NotToday, match=f"{day}") as refusal:
        world.submit(day=day)
    assert refusal.value.field == "businessDate"
    assert world.duties() == []


def test_a_day_that_was_owed_yesterday_cannot_be_reported_today() -> None:
    world = a_world(opened=False)
    world.system.app.commitments.open_day(YESTERDAY)
    with pytest.raises(NotToday, match="已过"):
        world.submit(day=YESTERDAY)


@pytest.mark.parametrize("by", [COUNTY_DUTY, COUNTY_HEAD, CITY_DUTY, PROVINCE_HEAD, SYSTEM_ADMIN])
def test_nobody_of_a_department_reports_for_an_enterprise(by: Person) -> None:
    world = a_world()
    with pytest.raises(Forbidden):
        world.submit(by)
    assert world.commitment().unreported


def test_an_enterprise_cannot_report_for_another_one() -> None:
    world = a_world()
    with pytest.raises(NotFound, match="没有找到企业"):
        world.submit(HEAD, HONGXING)
    assert world.commitment(HONGXING).unreported


def test_an_unknown_enterprise_is_refused_in_the_same_words_as_a_foreign_one() -> None:
    world = a_world()
    sentences = []
    for of in (HONGXING, an_enterprise("从未听说的厂")):
        with pytest.raises(NotFound) as refusal:
            world.submit(HEAD, of)
        sentences.append((refusal.value.sentence, refusal.value.field))
    assert sentences[0] == sentences[1]


def test_an_enterprise_that_was_added_after_opening_the_day_can_report() -> None:
    world = a_world()
    new = an_enterprise("新建的厂")
    head = a_person("新厂长", HEAD.role, of=new)
    world.settle(new, a_permit(new), head).at("09:59")
    world.submit(head, new)
    commitment = world.commitment(new)
    assert (commitment.state, commitment.due_at) == (CommitmentState.REPORTED, DUE)
    assert world.system.app.commitments.open_day(DAY) == 0


def test_an_enterprise_that_was_closed_before_the_day_need_not_report() -> None:
    closed = replace(DONGFENG, active=False)
    world = a_world(enterprises=[closed, HONGXING])
    with pytest.raises(ActionNotAllowed, match="已停用"):
        world.submit()
    assert world.state.commitments.keys() == {commitment_id(HONGXING.id, DAY)}


def test_producing_on_an_expired_permit_is_refused_on_its_own_with_number_and_date() -> None:
    world = a_world()
    world.settle(replace(a_permit(DONGFENG), expires_on=YESTERDAY))
    with pytest.raises(PermitExpired, match=rf"000123.*{YESTERDAY}") as refusal:
        world.submit(form=a_form_for(DONGFENG, duty_leader="", risk_grade=9))
    assert refusal.value.field == "status"
    world.submit(form=a_form_of_stopped())
    assert world.commitment().state is CommitmentState.REPORTED


def test_a_renewal_that_begins_tomorrow_leaves_todays_permit_in_force() -> None:
    world = a_world()
    renewed = a_permit(DONGFENG, number="续", issued=TOMORROW, expires=TOMORROW + timedelta(days=1_000))
    world.settle(replace(a_permit(DONGFENG), expires_on=DAY), renewed)
    world.submit()
    report = world.commitment().report
    assert report is not None and report.facts.permit.number == a_permit(DONGFENG).number
