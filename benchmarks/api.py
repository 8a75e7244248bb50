"""The API as it is served, and the bare server beside it: processes of their own, watched while they work and always stopped."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

import httpx
import psutil
from tests.support.dates import start_clock

from . import bare, bare_reads
from .database import session_settings

START_SECONDS: Final = 60.0
STOP_SECONDS: Final = 15.0
CLOCK: Final = "demo-clock.json"
"""The file of the clock, in the folder of a server."""
SAMPLE_SECONDS: Final = 0.1
QUIET_CORES: Final = 0.05
QUIET_SECONDS: Final = 2.0
QUIET_TURNS: Final = 4
MOST_UNQUIET_SECONDS: Final = 180.0


@dataclass(slots=True)
class Api:
    """A server: `port` on the loopback. Memory is sampled in the background; CPU is asked for when wanted."""

    port: int
    process: psutil.Process
    peak: int = 0
    _stopped: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def cpu(self) -> float:
        """Seconds of CPU used so far."""
        times = self.process.cpu_times()
        return times.user + times.system

    def until_quiet(self) -> None:
        """Wait until it has used less than QUIET_CORES for several turns of QUIET_SECONDS.

        A server may have much to catch up with when it starts: what earlier parts of a run have left to send. Ends
        after MOST_UNQUIET_SECONDS: a server that is never quiet is measured as it is.
        """
        deadline = time.monotonic() + MOST_UNQUIET_SECONDS
        quiet = 0
        while quiet < QUIET_TURNS and time.monotonic() < deadline:
            before = self.cpu
            time.sleep(QUIET_SECONDS)
            quiet = quiet + 1 if self.cpu - before < QUIET_CORES * QUIET_SECONDS else 0

    def take_peak(self) -> int:
        """The largest resident set since the last time, in bytes."""
        peak, self.peak = self.peak, 0
        return max(peak, self.process.memory_info().rss)

    def move_clock(self, moment: datetime) -> None:
        """Move the business clock; what has come due is run before this returns."""
        with httpx.Client(trust_env=False, timeout=300) as client:
            client.post(f"{self.url}/demo/clock", json={"to": moment.isoformat()}).raise_for_status()

    def watch(self) -> None:
        while not self._stopped.wait(SAMPLE_SECONDS):
            try:
                self.peak = max(self.peak, self.process.memory_info().rss)
            except psutil.NoSuchProcess:
                return  # It has ended; whoever waits for it finds out there.

    def stop_watching(self) -> None:
        self._stopped.set()


@contextmanager
def served(url: str, var: Path, *, now: datetime, embedded: bool = True) -> Iterator[Api]:
    """`yanbao serve` over a database, its clock at `now`; `embedded`: with its background work inside."""
    start_clock(var, now)
    port = free_port()
    settings = {
        "YANBAO_DATABASE_URL": url,
        "YANBAO_VAR": str(var),
        "YANBAO_PORT": str(port),
        "YANBAO_EMBEDDED": str(embedded).lower(),
    }
    with _running(["yanbao", "serve"], settings, port, var / "api.log") as api:
        yield api


@contextmanager
def bare_served(url: str, var: Path) -> Iterator[Api]:
    """The bare server over the same database, by the clock of the API that is served from the same folder."""
    port = free_port()
    command = ["benchmarks.bare", str(port), str(var / CLOCK)]
    with _running(command, {bare.DATABASE: session_settings(url)}, port, var / "bare.log") as server:
        yield server


@contextmanager
def bare_reads_served(url: str, var: Path) -> Iterator[Api]:
    """The bare server of reads over the same database."""
    port = free_port()
    settings = {bare_reads.DATABASE: session_settings(url)}
    with _running(["benchmarks.bare_reads", str(port)], settings, port, var / "bare-reads.log") as server:
        yield server


@contextmanager
def nothing_served(var: Path) -> Iterator[Api]:
    """The libraries of the server alone, without an application."""
    port = free_port()
    with _running(["benchmarks.bare_start", str(port)], {}, port, var / "bare-start.log") as server:
        yield server


@contextmanager
def bare_inbound_served(url: str, var: Path) -> Iterator[Api]:
    """The bare receiver over the same database; its table must be there."""
    port = free_port()
    settings = {bare.DATABASE: session_settings(url)}
    with _running(["benchmarks.bare_inbound", str(port)], settings, port, var / "bare-inbound.log") as server:
        yield server


@contextmanager
def _running(command: Sequence[str], settings: dict[str, str], port: int, log: Path) -> Iterator[Api]:
    """A module of Python, from when it is healthy until it has stopped."""
    with running([sys.executable, "-m", *command], settings, port, log) as api:
        yield api


@contextmanager
def running(command: Sequence[str], settings: dict[str, str], port: int, log: Path) -> Iterator[Api]:
    """A server that answers GET /healthz, from when it is healthy until it has stopped.

    Raises RuntimeError, with the end of its log, if it does not start.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("YANBAO_")}
    with log.open("wb") as out:
        child = subprocess.Popen(
            command,
            # An installed package has its byte code: a server must not compile it at each start.
            env=environment | {"PYTHONDONTWRITEBYTECODE": ""} | settings,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )
    api = Api(port, psutil.Process(child.pid))
    watcher = threading.Thread(target=api.watch, name="watch-api", daemon=True)
    try:
        _wait_until_healthy(api, child, log)
        watcher.start()
        yield api
    finally:
        api.stop_watching()
        child.terminate()
        try:
            child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()  # It was asked politely and has had its time.
            child.wait()


def _wait_until_healthy(api: Api, child: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    with httpx.Client(trust_env=False, timeout=5) as client:
        while time.monotonic() < deadline and child.poll() is None:
            try:
                if client.get(f"{api.url}/healthz").status_code == 200:
                    return
            except httpx.HTTPError:
                pass  # Not up yet: asked again in a moment, and given up at the deadline.
            time.sleep(0.1)
    raise RuntimeError(f"{log.stem} did not start:\n{log.read_text(errors='replace')[-4000:]}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
