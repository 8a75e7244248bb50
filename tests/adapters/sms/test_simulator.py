"""The simulator itself, in its own process: protocol, every fault, memory, control interface, page, its end."""

from __future__ import annotations

import base64
import json
import re
import sqlite3
import threading
import time
from collections.abc import Callable
from hashlib import md5
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from yanbao.adapters.sms.mas import CloudMas
from yanbao.application.ports.notice import SmsAccepted, SmsEnquiry, SmsNotSent, SmsOutcomeUnknown, SmsRefused

from ...support.patience import FOR_EVER, PATIENCE, striking_deadlines, until
from .support import AP_ID, EC_NAME, SECRET, SIGN, Simulator, a_text, account

pytestmark = pytest.mark.process

Start = Callable[..., Simulator]


def signed(**changed: Any) -> bytes:
    """A submission worked out here, field by field, with no help of the adapter."""
    told = {
        "ecName": EC_NAME,
        "apId": AP_ID,
        "secretKey": SECRET,
        "mobiles": "13800001234",
        "content": "好",
        "sign": SIGN,
        "addSerial": "",
    }
    told.update({key: value for key, value in changed.items() if key != "mac"})
    told["mac"] = changed.get("mac", md5("".join(map(str, told.values())).encode()).hexdigest())
    return base64.b64encode(json.dumps(told).encode())


@pytest.mark.parametrize(
    ("body", "rspcod"),
    [
        (b"not base64!", "InvalidMessage"),
        (base64.b64encode(b"not json"), "InvalidMessage"),
        (base64.b64encode(b"[]"), "InvalidMessage"),
        (signed(content=7), "InvalidMessage"),
        (signed(content=" "), "InvalidMessage"),
        (signed(content="长" * 1001), "InvalidMessage"),
        (signed(secretKey="wrong"), "InvalidUsrOrPwd"),
        (signed(ecName="别的单位"), "InvalidUsrOrPwd"),
        (signed(mac="0" * 32), "IllegalMac"),
        (signed(mac=md5(b"").hexdigest().upper()), "IllegalMac"),
        (signed(mac="错"), "IllegalMac"),
        (signed(sign=""), "NoSignId"),
        (signed(sign="Other"), "IllegalSignId"),
        (signed(mobiles=",".join(["13800001234"] * 5001)), "TooManyMobiles"),
        (signed(mobiles="13800001234,"), "InvalidMobile"),
        (signed(mobiles="1380000123"), "InvalidMobile"),
        (signed(mobiles="23800001234"), "InvalidMobile"),
    ],
)
def test_it_reads_as_strictly_as_the_platform(simulator: Simulator, body: bytes, rspcod: str) -> None:
    told = simulator.control.post("/sms/norsubmit", content=body)
    assert told.status_code == 200
    assert told.json() == {"msgGroup": "", "rspcod": rspcod, "success": False}
    counts = simulator.counts()
    assert (counts["messages"], counts["answers"]) == (0, {rspcod: 1})


def test_it_takes_a_submission_signed_by_hand_to_many_numbers(simulator: Simulator) -> None:
    told = simulator.control.post("/sms/norsubmit", content=signed(mobiles="13800001234,13900005678")).json()
    assert (told["rspcod"], told["success"]) == ("success", True)
    assert [(row["phone"], row["msgGroup"]) for row in simulator.messages()] == [
        ("13800001234", told["msgGroup"]),
        ("13900005678", told["msgGroup"]),
    ]


def test_a_body_over_a_mebibyte_is_not_read(simulator: Simulator) -> None:
    assert simulator.control.post("/sms/norsubmit", content=b"A" * (1024 * 1024 + 1)).status_code == 413
    assert simulator.counts()["messages"] == 0


@pytest.mark.parametrize(
    ("wrong", "code"),
    [({"secret_key": "wrong"}, "InvalidUsrOrPwd"), ({"sign": "Other"}, "IllegalSignId")],
)
def test_a_wrong_account_is_refused_for_good(simulator: Simulator, wrong: dict[str, str], code: str) -> None:
    with CloudMas(account(simulator.host, **wrong)) as mas:
        verdict = mas.send(a_text())
    assert isinstance(verdict, SmsRefused)
    assert (verdict.code, verdict.may_succeed_later) == (code, False)


