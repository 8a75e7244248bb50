"""The background processes: the worker sends what the outbox holds, the clock keeps the schedule and the sweep."""

from __future__ import annotations

import signal
import threading

import dramatiq
import structlog

from .settings import Settings
from .wiring import wire

log = structlog.get_logger(__name__)


def run_worker(settings: Settings, *, threads: int) -> None:
    """`yanbao worker`: work whenever the doorbell rings, until SIGINT or SIGTERM."""
    stopped = _told_to_stop()
    system = wire(settings)
    worker = dramatiq.Worker(system.broker, worker_threads=threads)
    worker.start()
    log.info("worker.started", threads=threads)
    stopped.wait()
    worker.stop()
    system.close()
    log.info("worker.stopped")


def run_clock(settings: Settings) -> None:
    """`yanbao clock`: the schedule and the sweep of the outbox, until SIGINT or SIGTERM."""
    stopped = _told_to_stop()
    system = wire(settings)
    rounds = system.clock_rounds()
    for each in rounds:
        each.start()
    log.info("clock.started")
    stopped.wait()
    for each in rounds:
        each.stop()
    system.close()
    log.info("clock.stopped")


def _told_to_stop() -> threading.Event:
    """An event that SIGINT and SIGTERM set."""
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    return stopped
