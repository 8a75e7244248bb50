"""An enterprise declares its own stop; the county sees it and may annul it; the head is reminded of its end."""

from __future__ import annotations

import pytest

from yanbao.adapters.memory.enterprises import MemoryShutdownPeriods
from yanbao.application.access import EVERYTHING, SYSTEM
from yanbao.application.directory.shutdowns import CancelShutdownPeriod, SaveShutdownPeriod
from yanbao.domain.commitment.commitment import CommitmentState
from yanbao.domain.commitment.form import ProductionStatus, Stoppage
from yanbao.domain.directory.enterprise import StopReason
from yanbao.domain.directory.shutdown import ShutdownCancelled, StopAnnulled
from yanbao.domain.notice.notice import MessageKind, SmsState
from yanbao.domain.refusals import ActionNotAllowed, Forbidden, InvalidValue, NotFound

from ...support.builders import DAY, LINTONG, a_shutdown
from ...support.stops import (
    TOMORROW,
    annul,
    declare,
    in_days,
    morning,
    origins,
    periods,
    stopped,
    the_period,
)
from ...support.system import send_texts
from ...support.world import (
    COUNTY_DUTY,
    COUNTY_HEAD,
    DONGFENG,
    FAR_HEAD,
    HEAD,
    HONGXING,
    HONGXING_HEAD,
    LOCAL,
    LOCAL_HEAD,
    PUCHENG_DUTY,
    YANGLING_DUTY,
    a_world,
    entries,
)

# ---------------------------------------------------------------- the head


def test_after_a_declared_stop_the_following_days_are_reported_automatically_until_the_day_before() -> None:
    world = a_world()
    declare(world, in_days(3))
    for day in (1, 2, 3):
        morning(world, in_days(day))
    assert origins(world, [in_days(n) for n in range(4)]) == ["MANUAL", "AUTO", "AUTO", "-"]
    report = world.commitment(day=TOMORROW).report
    assert report is not None and report.form.stoppage is not None
    assert report.form.stoppage.expected_resumption == in_days(3)
    assert "由企业于" in report.text and f"（申报人：{HEAD.name}）" in report.text


def test_who_declares_a_stop_and_produces_anyway_ends_it_with_the_report_of_that_day() -> None:
    world = a_world()
    declare(world, in_days(9))
    morning(morning(world, TOMORROW), in_days(2)).submit(day=in_days(2))
    assert world.commitment(day=in_days(2)).state is CommitmentState.REPORTED
    assert the_period(world).last_day == TOMORROW
    morning(world, in_days(3))
    assert origins(world, [TOMORROW, in_days(2), in_days(3)]) == ["AUTO", "MANUAL", "-"]


def test_who_takes_the_stop_back_on_the_same_day_has_declared_nothing() -> None:
    world = a_world()
    declare(world, in_days(9))
    world.correct()
    assert the_period(world).cancelled and not the_period(world).annulled
    assert world.commitment().report is not None
    morning(world, TOMORROW)
    assert world.commitment(day=TOMORROW).unreported


def test_a_stop_that_is_declared_twice_on_a_day_counts_once_as_the_last_report_says() -> None:
    world = a_world()
    declare(world, in_days(9))
    world.correct(
        status=ProductionStatus.STOPPED,
        production=None,
        stoppage=Stoppage(StopReason.HOLIDAY, "", in_days(3)),
    )
    standing = [period for period in periods(world) if not period.cancelled]
    assert [(p.last_day, p.reason) for p in standing] == [(in_days(2), StopReason.HOLIDAY)]


def test_a_repeated_click_declares_once() -> None:
    world = a_world()
    for _ in range(2):
        world.submit(form=stopped(in_days(3)), key="one-click")
    assert the_period(world).last_day == in_days(2)


def test_a_report_that_is_refused_declares_nothing() -> None:
    world = a_world()
    with pytest.raises(InvalidValue):
        world.submit(form=stopped(in_days(3), duty_leader=""))
    assert periods(world) == []


