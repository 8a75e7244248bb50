"""Samples of CPU time: every quarter of a millisecond, which thread has used how much since, and where it is.

A thread takes the stacks of all others. Linux says how much CPU each has used; the sampler's own is not counted. What
a thread has used counts for the layer where it is found now, or, if it waits now, for the layer where it was before. If
it waited for the database both times, what it did meanwhile was not seen, and is spread over its layers like the rest.

The bias: Python hands over at the end of a call or a loop's turn, so a long call into C is seen where it returns; what
happens within a quarter of a millisecond is seen as one; and being stopped so often costs all layers alike.
"""

from __future__ import annotations

import os
import sys
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from time import sleep
from types import FrameType
from typing import Final

from .layers import Layer, layer_of, waits, waits_for_database

EVERY_SECONDS: Final = 0.000_25
SWITCH_SECONDS: Final = 0.000_05
"""How soon a running thread is asked to let the sampler run."""


class Samples:
    """CPU seconds by layer, of all threads but the sampler's own."""

    def __init__(self) -> None:
        self.taken = 0
        self.seconds: dict[Layer, float] = defaultdict(float)

    @property
    def whole(self) -> float:
        return sum(self.seconds.values())

    def share(self, layer: Layer) -> float:
        """A part of one; those of all layers make one."""
        return self.seconds[layer] / self.whole if self.whole else 0.0


@contextmanager
def sampling() -> Iterator[Samples]:
    """Sample while the block runs, by a thread of its own."""
    samples, over = Samples(), threading.Event()
    failed: list[BaseException] = []

    def sample() -> None:
        try:
            _sample(samples, over)
        except BaseException as why:  # noqa: BLE001
            failed.append(why)  # Raised again where the block ends.

    thread = threading.Thread(target=sample, name="sampler", daemon=True)
    before = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_SECONDS)
    thread.start()
    try:
        yield samples
    finally:
        over.set()
        thread.join()
        sys.setswitchinterval(before)
    if failed:
        raise failed[0]


def _sample(samples: Samples, over: threading.Event) -> None:
    own, known = threading.get_ident(), _Threads()
    by_thread: dict[int, _Used] = defaultdict(_Used)
    known.used()
    while not over.is_set():
        sleep(EVERY_SECONDS)
        used, frames = known.used(), sys._current_frames()
        samples.taken += 1
        for ident, seconds in used.items():
            frame = frames.get(ident)
            if ident != own and frame is not None:
                by_thread[ident].add(frame, seconds)
        del frames
    known.close()
    for each in by_thread.values():
        for layer, seconds in each.spread():
            samples.seconds[layer] += seconds


class _Used:
    """What one thread has used, by layer."""

    def __init__(self) -> None:
        self._seconds: dict[Layer, float] = defaultdict(float)
        self._unseen = 0.0
        self._last: Layer | None = None

    def add(self, frame: FrameType, seconds: float) -> None:
        """What it has used since the last sample, by where it is now."""
        for_database = waits_for_database(frame)
        if not (for_database or waits(frame)):
            self._last = layer_of(frame)
            self._seconds[self._last] += seconds
            return
        last, self._last = self._last, None
        if last is not None:
            self._seconds[last] += seconds
        elif for_database:
            self._unseen += seconds
        else:
            self._seconds[layer_of(frame)] += seconds

    def spread(self) -> Iterator[tuple[Layer, float]]:
        """The seconds of each layer, with what was not seen spread over them."""
        seen = sum(self._seconds.values())
        for layer, seconds in self._seconds.items():
            yield layer, seconds * (1 + self._unseen / seen) if seen else seconds


class _Threads:
    """What each thread has used since the last time, by Linux's account of it, which counts nanoseconds."""

    def __init__(self) -> None:
        self._files: dict[int, int] = {}
        self._last: dict[int, int] = {}

    def used(self) -> dict[int, float]:
        """CPU seconds of every thread that has used any, by its `ident`."""
        found = {}
        for thread in threading.enumerate():
            if thread.ident is None or thread.native_id is None:
                continue
            try:
                if thread.ident not in self._files:
                    path = f"/proc/self/task/{thread.native_id}/schedstat"
                    self._files[thread.ident] = os.open(path, os.O_RDONLY)
                now = int(os.pread(self._files[thread.ident], 64, 0).split()[0])
            except (FileNotFoundError, ProcessLookupError):
                continue  # The thread has just ended.
            before = self._last.get(thread.ident, now)
            self._last[thread.ident] = now
            if now > before:
                found[thread.ident] = (now - before) / 1e9
        return found

    def close(self) -> None:
        for file in self._files.values():
            os.close(file)
