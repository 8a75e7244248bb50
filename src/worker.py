"""The background processes: the worker sweeps and processes the outbox, the clock runs the schedule."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import dramatiq

from .adapters.jobs import Rounds
from .settings import Settings
from .wiring import System, opened

log = logging.getLogger(__name__)

BEAT_SECONDS: Final = 5.0
TURN_SECONDS: Final = 1.0
STILL_SECONDS: Final = 300.0
"""Clock and worker are unhealthy after so long without a good round; missed slots take minutes."""


def run_worker(settings: Settings, *, threads: int) -> None:
    """`yanbao worker`: process the outbox every few seconds, and when it rings, until SIGINT or SIGTERM."""
    stopped = _told_to_stop()
    with opened(settings) as system:
        system.app.restores.settle_in()
        worker = dramatiq.Worker(system.broker, worker_threads=threads)
        rounds = system.worker_rounds()

        def check() -> None:
            system.ping()
            if not all(thread.is_alive() for thread in (*worker.workers, *worker.consumers.values())):
                raise RuntimeError("a thread of the worker has ended")
            for each in rounds:
                each.check(STILL_SECONDS)

        worker.start()
        for each in rounds:
            each.start()
        log.info("worker.started", extra={"threads": threads})
        with _seen_from_outside(system, check):
            _wait_for(stopped)
        system.doorbell.stop()
        for each in rounds:
            each.stop()
        worker.stop()
    log.info("worker.stopped")


def run_clock(settings: Settings) -> None:
    """`yanbao clock`: run the schedule, until SIGINT or SIGTERM."""
    stopped = _told_to_stop()
    with opened(settings) as system:
        system.app.restores.settle_in()
        rounds = system.clock_rounds()

        def check() -> None:
            system.ping()
            for each in rounds:
                each.check(STILL_SECONDS)

        for each in rounds:
            each.start()
        log.info("clock.started")
        with _seen_from_outside(system, check):
            _wait_for(stopped)
        for each in rounds:
            each.stop()
    log.info("clock.stopped")


def _told_to_stop() -> threading.Event:
    """Make an event that SIGINT and SIGTERM set."""
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    return stopped


def _wait_for(stopped: threading.Event) -> None:
    """Wait in short turns: a signal that comes just after SIGCONT does not wake a waiting main thread."""
    while not stopped.wait(TURN_SECONDS):
        pass


@contextmanager
def _seen_from_outside(system: System, check: Callable[[], None]) -> Iterator[None]:
    """Let the heart beat, and serve the figures of this process, while the block runs."""
    settings, metrics = system.settings, system.metrics

    def beaten() -> None:
        metrics.heartbeat(datetime.now(UTC))

    with (
        metrics.served(settings.metrics_host, settings.metrics_port),
        heartbeat(settings.heartbeat, check, beaten),
    ):
        yield


@contextmanager
def heartbeat(
    file: Path | None, check: Callable[[], None], beaten: Callable[[], None] = lambda: None
) -> Iterator[None]:
    """Every few seconds, touch the file (if there is one) and call `beaten`, unless `check` raises.

    So file and figure age while the process or its database is not well.
    """

    def beat() -> None:
        check()
        if file is not None:
            file.touch()
        beaten()

    beating = Rounds("heartbeat", BEAT_SECONDS, beat)
    beating.start()
    try:
        yield
    finally:
        beating.stop()
