"""One suite for the mailbox: the in-memory twin, and the HTTP adapter over the stand-in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Protocol

import httpx
import pytest

from yanbao.adapters.ministry.mailbox_twin import TwinMailbox
from yanbao.adapters.ministry.poll import HttpMailbox
from yanbao.adapters.ministry.shipped import DEFAULT_PROFILE
from yanbao.adapters.ministry.wire import Wire, WireKeys
from yanbao.application.ports.inbound import DeliveryAnswer, MailboxFailed, MinistryMailbox, RecordAnswer
from yanbao.domain.exchange.inbound import InboundKind, RecordFault

from .support import COMPANY, SECRET, Simulator

pytestmark = pytest.mark.process
WARNING = InboundKind.WARNING
PAGE = 3


class Platform(Protocol):
    """A mailbox, and the hands to fill and to break it."""

    mailbox: MinistryMailbox

    def lay(self, kind: InboundKind, number: int) -> None: ...

    def fail_next(self, call: str) -> None: ...


class Twin:
    def __init__(self) -> None:
        self.mailbox = self._twin = TwinMailbox(PAGE)

    def lay(self, kind: InboundKind, number: int) -> None:
        self._twin.lay(kind, *(b"{}" for _ in range(number)))

    def fail_next(self, call: str) -> None:
        self._twin.fail_next(call)


class Http:
    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        poll = DEFAULT_PROFILE.inbound.poll.model_copy(update={"page_size": PAGE})
        inbound = DEFAULT_PROFILE.inbound.model_copy(update={"poll": poll})
        profile = DEFAULT_PROFILE.model_copy(update={"inbound": inbound})
        wire = Wire(profile, WireKeys(secret=SECRET.encode()))
        self.mailbox = HttpMailbox(simulator.url, wire=wire, profile=profile)

    def lay(self, kind: InboundKind, number: int) -> None:
        order = {"kinds": {kind.value: number}, "companies": [COMPANY], "areas": ["610526"], "by": "mailbox"}
        self._simulator.client.post("/_control/push", json=order).raise_for_status()

    def fail_next(self, call: str) -> None:
        self._simulator.fault("http_503")


@pytest.fixture(params=["twin", "http"])
def platform(request: pytest.FixtureRequest) -> Iterator[Platform]:
    if request.param == "twin":
        yield Twin()
        return
    http = Http(request.getfixturevalue("simulator"))
    yield http
    http.mailbox.close()


TAKEN = DeliveryAnswer("m", (RecordAnswer("YJ-1", None, ""),))


def test_an_empty_mailbox_lists_nothing(platform: Platform) -> None:
    assert list(platform.mailbox.waiting()) == []
    platform.mailbox.confirm([])


def test_what_waits_is_listed_until_it_is_confirmed_the_oldest_first(platform: Platform) -> None:
    platform.lay(WARNING, PAGE + 2)
    first = platform.mailbox.waiting()
    assert len(first) == PAGE
    assert [message.id for message in platform.mailbox.waiting()] == [message.id for message in first]
    platform.mailbox.confirm([(message, TAKEN) for message in first])
    rest = platform.mailbox.waiting()
    assert len(rest) == 2 and not {message.id for message in rest} & {message.id for message in first}


def test_confirming_by_id_spares_the_others_and_twice_is_harmless(platform: Platform) -> None:
    platform.lay(WARNING, 3)
    one, two, three = platform.mailbox.waiting()
    for _ in range(2):
        platform.mailbox.confirm([(two, TAKEN)])
    assert [message.id for message in platform.mailbox.waiting()] == [one.id, three.id]


def test_each_message_is_of_its_kind_and_has_no_nonce(platform: Platform) -> None:
    for kind in InboundKind:
        platform.lay(kind, 1)
    found = platform.mailbox.waiting()
    assert {message.delivery.kind for message in found} == set(InboundKind)
    assert all(message.delivery.nonce is None and message.delivery.raw for message in found)
    platform.mailbox.confirm([(message, TAKEN) for message in found])
    assert list(platform.mailbox.waiting()) == []


@pytest.mark.parametrize("call", ["waiting", "confirm"])
def test_a_failure_changes_nothing(platform: Platform, call: str) -> None:
    platform.lay(WARNING, 1)
    found = platform.mailbox.waiting()
    platform.fail_next(call)
    with pytest.raises(MailboxFailed):
        platform.mailbox.waiting() if call == "waiting" else platform.mailbox.confirm([(found[0], TAKEN)])
    assert [message.id for message in platform.mailbox.waiting()] == [found[0].id]


# ------------------------------------------------------------ what only HTTP has


def test_the_ministry_learns_what_was_refused(simulator: Simulator) -> None:
    http = Http(simulator)
    http.lay(WARNING, 1)
    (message,) = http.mailbox.waiting()
    refused = DeliveryAnswer("m", (RecordAnswer("YJ-1", RecordFault.UNKNOWN_CODE, "代码不在代码表内"),))
    http.mailbox.confirm([(message, refused)])
    (item,) = simulator.client.get("/_control/items").json()["items"]
    ((sending),) = item["sendings"]
    assert json.loads(sending["answer"])["data"]["fail"][0]["msg"] == "代码不在代码表内"
    assert "已取" in simulator.client.get("/items").text


def test_an_enquiry_that_is_not_signed_is_not_believed(simulator: Simulator) -> None:
    path = DEFAULT_PROFILE.inbound.poll_path(WARNING)
    assert simulator.client.post(path, json={"pageSize": 1}).status_code == 401


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"no json"),
        (200, b"[" * 100_000),
        (200, b"[]"),
        (200, b'{"code":"0","msg":"","data":null}'),
        (200, b'{"code":"0","msg":"","data":{"messages":[7]}}'),
        (200, b'{"code":"0","msg":"","data":{"messages":[{"id":"1"}]}}'),
        (200, b'{"code":"B900","msg":"","data":{"messages":[]}}'),
        (503, b'{"code":"0","msg":"","data":{"messages":[]}}'),
    ],
)
def test_an_answer_that_is_no_list_is_a_failure(status: int, body: bytes) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, stream=httpx.ByteStream(body))

    with pytest.raises(MailboxFailed):
        _over(answer).waiting()


def test_a_page_that_is_too_large_is_asked_for_in_smaller_ones() -> None:
    asked: list[int] = []

    def answer(request: httpx.Request) -> httpx.Response:
        size = json.loads(request.content)["pageSize"]
        asked.append(size)
        listed: list[Any] = [{"id": str(number), "message": " " * 1_000_000} for number in range(size)]
        told = {"code": "0", "msg": "", "data": {"total": size, "messages": listed}}
        return httpx.Response(200, stream=httpx.ByteStream(json.dumps(told).encode()))

    mailbox = _over(answer)
    for _ in range(2):
        with pytest.raises(MailboxFailed, match="longer than"):
            mailbox.waiting()
    assert len(mailbox.waiting()) == 3 * asked[2]
    assert asked[:3] == [20, 10, 5]


def _over(answer: Any) -> HttpMailbox:
    wire = Wire(DEFAULT_PROFILE, WireKeys(secret=SECRET.encode()))
    return HttpMailbox(
        "http://ministry", wire=wire, profile=DEFAULT_PROFILE, transport=httpx.MockTransport(answer)
    )
