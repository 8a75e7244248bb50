"""Sending SMS: asked again at the last moment, never twice without need, and never given up silently."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from yanbao.adapters.sms.twin import LoseAnswer, Refuse, TwinSms, Unreachable
from yanbao.application.access import SYSTEM
from yanbao.application.notice.texts import MOST_SENDS, Texts
from yanbao.application.still_owed import STILL_OWED
from yanbao.domain.exchange.duty import Duty, DutyState, Topic
from yanbao.domain.notice.notice import Sms, SmsState
from yanbao.domain.policy import SettingKey

from ...support.builders import DAY, DUE, a_form_for, a_setting
from ...support.dates import month_day
from ...support.system import send_texts
from ...support.world import (
    COUNTY_DUTY,
    DONGFENG,
    FAR,
    HEAD,
    HONGXING,
    HONGXING_HEAD,
    LIMIN,
    LIMIN_HEAD,
    World,
    a_world,
    clock,
)

TOMORROW = DAY + timedelta(days=1)


def reminded() -> World:
    """One enterprise has not reported, the deadline is there, the SMS are queued."""
    world = a_world(enterprises=[DONGFENG])
    world.system.clock.moment = DUE
    world.system.app.commitment_reminders.remind(DUE)
    return world


def only_head(world: World) -> World:
    """Let the county's SMS go, so that the head's is the only one left to look at."""
    county = world.texts(COUNTY_DUTY)[0]
    with world.system.storage.work(SYSTEM) as work:
        work.texts.save(replace(county, state=SmsState.DROPPED))
        work.commit()
    landed = world.state.fork()
    landed.duties.remove(
        county.id
    )  # Otherwise its id, and with it the date, says which of the two comes first.
    world.system.storage.landed = landed
    return world


def sms(world: World) -> Sms:
    return world.texts(HEAD)[-1]


def duty(world: World) -> Duty:
    (found,) = [d for d in world.duties(Topic.SMS) if d.id == sms(world).id]
    return found


def sender_with(world: World, gateway: TwinSms) -> Texts:
    system = world.system
    return Texts(
        system.storage, system.clock, system.app.texts._policies, gateway, system.doorbell, STILL_OWED
    )


def send(world: World) -> None:
    send_texts(world.system.app.texts)


# ---------------------------------------------------------------- the usual way


def test_a_reminder_goes_out_and_is_accepted_not_delivered() -> None:
    world = reminded()
    send(world)
    assert sms(world).state is SmsState.ACCEPTED
    assert sms(world).text == f"东风烟花厂截至目前未上报{month_day(DAY)}安全承诺，请立即登录系统上报。"
    assert (duty(world).state, duty(world).answer_code) == (DutyState.DONE, "ACCEPTED")
    assert len(world.system.sms.sent) == 2


def test_what_was_sent_is_not_sent_again() -> None:
    world = reminded()
    for _ in range(3):
        send(world.after(timedelta(hours=1)))
    assert len(world.system.sms.sent) == 2


def test_nothing_is_held_open_while_the_gateway_is_called() -> None:
    world = only_head(reminded())

    class Curious(TwinSms):
        def send(self, text):
            # Another unit of work could not write if the sender still held one.
            with world.system.storage.work(SYSTEM) as work:
                seen.append(work.texts.find(text.id))
                work.texts.save(replace(world.texts(COUNTY_DUTY)[0], note="另有改动"))
                work.commit()
            return super().send(text)

    seen: list[object] = []
    send_texts(sender_with(world, Curious()))
    assert len(seen) == 1 and sms(world).state is SmsState.ACCEPTED


# ---------------------------------------------------------------- still owed?


def test_who_reported_meanwhile_is_not_reminded_any_more() -> None:
    world = reminded()
    world.submit()
    send(world)
    assert world.system.sms.asked == []
    assert {t.state for t in world.state.texts.values()} == {SmsState.DROPPED}
    assert (duty(world).state, duty(world).answer_code) == (DutyState.DROPPED, "NOT_OWED")
    assert "已上报" in sms(world).note


def test_a_duty_persons_sms_names_only_those_who_still_owe_when_it_goes_out() -> None:
    world = a_world()
    world.system.clock.moment = DUE
    world.system.app.commitment_reminders.remind(DUE)
    world.submit()
    world.submit(LIMIN_HEAD, LIMIN, form=a_form_for(LIMIN))
    send(world)
    (text,) = [t.text for t in world.system.sms.sent if t.phone == COUNTY_DUTY.phone.text]
    assert (
        "1家企业未上报" in text
        and HONGXING.name in text
        and DONGFENG.name not in text
        and LIMIN.name not in text
    )


def test_after_the_day_nothing_is_sent_about_it_any_more() -> None:
    world = reminded().at("08:30", TOMORROW)
    send(world)
    assert world.system.sms.asked == []
    assert sms(world).state is SmsState.DROPPED


def test_the_in_app_message_stays_whatever_becomes_of_the_sms() -> None:
    world = reminded()
    world.system.sms.then(Refuse("InvalidMobile"), Refuse("InvalidMobile"))
    send(world)
    assert sms(world).state is SmsState.FAILED
    assert len(world.messages(HEAD)) == len(world.messages(COUNTY_DUTY)) == 1


# ---------------------------------------------------------------- quiet hours and the daily cap


def test_in_quiet_hours_sms_wait_until_they_end() -> None:
    settings = [
        a_setting(key=SettingKey.SMS_QUIET_FROM, value="09:30"),
        a_setting(key=SettingKey.SMS_QUIET_UNTIL, value="11:00"),
    ]
    world = a_world(enterprises=[DONGFENG]).settle(*settings)
    world.system.clock.moment = DUE
    world.system.app.commitment_reminders.remind(DUE)
    send(world)
    assert world.system.sms.asked == []
    assert (duty(world).state, duty(world).answer_code) == (DutyState.PENDING, "QUIET_HOURS")
    assert duty(world).due_at == clock("11:00")
    assert len(world.messages(HEAD)) == 1, "the in-app message did not wait"
    send(world.at("10:59:59"))
    assert world.system.sms.asked == []
    send(world.at("11:00"))
    assert sms(world).state is SmsState.ACCEPTED


def test_an_sms_that_waited_through_the_quiet_hours_is_dropped_once_the_report_is_in() -> None:
    settings = [
        a_setting(key=SettingKey.SMS_QUIET_FROM, value="09:30"),
        a_setting(key=SettingKey.SMS_QUIET_UNTIL, value="11:00"),
    ]
    world = a_world(enterprises=[DONGFENG]).settle(*settings)
    world.system.clock.moment = DUE
    world.system.app.commitment_reminders.remind(DUE)
    send(world)
    world.at("10:30").submit()
    send(world.at("11:00"))
    assert world.system.sms.asked == [] and sms(world).state is SmsState.DROPPED


def capped(cap: int) -> World:
    """Three enterprises of one head have not reported, and a number gets `cap` SMS a day."""
    world = a_world(enterprises=[DONGFENG, HONGXING, LIMIN]).settle(
        a_setting(key=SettingKey.SMS_DAILY_CAP, value=str(cap)),
        replace(HONGXING_HEAD, phone=HEAD.phone),
        replace(LIMIN_HEAD, phone=HEAD.phone),
    )
    world.system.clock.moment = DUE
    world.system.app.commitment_reminders.remind(DUE)
    return world


def test_no_number_gets_more_sms_a_day_than_the_cap() -> None:
    world = capped(2)
    send(world)
    assert len([t for t in world.system.sms.sent if t.phone == HEAD.phone.text]) == 2
    dropped = [t for t in world.state.texts.values() if t.state is SmsState.DROPPED]
    assert [t.note for t in dropped] == ["该号码当日短信已达上限2条，应用消息已写入"]
    assert (
        len(world.messages(HEAD)) + len(world.messages(HONGXING_HEAD)) + len(world.messages(LIMIN_HEAD)) == 3
    )


def test_the_cap_counts_each_day_anew() -> None:
    world = reminded()
    world.settle(a_setting(key=SettingKey.SMS_DAILY_CAP, value="1"))
    send(world.after(timedelta(seconds=2)))
    assert sms(world).state is SmsState.ACCEPTED
    world.at("10:00", TOMORROW)
    world.system.app.commitments.open_day(TOMORROW)
    world.system.app.commitment_reminders.remind(clock("10:00", TOMORROW))
    send(world)
    assert [t.state for t in world.texts(HEAD)] == [SmsState.ACCEPTED] * 2


def test_an_sms_of_unknown_outcome_does_not_count_against_itself() -> None:
    world = only_head(reminded())
    world.settle(a_setting(key=SettingKey.SMS_DAILY_CAP, value="1"))
    world.system.sms.then(LoseAnswer(sent=False))
    send(world.after(timedelta(seconds=2)))
    assert sms(world).state is SmsState.UNKNOWN
    send(world.after(timedelta(minutes=11)))
    assert sms(world).state is SmsState.ACCEPTED
    assert len(world.system.sms.sent) == 1


# ---------------------------------------------------------------- what the gateway may say or not say


def test_an_unknown_outcome_is_asked_about_and_not_sent_again_when_the_gateway_has_it() -> None:
    world = only_head(reminded())
    world.system.sms.then(LoseAnswer(sent=True))
    send(world)
    assert sms(world).state is SmsState.UNKNOWN
    assert (duty(world).state, duty(world).due_at) == (DutyState.PENDING, DUE + timedelta(minutes=10))
    send(world.after(timedelta(minutes=9, seconds=59)))
    assert sms(world).state is SmsState.UNKNOWN
    send(world.after(timedelta(seconds=1)))
    assert (sms(world).state, duty(world).answer_code) == (SmsState.ACCEPTED, "FOUND")
    assert len(world.system.sms.sent) == 1


def test_an_unknown_outcome_is_sent_again_when_the_gateway_does_not_have_it() -> None:
    world = only_head(reminded())
    world.system.sms.then(LoseAnswer(sent=False))
    send(world)
    assert world.system.sms.sent == []
    send(world.after(timedelta(minutes=11)))
    assert sms(world).state is SmsState.ACCEPTED
    assert len(world.system.sms.sent) == 1


def test_after_several_unknown_outcomes_it_becomes_a_dead_letter_and_says_so() -> None:
    world = only_head(reminded())
    gateway = TwinSms(can_be_asked=False).then(*[LoseAnswer(sent=False)] * 10)
    for _ in range(8):
        send_texts(sender_with(world, gateway))
        world.after(timedelta(minutes=11))
    assert (duty(world).state, duty(world).answer_code) == (DutyState.REFUSED, "UNKNOWN")
    assert sms(world).state is SmsState.UNKNOWN
    assert len(gateway.asked) == MOST_SENDS


def test_a_gateway_that_says_it_does_not_have_it_is_sent_to_as_long_as_it_is_owed() -> None:
    world = only_head(reminded())
    world.system.sms.then(*[LoseAnswer(sent=False)] * 10)
    for _ in range(11):
        send(world)
        world.after(timedelta(minutes=11))
    assert (sms(world).state, duty(world).state) == (SmsState.ACCEPTED, DutyState.DONE)
    assert len(world.system.sms.sent) == 1


def test_only_what_nobody_can_say_of_counts_towards_a_dead_letter() -> None:
    """Not what certainly was not sent."""
    world = only_head(reminded())
    gateway = TwinSms(can_be_asked=False).then(*[Unreachable()] * 4, LoseAnswer(sent=True), Unreachable())
    for _ in range(8):
        send_texts(sender_with(world, gateway))
        world.after(timedelta(minutes=11))
    assert (sms(world).state, duty(world).state) == (SmsState.ACCEPTED, DutyState.DONE)
    assert (len(gateway.asked), len(gateway.sent)) == (7, 2)


def test_a_dead_letter_that_is_to_be_sent_again_is_sent_again() -> None:
    world = only_head(reminded())
    gateway = TwinSms(can_be_asked=False).then(*[LoseAnswer(sent=False)] * MOST_SENDS)
    for _ in range(MOST_SENDS + 1):
        send_texts(sender_with(world, gateway))
        world.after(timedelta(minutes=11))
    assert duty(world).state is DutyState.REFUSED
    with world.system.storage.work(SYSTEM) as work:
        assert work.outbox.revive([sms(world).id], due_at=world.system.clock.moment) == 1
        work.commit()
    send_texts(sender_with(world, gateway))
    assert (sms(world).state, duty(world).state) == (SmsState.ACCEPTED, DutyState.DONE)


def test_who_cannot_be_asked_is_sent_to_again() -> None:
    world = only_head(reminded())
    gateway = TwinSms(can_be_asked=False).then(LoseAnswer(sent=True))
    sender = sender_with(world, gateway)
    send_texts(sender)
    world.after(timedelta(minutes=11))
    send_texts(sender)
    assert sms(world).state is SmsState.ACCEPTED
    assert len(gateway.sent) == 2, "a safety notice rather twice than never"


def test_a_gateway_that_is_not_reached_is_tried_again_soon() -> None:
    world = only_head(reminded())
    world.system.sms.then(Unreachable())
    send(world)
    assert sms(world).state is SmsState.QUEUED
    assert timedelta(seconds=2) <= duty(world).due_at - DUE <= timedelta(seconds=2.5)
    send(world.after(timedelta(seconds=3)))
    assert sms(world).state is SmsState.ACCEPTED


def test_a_gateway_that_is_down_for_hours_is_tried_again_and_again_but_never_more_often_than_it_should() -> (
    None
):
    world = only_head(reminded())
    world.system.sms.then(*[Unreachable()] * 40)
    for _ in range(60):
        send(world)
        world.after(timedelta(minutes=7))
    assert len(world.system.sms.asked) == 41 and sms(world).state is SmsState.ACCEPTED


@pytest.mark.parametrize("code", ["SystemBusy", "FlowOverLimit"])
def test_a_refusal_for_now_is_tried_again(code: str) -> None:
    world = only_head(reminded())
    world.system.sms.then(Refuse(code))
    send(world)
    assert (sms(world).state, duty(world).state) == (SmsState.QUEUED, DutyState.PENDING)
    assert duty(world).answer_code == code
    send(world.after(timedelta(seconds=10)))
    assert sms(world).state is SmsState.ACCEPTED


@pytest.mark.parametrize("code", ["InvalidMobile", "IllegalMac", "IllegalSignId", "NoSignId"])
def test_a_refusal_for_good_is_a_dead_letter_with_its_reason(code: str) -> None:
    world = only_head(reminded())
    world.system.sms.then(Refuse(code))
    send(world)
    assert (sms(world).state, duty(world).state) == (SmsState.FAILED, DutyState.REFUSED)
    assert duty(world).answer_code == code and sms(world).note
    send(world.after(timedelta(hours=1)))
    assert len(world.system.sms.asked) == 1


def test_one_sms_that_breaks_its_sender_does_not_stop_the_others() -> None:
    world = a_world(enterprises=[DONGFENG, FAR])
    world.system.clock.moment = DUE
    world.system.app.commitment_reminders.remind(DUE)

    class Fragile(TwinSms):
        def send(self, text):
            if text.phone == HEAD.phone.text:
                raise ZeroDivisionError
            return super().send(text)

    gateway = Fragile()
    send_texts(sender_with(world, gateway))
    assert len(gateway.sent) == 3
    assert duty(world).state is DutyState.PENDING


def test_an_sms_that_keeps_breaking_its_sender_is_parked_and_visible() -> None:
    world = only_head(reminded())

    class Broken(TwinSms):
        def send(self, text):
            raise ZeroDivisionError

    sender = sender_with(world, Broken())
    for _ in range(5):
        send_texts(sender)
        world.after(timedelta(minutes=3))
    assert duty(world).state is DutyState.PARKED
