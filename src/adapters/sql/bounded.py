"""A PostgreSQL connection that never waits for ever: the driver's wait ends with the request.

The server's own `statement_timeout` cannot do this alone: a server that has stopped sends nothing, and the
network layer of a stopped process still acknowledges every packet.
"""

from __future__ import annotations

from typing import Any, Final, TypeVar

import psycopg
from psycopg.abc import PQGen

from ...application.waiting import seconds_left

Value = TypeVar("Value")

LEAST_SECONDS: Final = 1.0
"""What a statement gets after the request's end: the work of a slow machine is not thrown away."""
INTERVAL: Final = 0.1
"""How often the driver looks for Ctrl-C while it waits."""


class NoAnswerInTime(psycopg.OperationalError):
    """The server did not answer in time; the connection is closed, and what it was doing is not awaited."""


class BoundedConnection(psycopg.Connection[Any]):
    """Waits at most `longest` seconds for each answer (None: as long as it takes), and no longer than its request."""

    longest: float | None = None

    def wait(self, gen: PQGen[Value], interval: float = INTERVAL, timeout: float | None = None) -> Value:
        """Raises NoAnswerInTime. With a `timeout` of the caller's own it does what the driver does."""
        if timeout is not None:
            return super().wait(gen, interval, timeout)
        left = max(seconds_left(), LEAST_SECONDS)
        limit = left if self.longest is None else min(left, self.longest)
        if limit == float("inf"):
            return super().wait(gen, interval)
        try:
            return super().wait(gen, interval, limit)
        except psycopg.errors._WaitTimeout:
            # In the middle of an answer the connection is of no use to anybody else.
            self.pgconn.finish()
            raise NoAnswerInTime(f"no answer within {limit:.1f} s") from None
