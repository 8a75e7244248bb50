"""Sending SMS by several workers: who is slow, is stopped or dies makes nobody get an SMS twice, and overwrites nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import timedelta

import pytest

from yanbao.adapters.sms import twin
from yanbao.adapters.sms.mas_protocol import MasAccount
from yanbao.adapters.sms.twin import Accept, LoseAnswer, Refuse, Step, TwinSms, Unreachable
from yanbao.application.access import SYSTEM
from yanbao.application.notice import texts
from yanbao.application.notice.texts import LEASE, MOST_ROUNDS
from yanbao.application.ports.notice import SmsAccepted, SmsEnquiry, SmsRefused, SmsToSend
from yanbao.domain.exchange.duty import MOST_CRASHES, DutyState, Topic
from yanbao.domain.notice.notice import SMS_TRANSITIONS, SmsState
from yanbao.domain.policy import SettingKey
from yanbao.domain.values import fact_id

from ...support.builders import DUE, a_setting
from ...support.system import send_texts
from ...support.world import HEAD, World, a_world
from .test_texts import duty, only_head, reminded, send, sender_with, sms

SECOND = timedelta(seconds=1)


class Meanwhile(TwinSms):
    """Something happens during its next call of `send`, or of `enquire`, before the step of the script is done."""

    def __init__(self, *, can_be_asked: bool = True) -> None:
        super().__init__(can_be_asked=can_be_asked)
        self.sending: Callable[[], object] | None = None
        self.asking: Callable[[], object] | None = None

    def send(self, sms: SmsToSend) -> SmsAccepted | SmsRefused:
        happens, self.sending = self.sending, None
        if happens is not None:
            happens()
        return super().send(sms)

    def enquire(self, sms: SmsToSend) -> SmsAccepted | SmsEnquiry:
        happens, self.asking = self.asking, None
        if happens is not None:
            happens()
        return super().enquire(sms)


class Deadly(TwinSms):
    """Its worker dies as soon as the text has been taken over."""

    def __init__(self, deaths: int, *, can_be_asked: bool = True) -> None:
        super().__init__(can_be_asked=can_be_asked)
        self.deaths = deaths

    def send(self, sms: SmsToSend) -> SmsAccepted | SmsRefused:
        answer = super().send(sms)
        if self.deaths:
            self.deaths -= 1
            raise KeyboardInterrupt
        return answer


def dies(world: World, gateway: Deadly) -> None:
    """The worker dies as often as it should; its last lease has run out."""
    while gateway.deaths:
        with pytest.raises(KeyboardInterrupt):
            send_texts(sender_with(world, gateway))
        world.after(LEASE)


# ---------------------------------------------------------------- a lease for each text


def test_every_text_has_a_lease_of_its_own_however_long_those_before_it_took() -> None:
    """Two workers, and a gateway that takes most of a lease for each text."""
    world = a_world()
    world.system.clock.moment = DUE
    world.system.app.commitment_reminders.remind(DUE)
    gateway = Meanwhile()
    one, other = sender_with(world, gateway), sender_with(world, gateway)

    def slow() -> None:
        world.after(LEASE - SECOND)
        gateway.sending = None
        other.send_due()
        gateway.sending = slow

    gateway.sending = slow
    while one.send_due():
        gateway.sending = slow
    sent = [text.id for text in gateway.sent]
    assert len(sent) == len(set(sent)) == len(world.duties(Topic.SMS)) > 4


def test_an_enquiry_and_a_sending_fit_into_a_lease() -> None:
    (deadline,) = [one.default for one in fields(MasAccount) if one.name == "timeout"]
    assert timedelta(seconds=2 * deadline) < LEASE / 2


def test_a_worker_that_is_told_to_stop_has_one_text_in_hand() -> None:
    world = reminded()
    assert world.system.app.texts.send_due() == 1
    assert len(world.system.sms.sent) == 1
    assert [duty.attempts for duty in world.duties(Topic.SMS) if duty.state is DutyState.PENDING] == [0]


def test_who_has_lost_its_lease_before_sending_does_not_send() -> None:
    world = only_head(reminded())
    gateway = Meanwhile().then(LoseAnswer(sent=False))
    sender = sender_with(world, gateway)
    send_texts(sender)
    world.after(timedelta(minutes=10))

    def stopped() -> None:
        world.after(LEASE)
        send_texts(sender_with(world, gateway))

    gateway.asking = stopped
    send_texts(sender)
    assert len(gateway.sent) == 1
    assert (sms(world).state, duty(world).state) == (SmsState.ACCEPTED, DutyState.DONE)


def test_a_lease_that_has_run_out_is_not_sent_on_though_nobody_else_has_claimed() -> None:
    world = only_head(reminded())
    gateway = Meanwhile().then(LoseAnswer(sent=False))
    sender = sender_with(world, gateway)
    sender.send_due()
    world.after(timedelta(minutes=10))
    gateway.asking = lambda: world.after(LEASE)
    assert sender.send_due() == 1
    assert gateway.sent == []
    send_texts(sender)
    assert len(gateway.sent) == 1 and sms(world).state is SmsState.ACCEPTED


# ---------------------------------------------------------------- who stands still between the check and the sending


class Standstill:
    """The process of a sender stands still when its SMS is checked and about to be sent: time passes, others work."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, world: World) -> None:
        self._world = world
        self._passed = 0.0
        self.meanwhile: list[Callable[[], object]] = []
        """What happens at the first such point, at the second, and so on."""
        for module in (texts, twin):
            monkeypatch.setattr(module, "monotonic", lambda: self._passed)
        monkeypatch.setattr(texts, "reached", self._reached)

    def lasts(self, wait: timedelta) -> None:
        self._passed += wait.total_seconds()
        self._world.after(wait)

    def _reached(self, point: str, *about: object) -> None:
        if point == "sms.checked" and self.meanwhile:
            self.meanwhile.pop(0)()


