"""Background work with dramatiq: a broker message only wakes a worker, the work itself is in the outbox."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import dramatiq
from dramatiq.brokers.stub import StubBroker
from dramatiq.middleware import AgeLimit, Callbacks, Retries, ShutdownNotifications

log = logging.getLogger(__name__)

QUEUE: Final = "yanbao"
MOST_BATCHES: Final = 500
"""Most batches that one message may work off before other topics get the thread; the sweep continues."""
REDIS_SECONDS: Final = 1.0
"""Timeout for connecting to Redis and for each answer; the caller waits for it after its commit."""
SILENT_SECONDS: Final = 5.0
"""Pause after a failed ring: until it ends, `ring` does nothing."""


def make_broker(redis_url: str | None) -> dramatiq.Broker:
    """Make a Redis broker, or an in-process stub without `redis_url`; neither stores the work itself.

    There is no dramatiq time limit: it could interrupt a call that was received but not answered yet. A retry
    would then send the same again. Each call has its own deadline, and each message stops after MOST_BATCHES.
    """
    middleware = [AgeLimit(), ShutdownNotifications(), Callbacks(), Retries(max_retries=0)]
    if redis_url is None:
        return StubBroker(middleware=middleware)
    import redis  # Only where several processes share the work.
    from dramatiq.brokers.redis import RedisBroker
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    client = redis.Redis.from_url(
        redis_url,
        socket_connect_timeout=REDIS_SECONDS,
        socket_timeout=REDIS_SECONDS,
        # Reconnect once, at once, when an idle connection has died; if Redis is down, the sweep does the work.
        retry=Retry(NoBackoff(), 1),
    )
    make: Callable[..., dramatiq.Broker] = RedisBroker  # Its constructor has no annotations.
    return make(client=client, middleware=middleware)


class DramatiqDoorbell:
    """Rings by sending the topic's name. A ring that cannot be sent is logged; the sweep finds the work."""

    def __init__(self, broker: dramatiq.Broker, runs: Mapping[str, Callable[[], int]] | None = None) -> None:
        self._runs: dict[str, Callable[[], int]] = dict(runs or {})
        self._busy: dict[str, threading.Lock] = {}
        self._sweeping: dict[str, Rounds] = {}
        self._silent_until = 0.0
        self._stopping = threading.Event()
        declare = dramatiq.actor(broker=broker, actor_name="work_off", queue_name=QUEUE, max_retries=0)
        self._ring = declare(self._answer)

    def connect(self, runs: Mapping[str, Callable[[], int]]) -> None:
        """Set the function of each topic: it works off one batch and returns how many duties it claimed."""
        self._runs.update(runs)
        self._busy = {topic: threading.Lock() for topic in self._runs}

    def ring(self, topic: str) -> None:
        if time.monotonic() < self._silent_until:
            return
        try:
            self._ring.send(topic)
        except Exception:
            # Redis may be down for minutes; the work is in the outbox, and the sweep runs every few seconds.
            self._silent_until = time.monotonic() + SILENT_SECONDS
            log.warning("doorbell.failed", exc_info=True, extra={"topic": topic})

    def goes_on(self, topic: str) -> bool:
        if topic in self._sweeping:
            self._sweeping[topic].went_well()
        return not self._stopping.is_set()

    def ring_all(self) -> None:
        """Ring for every topic, as when much has become due at once."""
        for topic in self._runs:
            self.ring(topic)

    def sweeps(self, seconds: float) -> Sequence[Rounds]:
        """The sweep of a worker: for each topic a thread that works off what is due, without any ring."""
        return [self._sweep(topic, seconds) for topic in self._runs]

    def _sweep(self, topic: str, seconds: float) -> Rounds:
        def act() -> None:
            self.work_off(topic, after_batch=rounds.went_well)

        rounds = self._sweeping[topic] = Rounds(f"sweep of {topic}", seconds, act)
        return rounds

    def stop(self) -> None:
        """Start no further batch, because the process is ending; the sweep finds the rest."""
        self._stopping.set()

    def work_off(self, topic: str, *, after_batch: Callable[[], None] = lambda: None) -> None:
        """Work off what is due; return at once if another thread of this process does. Raises its errors."""
        if not self._busy[topic].acquire(blocking=False):
            return  # The other thread takes new duties too.
        try:
            for _ in range(MOST_BATCHES):
                if self._stopping.is_set() or not self._runs[topic]():
                    return
                after_batch()
        finally:
            self._busy[topic].release()

    def _answer(self, topic: str) -> None:
        if topic not in self._runs:
            log.error("doorbell.unknown_topic", extra={"topic": topic})
            return
        try:
            self.work_off(topic)
        except Exception:
            # The work is still in the outbox after any error: its lease runs out and the sweep finds it.
            log.exception("work.failed", extra={"topic": topic})


class Rounds:
    """A thread that calls `act` every `seconds` until it is stopped; a failed round is logged, not fatal."""

    def __init__(self, name: str, seconds: float, act: Callable[[], object]) -> None:
        self._name = name
        self._seconds = seconds
        self._act = act
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._well_at = time.monotonic()

    def check(self, within: float) -> None:
        """Raises RuntimeError when no round has succeeded in the last `within` seconds."""
        still = time.monotonic() - self._well_at
        if still > within:
            raise RuntimeError(f"no round of {self._name} has gone well for {still:.0f} s")

    def went_well(self) -> None:
        """Note that the round at hand has got on; a long one says so again and again."""
        self._well_at = time.monotonic()

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
                self.went_well()
            except Exception:
                # The database may be restarting: the next round is the retry.
                log.exception("round.failed", extra={"round": self._name})
            self._stopped.wait(self._seconds)


class SilentDoorbell:
    """The twin: remembers the rings."""

    def __init__(self) -> None:
        self.rung: list[str] = []

    def ring(self, topic: str) -> None:
        self.rung.append(topic)

    def goes_on(self, topic: str) -> bool:
        return True
