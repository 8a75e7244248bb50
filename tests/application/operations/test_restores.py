"""After a restore nothing goes out before it was asked about; what is made anew has ids of its own."""

from __future__ import annotations

from datetime import timedelta

import pytest

from yanbao.adapters.memory.tables import State
from yanbao.application.exchange.exchange import ResendDeadLetters
from yanbao.application.identity.identity import LogIn
from yanbao.application.notice.restored import MOST_ENQUIRIES
from yanbao.application.operations.restores import NotBegun
from yanbao.application.ports.exchange import ALREADY_SENT, ASK_FIRST, RecordKind
from yanbao.domain.commitment.commitment import commitment_id
from yanbao.domain.exchange.duty import Duty, DutyState, Topic
from yanbao.domain.notice.notice import SmsState
from yanbao.domain.restore import Restoring
from yanbao.domain.values import Client, fact_id

from ...support.builders import DAY, DUE
from ...support.restoring import WHO, WHY, backup, begin, finish, restore, standing
from ...support.system import PASSWORD, send_texts
from ...support.world import (
    COUNTY_DUTY,
    DONGFENG,
    HEAD,
    HONGXING,
    HONGXING_HEAD,
    LIMIN,
    PROVINCE_DUTY,
    World,
    a_world,
    actions,
)

_COMMITMENT = RecordKind.COMMITMENT
SOON = timedelta(minutes=5)


def tick(world: World) -> None:
    """All that worker and clock do."""
    while world.system.app.schedule.tick():
        pass
    while world.system.app.pushes.push_due():
        pass
    send_texts(world.system.app.texts)


def numbers(world: World) -> list[str]:
    """Who got an SMS, as the gateway knows it."""
    return sorted(sms.phone for sms in world.system.sms.sent)


def code(world: World, duty: Duty) -> tuple[DutyState, str]:
    found = world.state.duties[duty.id].duty
    return found.state, found.answer_code


# ---------------------------------------------------------------- the order


def test_a_database_that_was_restored_notices_it_by_itself_and_sends_nothing() -> None:
    world = a_world(enterprises=[DONGFENG, HONGXING])
    world.submit()
    restore(world.at("12:00"), backup(world))
    assert standing(world).moved
    tick(world)
    assert (world.system.ministry.pushes, world.system.sms.sent, len(world.state.slots)) == ([], [], 0)


def test_a_database_that_stays_where_it_is_works_on() -> None:
    world = a_world(enterprises=[DONGFENG, HONGXING])
    world.submit()
    for _ in range(2):
        backup(world)
    tick(world.at("12:00"))
    assert len(world.system.ministry.pushes) == 1


@pytest.mark.parametrize("begun", [False, True])
def test_until_the_restore_is_finished_people_log_in_and_read_but_change_nothing(begun: bool) -> None:
    world = a_world(enterprises=[DONGFENG, HONGXING])
    restore(world, backup(world))
    if begun:
        begin(world.after(SOON))
    world.after(SOON)
    with pytest.raises(Restoring, match="暂时只能查看"):
        world.submit()
    assert world.commitment().report is None
    world.system.app.identity.log_in(LogIn("lihong", PASSWORD, Client.WEB))
    if begun:
        finish(world)
        world.after(SOON).submit()


def test_a_restore_is_begun_once_and_finished_once() -> None:
    world = a_world(enterprises=[DONGFENG])
    with pytest.raises(NotBegun, match="请先执行"):
        finish(world)
    restore(world, backup(world))
    with pytest.raises(NotBegun, match="尚未执行"):
        finish(world)
    first = begin(world.after(SOON))
    assert not first.again and not standing(world).moved and standing(world).open == first.restore
    again = begin(world.after(SOON))
    assert again.again and again.restore == first.restore
    assert not finish(world).again and finish(world.after(SOON)).again
    assert standing(world).in_use and len(standing(world).restores) == 1
    assert actions(world)[-2:] == ["RestoreBegun", "RestoreFinished"]


def test_the_same_backup_restored_twice_has_two_epochs() -> None:
    world = a_world(enterprises=[DONGFENG])
    kept = backup(world)
    epochs = set()
    for _ in range(2):
        begin(restore(world.after(SOON), kept))
        finish(world)
        world.after(SOON).submit()
        epochs.add(world.duty_of().id)
    assert len(epochs) == 2


def test_a_backup_that_was_made_while_a_restore_was_open_is_begun_anew() -> None:
    world = a_world(enterprises=[DONGFENG])
    restore(world, backup(world))
    begin(world.after(SOON))
    restore(world, world.state)
    assert not begin(world.after(SOON)).again
    assert [one.finished_at is None for one in standing(world).restores] == [False, True]


def test_everybody_is_logged_out_and_the_backup_says_until_when_it_knows() -> None:
    world = a_world(enterprises=[DONGFENG])
    world.system.app.identity.log_in(LogIn("lihong", PASSWORD, Client.WEB))
    knew = world.system.clock.moment
    restore(world.after(SOON), backup(world))
    begun = begin(world)
    assert (begun.sessions, begun.restore.known_until) == (1, knew)
    assert all(session.revoked_at is not None for session in world.state.sessions.values())
    assert (begun.restore.begun_by, begun.restore.reason) == (WHO, WHY)


