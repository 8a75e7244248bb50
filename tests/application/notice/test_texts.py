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
    Stage,
    a_stage,
    clock,
)

TOMORROW = DAY + timedelta(days=1)


def reminded() -> Stage:
    """One enterprise has not reported, the deadline is there, the SMS are queued."""
    stage = a_stage(enterprises=[DONGFENG])
    stage.world.clock.moment = DUE
    stage.world.app.commitment_reminders.remind(DUE)
    return stage


def only_head(stage: Stage) -> Stage:
    """Let the county's SMS go, so that the head's is the only one left to look at."""
    county = stage.texts(COUNTY_DUTY)[0]
    with stage.world.storage.work(SYSTEM) as work:
        work.texts.save(replace(county, state=SmsState.DROPPED))
        work.commit()
    landed = stage.state.fork()
    landed.duties.remove(
        county.id
    )  # Otherwise its id, and with it the date, says which of the two comes first.
    stage.world.storage.landed = landed
    return stage


def sms(stage: Stage) -> Sms:
    return stage.texts(HEAD)[-1]


def duty(stage: Stage) -> Duty:
    (found,) = [d for d in stage.duties(Topic.SMS) if d.id == sms(stage).id]
    return found


def sender_with(stage: Stage, gateway: TwinSms) -> Texts:
    world = stage.world
    return Texts(world.storage, world.clock, world.app.texts._policies, gateway, world.doorbell, STILL_OWED)


def send(stage: Stage) -> None:
    send_texts(stage.world.app.texts)


# ---------------------------------------------------------------- the usual way


def test_a_reminder_goes_out_and_is_accepted_not_delivered() -> None:
    stage = reminded()
    send(stage)
    assert sms(stage).state is SmsState.ACCEPTED
    assert sms(stage).text == f"东风烟花厂截至目前未上报{month_day(DAY)}安全承诺，请立即登录系统上报。"
    assert (duty(stage).state, duty(stage).answer_code) == (DutyState.DONE, "ACCEPTED")
    assert len(stage.world.sms.sent) == 2


def test_what_was_sent_is_not_sent_again() -> None:
    stage = reminded()
    for _ in range(3):
        send(stage.after(timedelta(hours=1)))
    assert len(stage.world.sms.sent) == 2


def test_nothing_is_held_open_while_the_gateway_is_called() -> None:
    stage = only_head(reminded())

    class Curious(TwinSms):
        def send(self, text):
            # Another unit of work could not write if the sender still held one.
            with stage.world.storage.work(SYSTEM) as work:
                seen.append(work.texts.find(text.id))
                work.texts.save(replace(stage.texts(COUNTY_DUTY)[0], note="另有改动"))
                work.commit()
            return super().send(text)

    seen: list[object] = []
    send_texts(sender_with(stage, Curious()))
    assert len(seen) == 1 and sms(stage).state is SmsState.ACCEPTED


# ---------------------------------------------------------------- still owed?


def test_who_reported_meanwhile_is_not_reminded_any_more() -> None:
    stage = reminded()
    stage.submit()
    send(stage)
    assert stage.world.sms.asked == []
    assert {t.state for t in stage.state.texts.values()} == {SmsState.DROPPED}
    assert (duty(stage).state, duty(stage).answer_code) == (DutyState.DROPPED, "NOT_OWED")
    assert "已上报" in sms(stage).note


def test_a_duty_persons_sms_names_only_those_who_still_owe_when_it_goes_out() -> None:
    stage = a_stage()
    stage.world.clock.moment = DUE
    stage.world.app.commitment_reminders.remind(DUE)
    stage.submit()
    stage.submit(LIMIN_HEAD, LIMIN, form=a_form_for(LIMIN))
    send(stage)
    (text,) = [t.text for t in stage.world.sms.sent if t.phone == COUNTY_DUTY.phone.text]
    assert (
        "1家企业未上报" in text
        and HONGXING.name in text
        and DONGFENG.name not in text
        and LIMIN.name not in text
    )


