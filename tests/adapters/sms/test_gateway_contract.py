"""One contract for every SMS gateway: the twin in memory, and CloudMas against the simulator's own process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from time import monotonic
from typing import Protocol

import pytest

from yanbao.adapters.sms.mas import CloudMas
from yanbao.adapters.sms.mas_protocol import RSPCODS
from yanbao.adapters.sms.twin import LoseAnswer, Refuse, Step, TwinSms, Unreachable
from yanbao.application.ports.notice import (
    MalformedReceipt,
    SmsAccepted,
    SmsEnquiry,
    SmsGateway,
    SmsNotSent,
    SmsOutcomeUnknown,
    SmsReceipt,
    SmsRefused,
    SmsToSend,
)

from ...support.patience import PATIENCE, until
from .support import Listener, Simulator, a_text, account

NOW = datetime(2026, 3, 6, 2, 0, tzinfo=UTC)


class Bench(Protocol):
    gateway: SmsGateway

    def then(self, step: Step) -> None: ...
    def taken(self) -> list[tuple[str, str]]: ...
    def unreachable(self) -> SmsGateway: ...
    def without_enquiry(self) -> SmsGateway: ...
    def receipt(self, sms: SmsToSend, gateway_id: str) -> SmsReceipt: ...


class TwinBench:
    def __init__(self) -> None:
        self.gateway = TwinSms()

    def then(self, step: Step) -> None:
        self.gateway.then(step)

    def taken(self) -> list[tuple[str, str]]:
        return [(sms.phone, sms.text) for sms in self.gateway.sent]

    def unreachable(self) -> SmsGateway:
        return self.gateway.then(Unreachable())

    def without_enquiry(self) -> SmsGateway:
        return TwinSms(can_be_asked=False)

    def receipt(self, sms: SmsToSend, gateway_id: str) -> SmsReceipt:
        return next(
            one for one in self.gateway.receipts(sms, received_at=NOW) if one.gateway_id == gateway_id
        )


FAULTS = {"SystemBusy": "busy", "FlowOverLimit": "flow_limit", "OverDailyMax": "over_daily_max"}


class MasBench:
    def __init__(self, simulator: Simulator, listener: Listener) -> None:
        self._simulator = simulator
        self._listener = listener
        self.gateway = CloudMas(account(simulator.host))

    def then(self, step: Step) -> None:
        match step:
            case Refuse(code):
                self._simulator.fault(FAULTS[code])
            case LoseAnswer(sent):
                self._simulator.fault("drop_after" if sent else "drop_before")
            case _:
                raise NotImplementedError(step)

    def taken(self) -> list[tuple[str, str]]:
        return [(row["phone"], row["text"]) for row in self._simulator.messages()]

    def unreachable(self) -> SmsGateway:
        # Port 1 of the loopback: nothing on a test machine listens there.
        return CloudMas(account("http://127.0.0.1:1"))

    def without_enquiry(self) -> SmsGateway:
        return CloudMas(account(self._simulator.host, enquiry_path=None))

    def receipt(self, sms: SmsToSend, gateway_id: str) -> SmsReceipt:
        until(lambda: self._listener.recipients_of(gateway_id))
        (one,) = (
            receipt
            for body in self._listener.bodies
            for receipt in self.gateway.read_receipts(body, received_at=NOW)
            if receipt.gateway_id == gateway_id
        )
        return one


@pytest.fixture(params=["twin", pytest.param("mas", marks=pytest.mark.process)])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    if request.param == "twin":
        yield TwinBench()
        return
    mas = MasBench(request.getfixturevalue("simulator"), request.getfixturevalue("listener"))
    yield mas
    mas.gateway.close()


def test_an_accepted_text_is_taken_over_once_and_is_found(bench: Bench) -> None:
    sms = a_text("今日安全承诺已上报。")
    verdict = bench.gateway.send(sms)
    assert isinstance(verdict, SmsAccepted)
    assert verdict.gateway_id
    assert bench.taken() == [(sms.phone, "今日安全承诺已上报。")]
    assert bench.gateway.enquire(sms) == verdict


@pytest.mark.parametrize("code", ["SystemBusy", "FlowOverLimit", "OverDailyMax"])
def test_a_refused_text_is_not_taken_over_and_the_refusal_says_why(bench: Bench, code: str) -> None:
    sms = a_text()
    bench.then(Refuse(code))
    assert bench.gateway.send(sms) == SmsRefused(
        code, RSPCODS[code].sentence, RSPCODS[code].may_succeed_later
    )
    assert bench.taken() == []
    assert bench.gateway.enquire(sms) is SmsEnquiry.NOT_FOUND


@pytest.mark.parametrize("sent", [True, False])
def test_a_lost_answer_leaves_the_outcome_unknown_until_asked(bench: Bench, sent: bool) -> None:
    sms = a_text()
    bench.then(LoseAnswer(sent=sent))
    with pytest.raises(SmsOutcomeUnknown) as unknown:
        bench.gateway.send(sms)
    assert unknown.value.reason
    assert len(bench.taken()) == (1 if sent else 0)
    told = bench.gateway.enquire(sms)
    assert isinstance(told, SmsAccepted) if sent else told is SmsEnquiry.NOT_FOUND


def test_an_unreachable_gateway_certainly_sent_nothing(bench: Bench) -> None:
    with pytest.raises(SmsNotSent) as failed:
        bench.unreachable().send(a_text())
    assert failed.value.reason
    assert bench.taken() == []


def test_what_may_no_longer_be_sent_is_not_sent(bench: Bench) -> None:
    sms = a_text()
    with pytest.raises(SmsNotSent):
        bench.gateway.send(replace(sms, not_after=monotonic()))
    assert bench.taken() == []
    bench.gateway.send(replace(sms, not_after=monotonic() + PATIENCE))
    assert len(bench.taken()) == 1


def test_after_a_fault_the_next_text_goes_through(bench: Bench) -> None:
    bench.then(Refuse("SystemBusy"))
    sms = a_text()
    assert isinstance(bench.gateway.send(sms), SmsRefused)
    assert isinstance(bench.gateway.send(sms), SmsAccepted)
    assert len(bench.taken()) == 1


def test_the_same_text_handed_over_twice_is_taken_over_twice(bench: Bench) -> None:
    sms = a_text()
    first, second = bench.gateway.send(sms), bench.gateway.send(sms)
    assert isinstance(first, SmsAccepted)
    assert isinstance(second, SmsAccepted)
    assert first.gateway_id != second.gateway_id
    assert len(bench.taken()) == 2


@pytest.mark.parametrize(
    ("phone", "text", "code"),
    [
        ("13800001234,13900001234", "好", "InvalidMobile"),
        ("", "好", "InvalidMobile"),
        ("13800001234", " ", "InvalidMessage"),
    ],
)
def test_a_text_that_cannot_be_carried_is_refused_for_good(
    bench: Bench, phone: str, text: str, code: str
) -> None:
    verdict = bench.gateway.send(a_text(text, phone))
    assert isinstance(verdict, SmsRefused)
    assert (verdict.code, verdict.may_succeed_later) == (code, False)
    assert bench.taken() == []


def test_a_provider_without_enquiry_cannot_say(bench: Bench) -> None:
    gateway = bench.without_enquiry()
    sms = a_text()
    assert isinstance(gateway.send(sms), SmsAccepted)
    assert gateway.enquire(sms) is SmsEnquiry.CANNOT_SAY


def test_a_receipt_carries_the_id_that_the_acceptance_gave(bench: Bench) -> None:
    sms = a_text()
    verdict = bench.gateway.send(sms)
    assert isinstance(verdict, SmsAccepted)
    assert bench.receipt(sms, verdict.gateway_id) == SmsReceipt(
        verdict.gateway_id, sms.phone, True, "DELIVRD", NOW
    )


def test_a_callback_that_holds_no_receipt_is_called_malformed(bench: Bench) -> None:
    with pytest.raises(MalformedReceipt) as malformed:
        bench.gateway.read_receipts(b"<html>", received_at=NOW)
    assert malformed.value.reason


def test_many_threads_may_send_at_once(bench: Bench) -> None:
    texts = [a_text(f"第{number}条") for number in range(40)]
    send: Callable[[SmsToSend], SmsAccepted | SmsRefused] = bench.gateway.send
    with ThreadPoolExecutor(8) as pool:
        verdicts = list(pool.map(send, texts))
    assert len({verdict.gateway_id for verdict in verdicts if isinstance(verdict, SmsAccepted)}) == 40
    assert sorted(bench.taken()) == sorted((sms.phone, sms.text) for sms in texts)
