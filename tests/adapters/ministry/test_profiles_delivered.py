"""What the stand-in states arrives by every shipped profile: pushed over HTTP, or fetched from its mailbox."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
import uvicorn

from yanbao.adapters.ministry.encryption import Encryption
from yanbao.adapters.ministry.poll import HttpMailbox
from yanbao.adapters.ministry.profile import Profile
from yanbao.adapters.ministry.reading import ProfileReader
from yanbao.adapters.ministry.samples import COMPANY
from yanbao.adapters.ministry.shipped import shipped_names, shipped_profile
from yanbao.adapters.ministry.wire import Wire
from yanbao.application.ports.inbound import Delivery, DeliveryAnswer, RecordAnswer
from yanbao.domain.exchange.inbound import InboundKind
from yanbao.settings import DEMO_INBOUND

from ...support.patience import PATIENCE
from .receiving import Reception
from .support import BODY_KEY, Simulator, keys_for

pytestmark = pytest.mark.process
TARGETS = {"companies": [str(COMPANY)], "areas": ["610526"]}
ONE_OF_EACH = {kind.value: 1 for kind in InboundKind}


class Province(Reception):
    """A reception by the real clock, which answers for the records that it has read."""

    def time(self) -> float:
        return time.time()

    def receive(self, deliveries: Any) -> Any:
        reader = ProfileReader(self.profile, self.wire())
        self.received += deliveries
        return [_taken(reader, delivery) for delivery in deliveries]


@dataclass
class Exchange:
    """A stand-in that speaks the profile, and our side of it."""

    profile: Profile
    simulator: Simulator

    @property
    def reader(self) -> ProfileReader:
        return ProfileReader(self.profile, Wire(self.profile, keys_for(self.profile)))

    def push(self, **order: Any) -> dict[str, Any]:
        answer = self.simulator.client.post("/_control/push", json={**TARGETS, **order})
        assert answer.status_code == 200, answer.text
        done: dict[str, Any] = answer.json()
        return done

    def items(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.simulator.client.get("/_control/items").json()["items"]
        return found


@pytest.fixture(scope="module", params=shipped_names())
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    profile = shipped_profile(request.param)
    sealed = profile.cipher is not Encryption.NONE
    one = Simulator(
        tmp_path_factory.mktemp("delivered") / "store.sqlite",
        *("--profile", request.param),
        env={"MINISTRY_SIMULATOR_BODY_KEY": BODY_KEY.hex() if sealed else ""},
    )
    yield Exchange(profile, one)
    assert one.end() == (0, "")


@pytest.fixture
def exchange(running: Exchange) -> Exchange:
    running.simulator.reset()
    return running


@pytest.fixture
def province(exchange: Exchange) -> Iterator[Province]:
    app_id, secret = DEMO_INBOUND
    profile = exchange.profile.model_copy(update={"app_id": app_id})
    found = Province(profile=profile, keys=replace(keys_for(profile), secret=secret))
    server = uvicorn.Server(uvicorn.Config(found.app(), port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    ends = time.monotonic() + PATIENCE
    while not server.started and time.monotonic() < ends:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    exchange.simulator.client.post("/_control/province", json={"url": url}).raise_for_status()
    yield found
    server.should_exit = True
    thread.join(PATIENCE)


def _taken(reader: ProfileReader, delivery: Delivery) -> DeliveryAnswer:
    read = reader.message(delivery.kind, delivery.raw)
    named = [reader.identity(delivery.kind, content)[0] for content in read.contents]
    return DeliveryAnswer(read.message_id, tuple(RecordAnswer(id, None, "") for id in named))


def _read(reader: ProfileReader, delivery: Delivery) -> list[str]:
    """The external ids of the records, each read as what it states."""
    found = []
    for content in reader.message(delivery.kind, delivery.raw).contents:
        if delivery.kind is InboundKind.WARNING:
            found.append(reader.warning(content).external_id)
        else:
            found.append(reader.problem(delivery.kind, content).external_id)
    return found


def test_what_is_pushed_is_believed_read_and_answered(exchange: Exchange, province: Province) -> None:
    done = exchange.push(kinds=ONE_OF_EACH)
    assert done["statuses"] == {"200": 3}
    ids = [id for delivery in province.received for id in _read(exchange.reader, delivery)]
    assert sorted(ids) == sorted(done["items"])
    assert {delivery.kind for delivery in province.received} == set(InboundKind)
    for item in exchange.items():
        assert [sending["status"] for sending in item["sendings"]] == [200]


@pytest.mark.parametrize("damage", ["flipped_byte", "wrong_signature", "old_timestamp"])
def test_what_is_damaged_or_forged_is_refused(exchange: Exchange, province: Province, damage: str) -> None:
    assert exchange.push(kinds=ONE_OF_EACH, tampering=damage)["statuses"] == {"401": 3}
    assert province.received == []


def test_what_lies_in_the_mailbox_is_fetched_read_and_confirmed(exchange: Exchange) -> None:
    laid = exchange.push(kinds=ONE_OF_EACH, by="mailbox")["items"]
    wire = Wire(exchange.profile, keys_for(exchange.profile))
    mailbox = HttpMailbox(exchange.simulator.url, wire=wire, profile=exchange.profile)
    waiting = mailbox.waiting()
    ids = [id for message in waiting for id in _read(exchange.reader, message.delivery)]
    assert sorted(ids) == sorted(laid)
    mailbox.confirm([(message, _taken(exchange.reader, message.delivery)) for message in waiting])
    assert list(mailbox.waiting()) == []
    mailbox.close()
    for item in exchange.items():
        assert all(sending["answer"] for sending in item["sendings"])