def test_after_the_day_nothing_is_sent_about_it_any_more() -> None:
    stage = reminded().at("08:30", TOMORROW)
    send(stage)
    assert stage.world.sms.asked == []
    assert sms(stage).state is SmsState.DROPPED


def test_the_in_app_message_stays_whatever_becomes_of_the_sms() -> None:
    stage = reminded()
    stage.world.sms.then(Refuse("InvalidMobile"), Refuse("InvalidMobile"))
    send(stage)
    assert sms(stage).state is SmsState.FAILED
    assert len(stage.messages(HEAD)) == len(stage.messages(COUNTY_DUTY)) == 1


# ---------------------------------------------------------------- quiet hours and the daily cap


def test_in_quiet_hours_sms_wait_until_they_end() -> None:
    settings = [
        a_setting(key=SettingKey.SMS_QUIET_FROM, value="09:30"),
        a_setting(key=SettingKey.SMS_QUIET_UNTIL, value="11:00"),
    ]
    stage = a_stage(enterprises=[DONGFENG]).settle(*settings)
    stage.world.clock.moment = DUE
    stage.world.app.commitment_reminders.remind(DUE)
    send(stage)
    assert stage.world.sms.asked == []
    assert (duty(stage).state, duty(stage).answer_code) == (DutyState.PENDING, "QUIET_HOURS")
    assert duty(stage).due_at == clock("11:00")
    assert len(stage.messages(HEAD)) == 1, "the in-app message did not wait"
    send(stage.at("10:59:59"))
    assert stage.world.sms.asked == []
    send(stage.at("11:00"))
    assert sms(stage).state is SmsState.ACCEPTED


def test_an_sms_that_waited_through_the_quiet_hours_is_dropped_once_the_report_is_in() -> None:
    settings = [
        a_setting(key=SettingKey.SMS_QUIET_FROM, value="09:30"),
        a_setting(key=SettingKey.SMS_QUIET_UNTIL, value="11:00"),
    ]
    stage = a_stage(enterprises=[DONGFENG]).settle(*settings)
    stage.world.clock.moment = DUE
    stage.world.app.commitment_reminders.remind(DUE)
    send(stage)
    stage.at("10:30").submit()
    send(stage.at("11:00"))
    assert stage.world.sms.asked == [] and sms(stage).state is SmsState.DROPPED


def capped(cap: int) -> Stage:
    """Three enterprises of one head have not reported, and a number gets `cap` SMS a day."""
    stage = a_stage(enterprises=[DONGFENG, HONGXING, LIMIN]).settle(
        a_setting(key=SettingKey.SMS_DAILY_CAP, value=str(cap)),
        replace(HONGXING_HEAD, phone=HEAD.phone),
        replace(LIMIN_HEAD, phone=HEAD.phone),
    )
    stage.world.clock.moment = DUE
    stage.world.app.commitment_reminders.remind(DUE)
    return stage


def test_no_number_gets_more_sms_a_day_than_the_cap() -> None:
    stage = capped(2)
    send(stage)
    assert len([t for t in stage.world.sms.sent if t.phone == HEAD.phone.text]) == 2
    dropped = [t for t in stage.state.texts.values() if t.state is SmsState.DROPPED]
    assert [t.note for t in dropped] == ["该号码当日短信已达上限2条，应用消息已写入"]
    assert (
        len(stage.messages(HEAD)) + len(stage.messages(HONGXING_HEAD)) + len(stage.messages(LIMIN_HEAD)) == 3
    )


def test_the_cap_counts_each_day_anew() -> None:
    stage = reminded()
    stage.settle(a_setting(key=SettingKey.SMS_DAILY_CAP, value="1"))
    send(stage.after(timedelta(seconds=2)))
    assert sms(stage).state is SmsState.ACCEPTED
    stage.at("10:00", TOMORROW)
    stage.world.app.commitments.open_day(TOMORROW)
    stage.world.app.commitment_reminders.remind(clock("10:00", TOMORROW))
    send(stage)
    assert [t.state for t in stage.texts(HEAD)] == [SmsState.ACCEPTED] * 2


