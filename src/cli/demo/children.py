"""The child processes of the demo: each has a log of its own, and none outlives the demo."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

STOP_SECONDS: Final = 10.0
MOST_LINES: Final = 12
"""How many of the last lines of a log are shown."""


@dataclass(frozen=True, slots=True)
class Child:
    """A started process, its name and its log."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    log_start: int
    """How long the log was before: it holds earlier runs, too."""

    def last_lines(self) -> list[str]:
        """The last lines that this run has written, each with the name before it."""
        with self.log.open("rb") as file:
            file.seek(self.log_start)
            lines = file.read().decode(errors="replace").splitlines()
        return [f"{self.name} | {line}" for line in lines[-MOST_LINES:]]


class Children:
    """The processes in the order of their start; they are stopped in the opposite order."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._children: list[Child] = []

    def start(self, name: str, arguments: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start `python -m` with the arguments, on a leash: it ends when this process does, however it ends.

        It is in a session of its own: Ctrl-C reaches only this process, which ends the children in order.
        """
        log = self._folder / f"{name}.log"
        with log.open("ab") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "yanbao.cli.demo.leash", *arguments],
                env=dict(environment),
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
            self._children.append(Child(name, process, log, out.tell()))

    def ended(self) -> list[Child]:
        """Those that have ended, although nobody has stopped them."""
        return [child for child in self._children if child.process.poll() is not None]

    def stop(self) -> None:
        """Stop one after the other: SIGTERM, and SIGKILL for whoever is not gone when the time for all is over.

        Whoever was started first goes last: a job that the clock ends needs the ministry until then.
        """
        deadline = time.monotonic() + STOP_SECONDS
        for child in reversed(self._children):
            if child.process.poll() is None:
                child.process.terminate()
            try:
                child.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.process.kill()  # SIGTERM did not end it in time.
                child.process.wait()


@contextmanager
def children_in(folder: Path) -> Iterator[Children]:
    """No children yet; whatever happens, those started by then are stopped at the end."""
    children = Children(folder)
    try:
        yield children
    finally:
        children.stop()
