"""HttpMinistry against answers that a well-behaved server would never give, through a transport of the test's own."""

from __future__ import annotations

import gzip
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from yanbao.adapters.ministry.push import ANSWER_LIMIT, HttpMinistry
from yanbao.adapters.ministry.shipped import DEFAULT_PROFILE
from yanbao.adapters.ministry.wire import Wire, WireKeys
from yanbao.application.ports.exchange import PushAnswer, PushFailed

from ...support.logs import capture_logs
from ...support.patience import FOR_EVER, PATIENCE, striking_deadlines
from .support import COMMITMENT, DAY, OTHER, PUSH_PATH, SECRET, record

NOW = 1_795_500_000.0
ONE, TWO = record(), record(credit_code=OTHER)


def ministry(answer: Callable[[httpx.Request], httpx.Response], **more: Any) -> HttpMinistry:
    def streamed(request: httpx.Request) -> httpx.Response:
        # As from a real connection: not read yet.
        whole = answer(request)
        return httpx.Response(whole.status_code, headers=whole.headers, stream=whole.stream)

    return HttpMinistry(
        "http://ministry.test/prefix/",
        keys=WireKeys(secret=SECRET.encode()),
        transport=httpx.MockTransport(streamed),
        wall_clock=lambda: NOW,
        **more,
    )


def pushed(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> PushAnswer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return ministry(lambda _: httpx.Response(status, content=content, headers=headers)).push(
        COMMITMENT, [ONE, TWO]
    )


def verdicts(success: Any = None, fail: Any = None, **more: Any) -> dict[str, Any]:
    return {"code": "0", "msg": "ok", "data": {"success": success, "fail": fail}, **more}


def test_what_is_sent_is_signed_over_the_path_and_body_on_the_wire() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=verdicts([str(ONE.id), str(TWO.id)], []))

    assert ministry(answer).push(COMMITMENT, [ONE, TWO]).accepted == {ONE.id, TWO.id}
    (request,) = seen
    assert str(request.url) == f"http://ministry.test/prefix{PUSH_PATH}"
    wire = Wire(DEFAULT_PROFILE, WireKeys(secret=SECRET.encode()), lambda: NOW)
    path = "/prefix" + PUSH_PATH
    assert wire.believe(request.headers, method="POST", path=path, body=request.content)
    message = json.loads(request.content)
    assert list(message) == ["msgId", "msgType", "areaCode", "sendTime", "data"]
    assert message["sendTime"] == datetime.fromtimestamp(NOW + 8 * 3600, UTC).strftime("%Y%m%d%H%M%S")
    assert "今日在产" in request.content.decode()


def test_an_id_that_the_answer_forgets_may_succeed_later() -> None:
    answer = pushed(verdicts([str(ONE.id)], []))
    assert answer.accepted == {ONE.id}
    assert [(one.id, one.code, one.may_succeed_later) for one in answer.refused] == [
        (TWO.id, "NO_ANSWER", True)
    ]


def test_refused_wins_over_accepted() -> None:
    both = [str(ONE.id), str(TWO.id)]
    answer = pushed(verdicts(both, [{"id": str(TWO.id), "code": "R102", "msg": "格式错误"}]))
    assert answer.accepted == {ONE.id}
    assert [(one.id, one.code) for one in answer.refused] == [(TWO.id, "R102")]


def test_foreign_and_malformed_ids_are_logged_and_change_nothing() -> None:
    foreign = str(uuid4())
    success = [str(ONE.id), str(TWO.id).upper(), foreign, "no-uuid", 7, None]
    with capture_logs() as logs:
        answer = pushed(verdicts(success, [{"id": foreign, "code": "R102"}, "R102", {}]))
    assert (answer.accepted, answer.refused) == ({ONE.id, TWO.id}, ())
    assert [line["event"] for line in logs].count("ministry.foreign_id_in_answer") == 7