def test_an_sms_of_unknown_outcome_does_not_count_against_itself() -> None:
    stage = only_head(reminded())
    stage.settle(a_setting(key=SettingKey.SMS_DAILY_CAP, value="1"))
    stage.world.sms.then(LoseAnswer(sent=False))
    send(stage.after(timedelta(seconds=2)))
    assert sms(stage).state is SmsState.UNKNOWN
    send(stage.after(timedelta(minutes=11)))
    assert sms(stage).state is SmsState.ACCEPTED
    assert len(stage.world.sms.sent) == 1


# ---------------------------------------------------------------- what the gateway may say or not say


def test_an_unknown_outcome_is_asked_about_and_not_sent_again_when_the_gateway_has_it() -> None:
    stage = only_head(reminded())
    stage.world.sms.then(LoseAnswer(sent=True))
    send(stage)
    assert sms(stage).state is SmsState.UNKNOWN
    assert (duty(stage).state, duty(stage).due_at) == (DutyState.PENDING, DUE + timedelta(minutes=10))
    send(stage.after(timedelta(minutes=9, seconds=59)))
    assert sms(stage).state is SmsState.UNKNOWN
    send(stage.after(timedelta(seconds=1)))
    assert (sms(stage).state, duty(stage).answer_code) == (SmsState.ACCEPTED, "FOUND")
    assert len(stage.world.sms.sent) == 1


def test_an_unknown_outcome_is_sent_again_when_the_gateway_does_not_have_it() -> None:
    stage = only_head(reminded())
    stage.world.sms.then(LoseAnswer(sent=False))
    send(stage)
    assert stage.world.sms.sent == []
    send(stage.after(timedelta(minutes=11)))
    assert sms(stage).state is SmsState.ACCEPTED
    assert len(stage.world.sms.sent) == 1


def test_after_several_unknown_outcomes_it_becomes_a_dead_letter_and_says_so() -> None:
    stage = only_head(reminded())
    gateway = TwinSms(can_be_asked=False).then(*[LoseAnswer(sent=False)] * 10)
    for _ in range(8):
        send_texts(sender_with(stage, gateway))
        stage.after(timedelta(minutes=11))
    assert (duty(stage).state, duty(stage).answer_code) == (DutyState.REFUSED, "UNKNOWN")
    assert sms(stage).state is SmsState.UNKNOWN
    assert len(gateway.asked) == MOST_SENDS


def test_a_gateway_that_says_it_does_not_have_it_is_sent_to_as_long_as_it_is_owed() -> None:
    stage = only_head(reminded())
    stage.world.sms.then(*[LoseAnswer(sent=False)] * 10)
    for _ in range(11):
        send(stage)
        stage.after(timedelta(minutes=11))
    assert (sms(stage).state, duty(stage).state) == (SmsState.ACCEPTED, DutyState.DONE)
    assert len(stage.world.sms.sent) == 1


def test_only_what_nobody_can_say_of_counts_towards_a_dead_letter() -> None:
    """Not what certainly was not sent."""
    stage = only_head(reminded())
    gateway = TwinSms(can_be_asked=False).then(*[Unreachable()] * 4, LoseAnswer(sent=True), Unreachable())
    for _ in range(8):
        send_texts(sender_with(stage, gateway))
        stage.after(timedelta(minutes=11))
    assert (sms(stage).state, duty(stage).state) == (SmsState.ACCEPTED, DutyState.DONE)
    assert (len(gateway.asked), len(gateway.sent)) == (7, 2)