def test_a_stop_is_confirmed_by_reporting_it_as_it_is_filled_in() -> None:
    world = a_world()
    declare(world, in_days(5))
    morning(world, TOMORROW)
    offered = world.system.app.commitments.prefill(world.actor(HEAD), DONGFENG.id).form.stoppage
    assert offered is not None and offered.expected_resumption == in_days(5)
    declare(world, offered.expected_resumption, day=TOMORROW)
    assert [(p.first_day, p.last_day) for p in periods(world)] == [(DAY, DAY), (TOMORROW, in_days(4))]


def test_who_works_within_a_departments_period_is_not_reported_as_stopped_by_the_system() -> None:
    world = a_world().settle(a_shutdown(LINTONG, last=in_days(9)))
    world.submit()
    for day in (TOMORROW, in_days(2)):
        morning(world, day)
        assert world.commitment(day=day).unreported, "nobody claims for it what it has denied"
        assert world.commitment(HONGXING, day=day).state is CommitmentState.REPORTED_AUTOMATICALLY
    assert [period.last_day for period in periods(world)] == [in_days(9)], "only a department ends its period"
    world.submit(day=in_days(2), form=stopped(None))
    morning(world, in_days(3))
    assert world.commitment(day=in_days(3)).state is CommitmentState.REPORTED_AUTOMATICALLY


def test_a_regions_period_says_nothing_against_an_enterprise_that_has_resumed() -> None:
    world = a_world().settle(a_shutdown(LINTONG, last=in_days(9)))
    declare(world, in_days(15))
    morning(world, TOMORROW).submit(day=TOMORROW)
    assert [p.last_day for p in periods(world) if p.declared] == [DAY]
    morning(world, in_days(2))
    assert world.commitment(day=in_days(2)).unreported


