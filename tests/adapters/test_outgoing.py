"""A POST ends on time whatever its transport does, and is never wrong about whether a byte has left.

How it behaves on a hostile wire is tested with those who send: tests/adapters/ministry and tests/adapters/sms.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import httpx
import pytest

from yanbao.adapters.outgoing import NoAnswer, RawAnswer, new_client, post

from ..support.patience import FOR_EVER, PATIENCE, striking_deadlines, until


class Transport(httpx.BaseTransport):
    """Behaves as told, and keeps what was raised in it."""

    def __init__(self, behave: Callable[[httpx.Request], httpx.Response]) -> None:
        self._behave = behave
        self.raised: list[Exception] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        try:
            return self._behave(request)
        except Exception as error:
            self.raised.append(error)
            raise


def posted(behave: Callable[[httpx.Request], httpx.Response], seconds: float = PATIENCE) -> RawAnswer:
    with new_client(transport=Transport(behave)) as client:
        return post(client, "http://outside.test/in", b"body", {"X-Ours": "1"}, seconds=seconds, limit=100)


def no_answer(behave: Callable[[httpx.Request], httpx.Response], seconds: float = PATIENCE) -> NoAnswer:
    with pytest.raises(NoAnswer) as failed:
        posted(behave, seconds)
    return failed.value


def fails(error: type[httpx.HTTPError]) -> Callable[[httpx.Request], httpx.Response]:
    def behave(request: httpx.Request) -> httpx.Response:
        raise error("as told")

    return behave


def test_an_answer_comes_back_whole() -> None:
    def behave(request: httpx.Request) -> httpx.Response:
        assert (request.method, request.read(), request.headers["X-Ours"]) == ("POST", b"body", "1")
        assert request.headers["Accept-Encoding"] == "identity"
        assert request.headers["Connection"] == "close"
        return httpx.Response(503, headers={"Retry-After": "7"}, stream=httpx.ByteStream(b"later"))

    assert posted(behave) == RawAnswer(503, "7", b"later")
    assert "later" not in repr(posted(behave)), "an answer may quote a secret"


@pytest.mark.parametrize("error", [httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout])
def test_a_failure_to_connect_has_sent_nothing(error: type[httpx.HTTPError]) -> None:
    failed = no_answer(fails(error))
    assert (failed.left, failed.answered) == (False, None)
    assert failed.reason == f"{error.__name__}: as told"


@pytest.mark.parametrize("error", [httpx.WriteError, httpx.ReadError, httpx.RemoteProtocolError])
def test_a_failure_after_that_may_have_sent_something(error: type[httpx.HTTPError]) -> None:
    assert no_answer(fails(error)).left


def test_an_answer_that_is_too_long_says_which_status_it_had() -> None:
    failed = no_answer(lambda request: httpx.Response(200, stream=httpx.ByteStream(b"x" * 101)))
    assert (failed.left, failed.answered) == (True, 200)
    assert posted(lambda request: httpx.Response(200, stream=httpx.ByteStream(b"x" * 100))).body == b"x" * 100


def test_a_transport_that_does_not_report_is_never_believed_to_have_sent_nothing() -> None:
    released = threading.Event()

    def slow(request: httpx.Request) -> httpx.Response:
        released.wait(FOR_EVER)
        return httpx.Response(200)

    assert no_answer(slow, seconds=0.05).left
    released.set()


def test_a_request_that_would_leave_after_the_deadline_is_stopped() -> None:
    released = threading.Event()

    def slow_to_connect(request: httpx.Request) -> httpx.Response:
        trace = request.extensions["trace"]
        trace("connection.connect_tcp.started", {})
        released.wait(FOR_EVER)
        trace("http11.send_request_headers.started", {})
        return httpx.Response(200)

    for seconds in striking_deadlines():
        transport = Transport(slow_to_connect)
        with new_client(transport=transport) as client, pytest.raises(NoAnswer) as failed:
            post(client, "http://outside.test", b"", {}, seconds=seconds, limit=100)
        if failed.value.reason.startswith("not connected"):
            break
    assert not failed.value.left, failed.value
    released.set()
    until(lambda: transport.raised)
    assert isinstance(transport.raised[0], NoAnswer), "the caller was told that nothing has left"


def test_a_mistake_of_ours_is_raised_as_it_is() -> None:
    def broken(request: httpx.Request) -> httpx.Response:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        posted(broken)


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    asked: list[str] = []

    def elsewhere(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(307, headers={"Location": "/elsewhere"}, stream=httpx.ByteStream(b""))

    assert posted(elsewhere).status == 307
    assert asked == ["http://outside.test/in"]
