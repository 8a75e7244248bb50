"""Receipts: stored first, taken in as often as it takes, and kept where nobody can read or use them."""

from __future__ import annotations

import json
from base64 import b64decode
from dataclasses import replace
from datetime import timedelta

import pytest

from yanbao.application.access import SYSTEM
from yanbao.application.exchange.exchange import ResendDeadLetters
from yanbao.application.notice.receipts import MOST_KEPT, MOST_TRIES
from yanbao.application.ports.exchange import DutyFilter, DutyRow
from yanbao.application.ports.notice import SmsReceipt
from yanbao.application.ports.paging import Page
from yanbao.domain.exchange.duty import MOST_CRASHES, DutyState, Topic
from yanbao.domain.notice.notice import SmsState
from yanbao.domain.policy import SettingKey

from ...support.builders import DAY, DUE, a_duty, a_setting
from ...support.world import HEAD, PROVINCE_DUTY, PUCHENG_DUTY, World
from .test_texts import reminded, send, sms


def receipt(world: World, status: str = "DELIVRD") -> SmsReceipt:
    (sent,) = [t for t in world.system.sms.sent if t.phone == HEAD.phone.text]
    return world.system.sms.receipts(sent, received_at=world.system.clock.now(), status=status)[0]


def body(*receipts: SmsReceipt) -> bytes:
    return json.dumps(
        [{"msgGroup": r.gateway_id, "mobile": r.phone, "reportStatus": r.status} for r in receipts]
    ).encode()


def take(world: World, *receipts: SmsReceipt) -> None:
    assert world.system.app.receipts.receive(body(*receipts))
    world.system.app.receipts.take_due()


def dead(world: World, state: DutyState) -> list[DutyRow]:
    """What the province's duty persons see of it."""
    where = DutyFilter(Topic.SMS_RECEIPT, (state,))
    return list(world.system.app.exchange.duties(world.actor(PROVINCE_DUTY), where, Page(10)).rows)


def test_a_receipt_says_that_an_sms_was_delivered() -> None:
    world = reminded()
    send(world)
    take(world, receipt(world))
    assert sms(world).state is SmsState.DELIVERED
    assert [d.state for d in world.duties(Topic.SMS_RECEIPT)] == [DutyState.DONE]


def test_a_receipt_says_why_an_sms_was_not_delivered() -> None:
    world = reminded()
    send(world)
    take(world, receipt(world, "MK:0012"))
    assert (sms(world).state, sms(world).note) == (SmsState.FAILED, "运营商回执：MK:0012")


def test_a_late_receipt_does_not_count_against_the_cap_of_the_day_on_which_it_comes() -> None:
    world = reminded()
    world.settle(a_setting(key=SettingKey.SMS_DAILY_CAP, value="1"))
    send(world.after(timedelta(seconds=2)))
    tomorrow = DAY + timedelta(days=1)
    take(world.at("09:00", tomorrow), receipt(world))
    assert sms(world).state is SmsState.DELIVERED
    world.at("10:00", tomorrow)
    world.system.app.commitments.open_day(tomorrow)
    world.system.app.commitment_reminders.remind(world.system.clock.now())
    send(world)
    assert [text.state for text in world.texts(HEAD)] == [SmsState.DELIVERED, SmsState.ACCEPTED]


def test_a_receipt_that_comes_twice_counts_once() -> None:
    world = reminded()
    send(world)
    for _ in range(3):
        take(world, receipt(world), receipt(world))
    assert sms(world).state is SmsState.DELIVERED
    assert len(world.duties(Topic.SMS_RECEIPT)) == 1


def test_a_receipt_that_comes_before_the_acceptance_is_known_waits_for_it() -> None:
    world = reminded()
    early = SmsReceipt("twin-1", HEAD.phone.text, True, "DELIVRD", DUE)
    county_first = world.duties(Topic.SMS)[0].id != sms(world).id
    early = replace(early, gateway_id="twin-2") if county_first else early
    take(world, early)
    assert sms(world).state is SmsState.QUEUED
    (waiting,) = world.duties(Topic.SMS_RECEIPT)
    assert (waiting.state, waiting.answer_code) == (DutyState.PENDING, "EARLY")
    send(world)
    world.after(timedelta(seconds=5))
    world.system.app.receipts.take_due()
    assert sms(world).state is SmsState.DELIVERED