@pytest.mark.parametrize(
    ("mode", "code", "may_succeed_later"),
    [
        ("busy", "SystemBusy", True),
        ("flow_limit", "FlowOverLimit", True),
        ("over_daily_max", "OverDailyMax", False),
        ("http_429", "HTTP_429", True),
    ],
)
def test_faults_that_refuse(simulator: Simulator, mode: str, code: str, may_succeed_later: bool) -> None:
    simulator.fault(mode)
    with CloudMas(account(simulator.host)) as mas:
        verdict = mas.send(a_text())
    assert isinstance(verdict, SmsRefused)
    assert (verdict.code, verdict.may_succeed_later) == (code, may_succeed_later)
    assert simulator.counts()["answers"] == {mode: 1}
    assert simulator.messages() == []


@pytest.mark.parametrize(
    ("mode", "received"),
    [("http_500", False), ("drop_before", False), ("drop_after", True), ("html", True)],
)
def test_faults_that_leave_the_outcome_unknown(simulator: Simulator, mode: str, received: bool) -> None:
    simulator.fault(mode)
    sms = a_text()
    with CloudMas(account(simulator.host)) as mas:
        with pytest.raises(SmsOutcomeUnknown):
            mas.send(sms)
        told = mas.enquire(sms)
        assert isinstance(told, SmsAccepted) if received else told is SmsEnquiry.NOT_FOUND
    assert [row["msgId"] for row in simulator.messages()] == ([str(sms.id)] if received else [])


@pytest.mark.parametrize("mode", ["timeout", "drip"])
def test_a_text_is_received_though_its_answer_takes_longer_than_the_deadline(
    own_simulator: Start, mode: str
) -> None:
    running = own_simulator()
    running.fault(mode, None)
    for seconds in striking_deadlines():
        sms = a_text()
        began = time.monotonic()
        with (
            CloudMas(account(running.host, timeout=seconds)) as mas,
            pytest.raises((SmsOutcomeUnknown, SmsNotSent)) as failed,
        ):
            mas.send(sms)
        assert time.monotonic() - began < PATIENCE
        received = str(sms.id) in [row["msgId"] for row in running.messages()]
        if received and failed.type is SmsOutcomeUnknown:
            break
    assert received and failed.type is SmsOutcomeUnknown
    with CloudMas(account(running.host)) as mas:
        assert isinstance(mas.enquire(sms), SmsAccepted)


def test_a_fault_is_counted_down_and_can_be_taken_away(simulator: Simulator) -> None:
    simulator.fault("busy", 2)
    with CloudMas(account(simulator.host)) as mas:
        verdicts = [type(mas.send(a_text())) for _ in range(3)]
        assert verdicts == [SmsRefused, SmsRefused, SmsAccepted]
        simulator.fault("flow_limit", None)
        verdicts = [type(mas.send(a_text())) for _ in range(3)]
        assert verdicts == [SmsRefused] * 3
        simulator.fault("ok", None)
        assert isinstance(mas.send(a_text()), SmsAccepted)
    assert simulator.counts()["answers"] == {"busy": 2, "flow_limit": 3, "success": 2}


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"[]", b"{}", b"[" * 50_000),
        *(b'{"mode":"fire"}', b'{"mode":"busy","times":0}', b'{"mode":"busy","times":true}'),
    ],
    ids=lambda body: body[:20],
)
def test_a_fault_that_makes_no_sense_is_refused_and_changes_nothing(
    simulator: Simulator, body: bytes
) -> None:
    told = simulator.control.post("/_control/faults", content=body)
    assert told.status_code == 400
    assert told.json()["error"]
    shown = simulator.control.get("/_control/faults").json()
    assert (shown["mode"], shown["times"]) == ("ok", None)
    assert set(shown["modes"]) == {
        *("ok", "busy", "flow_limit", "http_500", "http_429", "timeout", "drip", "html", "drop_before"),
        *("drop_after", "over_daily_max", "receipt_twice", "receipt_early", "receipt_fail", "no_receipt"),
    }