def test_who_stands_still_until_another_has_sent_does_not_send(monkeypatch: pytest.MonkeyPatch) -> None:
    world = only_head(reminded())
    gateway = TwinSms()
    standstill = Standstill(monkeypatch, world)

    def another_sends() -> None:
        standstill.lasts(LEASE + SECOND)
        send_texts(sender_with(world, gateway))

    standstill.meanwhile = [another_sends]
    sender_with(world, gateway).send_due()
    assert len(gateway.sent) == 1
    assert (sms(world).state, duty(world).state) == (SmsState.ACCEPTED, DutyState.DONE)


def test_who_stands_still_past_its_lease_does_not_send_though_nobody_else_has(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = only_head(reminded())
    gateway = TwinSms()
    standstill = Standstill(monkeypatch, world)
    standstill.meanwhile = [lambda: standstill.lasts(LEASE + SECOND)]
    sender = sender_with(world, gateway)
    assert sender.send_due() == 1
    assert gateway.sent == []
    send_texts(sender)
    assert len(gateway.sent) == 1 and sms(world).state is SmsState.ACCEPTED


def test_when_half_of_the_lease_is_over_it_is_renewed_and_everything_asked_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = only_head(reminded())
    asked: list[SmsToSend] = []
    gateway = Meanwhile()
    gateway.asking = lambda: asked.append(gateway.asked[-1] if gateway.asked else None)  # type: ignore[arg-type]
    standstill = Standstill(monkeypatch, world)

    def the_head_reports() -> None:
        standstill.lasts(LEASE / 2)
        world.submit()

    standstill.meanwhile = [the_head_reports]
    send_texts(sender_with(world, gateway))
    assert len(asked) == 1, "the gateway is asked by our id"
    assert gateway.sent == [], "it is owed no more"
    assert (sms(world).state, duty(world).answer_code) == (SmsState.DROPPED, "NOT_OWED")


@pytest.mark.parametrize("wait", [LEASE / 2 - timedelta(milliseconds=1), LEASE / 2])
def test_it_is_sent_in_the_first_half_of_a_lease_only(
    monkeypatch: pytest.MonkeyPatch, wait: timedelta
) -> None:
    world = only_head(reminded())
    gateway = Meanwhile()
    asked: list[bool] = []
    gateway.asking = lambda: asked.append(True)
    standstill = Standstill(monkeypatch, world)
    standstill.meanwhile = [lambda: standstill.lasts(wait)]
    send_texts(sender_with(world, gateway))
    assert len(gateway.sent) == 1
    assert bool(asked) is (wait >= LEASE / 2)
    assert sms(world).state is SmsState.ACCEPTED


def test_what_is_late_again_and_again_is_left_to_the_next_claim(monkeypatch: pytest.MonkeyPatch) -> None:
    world = only_head(reminded())
    gateway = TwinSms()
    standstill = Standstill(monkeypatch, world)
    standstill.meanwhile = [lambda: standstill.lasts(LEASE / 2)] * MOST_ROUNDS
    sender = sender_with(world, gateway)
    sender.send_due()
    assert gateway.sent == []
    assert (duty(world).state, duty(world).answer_code, duty(world).crashes) == (DutyState.PENDING, "LATE", 0)
    world.after(timedelta(minutes=1))
    send_texts(sender)
    assert len(gateway.sent) == 1


def test_the_gateway_is_told_until_when_it_may_be_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also who stands still after the last look at the clock sends nothing."""
    world = only_head(reminded())
    gateway = TwinSms()
    Standstill(monkeypatch, world)
    monkeypatch.setattr(twin, "monotonic", lambda: LEASE.total_seconds() / 2)
    send_texts(sender_with(world, gateway))
    assert gateway.sent == []
    assert (sms(world).state, duty(world).answer_code) == (SmsState.QUEUED, "NOT_SENT")


# ---------------------------------------------------------------- what somebody else has recorded


@pytest.mark.parametrize("step", [Accept(), Refuse("SystemBusy"), Refuse("InvalidMobile"), Unreachable()])
def test_what_came_of_it_after_the_lease_does_not_overwrite_what_another_has_recorded(step: Step) -> None:
    world = only_head(reminded())
    quick = TwinSms()
    gateway = Meanwhile().then(step)

    def hangs() -> None:
        world.after(LEASE)
        send_texts(sender_with(world, quick))

    gateway.sending = hangs
    sender_with(world, gateway).send_due()
    (taken,) = quick.sent
    assert (sms(world).state, duty(world).answer_code) == (SmsState.ACCEPTED, "ACCEPTED")
    assert (sms(world).gateway_id, sms(world).note) == ("twin-1", "")
    assert sms(world).text == taken.text


def test_an_unknown_outcome_after_the_lease_overwrites_nothing_either() -> None:
    world = only_head(reminded())
    gateway = Meanwhile().then(LoseAnswer(sent=False))

    def hangs() -> None:
        world.after(LEASE)
        quick = TwinSms().then(Refuse("InvalidMobile"))
        send_texts(sender_with(world, quick))

    gateway.sending = hangs
    sender_with(world, gateway).send_due()
    assert (sms(world).state, duty(world).state) == (SmsState.FAILED, DutyState.REFUSED)


# ---------------------------------------------------------------- after a crash


def test_what_the_gateway_took_before_the_worker_died_is_found_and_not_sent_again() -> None:
    world = only_head(reminded())
    gateway = Deadly(1)
    dies(world, gateway)
    send_texts(sender_with(world, gateway))
    assert (sms(world).state, sms(world).gateway_id) == (SmsState.ACCEPTED, "twin-1")
    assert (duty(world).state, duty(world).answer_code) == (DutyState.DONE, "FOUND")
    assert [text.text for text in gateway.sent] == [sms(world).text], "once, and what went out is on record"


def test_after_a_crash_it_is_sent_again_where_the_gateway_does_not_have_it_or_cannot_be_asked() -> None:
    for can_be_asked, taken in ((True, 1), (False, 2)):
        world = only_head(reminded())
        gateway = Deadly(1, can_be_asked=can_be_asked)
        dies(world, gateway)
        if can_be_asked:
            gateway.sent.clear()  # It has lost it.
        send_texts(sender_with(world, gateway))
        assert sms(world).state is SmsState.ACCEPTED
        assert len(gateway.sent) == taken


def test_what_the_gateway_may_have_since_a_crash_is_unknown_and_not_dropped_once_it_is_owed_no_more() -> None:
    world = only_head(reminded())
    gateway = Deadly(1, can_be_asked=False)
    dies(world, gateway)
    world.submit()
    send_texts(sender_with(world, gateway))
    assert (sms(world).state, sms(world).note) == (SmsState.UNKNOWN, "")
    assert (duty(world).state, duty(world).answer_code) == (DutyState.DROPPED, "NOT_OWED")


def test_before_a_first_sending_nobody_is_asked() -> None:
    world = only_head(reminded())
    gateway = Meanwhile().then(Unreachable(), Refuse("SystemBusy"))
    asked: list[bool] = []
    gateway.asking = lambda: asked.append(True)
    for _ in range(3):
        send_texts(sender_with(world, gateway))
        world.after(timedelta(minutes=1))
    assert sms(world).state is SmsState.ACCEPTED and asked == []


def test_one_that_ends_its_workers_is_parked() -> None:
    world = only_head(reminded())
    dies(world, Deadly(MOST_CRASHES, can_be_asked=False))
    send(world)
    assert duty(world).state is DutyState.PARKED


# ---------------------------------------------------------------- the daily cap


@pytest.mark.parametrize("can_be_asked", [True, False])
def test_what_was_once_unknown_is_never_called_cancelled(can_be_asked: bool) -> None:
    """That the gateway does not find it is true only at the instant of asking: a receipt may still come."""
    world = only_head(reminded())
    gateway = TwinSms(can_be_asked=can_be_asked).then(LoseAnswer(sent=not can_be_asked))
    send_texts(sender_with(world, gateway))
    world.settle(a_setting(key=SettingKey.SMS_DAILY_CAP, value="1"))
    mine = sms(world)
    other = replace(mine, id=fact_id("other"), state=SmsState.ACCEPTED)
    with world.system.storage.work(SYSTEM) as work:
        work.texts.add([other])
        work.commit()
    world.after(timedelta(minutes=10))
    send_texts(sender_with(world, gateway))
    (found,) = [text for text in world.texts(HEAD) if text.id == mine.id]
    assert found.state is SmsState.UNKNOWN
    (settled,) = [one for one in world.duties(Topic.SMS) if one.id == mine.id]
    assert (settled.state, settled.answer_code) == (DutyState.DROPPED, "DAILY_CAP")


def test_what_the_gateway_did_not_find_and_is_owed_no_more_stays_unknown() -> None:
    world = only_head(reminded())
    gateway = TwinSms().then(LoseAnswer(sent=False))
    send_texts(sender_with(world, gateway))
    assert sms(world).state is SmsState.UNKNOWN
    world.submit()
    world.after(timedelta(minutes=10))
    send_texts(sender_with(world, gateway))
    assert sms(world).state is SmsState.UNKNOWN
    assert (duty(world).state, duty(world).answer_code) == (DutyState.DROPPED, "NOT_OWED")
    assert (SmsState.UNKNOWN, SmsState.DROPPED) not in SMS_TRANSITIONS