# ---------------------------------------------------------------- SMS


def without_enquiry(world: World) -> None:
    """From now on the gateway has no such call."""
    world.system.sms._can_be_asked = False


def reminders_queued() -> tuple[World, State]:
    """Three enterprises owe, the deadline is there; and a backup of the moment before the first SMS."""
    world = a_world(enterprises=[DONGFENG, HONGXING, LIMIN])
    world.system.clock.moment = DUE
    world.system.app.commitment_reminders.remind(DUE)
    return world, backup(world)


def test_nobody_gets_an_sms_again_that_went_out_after_the_backup() -> None:
    world, kept = reminders_queued()
    send_texts(world.system.app.texts)
    sent = numbers(world)
    assert len(sent) == len(set(sent)) >= 4
    restore(world.after(SOON), kept)
    assert begin(world).texts == len(sent)
    assert {sms.state for sms in world.state.texts.values()} == {SmsState.UNKNOWN}
    send_texts(world.system.app.texts)
    assert numbers(world) == sent, "the restore is open"
    finish(world)
    tick(world)
    assert numbers(world) == sent
    assert {code(world, duty) for duty in world.duties(Topic.SMS)} == {(DutyState.DONE, ALREADY_SENT)}
    assert {sms.state for sms in world.state.texts.values()} == {SmsState.ACCEPTED}


def test_what_the_gateway_does_not_have_goes_out() -> None:
    world, kept = reminders_queued()
    restore(world.after(SOON), kept)
    begin(world)
    finish(world)
    tick(world)
    assert len(world.system.sms.sent) == len(world.duties(Topic.SMS)) >= 4
    assert not any(duty.ask_first for duty in world.duties(Topic.SMS))


def test_a_reminder_that_was_made_after_the_backup_is_asked_about_when_it_is_made_again() -> None:
    world = a_world(enterprises=[DONGFENG, HONGXING, LIMIN])
    kept = backup(world)
    tick(world.at("10:01"))
    sent = numbers(world)
    assert sent
    restore(world.at("10:20"), kept)
    begin(world)
    finish(world)
    tick(world.at("10:21"))
    assert world.texts(HEAD), "made again, with the in-app message"
    assert numbers(world) == sent
    assert world.texts(HEAD)[0].state is SmsState.ACCEPTED


def test_a_reminder_that_comes_after_the_restore_needs_no_asking() -> None:
    world = a_world(enterprises=[DONGFENG])
    restore(world, backup(world))
    begin(world.after(SOON))
    finish(world)
    without_enquiry(world)
    tick(world.at("10:01"))
    assert world.texts(HEAD)[0].state is SmsState.ACCEPTED


def test_where_the_gateway_cannot_be_asked_a_person_decides() -> None:
    world, kept = reminders_queued()
    send_texts(world.system.app.texts)
    sent = numbers(world)
    without_enquiry(world)
    begin(restore(world.after(SOON), kept))
    finish(world)
    for _ in range(MOST_ENQUIRIES):
        tick(world.after(timedelta(minutes=11)))
    assert numbers(world) == sent
    dead = [duty for duty in world.duties(Topic.SMS) if duty.state is DutyState.REFUSED]
    assert {duty.answer_code for duty in dead} == {ASK_FIRST}
    head = [duty for duty in dead if duty.id == world.texts(HEAD)[0].id]
    command = ResendDeadLetters(tuple(duty.id for duty in head))
    assert world.system.app.exchange.resend(world.actor(PROVINCE_DUTY), command) == 1
    send_texts(world.system.app.texts)
    assert numbers(world).count(HEAD.phone.text) == 2, "because a person said so"


def test_an_sms_that_may_have_been_merged_into_one_that_went_out_is_not_sent() -> None:
    """The gateway knows the id of the one that carried the other, and no more."""
    world, _ = reminders_queued()
    later = DUE + timedelta(hours=2)
    world.system.clock.moment = later
    world.system.app.commitment_reminders.remind(later)
    kept = backup(world)
    assert len(world.texts(COUNTY_DUTY)) == 2
    send_texts(world.system.app.texts)
    sent = numbers(world)
    assert sent.count(COUNTY_DUTY.phone.text) == 1
    begin(restore(world.after(SOON), kept))
    finish(world)
    tick(world)
    assert numbers(world).count(COUNTY_DUTY.phone.text) == 1
    outcomes = {code(world, duty_named(world, sms.id)) for sms in world.texts(COUNTY_DUTY)}
    assert outcomes == {(DutyState.DONE, ALREADY_SENT), (DutyState.REFUSED, ASK_FIRST)}


def duty_named(world: World, id: object) -> Duty:
    (found,) = [duty for duty in world.duties(Topic.SMS) if duty.id == id]
    return found


# ---------------------------------------------------------------- the ministry


