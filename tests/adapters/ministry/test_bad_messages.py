"""Authentic messages that are bad: each is answered soon, recorded once, and harms no other."""

from __future__ import annotations

import json
from time import perf_counter
from typing import Any

import pytest

from yanbao.adapters.jobs import SilentDoorbell
from yanbao.adapters.ministry.reading import ProfileReader
from yanbao.adapters.ministry.shipped import DEFAULT_PROFILE
from yanbao.adapters.ministry.stating import stated_message, warning_record
from yanbao.application.exchange.inbound import Inbound
from yanbao.application.policies import PolicyBook
from yanbao.application.ports.inbound import MinistryWarning
from yanbao.domain.alert.form import AlertKind, AlertLevel, RiskType
from yanbao.domain.exchange.inbound import InboundKind, MessageOutcome

from ...support.world import DONGFENG, World, a_world, clock
from .receiving import Reception, said

SECONDS = 0.05


class Inbox(Reception):
    """A reception over the real inbox, on the twin of the storage."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        system = world.system
        reader = ProfileReader(self.profile, self.wire())
        self.inbound = Inbound(system.storage, system.clock, reader, PolicyBook(), SilentDoorbell())

    def receive(self, deliveries: Any) -> Any:
        return self.inbound.receive(deliveries)

    @property
    def outcomes(self) -> list[MessageOutcome]:
        return [message.outcome for message in self.world.state.inbox_messages.values()]


def a_warning(**changes: Any) -> dict[str, Any]:
    """The record of a warning about an enterprise of ours."""
    warning = MinistryWarning(
        external_id="YJ-1",
        version=1,
        area_code=None,
        company_code=str(DONGFENG.credit_code),
        kind=AlertKind.RISK,
        level=AlertLevel.ORANGE,
        risk_type=RiskType.OVER_PERSONS,
        description="超员，请核实。",
        value="14人",
        occurred_at=clock("08:20"),
        certificate_number=None,
        expires_on=None,
        ended=None,
        reason="",
    )
    return {**warning_record(warning, DEFAULT_PROFILE), **changes}


def a_message(*records: dict[str, Any], id: str = "m-1") -> bytes:
    made = stated_message(
        InboundKind.WARNING, records, DEFAULT_PROFILE, message_id=id, sent_at=clock("08:25")
    )
    return json.dumps(made, ensure_ascii=False).encode()


@pytest.fixture
def inbox() -> Inbox:
    return Inbox(a_world())


def soon(inbox: Inbox, body: bytes) -> tuple[int, dict[str, Any]]:
    """Status and answer. The best of three tries is measured: the same bytes again change nothing."""
    took, told = [], None
    for _ in range(3):
        headers = inbox.signed(body)
        began = perf_counter()
        told = inbox.post(body, headers)
        took.append(perf_counter() - began)
    assert told is not None and min(took) < SECONDS, f"{min(took):.3f} s"
    assert said(told)[0] == told.status_code
    answer: dict[str, Any] = told.json()
    return told.status_code, answer


BAD = {
    "no JSON": b"{",
    "deep lists": b"[" * 200_000,
    "deep objects": b'{"data":' * 100_000,
    "a key twice": a_message(a_warning()).replace(b'"msgId"', b'"msgId":"x","msgId"', 1),
    "a key of a record twice": a_message(a_warning()).replace(b'"rank"', b'"rank":"1","rank"', 1),
    "NaN": a_message(a_warning()).replace(b'"version": 1', b'"version": NaN', 1),
    "Infinity": a_message(a_warning()).replace(b'"version": 1', b'"version": -Infinity', 1),
    "a number of 60,000 digits": a_message(a_warning()).replace(
        b'"version": 1', b'"version": ' + b"9" * 60_000, 1
    ),
    "100,000 keys": b"{" + b",".join(b'"%x":1' % number for number in range(100_000)) + b"}",
    "a megabyte of commas": b"[" + b"," * 1_000_000 + b"]",
    "a megabyte of empty lists": b"[" + b"[]," * 300_000 + b"[]]",
    "no UTF-8": b'{"msgId":"' + b"\xff" * 100_000 + b'"}',
    "half a surrogate pair": rb'{"msgId":"\ud800","msgType":"WARNING","data":[]}',
    "no message id": b'{"msgType":"WARNING","data":[]}',
    "another type": a_message(a_warning()).replace(b"WARNING", b"PATROL_PROBLEM", 1),
    "too many records": a_message(*[a_warning(id=f"YJ-{number}") for number in range(21)]),
    "a record that is no object": a_message().replace(b'"data": []', b'"data": [7]', 1),
}


@pytest.mark.parametrize("body", BAD.values(), ids=BAD.keys())
def test_an_unreadable_message_is_told_so_soon_and_kept_once(inbox: Inbox, body: bytes) -> None:
    status, answer = soon(inbox, body)
    assert (status, answer["code"]) == (400, "A400")
    assert inbox.outcomes == [MessageOutcome.UNREADABLE]
    assert soon(inbox, a_message(a_warning()))[0] == 200, "nothing else is harmed"


WRONG = {
    "a wrong code": ({"rank": "9"}, "R103"),
    "a time of 1970": ({"warnTime": "19700101000000"}, "R102"),
    "a time of 2038": ({"warnTime": "20380119031408"}, "R102"),
    "no time at all": ({"warnTime": None}, "R101"),
    "a version that is a text": ({"version": "1"}, "R102"),
    "a version of 0": ({"version": 0}, "R102"),
    "an area outside Shaanxi": ({"areaCode": "110105"}, "R106"),
    "a company of another province": ({"companyCode": "91110105MA00000000"}, None),
    "a text that is too long": ({"content": "长" * 2_001}, "R104"),
}


@pytest.mark.parametrize(("changes", "code"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_record_is_refused_alone(inbox: Inbox, changes: dict[str, Any], code: str | None) -> None:
    good = a_warning(id="YJ-2")
    status, answer = soon(inbox, a_message(a_warning(**changes), good))
    assert status == 200
    assert answer["data"]["success"] == ["YJ-2"]
    ((fail),) = answer["data"]["fail"]
    # Without a version a record does not name itself.
    assert fail["id"] == ("" if "version" in changes else "YJ-1") and fail["msg"]
    assert code is None or fail["code"] == code


def test_two_provinces_in_one_message_ours_is_taken(inbox: Inbox) -> None:
    theirs = a_warning(id="YJ-2", areaCode="110105")
    answer = inbox.post(a_message(a_warning(), theirs)).json()
    assert (answer["data"]["success"], [one["id"] for one in answer["data"]["fail"]]) == (["YJ-1"], ["YJ-2"])


def test_the_same_bytes_under_the_same_nonce_are_answered_alike_and_others_conflict(inbox: Inbox) -> None:
    body = a_message(a_warning())
    headers = inbox.signed(body)
    first, again = inbox.post(body, headers), inbox.post(body, headers)
    assert first.json()["data"] == again.json()["data"] and again.status_code == 200
    other = a_message(a_warning(id="YJ-2"), id="m-2")
    reused = inbox.wire().headers(
        method="POST",
        path=DEFAULT_PROFILE.inbound.path(InboundKind.WARNING),
        body=other,
        nonce=headers["X-Nonce"],
    )
    assert said(inbox.post(other, {**reused, "Content-Type": "application/json"})) == (409, "A409")
    assert sorted(outcome.value for outcome in inbox.outcomes) == ["CONFLICTING", "READ"]
