"""The doorbell, whose rings cost next to nothing while nobody hears them, and rounds that know whether they go well."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

import dramatiq
import pytest
import structlog
from dramatiq.middleware import ShutdownNotifications, TimeLimit

from yanbao.adapters import jobs
from yanbao.adapters.jobs import DramatiqDoorbell, Rounds, make_broker

from ..support.redis import cut_connections, real_redis


@contextmanager
def refusing() -> Iterator[str]:
    """A Redis that is not there: bound, so that nobody else takes the port, and never listening."""
    with closing(socket.socket()) as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"redis://127.0.0.1:{bound.getsockname()[1]}/0"


@contextmanager
def deaf() -> Iterator[str]:
    """A Redis that cannot be reached: a listener with a full queue answers no further attempt."""
    with ExitStack() as stack:
        listening = stack.enter_context(closing(socket.socket()))
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        for _ in range(4):
            knocking = stack.enter_context(closing(socket.socket()))
            knocking.setblocking(False)
            knocking.connect_ex(listening.getsockname())
        yield f"redis://127.0.0.1:{listening.getsockname()[1]}/0"


@pytest.mark.parametrize("url", [None, "redis://127.0.0.1:1/0"])
def test_nothing_interrupts_a_ring_in_the_middle_of_a_send(url: str | None) -> None:
    broker = make_broker(url)
    assert not [one for one in broker.middleware if isinstance(one, TimeLimit)]
    (notifications,) = [one for one in broker.middleware if isinstance(one, ShutdownNotifications)]
    assert not notifications.notify_shutdown


@pytest.mark.parametrize(("away", "most"), [(refusing, 0.5), (deaf, 2 * jobs.REDIS_SECONDS + 1)])
def test_while_redis_is_away_a_ring_is_soon_over_and_the_next_ones_at_once(away, most: float) -> None:
    with away() as url, structlog.testing.capture_logs() as lines:
        bell = DramatiqDoorbell(make_broker(url))
        began = time.monotonic()
        bell.ring("SMS")
        first = time.monotonic() - began
        for _ in range(100):
            bell.ring("SMS")
        rest = time.monotonic() - began - first
    assert first < most
    assert rest < 0.2
    assert [line["event"] for line in lines] == ["doorbell.failed"]


def test_after_the_silence_it_rings_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "SILENT_SECONDS", 0.0)
    with refusing() as url, structlog.testing.capture_logs() as lines:
        bell = DramatiqDoorbell(make_broker(url))
        bell.ring("SMS")
        bell.ring("SMS")
    assert [line["event"] for line in lines] == ["doorbell.failed"] * 2


def test_a_ring_over_redis_reaches_the_worker_even_after_its_connection_was_cut() -> None:
    with real_redis() as url:
        if url is None:
            pytest.skip("no Redis answers and no redis-server is on the path: set YANBAO_TEST_REDIS")
        heard = threading.Semaphore(0)

        def work_off() -> int:
            heard.release()
            return 0

        broker = make_broker(url)
        bell = DramatiqDoorbell(broker)
        bell.connect({"SMS": work_off})
        worker = dramatiq.Worker(broker, worker_threads=1, worker_timeout=100)
        worker.start()
        try:
            bell.ring("SMS")
            assert heard.acquire(timeout=10)
            assert cut_connections(url) >= 1
            bell.ring("SMS")
            assert heard.acquire(timeout=10)
        finally:
            worker.stop()


def test_who_is_stopped_ends_the_batch_at_hand_and_begins_no_other() -> None:
    begun, go_on, batches = threading.Event(), threading.Event(), []

    def endless() -> int:
        batches.append(len(batches))
        begun.set()
        go_on.wait(10)
        return 1

    broker = make_broker(None)
    bell = DramatiqDoorbell(broker)
    bell.connect({"SMS": endless})
    worker = dramatiq.Worker(broker, worker_threads=1, worker_timeout=100)
    worker.start()
    bell.ring("SMS")
    assert begun.wait(10)
    bell.stop()
    go_on.set()
    began = time.monotonic()
    worker.stop()
    assert time.monotonic() - began < 5
    assert batches == [0]


def test_rounds_are_well_while_they_go_well_and_no_longer() -> None:
    broken = threading.Event()

    def act() -> None:
        if broken.is_set():
            raise ZeroDivisionError

    def well() -> bool:
        try:
            rounds.check(0.25)
        except RuntimeError as failure:
            assert "no round of sweep" in str(failure)
            return False
        return True

    def comes(to_be_well: bool) -> bool:
        """However busy the machine is."""
        until = time.monotonic() + 20
        while time.monotonic() < until:
            if well() is to_be_well:
                return True
            time.sleep(0.01)
        return False

    rounds = Rounds("sweep", 0.01, act)
    rounds.start()
    try:
        assert comes(True)
        broken.set()
        assert comes(False)
        time.sleep(0.3)
        assert not well(), "as long as they fail"
        broken.clear()
        assert comes(True)
    finally:
        rounds.stop()


def test_a_round_that_never_ends_is_not_well() -> None:
    released = threading.Event()
    rounds = Rounds("schedule", 0.01, released.wait)
    rounds.start()
    time.sleep(0.1)
    with pytest.raises(RuntimeError, match="no round of schedule"):
        rounds.check(0.05)
    released.set()
    rounds.stop()
