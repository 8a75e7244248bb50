"""Who may deliver, and what is refused before anything is stored: each refusal counted, none expensive."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator
from dataclasses import replace
from time import perf_counter, process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from yanbao.adapters.ministry import receive
from yanbao.adapters.ministry.refusing import MOST_BYTES, Refusal, wording
from yanbao.adapters.ministry.shipped import DEFAULT_PROFILE
from yanbao.application.ports.inbound import DeliveryAnswer, RecordAnswer
from yanbao.application.ports.unavailable import RETRY_AFTER_SECONDS, Unavailable
from yanbao.domain.exchange.inbound import InboundKind, RecordFault

from ...support.logs import capture_logs
from .receiving import PATH, SECRET, WARNING, Reception, said

BODY = b'{"msgId":"m-1","msgType":"WARNING","data":[{"id":"YJ-1"}]}'


def test_an_authentic_message_is_handed_on_as_it_came() -> None:
    reception = Reception()
    headers = reception.signed(BODY)
    answer = reception.post(BODY, headers)
    assert said(answer) == (200, "0")
    assert answer.json()["data"] == {"success": ["YJ-1"], "fail": []}
    (delivery,) = reception.received
    assert (delivery.kind, delivery.raw, delivery.nonce) == (WARNING, BODY, headers["X-Nonce"])
    assert delivery.headers == {name: text for name, text in headers.items() if name != "Content-Type"}
    assert reception.counted == []


@pytest.mark.parametrize("kind", InboundKind)
def test_each_kind_has_its_address(kind: InboundKind) -> None:
    reception = Reception()
    path = DEFAULT_PROFILE.inbound.path(kind)
    assert reception.post(BODY, reception.signed(BODY, path=path), path=path).status_code == 200
    assert [delivery.kind for delivery in reception.received] == [kind]


def test_what_was_refused_of_a_message_is_told_record_by_record() -> None:
    reception = Reception()
    reception.answer = DeliveryAnswer(
        "m-1",
        (
            RecordAnswer("A", None, ""),
            RecordAnswer("B", RecordFault.UNKNOWN_CODE, "字段rank的代码不在代码表内"),
        ),
    )
    told = reception.post(BODY).json()
    assert told["data"]["success"] == ["A"]
    ((fail),) = told["data"]["fail"]
    assert (fail["id"], fail["msg"]) == ("B", "字段rank的代码不在代码表内")


def test_a_message_whose_id_or_nonce_came_with_other_content_conflicts() -> None:
    reception = Reception()
    reception.answer = DeliveryAnswer("m-1", conflicting=True)
    assert said(reception.post(BODY))[0] == 409


def test_an_authentic_message_that_cannot_be_read_is_told_so() -> None:
    reception = Reception()
    reception.answer = DeliveryAnswer(None, unreadable="not JSON")
    assert said(reception.post(b"no json"))[0] == 400
    assert len(reception.received) == 1


@pytest.mark.parametrize("skew", [-300, 300])
def test_a_time_on_the_edge_of_the_window_is_accepted(skew: float) -> None:
    reception = Reception()
    assert reception.post(BODY, reception.signed(BODY, skew=skew)).status_code == 200


@pytest.mark.parametrize("skew", [-301, 301, -(10**9)])
def test_a_time_outside_the_window_is_refused(skew: float) -> None:
    reception = Reception()
    assert said(reception.post(BODY, reception.signed(BODY, skew=skew))) == (401, "A401")
    assert (reception.received, reception.counted) == ([], ["OUTSIDE_WINDOW"])


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"X-Signature": ""}, "INCOMPLETE"),
        ({"X-Nonce": "short"}, "INCOMPLETE"),
        ({"X-Nonce": "n" * 65}, "INCOMPLETE"),
        ({"X-Timestamp": "now"}, "INCOMPLETE"),
        ({"X-Timestamp": "9" * 13}, "INCOMPLETE"),
        ({"X-App-Id": "somebody"}, "UNKNOWN_APP"),
        ({"X-Signature": "0" * 64}, "WRONG_SIGNATURE"),
        ({"X-Signature": "é"}, "WRONG_SIGNATURE"),
        ({"X-Nonce": "a-different-nonce"}, "WRONG_SIGNATURE"),
    ],
)
def test_headers_that_are_not_in_order_are_refused(changes: dict[str, str], reason: str) -> None:
    reception = Reception()
    headers = {**reception.signed(BODY), **changes}
    raw = {name: text.encode("latin-1") for name, text in headers.items()}
    assert said(reception.post(BODY, raw)) == (401, "A401")  # type: ignore[arg-type]
    assert (reception.received, reception.counted) == ([], [reason])


def test_a_signature_of_another_secret_path_or_method_is_refused() -> None:
    reception = Reception()
    other = Reception(keys=replace(reception.keys, secret=SECRET + b"x")).signed(BODY)
    elsewhere = reception.signed(BODY, path=PATH + "/")
    got = reception.wire().headers(method="PUT", path=PATH, body=BODY) | {"Content-Type": "application/json"}
    for headers in (other, elsewhere, got):
        assert said(reception.post(BODY, headers)) == (401, "A401")
    assert (reception.received, reception.counted) == ([], ["WRONG_SIGNATURE"] * 3)


def test_the_query_is_signed_too() -> None:
    reception = Reception()
    assert said(reception.post(BODY, reception.signed(BODY), path=PATH + "?a=1"))[0] == 401
    headers = reception.signed(BODY, path=PATH + "?a=1")
    assert reception.post(BODY, headers, path=PATH + "?a=1").status_code == 200


@settings(max_examples=150, deadline=None)
@given(at=some.integers(0, len(BODY) * 8 - 1), what=some.sampled_from(["body", "X-Signature", "X-Timestamp"]))
def test_a_flipped_bit_anywhere_is_refused(at: int, what: str) -> None:
    reception = Reception()
    headers, body = reception.signed(BODY), BODY
    if what == "body":
        body = _flipped(BODY, at)
    else:
        headers[what] = _flipped(headers[what].encode(), at).decode("latin-1")
    raw = {name: text.encode("latin-1") for name, text in headers.items()}
    assert said(reception.post(body, raw)) == (401, "A401")  # type: ignore[arg-type]
    assert reception.received == []


def _flipped(raw: bytes, at: int) -> bytes:
    at %= len(raw) * 8
    return raw[: at // 8] + bytes([raw[at // 8] ^ (1 << at % 8)]) + raw[at // 8 + 1 :]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_another_method_is_refused(method: str) -> None:
    reception = Reception()
    answer = reception.post(b"", {}, method=method)
    assert (said(answer), answer.headers["allow"]) == ((405, "A400"), "POST")
    assert reception.counted == ["METHOD"]


@pytest.mark.parametrize(
    "given_type", ["", "text/plain", "application/x-www-form-urlencoded", "application/jsonx"]
)
def test_another_content_type_is_refused(given_type: str) -> None:
    reception = Reception()
    assert said(reception.post(BODY, {**reception.signed(BODY), "Content-Type": given_type}))[0] == 415


def test_a_content_type_may_name_its_charset() -> None:
    reception = Reception()
    headers = {**reception.signed(BODY), "Content-Type": "application/json; charset=UTF-8"}
    assert reception.post(BODY, headers).status_code == 200


def test_a_compressed_body_is_refused_and_never_unpacked() -> None:
    reception = Reception()
    bomb = gzip.compress(b" " * 50_000_000)
    headers = {**reception.signed(bomb), "Content-Encoding": "gzip"}
    began = process_time()
    assert said(reception.post(bomb, headers)) == (415, "A400")
    assert process_time() - began < 0.5
    assert (reception.received, reception.counted) == ([], ["CONTENT_ENCODING"])


def test_exactly_the_largest_body_is_received() -> None:
    reception = Reception()
    body = b" " * MOST_BYTES
    assert reception.post(body).status_code == 200
    assert len(reception.received[0].raw) == MOST_BYTES


@pytest.mark.parametrize("declared", [True, False])
def test_a_byte_more_is_refused(declared: bool) -> None:
    reception = Reception()
    body = b" " * (MOST_BYTES + 1)

    async def parts() -> AsyncIterator[bytes]:
        for at in range(0, len(body), 65_536):
            yield body[at : at + 65_536]

    answer = reception.post(body if declared else parts, reception.signed(body))
    assert (said(answer), reception.received) == ((413, "A413"), [])
    assert reception.counted == ["TOO_LARGE"]


def test_an_endless_body_ends_at_the_limit() -> None:
    reception = Reception()
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 65_536
            yield b" " * 65_536

    assert said(reception.post(endless, reception.signed(b"")))[0] == 413
    assert sent <= MOST_BYTES + receive.THROWN_AWAY + 3 * 65_536


def test_a_slow_body_ends_at_its_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receive, "RECEIVING_SECONDS", 0.1)
    reception = Reception()

    async def drip() -> AsyncIterator[bytes]:
        while True:
            yield b"{"
            await asyncio.sleep(0.02)

    began = perf_counter()
    assert said(reception.post(drip, reception.signed(b"{"))) == (408, "A400")
    assert perf_counter() - began < 5
    assert reception.counted == ["TOO_SLOW"]


def test_unverified_bodies_together_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receive, "MOST_BYTES_UNVERIFIED", 1000)
    reception = Reception()
    answer = reception.post(b" " * 1001)
    assert said(answer) == (503, "A503")
    assert answer.headers["retry-after"] == str(RETRY_AFTER_SECONDS)
    assert reception.post(b" " * 1000).status_code == 200


def test_without_a_database_the_ministry_is_told_to_send_again() -> None:
    reception = Reception(fails_with=Unavailable("the database is away"))
    answer = reception.post(BODY)
    assert said(answer) == (503, "A503")
    assert answer.headers["retry-after"] == str(RETRY_AFTER_SECONDS)


def test_what_nobody_expected_is_masked_and_counted() -> None:
    reception = Reception(fails_with=RuntimeError("SELECT secret"))
    answer = reception.post(BODY)
    assert said(answer) == (500, "A503") and "SELECT" not in answer.text
    assert reception.counted == ["FAILED"]


def test_refusals_are_logged_the_first_and_every_tenfold_time() -> None:
    reception = Reception()
    with capture_logs() as logs:
        for _ in range(12):
            reception.post(BODY, {"Content-Type": "application/json"})
    assert [line["times_since_start"] for line in logs if line["event"] == "inbound.refused"] == [1, 10]
    assert reception.refusals.so_far() == {"INCOMPLETE": 12}


def test_a_refused_megabyte_costs_little() -> None:
    reception = Reception()
    body = b"[" * MOST_BYTES
    headers = {**reception.signed(body), "X-Signature": "0" * 64}
    best = min(_seconds(reception, body, headers) for _ in range(3))
    assert best < 0.05, "no JSON is parsed before the signature is known"


def _seconds(reception: Reception, body: bytes, headers: dict[str, str]) -> float:
    began = process_time()
    assert said(reception.post(body, headers))[0] == 401
    return process_time() - began


@pytest.mark.parametrize("refusal", Refusal)
def test_every_refusal_has_its_wording(refusal: Refusal) -> None:
    said_of_it = wording(refusal, DEFAULT_PROFILE)
    assert 400 <= said_of_it.status <= 503 and said_of_it.sentence.endswith("。")
