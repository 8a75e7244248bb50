"""The doorbell, whose rings cost next to nothing while nobody hears them, and rounds that know whether they go well."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import partial

import dramatiq
import pytest
import redis
from dramatiq.middleware import ShutdownNotifications, TimeLimit

from yanbao.adapters import jobs
from yanbao.adapters.jobs import DramatiqDoorbell, Rounds, make_broker

from ..support.logs import capture_logs
from ..support.patience import FOR_EVER, PATIENCE, until
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


@pytest.mark.parametrize("away", [refusing, deaf])
def test_while_redis_is_away_a_ring_is_soon_over_and_the_next_ones_do_not_try(
    away, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "REDIS_SECONDS", 0.5)
    monkeypatch.setattr(jobs, "SILENT_SECONDS", FOR_EVER)
    attempts: list[object] = []
    connect = redis.Connection._connect

    def counted(connection: redis.Connection) -> socket.socket:
        attempts.append(connection)
        return connect(connection)

    monkeypatch.setattr(redis.Connection, "_connect", counted)
    with away() as url, capture_logs() as lines:
        bell = DramatiqDoorbell(make_broker(url))
        began = time.monotonic()
        bell.ring("SMS")
        assert time.monotonic() - began < PATIENCE, "TCP itself gives up after two minutes"
        of_the_first = len(attempts)
        for _ in range(100):
            bell.ring("SMS")
    assert 1 <= of_the_first <= 2
    assert len(attempts) == of_the_first
    assert [line["event"] for line in lines] == ["doorbell.failed"]


def test_after_the_silence_it_rings_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "SILENT_SECONDS", 0.0)
    with refusing() as url, capture_logs() as lines:
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
            assert heard.acquire(timeout=PATIENCE)
            assert cut_connections(url) >= 1
            bell.ring("SMS")
            assert heard.acquire(timeout=PATIENCE)
        finally:
            worker.stop()


def test_who_is_stopped_ends_the_batch_at_hand_and_begins_no_other() -> None:
    begun, go_on, batches = threading.Event(), threading.Event(), []

    def endless() -> int:
        batches.append(len(batches))
        begun.set()
        go_on.wait(FOR_EVER)
        return 1

    broker = make_broker(None)
    bell = DramatiqDoorbell(broker)
    bell.connect({"SMS": endless})
    worker = dramatiq.Worker(broker, worker_threads=1, worker_timeout=100)
    worker.start()
    bell.ring("SMS")
    assert begun.wait(PATIENCE)
    bell.stop()
    go_on.set()
    worker.stop()
    assert batches == [0]


def test_rounds_are_well_while_they_go_well_and_no_longer() -> None:
    broken, failures = threading.Event(), []

    def act() -> None:
        if broken.is_set():
            failures.append(1)
            raise ZeroDivisionError

    def well() -> bool:
        try:
            rounds.check(0.25)
        except RuntimeError as failure:
            assert "no round of sweep" in str(failure)
            return False
        return True

    rounds = Rounds("sweep", 0.01, act)
    rounds.start()
    try:
        until(well)
        broken.set()
        until(lambda: failures)  # A round that had begun before has ended by now.
        until(lambda: not well())
        failed = len(failures)
        until(lambda: len(failures) >= failed + 2)
        assert not well(), "as long as they fail"
        broken.clear()
        until(well)
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


def test_the_sweep_works_off_every_topic_without_any_ring() -> None:
    due = {"SMS": 3, "MINISTRY_COMMITMENT": 2}

    def work_off(topic: str) -> int:
        due[topic] -= due[topic] > 0
        return due[topic]

    with refusing() as url:
        bell = DramatiqDoorbell(make_broker(url))
        bell.connect({topic: partial(work_off, topic) for topic in due})
        sweeps = bell.sweeps(FOR_EVER)
        for each in sweeps:
            each.start()
        until(lambda: not any(due.values()), "the sweep does not come")
        for each in sweeps:
            each.check(PATIENCE)
            each.stop()


def test_a_sweep_with_much_to_do_is_well_after_every_batch() -> None:
    batches, go_on = threading.Semaphore(0), threading.Semaphore(0)

    def work_off() -> int:
        batches.release()
        assert go_on.acquire(timeout=PATIENCE)
        return 1

    bell = DramatiqDoorbell(make_broker(None))
    bell.connect({"SMS": work_off})
    (sweep,) = bell.sweeps(FOR_EVER)
    began = time.monotonic()
    sweep.start()
    assert batches.acquire(timeout=PATIENCE)
    go_on.release()
    assert batches.acquire(timeout=PATIENCE), "the second batch has begun, so the first went well"
    sweep.check(time.monotonic() - began)
    bell.stop()
    go_on.release()
    sweep.stop()


def test_long_work_that_says_that_it_gets_on_is_well_and_hears_of_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [1_000.0]
    monkeypatch.setattr(jobs.time, "monotonic", lambda: now[0])
    doorbell = DramatiqDoorbell(make_broker(None))
    doorbell.connect({"EXPORT": lambda: 0})
    (sweep,) = doorbell.sweeps(1.0)
    now[0] += 400.0
    with pytest.raises(RuntimeError, match="no round of sweep of EXPORT has gone well for 400 s"):
        sweep.check(300.0)
    assert doorbell.goes_on("EXPORT")
    sweep.check(300.0)
    doorbell.stop()
    assert not doorbell.goes_on("EXPORT")


def test_a_sweep_that_fails_is_not_well() -> None:
    def broken() -> int:
        raise ZeroDivisionError

    bell = DramatiqDoorbell(make_broker(None))
    bell.connect({"SMS": broken})
    (sweep,) = bell.sweeps(0.01)
    with capture_logs() as lines:
        sweep.start()
        until(lambda: len(lines) >= 3)
        sweep.stop()
    assert {line["round"] for line in lines} == {"sweep of SMS"}
    with pytest.raises(RuntimeError, match="no round of sweep of SMS has gone well"):
        sweep.check(0.0)