def test_an_unknown_record_code_is_logged() -> None:
    with capture_logs() as logs:
        answer = pushed(verdicts([str(ONE.id)], [{"id": str(TWO.id), "code": 77, "msg": None}]))
    assert [(one.code, one.sentence, one.may_succeed_later) for one in answer.refused] == [("77", "", True)]
    assert {"event": "ministry.unknown_record_code", "code": "77", "log_level": "warning"} in logs


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        (b"<html>busy</html>", 200, "not JSON"),
        (b"", 200, "not JSON"),
        (b'{"code": "0", "data": {"succ', 200, "not JSON"),
        (b"[" * 100_000, 200, "not JSON"),
        (b"\xff\xfe\x00", 200, "not JSON"),
        ([], 200, "no envelope"),
        ({"msg": "hello"}, 200, "no envelope"),
        ({"code": None}, 200, "no envelope"),
        ({"code": "0"}, 200, "names no records"),
        ({"code": "0", "data": None}, 200, "names no records"),
        ({"code": "0", "data": {}}, 200, "names no records"),
        ({"code": "0", "data": {"success": "all"}}, 200, "names no records"),
        ({"code": "0", "data": {"success": [], "fail": {"id": 1}}}, 200, "names no records"),
        ({"code": "B900", "msg": "内部错误"}, 200, "refused with code B900: 内部错误"),
        ({"code": 500, "msg": "内部错误"}, 200, "refused with code 500: 内部错误"),
        ({"code": "A401", "msg": "签名校验失败"}, 401, "HTTP 401, code A401: 签名校验失败"),
        (b"Bad Gateway", 502, "HTTP 502, and the answer is not JSON"),
        (b"", 302, "HTTP 302"),
        (verdicts([str(ONE.id)], []), 201, "HTTP 201, code 0"),
    ],
)
def test_an_answer_that_cannot_be_used_fails_the_whole_batch(body: Any, status: int, reason: str) -> None:
    with pytest.raises(PushFailed) as failed:
        pushed(body, status, {"Location": "http://elsewhere.test/"})
    assert reason in failed.value.reason
    assert failed.value.answered == status
    assert failed.value.message_id
    assert SECRET not in repr(failed.value)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0.0),
        ("120", 120.0),
        (format_datetime(datetime.fromtimestamp(NOW + 90, UTC), usegmt=True), 90.0),
        (format_datetime(datetime.fromtimestamp(NOW - 90, UTC), usegmt=True), 0.0),
        ("Sun, 06 Nov 2036 08:49:37", pytest.approx(2_109_574_177 - NOW)),
        ("-5", None),
        ("soon", None),
        ("9" * 400, None),
        (None, None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(header: str | None, seconds: float | None) -> None:
    headers = {} if header is None else {"Retry-After": header}
    with pytest.raises(PushFailed) as failed:
        pushed(b"busy", 429, headers)
    assert failed.value.retry_after == seconds


def test_retry_after_counts_beside_a_business_error_too() -> None:
    with pytest.raises(PushFailed) as failed:
        pushed({"code": "B429", "msg": "限流"}, 200, {"Retry-After": "30"})
    assert failed.value.retry_after == 30.0


def test_an_answer_of_the_longest_length_is_read_and_one_byte_more_is_not() -> None:
    whole = json.dumps(verdicts([str(ONE.id), str(TWO.id)], [])).encode()
    assert pushed(whole.ljust(ANSWER_LIMIT)).accepted == {ONE.id, TWO.id}
    with pytest.raises(PushFailed, match="longer than 1048576 bytes"):
        pushed(whole.ljust(ANSWER_LIMIT + 1))


def pages(*answers: dict[str, Any]) -> HttpMinistry:
    left = list(answers)
    return ministry(lambda _: httpx.Response(200, json={"code": "0", "data": left.pop(0)}))


def test_receipts_are_gathered_over_pages_whatever_else_is_among_them() -> None:
    mine = [{"id": str(ONE.id), "digest": "AB"}, {"id": str(TWO.id), "digest": "cd"}]
    spare: list[Any] = [{"id": "serial-7", "digest": "ef"}, {"id": str(uuid4())}, "x"]
    with capture_logs() as logs:
        held = pages(
            {"total": 5, "receipts": [mine[0], *spare]}, {"total": 5, "receipts": mine[1:]}
        ).receipts(COMMITMENT, DAY)
    assert {one.id: one.digest for one in held} == {ONE.id: "ab", TWO.id: "cd"}
    assert [line["event"] for line in logs] == ["ministry.foreign_receipt"] * 3


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        (
            [{"total": 3, "receipts": [{"id": "a"}]}, {"total": 3, "receipts": []}],
            "1 receipts read on 2 pages",
        ),
        ([{"total": 0, "receipts": [{"id": "a"}]}], "another total announced"),
        ([{"total": "many", "receipts": []}], "no page of receipts"),
        ([{"receipts": []}], "no page of receipts"),
        ([{"total": 1, "receipts": None}], "no page of receipts"),
    ],
)
def test_pages_that_do_not_add_up_prove_nothing(answers: list[dict[str, Any]], reason: str) -> None:
    with pytest.raises(PushFailed, match=reason):
        pages(*answers).receipts(COMMITMENT, DAY)


def test_receipts_have_one_deadline_for_all_their_pages() -> None:
    def slow(request: httpx.Request) -> httpx.Response:
        time.sleep(0.1)
        row = {"id": str(uuid4()), "digest": "ab"}
        return httpx.Response(200, json={"code": "0", "data": {"total": 1_000_000, "receipts": [row]}})

    started = time.monotonic()
    with pytest.raises(PushFailed, match="within"):
        ministry(slow, seconds=PATIENCE, receipts_seconds=0.35).receipts(COMMITMENT, DAY)
    assert time.monotonic() - started < PATIENCE


