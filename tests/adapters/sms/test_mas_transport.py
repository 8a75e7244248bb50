"""CloudMas on a hostile wire: what it says it knows, how long it takes, and what it never gives away."""

from __future__ import annotations

import io
import logging
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import httpx
import pytest
from rich.console import Console
from rich.traceback import Traceback

from yanbao.adapters.sms.mas import ANSWER_LIMIT, CloudMas
from yanbao.application.ports.notice import SmsAccepted, SmsEnquiry, SmsNotSent, SmsOutcomeUnknown, SmsRefused

from ...support.logs import capture_logs
from ...support.patience import PATIENCE, striking_deadlines
from .support import SECRET, RudeServer, a_text, account, answer, drip, silence

Rude = Callable[[Callable[[socket.socket], None]], RudeServer]

YES = {"msgGroup": "77", "rspcod": "success", "success": True}


@pytest.fixture
def closed_port() -> Iterator[str]:
    """An address that refuses: bound, so that nobody else takes it, and never listening."""
    with closing(socket.socket()) as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"


def test_a_proper_answer_is_believed(rude: Rude) -> None:
    server = rude(answer(200, YES))
    with CloudMas(account(server.host + "/")) as mas:
        assert mas.send(a_text()) == SmsAccepted("77")
    (request,) = server.requests
    assert request.startswith(b"POST /sms/norsubmit HTTP/1.1\r\n")
    assert b"connection: close" in request.lower()


def test_a_refused_connection_is_certainly_not_sent(closed_port: str) -> None:
    with CloudMas(account(closed_port)) as mas, pytest.raises(SmsNotSent, match="ConnectError"):
        mas.send(a_text())


def test_a_name_that_nobody_knows_is_certainly_not_sent() -> None:
    with CloudMas(account("http://mas.invalid")) as mas, pytest.raises(SmsNotSent):
        mas.send(a_text())


def test_a_connection_that_never_comes_about_is_certainly_not_sent() -> None:
    # A listener with a full queue answers no further connection attempt.
    with ExitStack() as stack:
        deaf = stack.enter_context(closing(socket.socket()))
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        for _ in range(4):
            knocking = stack.enter_context(closing(socket.socket()))
            knocking.setblocking(False)
            knocking.connect_ex(deaf.getsockname())
        host = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        for seconds in striking_deadlines():
            began = time.monotonic()
            with (
                CloudMas(account(host, timeout=seconds)) as mas,
                pytest.raises((SmsNotSent, SmsOutcomeUnknown), match=r"within|ConnectTimeout") as failed,
            ):
                mas.send(a_text())
            assert time.monotonic() - began < PATIENCE, "TCP itself gives up after two minutes"
            if failed.type is SmsNotSent:
                break
        assert failed.type is SmsNotSent, "nothing can have been sent"


@pytest.mark.parametrize("status", [401, 403, 404, 405])
def test_a_door_that_does_not_open_is_not_sent(rude: Rude, status: int) -> None:
    with (
        CloudMas(account(rude(answer(status, "no")).host)) as mas,
        pytest.raises(SmsNotSent, match=str(status)),
    ):
        mas.send(a_text())


@pytest.mark.parametrize(
    ("status", "may_succeed_later"),
    [(429, True), (411, False), (413, False), (414, False), (415, False), (431, False)],
)
def test_a_status_that_certainly_means_no_is_a_refusal(
    rude: Rude, status: int, may_succeed_later: bool
) -> None:
    with CloudMas(account(rude(answer(status, "no")).host)) as mas:
        verdict = mas.send(a_text())
    assert isinstance(verdict, SmsRefused)
    assert (verdict.code, verdict.may_succeed_later) == (f"HTTP_{status}", may_succeed_later)


@pytest.mark.parametrize("status", [201, 204, 302, 307, 400, 409, 500, 502, 503, 504])
def test_any_other_status_says_nothing_for_certain(rude: Rude, status: int) -> None:
    server = rude(answer(status, "" if status == 204 else YES, "Location: /elsewhere"))
    with CloudMas(account(server.host)) as mas, pytest.raises(SmsOutcomeUnknown, match=f"HTTP {status}"):
        mas.send(a_text())
    assert len(server.requests) == 1, "a redirect must not be followed"


def test_a_dropped_connection_leaves_the_outcome_unknown(rude: Rude) -> None:
    with CloudMas(account(rude(lambda connection: None).host)) as mas, pytest.raises(SmsOutcomeUnknown):
        mas.send(a_text())


