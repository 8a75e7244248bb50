"""How tests wait: for what must come as long as it takes, and never by a clock that would measure the machine."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Final

PATIENCE: Final = 60.0
"""Seconds a test waits for what must come, however busy the machine is; never a measure of speed.

Also the deadline that is given to what is expected to succeed.
"""
FOR_EVER: Final = 3 * PATIENCE
"""How long an opponent keeps on who is to be given up: who waited for its end would be caught by PATIENCE."""


def until(holds: Callable[[], object], what: str = "it did not happen") -> None:
    """Return as soon as it holds; fail with these words when it never does."""
    ends = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < ends, f"{what}, in {PATIENCE:g} s"
        time.sleep(0.01)


def striking_deadlines() -> Iterator[float]:
    """Deadlines to try one after the other until one has struck as it was to: late enough for what comes before it.

    The first is enough unless the machine stops in that very moment: then it may strike too early, or a time-out
    further below may be seen before it. The last decides.
    """
    yield from (0.4, 4.0, 40.0)