@contextmanager
def server(behave: Callable[[socket.socket], None], *, reads_first: bool = True) -> Iterator[str]:
    """A server of one connection that behaves as told, after a first read of the request; its address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with suppress(OSError):  # The client hangs up on us: that is what these tests are about.
                line, _ = listening.accept()
                with line:
                    if reads_first:
                        line.recv(65_536)
                    behave(line)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        listening.shutdown(socket.SHUT_RDWR)  # It may be that nobody has come.
    thread.join(PATIENCE)
    assert not thread.is_alive(), "the client left its connection open"


def drop_by_drop(line: socket.socket, drop: bytes) -> None:
    ends = time.monotonic() + FOR_EVER
    while time.monotonic() < ends:
        line.sendall(drop)
        time.sleep(0.05)


def drip(line: socket.socket) -> None:
    drop_by_drop(line, b"H")


def silence(line: socket.socket) -> None:
    line.settimeout(FOR_EVER)
    while line.recv(65_536):
        pass


def drip_headers(line: socket.socket) -> None:
    line.sendall(b"HTTP/1.1 200 OK\r\n")
    drop_by_drop(line, b"X: y\r\n")


def drip_body(line: socket.socket) -> None:
    line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    drip(line)


@pytest.mark.parametrize("behave", [drip, drip_headers, drip_body, silence])
def test_a_server_that_drips_or_says_nothing_is_cut_off_at_the_deadline(
    behave: Callable[[socket.socket], None],
) -> None:
    for seconds in striking_deadlines():
        with server(behave) as url:
            started = time.monotonic()
            with pytest.raises(PushFailed) as failed:
                HttpMinistry(url, keys=WireKeys(secret=b"s"), seconds=seconds).push(COMMITMENT, [ONE])
            assert seconds - 0.05 < time.monotonic() - started < PATIENCE
        if f"no whole answer within {seconds:g} s" in failed.value.reason:
            return
    raise failed.value


def own_certificate(folder: Path) -> Path:
    """A key and a self-signed certificate for 127.0.0.1, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    pem = serialization.Encoding.PEM
    bare = serialization.NoEncryption()
    file.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, bare) + certificate.public_bytes(pem)
    )
    return file


def test_the_deadline_holds_over_tls_and_a_certificate_is_checked(tmp_path: Path) -> None:
    pem = own_certificate(tmp_path)
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    theirs.load_cert_chain(pem)

    def drip_over_tls(line: socket.socket) -> None:
        with theirs.wrap_socket(line, server_side=True) as safe:
            safe.recv(65_536)
            drip_headers(safe)

    trusting = ssl.create_default_context(cafile=pem)
    for seconds in striking_deadlines():
        with server(drip_over_tls, reads_first=False) as url:
            started = time.monotonic()
            with pytest.raises(PushFailed) as failed:
                HttpMinistry(
                    url.replace("http", "https"), keys=WireKeys(secret=b"s"), seconds=seconds, tls=trusting
                ).push(COMMITMENT, [ONE])
            assert seconds - 0.05 < time.monotonic() - started < PATIENCE
        if f"no whole answer within {seconds:g} s" in failed.value.reason:
            break
    assert "no whole answer within" in failed.value.reason
    with (
        server(drip_over_tls, reads_first=False) as url,
        pytest.raises(PushFailed, match="CERTIFICATE_VERIFY_FAILED"),
    ):
        HttpMinistry(url.replace("http", "https"), keys=WireKeys(secret=b"s"), seconds=PATIENCE).push(
            COMMITMENT, [ONE]
        )


def test_a_compressed_answer_is_not_unpacked() -> None:
    # Two kilobytes may unpack to gigabytes; we ask for none and so take none.
    packed = gzip.compress(json.dumps(verdicts([str(ONE.id), str(TWO.id)], [])).encode())
    with pytest.raises(PushFailed, match="not JSON"):
        pushed(packed, headers={"Content-Encoding": "gzip"})


def test_nobody_listening_is_a_failure_with_its_reason() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with pytest.raises(PushFailed) as failed:
        HttpMinistry(f"http://127.0.0.1:{port}", keys=WireKeys(secret=b"s")).push(COMMITMENT, [ONE])
    assert (failed.value.answered, failed.value.retry_after) == (None, None)
    assert failed.value.reason.startswith("ConnectError")


def test_a_proxy_in_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    body = json.dumps(verdicts([str(ONE.id)], [])).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with server(lambda line: line.sendall(head + body)) as url:
        assert HttpMinistry(url, keys=WireKeys(secret=b"s")).push(COMMITMENT, [ONE]).accepted == {ONE.id}


@pytest.mark.parametrize(
    "address", ["", "ministry.test", "ftp://ministry.test", "http://a:b@ministry.test", "http://m.test/?x=1"]
)
def test_an_address_that_is_none_is_refused_at_the_start(address: str) -> None:
    with pytest.raises(ValueError, match="address"):
        HttpMinistry(address, keys=WireKeys(secret=b"s"))


def test_an_empty_secret_is_refused_and_a_given_one_not_shown() -> None:
    with pytest.raises(ValueError, match="secret of the signature is missing or empty"):
        HttpMinistry("http://ministry.test", keys=WireKeys(secret=b""))
    assert SECRET not in repr(ministry(lambda _: httpx.Response(200)))


def test_a_mistake_of_ours_is_not_taken_for_a_failure_of_theirs() -> None:
    def broken(request: httpx.Request) -> httpx.Response:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        ministry(broken).push(COMMITMENT, [ONE])