@pytest.mark.parametrize(
    "behaviour",
    [
        silence,
        drip(b"HTTP/1.1 200 OK\r\n", b"X-More: 1\r\n"),
        drip(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", b" "),
        drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
        drip(b'HTTP/1.1 200 OK\r\n\r\n{"msgGroup":"77","rspcod":"success","success":true}', b" "),
    ],
    ids=["silence", "head", "counted body", "chunked body", "body until the end of the connection"],
)
def test_however_slowly_the_answer_comes_the_call_ends_on_time(
    rude: Rude, behaviour: Callable[[socket.socket], None]
) -> None:
    host = rude(behaviour).host
    for seconds in striking_deadlines():
        began = time.monotonic()
        with (
            CloudMas(account(host, timeout=seconds)) as mas,
            pytest.raises((SmsOutcomeUnknown, SmsNotSent)) as failed,
        ):
            mas.send(a_text())
        assert seconds - 0.05 < time.monotonic() - began < PATIENCE
        if failed.type is SmsOutcomeUnknown and f"within {seconds:g} s" in failed.value.reason:
            return
    raise failed.value


def test_an_endless_answer_is_left_after_64_kib(rude: Rude) -> None:
    endless = drip(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"2000\r\n" + b" " * 8192 + b"\r\n", 0
    )
    with (
        CloudMas(account(rude(endless).host)) as mas,
        pytest.raises(SmsOutcomeUnknown, match=str(ANSWER_LIMIT)),
    ):
        mas.send(a_text())


def test_a_client_of_the_house_is_used_and_left_open(rude: Rude) -> None:
    server = rude(answer(200, YES))
    with httpx.Client(trust_env=False, headers={"X-House": "ours"}) as client:
        with CloudMas(account(server.host), client=client) as mas:
            assert mas.send(a_text()) == SmsAccepted("77")
        assert not client.is_closed
    assert b"x-house: ours" in server.requests[0].lower()


def test_a_client_that_trusts_the_environment_is_refused() -> None:
    with httpx.Client() as trusting, pytest.raises(ValueError, match="trust_env"):
        CloudMas(account("http://mas.example"), client=trusting)


def test_a_proxy_in_the_environment_is_ignored(
    rude: Rude, closed_port: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, closed_port)
    with CloudMas(account(rude(answer(200, YES)).host)) as mas:
        assert mas.send(a_text()) == SmsAccepted("77")


@pytest.mark.parametrize(
    "behaviour",
    [
        answer(500, {"found": False}),
        answer(404, {"found": False}),
        answer(200, "<html>"),
        answer(200, {"rspcod": "IllegalMac", "success": False}),
        answer(200, {"found": "false"}),
        lambda connection: None,
    ],
    ids=["500", "404", "html", "refused", "not a boolean", "dropped"],
)
def test_an_enquiry_without_a_clear_answer_cannot_say_and_is_logged(
    rude: Rude, behaviour: Callable[[socket.socket], None]
) -> None:
    sms = a_text()
    with CloudMas(account(rude(behaviour).host)) as mas, capture_logs() as lines:
        assert mas.enquire(sms) is SmsEnquiry.CANNOT_SAY
    assert [(line["event"], line["sms"]) for line in lines] == [("sms.enquiry_failed", str(sms.id))]


def test_without_an_enquiry_path_nobody_is_asked(rude: Rude) -> None:
    server = rude(answer(200, {"found": True}))
    with CloudMas(account(server.host, enquiry_path=None)) as mas:
        assert mas.enquire(a_text()) is SmsEnquiry.CANNOT_SAY
    assert server.requests == []


def test_the_secret_is_in_no_error_no_log_and_no_traceback_with_locals(
    rude: Rude, closed_port: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    shown = io.StringIO()
    console = Console(file=shown, width=400)
    echo = rude(lambda c: c.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + f'{{"rspcod":"{SECRET}"}}'.encode()))
    cut = rude(lambda connection: None)
    with capture_logs() as lines:
        for host in (echo.host, cut.host, closed_port):
            with CloudMas(account(host)) as mas:
                mas.enquire(a_text())
                with pytest.raises((SmsNotSent, SmsOutcomeUnknown)) as failed:
                    mas.send(a_text())
                error = failed.value
                console.print(
                    Traceback.from_exception(
                        type(error), error, error.__traceback__, show_locals=True, locals_max_string=9999
                    )
                )
                shown.write(f"{error!r} {error.reason} {mas!r}")
    everything = shown.getvalue() + caplog.text + str(lines)
    assert "SmsOutcomeUnknown" in everything
    assert "SmsNotSent" in everything
    assert SECRET not in everything
    assert "eyJlY05hbWUi" not in everything, "the body in Base64 holds the secret, too"


@pytest.mark.parametrize("failure", [httpx.ConnectError, httpx.WriteError])
def test_a_failure_beneath_that_holds_the_body_is_cut_off_from_the_error(
    failure: type[httpx.HTTPError],
) -> None:
    class Breaking(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            held = request.read()
            raise failure(f"broke after {len(held)} bytes")

    with httpx.Client(transport=Breaking(), trust_env=False) as client:
        mas = CloudMas(account("http://mas.example"), client=client)
        with pytest.raises((SmsNotSent, SmsOutcomeUnknown)) as failed:
            mas.send(a_text())
    shown = io.StringIO()
    error = failed.value
    Console(file=shown, width=400).print(
        Traceback.from_exception(
            type(error), error, error.__traceback__, show_locals=True, locals_max_string=9999
        )
    )
    assert "broke after" in shown.getvalue()
    assert "eyJlY05hbWUi" not in shown.getvalue()
