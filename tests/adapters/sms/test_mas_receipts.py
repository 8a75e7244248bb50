"""Receipts as the platform posts them, and everything that only looks like one."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from yanbao.adapters.sms.mas_receipts import parse_receipts
from yanbao.application.ports.notice import MalformedReceipt, SmsReceipt

NOW = datetime(2026, 3, 6, 2, 0, 0, 250_000, tzinfo=UTC)

ONE = {
    "msgGroup": "0306100000001",
    "mobile": "13800001234",
    "reportStatus": "DELIVRD",
    "errorCode": "DELIVRD",
    "submitDate": "20260306100000",
    "receiveDate": "20260306100003",
}


def parsed(told: Any) -> tuple[SmsReceipt, ...]:
    return parse_receipts(json.dumps(told).encode(), received_at=NOW)


def test_one_object_is_one_receipt() -> None:
    assert parsed(ONE) == (SmsReceipt("0306100000001", "13800001234", True, "DELIVRD", NOW),)


def test_a_list_keeps_its_order_and_its_repeats() -> None:
    other = {**ONE, "mobile": "13900001234"}
    assert [one.phone for one in parsed([ONE, other, ONE])] == ["13800001234", "13900001234", "13800001234"]


def test_an_empty_list_holds_no_receipts() -> None:
    assert parsed([]) == ()


@pytest.mark.parametrize(
    ("report", "error", "delivered", "status"),
    [
        ("DELIVRD", None, True, "DELIVRD"),
        (None, "DELIVRD", True, "DELIVRD"),
        ("delivrd", "0", True, "DELIVRD"),
        ("CM:0000", "DELIVRD", True, "DELIVRD"),
        ("DELIVRD", "", True, "DELIVRD"),
        ("UNDELIV", "DELIVRD", False, "UNDELIV/DELIVRD"),
        ("UNDELIV", "UNDELIV", False, "UNDELIV"),
        ("EXPIRED", None, False, "EXPIRED"),
        (None, "MK:0001", False, "MK:0001"),
        ("ACCEPTD", "DELIVRD", False, "ACCEPTD/DELIVRD"),
    ],
)
def test_what_counts_as_delivered(
    report: str | None, error: str | None, delivered: bool, status: str
) -> None:
    (one,) = parsed({**ONE, "reportStatus": report, "errorCode": error})
    assert (one.delivered, one.status) == (delivered, status)


def test_keys_may_come_in_any_case_and_numbers_without_quotes() -> None:
    (one,) = parsed({"MSGGROUP": 306100000001, "Mobile": 13800001234, "reportstatus": "DELIVRD"})
    assert one == SmsReceipt("306100000001", "13800001234", True, "DELIVRD", NOW)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "the body is not JSON"),
        (b"msgGroup=1&mobile=2", "the body is not JSON"),
        (b"\xff\xfe", "the body is not JSON"),
        (b"[" * 50_000, "the body is not JSON"),
        (b"7", "item 1 is not an object"),
        (b"null", "item 1 is not an object"),
        (json.dumps([ONE, []]).encode(), "item 2 is not an object"),
        (json.dumps({**ONE, "msgGroup": " "}).encode(), "item 1 lacks msgGroup"),
        (json.dumps({**ONE, "mobile": None}).encode(), "item 1 lacks mobile"),
        (json.dumps({**ONE, "mobile": True}).encode(), "mobile of item 1 is neither text nor a whole number"),
        (json.dumps({**ONE, "mobile": 1.5}).encode(), "mobile of item 1 is neither text nor a whole number"),
        (
            json.dumps({"msgGroup": "1", "mobile": "2", "submitDate": "20260306100000"}).encode(),
            "item 1 has neither reportStatus nor errorCode",
        ),
        (
            json.dumps({**ONE, "MOBILE": "13900001234"}).encode(),
            "item 1 gives one key twice with different values",
        ),
        (
            json.dumps({**ONE, "msgGroup": "1" * 49}).encode(),
            "msgGroup of item 1 is too long or not printable",
        ),
        (json.dumps({**ONE, "mobile": "1\0"}).encode(), "mobile of item 1 is too long or not printable"),
        (
            json.dumps({**ONE, "errorCode": "\ud800"}).encode(),
            "errorCode of item 1 is too long or not printable",
        ),
    ],
)
def test_what_is_no_receipt_is_named_without_being_quoted(raw: bytes, reason: str) -> None:
    with pytest.raises(MalformedReceipt) as malformed:
        parse_receipts(raw, received_at=NOW)
    assert malformed.value.reason == reason
    assert isinstance(malformed.value, ValueError)


def test_the_time_of_arrival_must_say_its_zone() -> None:
    with pytest.raises(ValueError, match="aware"):
        parse_receipts(b"[]", received_at=datetime(2026, 3, 6))  # noqa: DTZ001 - the naive one is the case.
