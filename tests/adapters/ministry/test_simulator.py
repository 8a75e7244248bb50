"""The stand-in in its own process: whom it believes, how it misbehaves, what it keeps, what it shows."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from yanbao.adapters.ministry.encryption import Encryption
from yanbao.adapters.ministry.shipped import DEFAULT_PROFILE
from yanbao.adapters.ministry.wire import Wire, WireKeys
from yanbao.application.ports.exchange import PushFailed

from ...support.patience import FOR_EVER, PATIENCE, striking_deadlines, until
from .support import COMMITMENT, COMPANY, DAY, OTHER, PUSH_PATH, SECRET, Simulator, changed, record

pytestmark = pytest.mark.process
BODY = b'{"msgId":"m","msgType":"COMMITMENT","data":[]}'


def headers(*, body: bytes = BODY, skew: float = 0, secret: str = SECRET, app: str = "shaanxi-yanbao") -> Any:
    at = time.time() + skew
    profile = DEFAULT_PROFILE.model_copy(update={"app_id": app})
    wire = Wire(profile, WireKeys(secret=secret.encode()), lambda: at)
    return wire.headers(method="POST", path=PUSH_PATH, body=body)


def said(answer: httpx.Response) -> tuple[int, str, str]:
    return answer.status_code, answer.json()["code"], answer.json()["msg"]


def test_a_replayed_nonce_is_not_believed(simulator: Simulator) -> None:
    once = headers()
    assert said(simulator.client.post(PUSH_PATH, content=BODY, headers=once))[1] == "A403"
    assert said(simulator.client.post(PUSH_PATH, content=BODY, headers=once)) == (
        401,
        "A401",
        "签名校验失败：REPLAYED",
    )


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"secret": "another"}, "WRONG_SIGNATURE"),
        ({"body": BODY + b" "}, "WRONG_SIGNATURE"),
        ({"app": "somebody"}, "UNKNOWN_APP"),
        ({"skew": -400}, "OUTSIDE_WINDOW"),
        ({"skew": 400}, "OUTSIDE_WINDOW"),
    ],
)
def test_a_request_that_is_not_in_order_is_not_believed(
    simulator: Simulator, given: dict[str, Any], fault: str
) -> None:
    answer = simulator.client.post(PUSH_PATH, content=BODY, headers=headers(**given))
    assert said(answer) == (401, "A401", f"签名校验失败：{fault}")
    assert [(line["outcome"], line["body"]) for line in simulator.messages()] == [
        ("refused:A401", BODY.decode())
    ]


def test_an_unsigned_request_is_not_believed(simulator: Simulator) -> None:
    assert said(simulator.client.post(PUSH_PATH, content=BODY))[2] == "签名校验失败：INCOMPLETE"


def test_a_signature_for_another_path_is_not_believed(simulator: Simulator) -> None:
    answer = simulator.client.post("/gateway/v1/receipts", content=BODY, headers=headers())
    assert said(answer)[2] == "签名校验失败：WRONG_SIGNATURE"


def test_a_wrong_secret_or_watch_is_told_to_the_operator(simulator: Simulator) -> None:
    with pytest.raises(PushFailed, match="HTTP 401, code A401: 签名校验失败：WRONG_SIGNATURE") as failed:
        simulator.ministry(secret="another").push(COMMITMENT, [record()])
    assert failed.value.answered == 401
    with pytest.raises(PushFailed, match="OUTSIDE_WINDOW"):
        simulator.ministry(wall_clock=lambda: time.time() - 400).push(COMMITMENT, [record()])
    assert simulator.current() == []


@pytest.mark.parametrize(
    "body",
    [b"no json", b"[]", b'{"msgType":"OTHER","data":[{}]}', b'{"msgType":"COMMITMENT","data":[7]}'],
)
def test_a_signed_message_that_is_none_is_refused_whole(simulator: Simulator, body: bytes) -> None:
    status, code, _ = said(simulator.client.post(PUSH_PATH, content=body, headers=headers(body=body)))
    assert (status, code[:2]) == (400, "A4")


def test_a_message_beyond_the_limit_is_refused(simulator: Simulator) -> None:
    answer = simulator.client.post(PUSH_PATH, content=b" " * (4 * 1024 * 1024 + 1))
    assert said(answer)[:2] == (413, "A413")


@pytest.mark.parametrize(
    ("mode", "reason", "answered", "held"),
    [
        ("http_500", "HTTP 500", 500, 0),
        ("http_503", "HTTP 503", 503, 0),
        ("http_429", "HTTP 429", 429, 0),
        ("html", "not JSON", 200, 0),
        ("endless", "longer than 1048576 bytes", 200, 0),
        ("drop_before", "Error", None, 0),
        ("drop_answer", "Error", None, 1),
        ("business_error", "refused with code B900: 系统内部错误", 200, 0),
    ],
)
def test_every_fault_is_a_failed_push_and_the_next_one_mends_it(
    simulator: Simulator, mode: str, reason: str, answered: int | None, held: int
) -> None:
    simulator.fault(mode)
    platform = simulator.ministry()
    with pytest.raises(PushFailed) as failed:
        platform.push(COMMITMENT, [record()])
    assert reason in failed.value.reason
    assert failed.value.answered == answered
    assert simulator.count()["records"] == held

    assert platform.push(COMMITMENT, [record()]).message_id == failed.value.message_id
    (row,) = simulator.current()
    assert (row["times"], row["digest"]) == (held + 1, platform.digest(COMMITMENT, record()))


@pytest.mark.parametrize(("mode", "answered", "held"), [("timeout", None, 0), ("drip", 200, 1)])
def test_a_push_ends_at_its_deadline_and_the_next_one_mends_it(
    own_simulator: Callable[..., Simulator], mode: str, answered: int | None, held: int
) -> None:
    one = own_simulator()
    for revision, seconds in enumerate(striking_deadlines(), 1):
        told = record(revision=revision)
        one.reset()
        one.fault(mode, times=None)
        started = time.monotonic()
        with pytest.raises(PushFailed) as failed:
            one.ministry(seconds=seconds).push(COMMITMENT, [told])
        assert time.monotonic() - started < PATIENCE
        found = (failed.value.answered, one.count()["records"])
        in_time = f"no whole answer within {seconds:g} s" in failed.value.reason
        if in_time and found == (answered, held) and one.messages():
            break
    assert found == (answered, held)
    assert "no whole answer within" in failed.value.reason

    one.fault("ok")
    platform = one.ministry()
    assert platform.push(COMMITMENT, [told]).message_id == failed.value.message_id
    (row,) = one.current()
    assert (row["times"], row["digest"]) == (held + 1, platform.digest(COMMITMENT, told))


@pytest.mark.parametrize("mode", ["lose", "alter"])
def test_a_fault_of_records_is_answered_with_success_and_spares_enquiries(
    simulator: Simulator, mode: str
) -> None:
    platform = simulator.ministry()
    simulator.fault(mode)
    assert platform.receipts(COMMITMENT, DAY) == []
    assert platform.push(COMMITMENT, [record()]).accepted == {record().id}
    right = [
        one.digest == platform.digest(COMMITMENT, record()) for one in platform.receipts(COMMITMENT, DAY)
    ]
    assert right == ([] if mode == "lose" else [False])


def test_a_fault_lasts_as_often_as_ordered_or_until_it_is_changed(simulator: Simulator) -> None:
    platform = simulator.ministry()
    simulator.fault("http_500", times=None)
    for _ in range(3):
        with pytest.raises(PushFailed):
            platform.push(COMMITMENT, [record()])
    simulator.fault("http_429", times=1, retry_after="Sun, 06 Nov 2050 08:49:37 GMT")
    with pytest.raises(PushFailed) as failed:
        platform.push(COMMITMENT, [record()])
    assert failed.value.retry_after is not None and failed.value.retry_after > 1e6
    assert simulator.client.get("/_control/faults").json()["mode"] == "ok"
    assert platform.push(COMMITMENT, [record()]).accepted


@pytest.mark.parametrize(
    ("path", "order"),
    [
        ("faults", {"mode": "sulk"}),
        ("faults", {"mode": "ok", "times": 0}),
        ("faults", {"mode": "ok", "retry_after": []}),
        ("faults", []),
        ("refuse", {"company_codes": []}),
        ("refuse", {"company_codes": COMPANY}),
    ],
)
def test_an_order_that_makes_no_sense_is_refused_and_changes_nothing(
    simulator: Simulator, path: str, order: Any
) -> None:
    before = simulator.client.get("/_control/faults").json()
    answer = simulator.client.post(f"/_control/{path}", json=order)
    assert (answer.status_code, bool(answer.json()["error"])) == (400, True)
    assert simulator.client.get("/_control/faults").json() == before


def test_an_order_nested_too_deep_is_refused(simulator: Simulator) -> None:
    for path in ("faults", "refuse"):
        answer = simulator.client.post(f"/_control/{path}", content=b"[" * 50_000)
        assert (answer.status_code, answer.json()["error"]) == (400, "the order is nested too deep")


def test_the_control_interface_shows_what_is_held(simulator: Simulator) -> None:
    platform = simulator.ministry()
    platform.push(COMMITMENT, [record(), record(revision=2, status="STOPPED", stop_reason="HOLIDAY")])
    platform.push(
        COMMITMENT, [record(credit_code=OTHER), record(revision=2, credit_code=OTHER, deleted=True)]
    )
    assert simulator.count() == {
        "date": "2026-11-24",
        "records": 4,
        "current": 1,
        "producing": 0,
        "stopped": 1,
    }
    assert simulator.count(date(2026, 1, 1))["records"] == 0
    assert [(row["record"]["companyCode"], row["version"]) for row in simulator.current()] == [
        (COMPANY, 2),
        (OTHER, 2),
    ]
    newest, oldest = simulator.messages()
    assert json.loads(oldest["body"])["data"][0]["companyCode"] == COMPANY
    assert json.loads(newest["answer"])["data"]["fail"] == []
    assert (newest["http_status"], newest["outcome"], newest["seq"] > oldest["seq"]) == (200, "ok", True)
    assert simulator.client.get("/_control/count").status_code == 400


def test_receipts_come_in_pages(simulator: Simulator) -> None:
    platform = simulator.ministry(profile=changed(outbound__receipts_page_size=3))
    records = [record(revision=number) for number in range(1, 8)]
    platform.push(COMMITMENT, records)
    assert [one.id for one in platform.receipts(COMMITMENT, DAY)] == sorted(one.id for one in records)
    asked = [line for line in simulator.messages() if line["path"].endswith("/receipts")]
    assert len(asked) == 3


def test_the_page_is_chinese_self_contained_and_escapes_what_came(simulator: Simulator) -> None:
    assert "还没有数据" in simulator.client.get("/").text
    simulator.ministry().push(
        COMMITMENT, [record(enterprise_name="<script>甲公司</script>"), record(credit_code=OTHER)]
    )
    simulator.ministry().receipts(COMMITMENT, DAY)
    simulator.refuse([OTHER], "R105", "不在名录内")
    simulator.ministry().push(COMMITMENT, [record(credit_code=OTHER)])
    simulator.client.post(PUSH_PATH, content=BODY)
    simulator.fault("http_503", times=5)
    with pytest.raises(PushFailed):
        simulator.ministry().push(COMMITMENT, [record()])
    answer = simulator.client.get("/")
    page = answer.text
    assert "&lt;script&gt;甲公司" in page and "<script" not in page
    for expected in (
        "部级平台模拟器",
        "渭南市",
        "2026-11-24",
        "应答503",
        "还将影响4个报文",
        "回执2条，共2条",
    ):
        assert expected in page
    assert "接收0条，拒收1条：R105 不在名录内" in page
    assert "故障：应答503" in page and "有拒收" in page and "整批拒收 A401" in page
    assert "http://" not in page and "https://" not in page
    assert "张三" not in page
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_what_was_taken_in_survives_a_restart_and_a_nonce_is_not_forgotten(
    own_simulator: Callable[..., Simulator],
) -> None:
    first = own_simulator()
    first.ministry().push(COMMITMENT, [record()])
    once = headers()
    first.client.post(PUSH_PATH, content=BODY, headers=once)
    before = (first.current(), first.messages())
    assert first.end() == (0, "")

    second = own_simulator()
    assert (second.current(), second.messages()) == before
    assert "REPLAYED" in second.client.post(PUSH_PATH, content=BODY, headers=once).text
    assert second.ministry().push(COMMITMENT, [record()]).accepted == {record().id}
    assert [row["times"] for row in second.current()] == [2]


def test_what_was_answered_survives_a_kill(own_simulator: Callable[..., Simulator]) -> None:
    first = own_simulator()
    first.ministry().push(COMMITMENT, [record()])
    first.process.kill()
    first.process.communicate(timeout=PATIENCE)
    assert [row["id"] for row in own_simulator().current()] == [str(record().id)]


def test_it_stops_on_sigterm_while_a_client_hangs(own_simulator: Callable[..., Simulator]) -> None:
    one = own_simulator()
    one.fault("timeout")
    platform = one.ministry(seconds=FOR_EVER)
    with ThreadPoolExecutor(1) as pool:
        hanging = pool.submit(platform.push, COMMITMENT, [record()])
        until(one.messages)
        assert one.end()[0] == 0
        with pytest.raises(PushFailed):
            hanging.result(PATIENCE)


def test_one_platform_serves_many_threads(simulator: Simulator) -> None:
    platform = simulator.ministry()
    batches = [
        [record(credit_code=f"91610500MA6Y{batch:02}{number:04}") for number in range(20)]
        for batch in range(8)
    ]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda batch: platform.push(COMMITMENT, batch), batches))
    assert [len(answer.accepted) for answer in answers] == [20] * 8
    assert simulator.count()["current"] == len(platform.receipts(COMMITMENT, DAY)) == 160


@pytest.mark.parametrize("choice", [Encryption.SM4_GCM, Encryption.AES_CBC])
def test_encrypted_bodies_are_understood_and_plain_or_foreign_ones_refused(
    own_simulator: Callable[..., Simulator], choice: Encryption, tmp_path: Path
) -> None:
    key = bytes(range(16))
    profile = changed(cipher=choice.value)
    file = tmp_path / "profile.json"
    file.write_text(profile.model_dump_json(by_alias=True))
    running = own_simulator("--profile", str(file), env={"MINISTRY_SIMULATOR_BODY_KEY": key.hex()})
    platform = running.ministry(profile=profile, body_key=key)
    assert platform.push(COMMITMENT, [record()]).accepted == {record().id}
    (receipt,) = platform.receipts(COMMITMENT, DAY)
    assert receipt.digest == platform.digest(COMMITMENT, record())
    wire = running.messages()[-1]["body"]
    assert COMPANY not in wire and COMPANY.encode() not in base64.b64decode(json.loads(wire)["data"])
    with pytest.raises(PushFailed, match="A402: 报文未按约定加密"):
        running.ministry().push(COMMITMENT, [record()])
    with pytest.raises(PushFailed, match="HTTP 400, code A40"):
        running.ministry(profile=profile, body_key=bytes(16)).push(COMMITMENT, [record()])
