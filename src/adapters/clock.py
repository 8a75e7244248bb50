"""Clocks: the wall clock, and the demo profile's clock that can be moved forward."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock


class SystemClock:
    """The wall clock in UTC."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class MovableClock:
    """The wall clock plus an offset that only grows; a file keeps the offset across restarts.

    For the demo profile only: a whole business day can be played in minutes. Every process that shares the
    file follows a move at once: a worker that is woken right after it must already see what has come due.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = Lock()
        self._offset = timedelta(0)
        self._read: tuple[int, int] | None = None
        """The file's number and time of change when it was last read; a move makes a new file."""

    def now(self) -> datetime:
        wall = datetime.now(UTC)
        with self._lock:
            found = self._found()
            if found != self._read:
                self._offset, self._read = self._stored(), found
            return wall + self._offset

    def move_to(self, moment: datetime) -> datetime:
        """Move forward to `moment`; raises ValueError if this clock has already passed it."""
        with self._lock:
            wall = datetime.now(UTC)
            current = wall + self._stored()
            if moment < current:
                raise ValueError(f"the clock stands at {current.isoformat()} and cannot go back")
            self._offset = moment - wall
            self._file.parent.mkdir(parents=True, exist_ok=True)
            scratch = self._file.with_suffix(".new")
            scratch.write_text(json.dumps({"offset_seconds": self._offset.total_seconds()}))
            os.replace(scratch, self._file)
            return moment

    def _found(self) -> tuple[int, int] | None:
        try:
            found = os.stat(self._file)
        except FileNotFoundError:
            return None  # Nobody has moved the clock yet.
        return found.st_ino, found.st_mtime_ns

    def _stored(self) -> timedelta:
        if not self._file.exists():
            return timedelta(0)
        return timedelta(seconds=float(json.loads(self._file.read_text())["offset_seconds"]))


class FixedClock:
    """A clock that stands still until `moment` is set; for tests and twins."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment
