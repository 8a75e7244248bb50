"""Background work through dramatiq: the broker is only a doorbell, the outbox knows what there is to do."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Final

import dramatiq
import redis
import structlog
from dramatiq.brokers.redis import RedisBroker
from dramatiq.brokers.stub import StubBroker
from dramatiq.middleware import AgeLimit, Callbacks, Retries, ShutdownNotifications
from redis.backoff import NoBackoff
from redis.retry import Retry

log = structlog.get_logger(__name__)

QUEUE: Final = "yanbao"
MOST_BATCHES: Final = 500
"""Batches that one ring may work off before it makes room; the sweep goes on with the rest."""
REDIS_SECONDS: Final = 1.0
"""For connecting to Redis and for each of its answers; who has just committed waits for the ring."""
SILENT_SECONDS: Final = 5.0
"""After a ring that failed none is tried for so long: the next sweep may be the first again."""


def make_broker(redis_url: str | None) -> dramatiq.Broker:
    """The Redis broker where there is a Redis, the in-process one otherwise; neither is trusted with the work itself.

    No limit of time interrupts a ring's work: it could end a call that has been heard and not answered, and what was
    sent would be sent again. Each call has a deadline of its own, and a ring makes room after MOST_BATCHES.
    """
    middleware = [AgeLimit(), ShutdownNotifications(), Callbacks(), Retries(max_retries=0)]
    if redis_url is None:
        return StubBroker(middleware=middleware)
    client = redis.Redis.from_url(
        redis_url,
        socket_connect_timeout=REDIS_SECONDS,
        socket_timeout=REDIS_SECONDS,
        # A connection that died while idle is made anew at once; waiting for Redis to come back is the sweep's.
        retry=Retry(NoBackoff(), 1),
    )
    make: Callable[..., dramatiq.Broker] = RedisBroker  # Its constructor has no annotations.
    return make(client=client, middleware=middleware)


class DramatiqDoorbell:
    """Rings by sending a topic's name. A ring that cannot be sent is logged; the sweep finds what it was about."""

    def __init__(self, broker: dramatiq.Broker, runs: Mapping[str, Callable[[], int]] | None = None) -> None:
        self._runs: dict[str, Callable[[], int]] = dict(runs or {})
        self._busy: dict[str, threading.Lock] = {}
        self._silent_until = 0.0
        self._stopping = threading.Event()
        declare = dramatiq.actor(broker=broker, actor_name="work_off", queue_name=QUEUE, max_retries=0)
        self._drain = declare(self._work_off)

    def connect(self, runs: Mapping[str, Callable[[], int]]) -> None:
        """Say what each topic's ring does: a function that works off one batch and says how much it took up."""
        self._runs.update(runs)
        self._busy = {topic: threading.Lock() for topic in self._runs}

    def ring(self, topic: str) -> None:
        if time.monotonic() < self._silent_until:
            return
        try:
            self._drain.send(topic)
        except Exception:
            # Redis may be away for minutes; the outbox is not, and is swept every few seconds.
            self._silent_until = time.monotonic() + SILENT_SECONDS
            log.warning("doorbell.failed", topic=topic, exc_info=True)

    def ring_all(self) -> None:
        """The sweep: ring for every topic."""
        for topic in self._runs:
            self.ring(topic)

    def stop(self) -> None:
        """Begin no other batch: the process is about to end, and what is left is found by the sweep."""
        self._stopping.set()

    def _work_off(self, topic: str) -> None:
        run = self._runs.get(topic)
        if run is None:
            log.error("doorbell.unknown_topic", topic=topic)
            return
        if not self._busy[topic].acquire(blocking=False):
            return  # Somebody in this process is at it and will see what came in the meantime.
        try:
            for _ in range(MOST_BATCHES):
                if self._stopping.is_set() or not run():
                    return
        except Exception:
            # Whatever it was, the work is still in the outbox: its lease runs out and the sweep rings again.
            log.exception("work.failed", topic=topic)
        finally:
            self._busy[topic].release()


class Rounds:
    """A thread that does its round every so often until it is stopped; a failing round is logged and the next one comes."""

    def __init__(self, name: str, seconds: float, act: Callable[[], object]) -> None:
        self._name = name
        self._seconds = seconds
        self._act = act
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._well_at = time.monotonic()

    def check(self, within: float) -> None:
        """Raises RuntimeError when no round has gone well for so many seconds."""
        still = time.monotonic() - self._well_at
        if still > within:
            raise RuntimeError(f"no round of {self._name} has gone well for {still:.0f} s")

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout: float = 10.0) -> None:
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._act()
                self._well_at = time.monotonic()
            except Exception:
                # A round may meet a database that is restarting: the next round is the retry.
                log.exception("round.failed", round=self._name)
            self._stopped.wait(self._seconds)


class SilentDoorbell:
    """The twin: remembers the rings."""

    def __init__(self) -> None:
        self.rung: list[str] = []

    def ring(self, topic: str) -> None:
        self.rung.append(topic)
