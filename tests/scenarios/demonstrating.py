"""`yanbao demo` as people start it: a process with children of its own, on free ports, in a folder of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from ..support.patience import PATIENCE, until

PASSWORD = "Yanbao-demo-2026"
UP = "按 Ctrl-C 停止全部进程"
PROC = Path("/proc")


@dataclass
class Demonstration:
    """A started demo: the process that the test started, and what it has printed."""

    process: subprocess.Popen[bytes]
    ports: tuple[int, int, int]
    screen: Path
    marks: tuple[bytes, ...]
    """What only this demo's processes have in their environment: one of these."""
    seen: set[int] = field(default_factory=set)
    """All processes of the demo while it was up."""

    @property
    def addresses(self) -> dict[str, str]:
        api, ministry, sms = (f"http://127.0.0.1:{port}" for port in self.ports)
        return {"api": api, "ministry": ministry, "sms": sms, "password": PASSWORD}

    @property
    def printed(self) -> str:
        return self.screen.read_text(encoding="utf-8", errors="replace")

    def until_up(self) -> None:
        """Wait for the greeting; then `seen` has every process."""

        def is_up() -> bool:
            assert self.process.poll() is None, self.printed
            return UP in self.printed

        until(is_up, "the demo did not start")
        self.seen = self.alive()

    def alive(self) -> set[int]:
        """The processes of this demo that have not ended."""
        return {pid for pid in _processes() if self._is_ours(pid)}

    def named(self, word: str) -> int:
        """The process whose command line ends in this word or has it as its module."""
        (pid,) = [pid for pid in self.alive() if word in _words(pid)]
        return pid

    def until_nobody_is_left(self, least: int = 4) -> None:
        """Wait until all have ended; there were at least the demo itself, API and two simulators."""
        assert len(self.seen) >= least
        until(lambda: not self.alive(), f"processes are left of\n{self.printed}")

    def _is_ours(self, pid: int) -> bool:
        with suppress(OSError):  # It has ended meanwhile, or is somebody else's.
            variables = (PROC / str(pid) / "environ").read_bytes().split(b"\0")
            return any(mark in variables for mark in self.marks) and not _is_zombie(pid)
        return False


def _processes() -> list[int]:
    return [int(path.name) for path in PROC.iterdir() if path.name.isdigit()]


def _words(pid: int) -> list[str]:
    return (PROC / str(pid) / "cmdline").read_bytes().decode(errors="replace").split("\0")


def _is_zombie(pid: int) -> bool:
    return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] == "Z"


@contextmanager
def demonstration(
    var: Path,
    *arguments: str,
    command: Sequence[str] = (sys.executable, "-m", "yanbao", "demo"),
    environment: dict[str, str] | None = None,
    folder: Path | None = None,
    **popen: Any,
) -> Iterator[Demonstration]:
    """Started, and ended for sure. `{demo}` in the command becomes the arguments, as one word; else they follow it.

    The clock must have been started in the demo's folder: `folder` if that is not `var`.
    """
    ports = _free_ports()
    names = ("--port", "--ministry-port", "--sms-port")
    told = [*arguments, *(word for pair in zip(names, map(str, ports), strict=True) for word in pair)]
    words = [word.replace("{demo}", " ".join(told)) for word in command]
    if not any("{demo}" in word for word in command):
        words += told
    bare = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("YANBAO_", "MAKE", "MFLAGS"))
    }
    screen = var / "screen.log"
    with ExitStack() as stack:
        output: IO[bytes] = stack.enter_context(screen.open("wb"))
        process = subprocess.Popen(
            words,
            env=bare
            | {"YANBAO_VAR": str(var), "PYTHONUTF8": "1", "COLUMNS": "160", "PYTHONUNBUFFERED": "1"}
            | (environment or {}),
            **{"stdin": subprocess.DEVNULL, "stdout": output, "stderr": subprocess.STDOUT} | popen,
        )
        started = Demonstration(
            process, ports, screen, tuple(f"YANBAO_VAR={each}".encode() for each in (var, folder or var))
        )
        try:
            yield started
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(PATIENCE)
            for pid in started.alive():
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            process.kill()
            process.wait()


def _free_ports() -> tuple[int, int, int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(3)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        one, two, three = (each.getsockname()[1] for each in sockets)
        return one, two, three