def test_a_dead_letter_that_is_to_be_sent_again_is_sent_again() -> None:
    stage = only_head(reminded())
    gateway = TwinSms(can_be_asked=False).then(*[LoseAnswer(sent=False)] * MOST_SENDS)
    for _ in range(MOST_SENDS + 1):
        send_texts(sender_with(stage, gateway))
        stage.after(timedelta(minutes=11))
    assert duty(stage).state is DutyState.REFUSED
    with stage.world.storage.work(SYSTEM) as work:
        assert work.outbox.revive([sms(stage).id], due_at=stage.world.clock.moment) == 1
        work.commit()
    send_texts(sender_with(stage, gateway))
    assert (sms(stage).state, duty(stage).state) == (SmsState.ACCEPTED, DutyState.DONE)


def test_who_cannot_be_asked_is_sent_to_again() -> None:
    stage = only_head(reminded())
    gateway = TwinSms(can_be_asked=False).then(LoseAnswer(sent=True))
    sender = sender_with(stage, gateway)
    send_texts(sender)
    stage.after(timedelta(minutes=11))
    send_texts(sender)
    assert sms(stage).state is SmsState.ACCEPTED
    assert len(gateway.sent) == 2, "a safety notice rather twice than never"


def test_a_gateway_that_is_not_reached_is_tried_again_soon() -> None:
    stage = only_head(reminded())
    stage.world.sms.then(Unreachable())
    send(stage)
    assert sms(stage).state is SmsState.QUEUED
    assert timedelta(seconds=2) <= duty(stage).due_at - DUE <= timedelta(seconds=2.5)
    send(stage.after(timedelta(seconds=3)))
    assert sms(stage).state is SmsState.ACCEPTED


def test_a_gateway_that_is_down_for_hours_is_tried_again_and_again_but_never_more_often_than_it_should() -> (
    None
):
    stage = only_head(reminded())
    stage.world.sms.then(*[Unreachable()] * 40)
    for _ in range(60):
        send(stage)
        stage.after(timedelta(minutes=7))
    assert len(stage.world.sms.asked) == 41 and sms(stage).state is SmsState.ACCEPTED


@pytest.mark.parametrize("code", ["SystemBusy", "FlowOverLimit"])
def test_a_refusal_for_now_is_tried_again(code: str) -> None:
    stage = only_head(reminded())
    stage.world.sms.then(Refuse(code))
    send(stage)
    assert (sms(stage).state, duty(stage).state) == (SmsState.QUEUED, DutyState.PENDING)
    assert duty(stage).answer_code == code
    send(stage.after(timedelta(seconds=10)))
    assert sms(stage).state is SmsState.ACCEPTED


@pytest.mark.parametrize("code", ["InvalidMobile", "IllegalMac", "IllegalSignId", "NoSignId"])
def test_a_refusal_for_good_is_a_dead_letter_with_its_reason(code: str) -> None:
    stage = only_head(reminded())
    stage.world.sms.then(Refuse(code))
    send(stage)
    assert (sms(stage).state, duty(stage).state) == (SmsState.FAILED, DutyState.REFUSED)
    assert duty(stage).answer_code == code and sms(stage).note
    send(stage.after(timedelta(hours=1)))
    assert len(stage.world.sms.asked) == 1


def test_one_sms_that_breaks_its_sender_does_not_stop_the_others() -> None:
    stage = a_stage(enterprises=[DONGFENG, FAR])
    stage.world.clock.moment = DUE
    stage.world.app.commitment_reminders.remind(DUE)

    class Fragile(TwinSms):
        def send(self, text):
            if text.phone == HEAD.phone.text:
                raise ZeroDivisionError
            return super().send(text)

    gateway = Fragile()
    send_texts(sender_with(stage, gateway))
    assert len(gateway.sent) == 3
    assert duty(stage).state is DutyState.PENDING


def test_an_sms_that_keeps_breaking_its_sender_is_parked_and_visible() -> None:
    stage = only_head(reminded())

    class Broken(TwinSms):
        def send(self, text):
            raise ZeroDivisionError

    sender = sender_with(stage, Broken())
    for _ in range(5):
        send_texts(sender)
        stage.after(timedelta(minutes=3))
    assert duty(stage).state is DutyState.PARKED
