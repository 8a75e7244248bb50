"""One process of the system, forked from a server that has imported everything: it starts in no time, and dies alone."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path

# Imported here, and so by the server that forks: importing takes longer than any test.
import yanbao.main
import yanbao.worker
from yanbao.cli.main import main

from ..support.patience import PATIENCE, until

PRELOADED = (yanbao.main, yanbao.worker)
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload([__name__])


@dataclass
class Daemon:
    """`yanbao worker`, `clock` or `serve`, with its log."""

    process: ForkServerProcess
    log: Path

    @property
    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def until_said(self, words: str) -> None:
        until(lambda: words in self.said, f"{words!r} was not said by {self.log.name}")

    def until_dead(self) -> None:
        """Wait until its own fault point has killed it."""
        self.process.join(PATIENCE)
        assert self.process.exitcode == -signal.SIGKILL, self.said[-4000:]

    def until_stopped(self, point: str) -> None:
        """Wait until it has stopped itself at this point."""
        self.until_said(f"fault point {point} stop")
        state = Path(f"/proc/{self.process.pid}/stat")
        until(lambda: state.read_text().rpartition(")")[2].split()[0] == "T", f"{self.log.name} goes on")

    def resume(self) -> None:
        assert self.process.pid is not None
        os.kill(self.process.pid, signal.SIGCONT)

    def end(self) -> int | None:
        """Tell it to stop, and wait; says its exit code."""
        self.process.terminate()
        self.process.join(PATIENCE)
        return self.process.exitcode

    def kill(self) -> None:
        self.process.kill()
        self.process.join(PATIENCE)


def be_ready() -> None:
    """Start the server that forks, and wait until it has imported everything."""
    process = _FORKS.Process(target=int, daemon=True)
    process.start()
    process.join(PATIENCE)
    assert process.exitcode == 0, "the server that forks does not start"


def started(role: str, environment: Mapping[str, str], log: Path) -> Daemon:
    """Start `yanbao <role>` with this environment and no other."""
    log.touch()
    process = _FORKS.Process(target=_run, args=(role, dict(environment), str(log)), daemon=True)
    process.start()
    return Daemon(process, log)


def _run(role: str, environment: dict[str, str], log: str) -> None:
    output = os.open(log, os.O_WRONLY | os.O_APPEND)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["yanbao", role]
    main()
