"""What comes from outside and is odd: refused by its name and quickly, never a crash."""

from __future__ import annotations

import json
import time
from datetime import UTC, date, datetime
from typing import Any

import pytest

from yanbao.adapters.ministry.profile import Profile
from yanbao.adapters.ministry.reading import ENDED, WITHDRAWN, ProfileReader
from yanbao.adapters.ministry.samples import COMPANY, sample_problem, sample_warning
from yanbao.adapters.ministry.shipped import DEFAULT_PROFILE
from yanbao.adapters.ministry.stating import problem_record, warning_record
from yanbao.adapters.ministry.strict import DEEPEST, MOST_VALUES, parsed
from yanbao.adapters.ministry.wire import Wire, WireKeys
from yanbao.application.ports.inbound import UnfitRecord, UnreadableMessage
from yanbao.domain.alert.form import AlertKind
from yanbao.domain.exchange.inbound import InboundKind, RecordFault
from yanbao.domain.values import CreditCode

from .support import changed

PATROL, SPOT_CHECK, WARNING = InboundKind
ENOUGH = 1.0
"""Seconds that no refusal may take, on a machine that is busy with other tests; they take milliseconds."""


def reader(profile: Profile = DEFAULT_PROFILE) -> ProfileReader:
    return ProfileReader(profile, Wire(profile, WireKeys(secret=b"s")))


def problem(kind: InboundKind, **changes: Any) -> dict[str, Any]:
    return problem_record(kind, sample_problem(kind, DEFAULT_PROFILE), DEFAULT_PROFILE) | changes


def warning(kind: AlertKind = AlertKind.RISK, **changes: Any) -> dict[str, Any]:
    return warning_record(sample_warning(kind, DEFAULT_PROFILE), DEFAULT_PROFILE) | changes


def fault_of(record: dict[str, Any], kind: InboundKind) -> tuple[RecordFault, str]:
    with pytest.raises(UnfitRecord) as no:
        if kind is WARNING:
            reader().warning(record)
        else:
            reader().problem(kind, record)
    return no.value.fault, no.value.sentence


# ---------------------------------------------------------------- messages


def deep(depth: int) -> bytes:
    return b'{"a":' * depth + b"1" + b"}" * depth


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b'{"a":1}x', "not JSON"),
        (b"\xff\xfe", "not UTF-8"),
        (b"\xef\xbb\xbf{}", "not JSON"),
        (deep(DEEPEST + 1), "nested too deep"),
        (deep(100_000), "too many values"),
        (b"[" * 1_000_000, "too many values"),
        (b'{"a":1,"a":1}', "a key comes twice"),
        (b'{"a":{"b":1,"b":2}}', "a key comes twice"),
        (b'{"a":NaN}', "NaN"),
        (b'{"a":-Infinity}', "-Infinity"),
        (b'{"a":' + b"9" * 100_000 + b"}", "number is too long"),
        (b'{"a":1e999}', "number is too long"),
        (b'{"a":"\\ud800"}', "surrogate"),
        (b'{"\\udfff":1}', "surrogate"),
        (b'{"a":["\\u0000"]}', "NUL"),
        (b'{"a":"\x00"}', "not JSON"),
        (b'{"a":"\n"}', "not JSON"),
        (b"{" + b",".join(b'"k%d":1' % n for n in range(100_000)) + b"}", "too many values"),
        (b'{"a":[' + b"1," * 500_000 + b"1]}", "too many values"),
        (b'{"a":"' + b'\\"' * 500_000 + b'"}', "too many values"),
        (b'"\\' * 500_000, "too many values"),
        (b"\\" * 1_000_000, "not JSON"),
        (b'"' * 1_000_000, "too many values"),
    ],
    ids=range(25),
)
def test_odd_json_is_refused_at_once(body: bytes, why: str) -> None:
    began = time.monotonic()
    with pytest.raises(UnreadableMessage) as no:
        parsed(body)
    assert time.monotonic() - began < ENOUGH
    assert why in no.value.reason