def test_a_receipt_for_an_sms_that_nobody_sent_ends_as_a_dead_letter() -> None:
    world = reminded()
    take(world, SmsReceipt("foreign-9", PUCHENG_DUTY.phone.text, True, "DELIVRD", DUE))
    for _ in range(MOST_TRIES + 2):
        world.after(timedelta(minutes=7))
        world.system.app.receipts.take_due()
    (lost,) = world.duties(Topic.SMS_RECEIPT)
    assert (lost.state, lost.answer_code, lost.attempts) == (DutyState.REFUSED, "NO_SMS", MOST_TRIES)
    assert {t.state for t in world.state.texts.values()} == {SmsState.QUEUED}


def test_a_late_failure_does_not_undo_a_delivery() -> None:
    world = reminded()
    send(world)
    take(world, receipt(world))
    take(world, receipt(world, "EXPIRED"))
    assert sms(world).state is SmsState.DELIVERED


def test_a_receipt_for_another_number_of_the_same_group_is_not_taken() -> None:
    world = reminded()
    send(world)
    take(world, replace(receipt(world), phone=PUCHENG_DUTY.phone.text))
    assert sms(world).state is SmsState.ACCEPTED


def test_one_receipt_that_breaks_its_worker_stops_no_other_and_is_parked_where_it_can_be_seen(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = reminded()
    send(world)
    broken = a_duty("坏回执", topic=Topic.SMS_RECEIPT)
    with world.system.storage.work(SYSTEM) as work:
        work.outbox.add([broken])
        work.commit()
    take(world, receipt(world))
    assert sms(world).state is SmsState.DELIVERED
    assert "taking in a receipt failed" in caplog.text
    states = {d.object_key: d.state for d in world.duties(Topic.SMS_RECEIPT)}
    assert states.pop("坏回执") is DutyState.PENDING, "it is kept"
    assert set(states.values()) == {DutyState.DONE}
    for _ in range(MOST_CRASHES):
        world.after(timedelta(minutes=3))
        world.system.app.receipts.take_due()
    assert [row.id for row in dead(world, DutyState.PARKED)] == [broken.id]


# ---------------------------------------------------------------- what cannot be read

GARBLED = b'{"msgGroup": "twin-1", "mobile": \xff'


def test_a_callback_that_cannot_be_read_is_kept_with_its_bytes_and_seen_as_a_dead_letter() -> None:
    world = reminded()
    for _ in range(2):
        assert not world.system.app.receipts.receive(GARBLED)
    world.system.app.receipts.take_due()
    (kept,) = dead(world, DutyState.REFUSED)
    assert (kept.answer_code, kept.answer) == (
        "MALFORMED",
        "回执报文不能识别，原文已留存：the body is not JSON",
    )
    assert b64decode(kept.facts["raw"]) == GARBLED
    assert (kept.attempts, kept.settled_at) == (0, world.system.clock.now())


def test_of_a_long_one_the_beginning_is_kept() -> None:
    world = reminded()
    assert not world.system.app.receipts.receive(b"x" * (MOST_KEPT + 1))
    (kept,) = dead(world, DutyState.REFUSED)
    assert b64decode(kept.facts["raw"]) == b"x" * MOST_KEPT
    assert kept.facts["bytes"] == MOST_KEPT + 1


def resend(world: World) -> None:
    (kept,) = dead(world, DutyState.REFUSED)
    world.system.app.exchange.resend(world.actor(PROVINCE_DUTY), ResendDeadLetters((kept.id,)))
    while world.system.app.receipts.take_due():
        pass


def test_sent_again_it_is_a_dead_letter_again_while_nobody_can_read_it() -> None:
    world = reminded()
    world.system.app.receipts.receive(GARBLED)
    resend(world)
    (kept,) = dead(world, DutyState.REFUSED)
    assert (kept.answer_code, kept.attempts) == ("MALFORMED", 1)


def test_sent_again_once_it_can_be_read_it_is_taken_in(monkeypatch: pytest.MonkeyPatch) -> None:
    world = reminded()
    send(world)
    told = receipt(world)
    world.system.app.receipts.receive(GARBLED)
    monkeypatch.setattr(world.system.sms, "read_receipts", lambda raw, *, received_at: [told])
    resend(world)
    assert dead(world, DutyState.REFUSED) == []
    assert sms(world).state is SmsState.DELIVERED
