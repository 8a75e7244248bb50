"""Notices that the demo must end: a signal, the terminal is closed, or the parent process has ended."""

from __future__ import annotations

import os
import signal
import threading
from typing import Final

LOOK_SECONDS: Final = 0.5
"""How often to look whether the parent process is still there."""


class Ending(Exception):
    """The demo was told to end while it was still filling its database."""


class Told:
    """An event that is set by SIGINT, SIGTERM and SIGHUP, and when `parent` is not the parent process any more.

    A shell without job control ignores SIGINT for its background jobs: here it counts all the same.
    """

    def __init__(self, *, parent: int | None) -> None:
        self._event = threading.Event()
        self.why = "正在停止……"
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._signalled)
        # Whoever starts it with `nohup` wants it to outlive the terminal.
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            signal.signal(signal.SIGHUP, self._signalled)
        if parent is not None:
            threading.Thread(target=self._watch, args=(parent,), name="parent", daemon=True).start()

    def is_set(self) -> bool:
        return self._event.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait so long at most; whether the demo must end."""
        return self._event.wait(seconds)

    def check(self) -> None:
        """Raise Ending if the demo must end."""
        if self._event.is_set():
            raise Ending

    def _signalled(self, number: int, frame: object) -> None:
        self._event.set()

    def _watch(self, parent: int) -> None:
        # An orphan gets another parent. Its number says nothing: it may be 1 or that of a supervisor.
        while os.getppid() == parent:
            if self._event.wait(LOOK_SECONDS):
                return
        self.why = "启动演示的程序已经结束，演示随之停止……"
        self._event.set()
