"""The simulator's delivery receipts, on a real listener: when they come, how often, and that a kill loses none."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from yanbao.adapters.sms.mas import CloudMas
from yanbao.application.ports.notice import SmsAccepted

from ...support.patience import until
from .support import Listener, Simulator, a_text, account

pytestmark = pytest.mark.process

Start = Callable[..., Simulator]


@pytest.mark.parametrize(
    ("mode", "statuses"),
    [
        ("ok", ["DELIVRD"]),
        ("receipt_twice", ["DELIVRD", "DELIVRD"]),
        ("receipt_fail", ["UNDELIV"]),
        ("no_receipt", []),
    ],
)
def test_receipts_reach_a_real_listener(
    simulator: Simulator, listener: Listener, mode: str, statuses: list[str]
) -> None:
    simulator.fault(mode)
    with CloudMas(account(simulator.host)) as mas:
        accepted = mas.send(a_text())
        last = mas.send(a_text("最后一条"))
    assert isinstance(accepted, SmsAccepted)
    assert isinstance(last, SmsAccepted)
    # Receipts go out in the order of the texts: with the last one here, no more will come for the first.
    until(lambda: listener.recipients_of(last.gateway_id))
    told = listener.recipients_of(accepted.gateway_id)
    assert [item["reportStatus"] for item in told] == statuses
    assert all(item["mobile"] == "13800001234" for item in told)
    assert all(re.fullmatch(r"\d{14}", item[key]) for item in told for key in ("submitDate", "receiveDate"))
    states = ["POSTED"] if statuses else ["NONE"]
    until(lambda: [row["receipt"] for row in simulator.messages()] == [*states, "POSTED"])


def test_an_early_receipt_is_there_before_the_answer(simulator: Simulator, listener: Listener) -> None:
    simulator.fault("receipt_early")
    # Slow enough for the regular round to come by while the early receipt is under way.
    listener.pause = 0.2
    with CloudMas(account(simulator.host)) as mas:
        accepted = mas.send(a_text())
        assert isinstance(accepted, SmsAccepted)
        assert len(listener.recipients_of(accepted.gateway_id)) == 1
        last = mas.send(a_text("最后一条"))
    assert isinstance(last, SmsAccepted)
    until(lambda: listener.recipients_of(last.gateway_id))
    assert len(listener.recipients_of(accepted.gateway_id)) == 1, "the regular round must not post it again"


def test_an_ordinary_receipt_takes_a_moment(own_simulator: Start, own_listener: Listener) -> None:
    running = own_simulator("--receipt-url", own_listener.url, "--receipt-delay", "3600")
    with CloudMas(account(running.host)) as mas:
        ordinary = mas.send(a_text())
        running.fault("receipt_early")
        mas.send(a_text("最后一条"))
    assert isinstance(ordinary, SmsAccepted)
    assert [row["receipt"] for row in running.messages()] == ["PENDING", "POSTED"]
    assert own_listener.recipients_of(ordinary.gateway_id) == []


def test_a_receipt_is_offered_again_and_given_up_in_the_end(
    own_simulator: Start, own_listener: Listener
) -> None:
    listener = own_listener
    listener.status = 500
    running = own_simulator("--receipt-url", listener.url, "--receipt-delay", "0", "--receipt-attempts", "3")
    with CloudMas(account(running.host)) as mas:
        mas.send(a_text())
    until(lambda: running.counts()["receipts"]["GIVEN_UP"] == 1)
    assert len(listener.bodies) == 3
    (row,) = running.messages()
    assert row["receipts"] == [
        {"status": "DELIVRD", "state": "GIVEN_UP", "attempts": 3, "last_error": "HTTP 500"}
    ]


def test_texts_faults_and_owed_receipts_survive_a_kill(own_simulator: Start, own_listener: Listener) -> None:
    first = own_simulator("--receipt-delay", "0")
    sms = a_text("重启后仍在")
    with CloudMas(account(first.host)) as mas:
        accepted = mas.send(sms)
    assert isinstance(accepted, SmsAccepted)
    first.fault("busy", 2)
    first.kill()

    second = own_simulator("--receipt-url", own_listener.url)
    assert [(row["text"], row["msgGroup"]) for row in second.messages()] == [
        ("重启后仍在", accepted.gateway_id)
    ]
    assert second.control.get("/_control/faults").json()["times"] == 2
    with CloudMas(account(second.host)) as mas:
        assert mas.enquire(sms) == accepted
    until(lambda: len(own_listener.recipients_of(accepted.gateway_id)) == 1)


def test_without_a_receipt_url_receipts_are_written_down_and_wait(own_simulator: Start) -> None:
    running = own_simulator("--receipt-delay", "0")
    with CloudMas(account(running.host)) as mas:
        mas.send(a_text())
    assert [row["receipt"] for row in running.messages()] == ["PENDING"]
