"""Deliveries that arrive while one transaction runs are received together in the next, and none harms another."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from yanbao.adapters.ministry.collecting import (
    LONGEST_WAIT,
    MOST_BYTES_TOGETHER,
    MOST_BYTES_WAITING,
    MOST_TOGETHER,
    QUIET_SECONDS,
    Burst,
    Collector,
)
from yanbao.application.ports.inbound import Delivery, DeliveryAnswer
from yanbao.application.ports.unavailable import Unavailable
from yanbao.application.waiting import seconds_left
from yanbao.domain.exchange.inbound import InboundKind

from ...support.patience import PATIENCE


class Inbox:
    """Receives in turns; a turn waits while `gate` is closed."""

    def __init__(self) -> None:
        self.turns: list[list[bytes]] = []
        self.gate = threading.Event()
        self.gate.set()
        self.begun = threading.Event()
        self.away = False

    def receive(self, deliveries: Sequence[Delivery]) -> Sequence[DeliveryAnswer]:
        self.turns.append([delivery.raw for delivery in deliveries])
        self.begun.set()
        assert self.gate.wait(PATIENCE)
        assert seconds_left() < 60, "it waits for the database no longer than a request may"
        if self.away:
            raise Unavailable("the database is away")
        if any(delivery.raw.startswith(b"bad") for delivery in deliveries):
            raise RuntimeError("a delivery that nobody expected")
        return [DeliveryAnswer(delivery.raw[:9].decode()) for delivery in deliveries]


def delivery(body: bytes) -> Delivery:
    return Delivery(InboundKind.WARNING, "nonce", {}, body)


async def while_one_runs(inbox: Inbox, collector: Collector, *bodies: bytes) -> list[Any]:
    """Deliver the first, and the others while it is being received; the answers of all."""
    inbox.gate.clear()
    first = asyncio.create_task(collector.take(delivery(bodies[0])))
    assert await asyncio.to_thread(inbox.begun.wait, PATIENCE)
    others: list[Awaitable[Any]] = [
        asyncio.create_task(collector.take(delivery(body))) for body in bodies[1:]
    ]
    await asyncio.sleep(0)
    inbox.gate.set()
    return await asyncio.gather(first, *others, return_exceptions=True)


def test_what_arrives_meanwhile_is_received_together() -> None:
    inbox = Inbox()
    answers = asyncio.run(while_one_runs(inbox, Collector(inbox.receive), b"a", b"b", b"c"))
    assert inbox.turns == [[b"a"], [b"b", b"c"]]
    assert [answer.message_id for answer in answers] == ["a", "b", "c"]


def test_a_turn_has_a_largest_number_and_a_largest_size() -> None:
    inbox = Inbox()
    asyncio.run(
        while_one_runs(
            inbox, Collector(inbox.receive), *(b"%d" % number for number in range(MOST_TOGETHER + 3))
        )
    )
    assert [len(turn) for turn in inbox.turns] == [1, MOST_TOGETHER, 2]
    large = [b"%d" % number + b" " * (MOST_BYTES_TOGETHER // 3) for number in range(4)]
    inbox = Inbox()
    asyncio.run(while_one_runs(inbox, Collector(inbox.receive), b"first", *large))
    assert [len(turn) for turn in inbox.turns] == [1, 2, 2]


def test_one_that_fails_harms_no_other() -> None:
    inbox = Inbox()
    answers = asyncio.run(while_one_runs(inbox, Collector(inbox.receive), b"a", b"b", b"bad", b"c"))
    assert inbox.turns == [[b"a"], [b"b", b"bad", b"c"], [b"b"], [b"bad"], [b"c"]]
    assert [type(answer) for answer in answers] == [
        DeliveryAnswer,
        DeliveryAnswer,
        RuntimeError,
        DeliveryAnswer,
    ]


def test_without_a_database_all_that_wait_learn_it_at_once() -> None:
    inbox = Inbox()
    inbox.away = True
    answers = asyncio.run(while_one_runs(inbox, Collector(inbox.receive), b"a", b"b", b"c"))
    assert inbox.turns == [[b"a"]]
    assert [type(answer) for answer in answers] == [Unavailable] * 3


def test_it_goes_on_after_the_database_has_come_back() -> None:
    inbox = Inbox()

    async def go() -> DeliveryAnswer:
        collector = Collector(inbox.receive)
        inbox.away = True
        with pytest.raises(Unavailable):
            await collector.take(delivery(b"a"))
        inbox.away = False
        return await collector.take(delivery(b"a"))

    assert asyncio.run(go()) == DeliveryAnswer("a")


def test_what_waits_has_a_largest_size() -> None:
    inbox = Inbox()

    async def go() -> list[Any]:
        collector = Collector(inbox.receive)
        many = MOST_BYTES_WAITING // 2**20 + 2
        return await while_one_runs(inbox, collector, b"first", *([b" " * 2**20] * many))

    refused = [answer for answer in asyncio.run(go()) if isinstance(answer, Unavailable)]
    assert len(refused) == 2


def test_a_request_that_is_cancelled_takes_no_other_with_it() -> None:
    inbox = Inbox()

    async def go() -> DeliveryAnswer:
        collector = Collector(inbox.receive)
        inbox.gate.clear()
        first = asyncio.create_task(collector.take(delivery(b"a")))
        assert await asyncio.to_thread(inbox.begun.wait, PATIENCE)
        second = asyncio.create_task(collector.take(delivery(b"b")))
        first.cancel()
        inbox.gate.set()
        return await second

    assert asyncio.run(go()) == DeliveryAnswer("b")


class Sleeper:
    """A clock that moves on while somebody sleeps; `meanwhile` happens after each sleep."""

    def __init__(self) -> None:
        self.now = 100.0
        self.meanwhile: Callable[[], None] = lambda: None

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.meanwhile()


@pytest.fixture
def sleeper() -> Sleeper:
    return Sleeper()


def started_at(sleeper: Sleeper, burst: Burst) -> float:
    """When a processing that is asked for now begins."""
    moments: list[float] = []

    def process() -> int:
        moments.append(sleeper.now)
        return 7

    assert burst.before(process)() == 7
    return moments[0]


def test_without_a_burst_records_are_processed_at_once(sleeper: Sleeper) -> None:
    assert started_at(sleeper, Burst(clock=sleeper.clock, sleep=sleeper.sleep)) == 100.0


def test_records_are_processed_when_the_burst_has_ended(sleeper: Sleeper) -> None:
    burst = Burst(clock=sleeper.clock, sleep=sleeper.sleep)
    burst.received()
    assert started_at(sleeper, burst) == pytest.approx(100.0 + QUIET_SECONDS)


def test_an_endless_burst_does_not_keep_records_from_being_processed(sleeper: Sleeper) -> None:
    burst = Burst(clock=sleeper.clock, sleep=sleeper.sleep)
    burst.received()
    sleeper.meanwhile = burst.received
    assert started_at(sleeper, burst) == pytest.approx(100.0 + LONGEST_WAIT)