def test_ordinary_json_is_read_as_it_is() -> None:
    value = {"a": [1, -2, 3.5, True, None, "\\u0000 written out", "你好😀\n"], "b": {"c": {}}, "n": "{[:,]}"}
    assert parsed(json.dumps(value).encode()) == value
    assert parsed(json.dumps(value, ensure_ascii=False, indent=3).encode()) == value
    assert parsed(deep(DEEPEST)) is not None
    assert len(parsed(json.dumps(list(range(MOST_VALUES))).encode())) == MOST_VALUES


@pytest.mark.parametrize(
    "change",
    [
        {"msgId": None},
        {"msgId": ""},
        {"msgId": 7},
        {"msgType": "PATROL_PROBLEM"},
        {"msgType": None},
        {"data": None},
        {"data": {}},
        {"data": [[]]},
        {"data": [None]},
        {"data": [{}] * 21},
    ],
)
def test_a_message_without_its_envelope_is_unreadable(change: dict[str, Any]) -> None:
    message = {"msgId": "m", "msgType": "WARNING", "data": [{}]} | change
    with pytest.raises(UnreadableMessage):
        reader().message(WARNING, json.dumps(message).encode())


def test_an_empty_page_has_no_records() -> None:
    body = json.dumps({"msgId": "m", "msgType": "WARNING", "data": []}).encode()
    assert reader().message(WARNING, body).contents == []


# ---------------------------------------------------------------- records


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"id": None}, RecordFault.MISSING),
        ({"id": ""}, RecordFault.MISSING),
        ({"id": "   "}, RecordFault.MISSING),
        ({"id": " a"}, RecordFault.MALFORMED),
        ({"id": 7}, RecordFault.MALFORMED),
        ({"id": "x" * 65}, RecordFault.TOO_LONG),
        ({"id": "a\x07b"}, RecordFault.MALFORMED),
        ({"version": None}, RecordFault.MISSING),
        ({"version": 0}, RecordFault.MALFORMED),
        ({"version": -1}, RecordFault.MALFORMED),
        ({"version": True}, RecordFault.MALFORMED),
        ({"version": 1.0}, RecordFault.MALFORMED),
        ({"version": "1"}, RecordFault.MALFORMED),
        ({"version": 10**20}, RecordFault.MALFORMED),
        ({"version": [1]}, RecordFault.MALFORMED),
        ({"areaCode": "6105"}, RecordFault.MALFORMED),
        ({"areaCode": 610526}, RecordFault.MALFORMED),
        ({"areaCode": "61052600000"}, RecordFault.MALFORMED),
        ({"areaCode": "110105"}, RecordFault.OUTSIDE_PROVINCE),
        ({"areaCode": "110105001000"}, RecordFault.OUTSIDE_PROVINCE),
        ({"companyCode": None}, RecordFault.MISSING),
        ({"companyCode": COMPANY[:-1] + "7"}, RecordFault.MALFORMED),
        ({"companyCode": {}}, RecordFault.MALFORMED),
        ({"warnType": "3"}, RecordFault.UNKNOWN_CODE),
        ({"warnType": 2}, RecordFault.MALFORMED),
        ({"rank": "0"}, RecordFault.UNKNOWN_CODE),
        ({"rank": "5"}, RecordFault.UNKNOWN_CODE),
        ({"rank": True}, RecordFault.MALFORMED),
        ({"riskType": None}, RecordFault.MISSING),
        ({"riskType": "98"}, RecordFault.UNKNOWN_CODE),
        ({"warnType": "1"}, RecordFault.INCONSISTENT),
        ({"content": ""}, RecordFault.MISSING),
        ({"content": "字" * 2001}, RecordFault.TOO_LONG),
        ({"riskValue": "字" * 201}, RecordFault.TOO_LONG),
        ({"riskValue": 6}, RecordFault.MALFORMED),
        ({"warnTime": "19700101000000"}, RecordFault.MALFORMED),
        ({"warnTime": "20380119031408"}, RecordFault.MALFORMED),
        ({"warnTime": "20260230000000"}, RecordFault.MALFORMED),
        ({"warnTime": 20261130100000}, RecordFault.MALFORMED),
        ({"expiryDate": "20380101000000"}, RecordFault.MALFORMED),
        ({"expiryDate": "2026-11-30"}, RecordFault.MALFORMED),
        ({"endTime": "1"}, RecordFault.MALFORMED),
    ],
)
def test_an_odd_field_of_a_warning_is_named(change: dict[str, Any], fault: RecordFault) -> None:
    found, sentence = fault_of(warning(**change), WARNING)
    assert found is fault
    assert next(iter(change)) in sentence or "riskType" in sentence
    assert len(sentence) < 100


