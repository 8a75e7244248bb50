"""How long a request waits for the database: every wait asks for the seconds that are left.

The end is kept in a context variable. A call in a worker thread inherits it from the request. Jobs, imports
and commands have none: their statements have a limit of their own, see `src/adapters/sql/engine.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from math import inf
from time import monotonic
from typing import Final

REQUEST_SECONDS: Final = 9.0
"""How long a request waits for the database altogether. Opening a connection may add a second: 10 s in all."""

_END: Final[ContextVar[float]] = ContextVar("end_of_waiting", default=inf)


@contextmanager
def bounded(seconds: float = REQUEST_SECONDS) -> Iterator[None]:
    """Let everything in this block wait so many seconds at most; an earlier end stays in force."""
    token = _END.set(min(_END.get(), monotonic() + seconds))
    try:
        yield
    finally:
        _END.reset(token)


def seconds_left() -> float:
    """The seconds until the end, below 0 after it; infinite outside of `bounded`."""
    return _END.get() - monotonic()