def test_messages_can_be_read_on_from_a_number_or_a_time(simulator: Simulator) -> None:
    with CloudMas(account(simulator.host)) as mas:
        for number in range(4):
            mas.send(a_text(f"第{number}条"))
    first = simulator.control.get("/_control/messages?limit=2").json()
    assert [row["text"] for row in first["messages"]] == ["第0条", "第1条"]
    rest = simulator.control.get(f"/_control/messages?since={first['next']}").json()
    assert [row["text"] for row in rest["messages"]] == ["第2条", "第3条"]
    nothing = simulator.control.get(f"/_control/messages?since={rest['next']}").json()
    assert nothing == {"messages": [], "next": rest["next"]}
    at = rest["messages"][0]["received_at"]
    assert [row["text"] for row in simulator.messages(since=at)] == ["第2条", "第3条"]
    assert set(rest["messages"][0]) == {
        *(
            "seq",
            "phone",
            "text",
            "sign",
            "addSerial",
            "received_at",
            "msgGroup",
            "msgId",
            "receipt",
            "receipts",
        )
    }


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=x", "limit=10001", "since=yesterday", "since=2026-03-06T10:00:00"]
)
def test_a_question_for_messages_that_makes_no_sense_is_refused(simulator: Simulator, query: str) -> None:
    told = simulator.control.get(f"/_control/messages?{query}")
    assert told.status_code == 400
    assert told.json()["error"]


def test_a_reset_forgets_everything(simulator: Simulator) -> None:
    with CloudMas(account(simulator.host)) as mas:
        mas.send(a_text())
    simulator.fault("busy", 5)
    simulator.reset()
    assert simulator.counts() == {
        "messages": 0,
        "distinct": 0,
        "receipts": {"PENDING": 0, "POSTED": 0, "GIVEN_UP": 0},
        "answers": {},
    }
    assert simulator.control.get("/_control/faults").json()["mode"] == "ok"


def test_an_enquiry_must_be_signed(simulator: Simulator) -> None:
    told = {"ecName": EC_NAME, "apId": AP_ID, "secretKey": SECRET, "msgId": "x", "mac": "0" * 32}
    body = base64.b64encode(json.dumps(told).encode())
    assert simulator.control.post("/sms/query", content=body).json() == {
        "msgGroup": "",
        "rspcod": "IllegalMac",
        "success": False,
    }


def test_the_page_shows_what_came_escaped_and_needs_nothing_from_outside(simulator: Simulator) -> None:
    assert "还没有收到短信" in simulator.control.get("/").text
    with CloudMas(account(simulator.host)) as mas:
        mas.send(a_text('<script>alert("1")</script>请签收'))
    simulator.fault("busy", 3)
    page = simulator.control.get("/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;请签收" in page.text
    assert "138 0000 1234" in page.text
    assert "【陕西省应急管理厅】&lt;script&gt;" in page.text
    assert "实际时间 " in page.text and "业务系统时间" not in page.text
    assert "<dt>收到短信</dt><dd>1</dd>" in page.text
    assert "<code>busy</code>（还剩 3 次）" in page.text
    assert "<script" not in page.text
    assert "//" not in page.text


def test_it_says_one_line_when_ready_and_ends_cleanly_with_a_caller_still_waiting(
    own_simulator: Start, tmp_path: Path
) -> None:
    running = own_simulator()
    assert re.fullmatch(r"sms simulator ready on http://127\.0\.0\.1:\d+ \(store .+\)\n", running.ready_line)
    running.fault("timeout")
    mas = CloudMas(account(running.host, timeout=FOR_EVER))
    outcome: list[str] = []

    def wait_for_an_answer() -> None:
        try:
            mas.send(a_text())
        except SmsOutcomeUnknown as exc:
            # What the caller must be left with when the platform goes away under it.
            outcome.append(exc.reason)

    waiting = threading.Thread(target=wait_for_an_answer)
    waiting.start()
    until(lambda: running.counts()["messages"] == 1)
    code, _ = running.end()
    assert code == 0
    waiting.join(PATIENCE)
    assert len(outcome) == 1
    mas.close()
    with sqlite3.connect(tmp_path / "own" / "store.sqlite") as store:
        assert store.execute("SELECT count(*) FROM message").fetchone() == (1,)


def test_it_ends_without_a_complaint(own_simulator: Start) -> None:
    running = own_simulator()
    for mode in ("drop_before", "drop_after", "drip", "timeout"):
        running.fault(mode)
        with (
            CloudMas(account(running.host, timeout=0.4)) as mas,
            pytest.raises((SmsOutcomeUnknown, SmsNotSent)),
        ):
            mas.send(a_text())
    assert running.end() == (0, "")


def test_an_unknown_id_in_a_path_of_the_page_is_not_found(simulator: Simulator) -> None:
    assert simulator.control.get("/" + quote("没有")).status_code == 404