def test_a_report_in_production_reads_no_periods_while_none_covers_the_day(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(MemoryShutdownPeriods, "applying_to")
    a_world().submit()


# ---------------------------------------------------------------- the county


def test_the_county_is_told_of_a_declared_stop_and_nobody_elsewhere() -> None:
    world = a_world()
    declare(world, in_days(3))
    (message,) = world.messages(COUNTY_DUTY)
    assert (message.kind, message.subject_id) == (MessageKind.SHUTDOWN_DECLARED, str(the_period(world).id))
    assert message.title == f"{DONGFENG.name}自行申报停产"
    last = in_days(2)
    assert f"至{last.month}月{last.day}日停产（原因：自行停产）" in message.body
    assert world.messages(PUCHENG_DUTY) == [] and world.texts(COUNTY_DUTY) == []


def test_where_there_is_no_county_department_the_citys_is_told() -> None:
    world = a_world()
    world.submit(LOCAL_HEAD, LOCAL, form=stopped(in_days(3)))
    assert [message.kind for message in world.messages(YANGLING_DUTY)] == [MessageKind.SHUTDOWN_DECLARED]


def test_the_county_annuls_with_a_reason_and_the_head_is_told_by_message_and_sms() -> None:
    world = a_world()
    declare(world, in_days(9))
    morning(world, TOMORROW)
    annul(world)
    period = the_period(world)
    assert period.annulled and period.cancellation is not None
    assert (period.cancellation.by.department, period.cancellation.by.signed.name) == (
        world.state.departments[COUNTY_HEAD.department_id].name,  # type: ignore[index]
        COUNTY_HEAD.name,
    )
    (message,) = [m for m in world.messages(HEAD) if m.kind is MessageKind.SHUTDOWN_ANNULLED]
    assert "原因：现场检查发现仍在生产" in message.body
    send_texts(world.system.app.texts)
    (sms,) = world.texts(HEAD)
    assert sms.state is SmsState.ACCEPTED and sms.text is not None
    assert "请每日按时上报安全承诺" in sms.text and "现场检查" not in sms.text
    morning(world, in_days(2))
    assert origins(world, [TOMORROW, in_days(2)]) == ["AUTO", "-"], "what was reported stays"


@pytest.mark.parametrize("reason", ["", " ", "假"])
def test_the_county_does_not_annul_without_a_reason(reason: str) -> None:
    world = a_world()
    declare(world, in_days(9))
    with pytest.raises(InvalidValue) as refusal:
        annul(world, reason)
    assert refusal.value.field == "reason"
    assert not the_period(world).cancelled


def test_what_was_annulled_cannot_be_declared_again_but_every_day_can_be_reported() -> None:
    world = a_world()
    declare(world, in_days(9))
    annul(world)
    morning(world, TOMORROW)
    with pytest.raises(StopAnnulled, match=f"{in_days(8)}及以前不能再自行申报停产期"):
        declare(world, in_days(4), day=TOMORROW)
    assert world.commitment(day=TOMORROW).unreported
    offered = world.system.app.commitments.prefill(world.actor(HEAD), DONGFENG.id).form.stoppage
    assert offered is not None and offered.expected_resumption is None, "what is filled in can be sent"
    declare(world, None, day=TOMORROW)
    morning(world, in_days(9))
    declare(world, in_days(12), day=in_days(9))
    assert [p.last_day for p in periods(world) if not p.cancelled] == [in_days(11)]


def test_nobody_but_a_department_that_answers_for_the_enterprise_annuls() -> None:
    world = a_world()
    declare(world, in_days(9))
    command = CancelShutdownPeriod(the_period(world).id, "与实际不符")
    for person in (HEAD, COUNTY_DUTY):
        with pytest.raises(Forbidden):
            world.system.app.shutdowns.cancel(world.actor(person), command)
    for person in (FAR_HEAD, HONGXING_HEAD):
        with pytest.raises((Forbidden, NotFound)):
            world.system.app.shutdowns.cancel(world.actor(person), command)


def test_a_period_is_cancelled_once_and_not_after_its_end() -> None:
    world = a_world()
    declare(world, in_days(3))
    morning(world, in_days(3))
    with pytest.raises(ActionNotAllowed, match=f"停产期已于{in_days(2)}结束"):
        annul(world)
    declare(world, in_days(6), day=in_days(3))
    annul(world)
    with pytest.raises(ShutdownCancelled, match="现场检查发现仍在生产"):
        world.system.app.shutdowns.cancel(
            world.actor(COUNTY_HEAD), CancelShutdownPeriod(periods(world)[-1].id, "再取消一次")
        )


def test_a_department_does_not_change_what_an_enterprise_declared() -> None:
    world = a_world()
    declare(world, in_days(3))
    period = the_period(world)
    command = SaveShutdownPeriod(period.id, DONGFENG.id, None, None, DAY, in_days(30), StopReason.HOLIDAY)
    with pytest.raises(ActionNotAllowed, match="企业自行申报的停产期不能更改"):
        world.system.app.shutdowns.save(world.actor(COUNTY_HEAD), command)
    assert the_period(world) == period


def test_declaring_ending_and_annulling_stand_in_the_audit_trail() -> None:
    world = a_world()
    declare(world, in_days(9))
    morning(world, TOMORROW)
    declare(world, in_days(5), day=TOMORROW)
    annul(world)
    subjects = {f"ShutdownPeriod:{period.id}" for period in periods(world)}
    found = [(e.action, e.actor_name) for e in entries(world) if e.subject in subjects]
    assert sorted(found) == sorted(
        [
            ("ShutdownDeclared", HEAD.name),
            ("DirectoryChanged", HEAD.name),
            ("ShutdownDeclared", HEAD.name),
            ("ShutdownAnnulled", COUNTY_HEAD.name),
            ("DirectoryChanged", COUNTY_HEAD.name),
        ]
    )


def test_what_was_declared_can_be_read_within_the_scope_only() -> None:
    world = a_world()
    declare(world, in_days(3))
    period = the_period(world)
    with world.system.storage.work(SYSTEM) as work:
        assert work.shutdown_periods.get(period.id, within=world.actor(COUNTY_HEAD).scope) == period
        assert work.shutdown_periods.get(period.id, within=EVERYTHING) == period
        with pytest.raises(NotFound):
            work.shutdown_periods.get(period.id, within=world.actor(PUCHENG_DUTY).scope)