def test_what_the_ministry_holds_already_is_not_pushed_again() -> None:
    world = a_world(enterprises=[DONGFENG, HONGXING])
    world.submit()
    kept = backup(world)
    tick(world.at("12:00"))
    pushes = list(world.system.ministry.pushes)
    assert len(pushes) == 1
    begin(restore(world.after(SOON), kept))
    finish(world)
    tick(world.after(SOON))
    assert world.system.ministry.pushes == pushes
    assert code(world, world.duty_of()) == (DutyState.DONE, ALREADY_SENT)


def test_what_the_ministry_does_not_hold_is_pushed_under_the_id_that_it_had() -> None:
    world = a_world(enterprises=[DONGFENG])
    world.submit()
    before = world.duty_of().id
    begin(restore(world.at("12:00"), backup(world)))
    finish(world)
    tick(world.after(SOON))
    assert [ids for _, ids in world.system.ministry.pushes] == [(before,)]
    assert world.duty_of().state is DutyState.DONE


def test_while_the_ministry_does_not_answer_nothing_in_doubt_is_pushed_and_new_reports_are() -> None:
    world = a_world(enterprises=[DONGFENG, HONGXING])
    world.submit()
    begin(restore(world.at("12:00"), backup(world)))
    world.system.ministry.fail_next()
    done = finish(world)
    assert done.lost is None and done.unanswered == "HTTP 503"
    world.system.ministry.fail_next()
    world.after(SOON).submit(HONGXING_HEAD, HONGXING)
    world.after(timedelta(hours=1)).system.app.pushes.push_due()
    assert [ids for _, ids in world.system.ministry.pushes] == [(world.duty_of(HONGXING).id,)]
    assert code(world, world.duty_of()) == (DutyState.PENDING, "NO_ANSWER")
    tick(world.after(timedelta(hours=1)))
    assert world.duty_of().state is DutyState.DONE


def lost_report() -> World:
    """Dongfeng reports after the backup, and the ministry gets it; then the backup is restored."""
    world = a_world(enterprises=[DONGFENG, HONGXING])
    kept = backup(world)
    world.submit()
    tick(world.at("12:00"))
    return restore(world.at("12:20"), kept)


def test_a_report_that_is_made_anew_has_an_id_of_its_own_and_is_the_one_that_counts() -> None:
    world = lost_report()
    begin(world)
    finish(world)
    old = fact_id("commitment", DONGFENG.id, DAY, 1)
    world.after(SOON).submit(form=None)
    duty = world.duty_of()
    assert duty.id != old and duty.object_key == str(commitment_id(DONGFENG.id, DAY))
    tick(world.at("12:40"))
    held = {receipt.id for receipt in world.system.ministry.receipts(_COMMITMENT, DAY)}
    assert held == {old, duty.id}
    (current,) = world.system.ministry.current(DAY)
    assert current["id"] == str(duty.id)
    assert world.system.app.pushes.reconcile(DAY).lost == 0


def test_what_is_corrected_again_counts_too_and_days_after_the_restore_are_as_ever() -> None:
    world = lost_report()
    begun = begin(world).restore
    finish(world)
    world.after(SOON).submit()
    world.reopen()
    world.after(SOON).correct(top_temperature=30)
    revisions = [duty.facts["revision"] for duty in world.duties()]
    assert revisions == [begun.revisions_from + 1, begun.revisions_from + 2]
    tomorrow = DAY + timedelta(days=1)
    world.at("08:30", tomorrow).system.app.commitments.open_day(tomorrow)
    world.submit(day=tomorrow)
    duty = world.duty_of(day=tomorrow)
    assert duty.id == fact_id("commitment", DONGFENG.id, tomorrow, 1)
    assert duty.facts["revision"] == 1


def test_finishing_says_which_reports_the_ministry_has_and_we_have_lost() -> None:
    world = lost_report()
    begin(world)
    (lost,) = finish(world).lost or ()
    assert (lost.enterprise_name, lost.revision, lost.day) == (DONGFENG.name, 1, DAY)


# ---------------------------------------------------------------- the trail


def test_a_trail_that_is_shorter_than_its_anchor_goes_on_after_the_restore() -> None:
    world = a_world(enterprises=[DONGFENG, HONGXING])
    world.submit()
    world.system.app.audit.seal()
    kept = backup(world)
    world.after(SOON).submit(HONGXING_HEAD, HONGXING)
    world.system.app.audit.seal()
    begin(restore(world.after(SOON), kept))
    done = finish(world)
    assert done.signed is not None and (done.signed.by, done.signed.reason) == (WHO, WHY)
    world.after(SOON).system.app.audit.seal()
    assert world.system.app.audit.verify()[1] is None
    assert len(world.system.app.audit.breaks()) == 1


def test_a_trail_that_goes_on_from_its_anchor_is_not_broken_with() -> None:
    world = a_world(enterprises=[DONGFENG])
    world.submit()
    world.system.app.audit.seal()
    begin(restore(world.after(SOON), backup(world)))
    assert finish(world).signed is None