@pytest.mark.parametrize(
    ("kind", "change", "fault"),
    [
        (PATROL, {"areaCode": None}, RecordFault.MISSING),
        (SPOT_CHECK, {"companyCode": None}, RecordFault.MISSING),
        (PATROL, {"problemType": "97"}, RecordFault.UNKNOWN_CODE),
        (PATROL, {"severity": "3"}, RecordFault.UNKNOWN_CODE),
        (SPOT_CHECK, {"deleted": "yes"}, RecordFault.UNKNOWN_CODE),
        (SPOT_CHECK, {"deleted": True}, RecordFault.MALFORMED),
        (SPOT_CHECK, {"rectifyDate": "20380101000000"}, RecordFault.MALFORMED),
        (SPOT_CHECK, {"foundTime": ""}, RecordFault.MISSING),
    ],
)
def test_an_odd_field_of_a_problem_is_named(
    kind: InboundKind, change: dict[str, Any], fault: RecordFault
) -> None:
    found, sentence = fault_of(problem(kind, **change), kind)
    assert (found, next(iter(change)) in sentence) == (fault, True)


def test_an_enterprise_of_another_province_is_refused_unless_the_record_places_it_in_ours() -> None:
    beijing = "91110105MA0000014"
    code = beijing + CreditCode.check_character(beijing)
    fault, _ = fault_of(warning(companyCode=code, areaCode=None), WARNING)
    assert fault is RecordFault.OUTSIDE_PROVINCE
    assert reader().warning(warning(companyCode=code)).company_code == code


def test_an_area_of_twelve_digits_is_cut_and_a_local_region_comes_back_only_by_the_table() -> None:
    assert reader().problem(PATROL, problem(PATROL, areaCode="610526001002")).area_code == "610526"
    assert reader().problem(PATROL, problem(PATROL, areaCode="610403")).area_code == "610403"
    mapped = reader(changed(inbound__local_regions={"610403": "611100"}))
    assert mapped.problem(PATROL, problem(PATROL, areaCode="610403000000")).area_code == "611100"
    assert mapped.problem(PATROL, problem(PATROL, areaCode="610100")).area_code == "610100"


def test_unknown_keys_are_ignored_and_a_credit_code_is_normalised() -> None:
    found = reader().warning(warning(companyCode=COMPANY.lower(), mood="good", deepNote={"a": [1]}))
    assert found.company_code == COMPANY


def test_an_end_without_a_reason_has_a_sentence() -> None:
    assert reader().warning(warning(endTime="20261130110000")).ended == ENDED
    assert reader().warning(warning(endTime="20261130110000", endReason="复核解除")).ended == "复核解除"
    assert reader().warning(warning(endReason="不算")).ended is None
    assert reader().problem(PATROL, problem(PATROL, deleted="1")).withdrawn == WITHDRAWN
    assert reader().problem(PATROL, problem(PATROL, deleted=None)).withdrawn is None


def test_times_are_instants_of_the_profiles_zone() -> None:
    found = reader().warning(warning(AlertKind.CERTIFICATE, warnTime="20261201000000"))
    assert found.occurred_at == datetime(2026, 11, 30, 16, tzinfo=UTC)
    assert found.expires_on == date(2026, 11, 29)


def test_a_time_can_be_the_version_and_orders() -> None:
    timed = reader(changed(inbound__version="TIME"))
    earlier, later = (
        timed.identity(WARNING, {"id": "a", "version": text})[1]
        for text in ("20261130095959", "20261130100000")
    )
    assert earlier < later == 20261130100000
    for odd in (20261130100000, "19700101000000", "1", None):
        with pytest.raises(UnfitRecord):
            timed.identity(WARNING, {"id": "a", "version": odd})
