"""The figures of one process, and the port on which Prometheus reads them.

Every label has few values, all known from code or schema: no ids, names, addresses or texts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import cache
from time import perf_counter
from typing import Any, Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    start_http_server,
)
from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import ExceptionContext
from sqlalchemy.pool import QueuePool

from ...application.operations.schedule import Job, JobResult
from ...application.operations.watch import Watch
from ...application.ports.unavailable import Unavailable
from .condition import ConditionCollector

SECONDS: Final = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
JOB_SECONDS: Final = (0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 1800.0)
STATEMENTS: Final = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE", "WITH"})
_BEGUN: Final = "yanbao_statement_begun"


class Metrics:
    """Counts and measures; safe to use from many threads. One per process."""

    def __init__(self) -> None:
        without_second_lines: Callable[[], None] = disable_created_metrics  # It has no annotations.
        without_second_lines()  # A second line per figure, for when it was first counted: nobody reads it.
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        GCCollector(registry=registry)
        self._requests = Counter(
            "yanbao_requests", "HTTP requests answered.", ("route", "method", "status"), registry=registry
        )
        self._request_seconds = Histogram(
            "yanbao_request_seconds",
            "Time until an answer begins.",
            ("route",),
            registry=registry,
            buckets=SECONDS,
        )
        self._sockets = Gauge("yanbao_open_sockets", "Sockets that are open.", registry=registry)
        self._resolver_seconds = Histogram(
            "yanbao_resolver_seconds",
            "Time for a root field with everything below it.",
            ("operation", "field"),
            registry=registry,
            buckets=SECONDS,
        )
        self._errors = Counter(
            "yanbao_graphql_errors", "Errors in GraphQL answers.", ("code",), registry=registry
        )
        self._statement_seconds = Histogram(
            "yanbao_statement_seconds",
            "Time for a database statement.",
            ("kind",),
            registry=registry,
            buckets=SECONDS,
        )
        self._outages = Counter(
            "yanbao_database_outages", "Statements that met an outage.", ("kind",), registry=registry
        )
        self._in_use = Gauge(
            "yanbao_database_connections_in_use", "Connections taken from the pool.", registry=registry
        )
        self._job_seconds = Histogram(
            "yanbao_job_seconds",
            "Time for a scheduled job.",
            ("job",),
            registry=registry,
            buckets=JOB_SECONDS,
        )
        self._job_runs = Counter(
            "yanbao_job_runs", "Runs of scheduled jobs.", ("job", "outcome"), registry=registry
        )
        self._exchange_seconds = Histogram(
            "yanbao_exchange_seconds",
            "Time for a call to ministry or SMS gateway.",
            ("partner", "call"),
            registry=registry,
            buckets=SECONDS,
        )
        self._exchange_calls = Counter(
            "yanbao_exchange_calls",
            "Calls to ministry and SMS gateway.",
            ("partner", "call", "outcome"),
            registry=registry,
        )
        self._inbound_refusals = Counter(
            "yanbao_inbound_refusals",
            "Requests of the ministry that were refused whole, and not kept.",
            ("reason",),
            registry=registry,
        )
        self._heartbeat = Gauge(
            "yanbao_heartbeat_timestamp_seconds",
            "When this worker or clock last was well.",
            registry=registry,
        )

        # To find the series of some labels costs more than to count in it.
        self._of_request = cache(self._find_request)
        self._of_field = cache(self._resolver_seconds.labels)

    def _find_request(self, route: str, method: str, status: int) -> tuple[Counter, Histogram]:
        return self._requests.labels(route, method, str(status)), self._request_seconds.labels(route)

    # ------------------------------------------------------------ what reports here

    def request(self, route: str, method: str, status: int, seconds: float) -> None:
        counted, timed = self._of_request(route, method, status)
        counted.inc()
        timed.observe(seconds)

    def socket(self, change: int) -> None:
        """One more open socket (1), or one less (-1)."""
        self._sockets.inc(change)

    def resolved(self, operation: str, field: str, seconds: float) -> None:
        self._of_field(operation, field).observe(seconds)

    def error(self, code: str) -> None:
        self._errors.labels(code).inc()

    def inbound_refused(self, reason: str) -> None:
        self._inbound_refusals.labels(reason).inc()

    def heartbeat(self, at: datetime) -> None:
        self._heartbeat.set(at.timestamp())

    @contextmanager
    def exchange(self, partner: str, call: str) -> Iterator[None]:
        """Measure the call in the block; an exception counts as its failure and goes on."""
        begun, outcome = perf_counter(), "failed"
        try:
            yield
            outcome = "answered"
        finally:
            self._exchange_seconds.labels(partner, call).observe(perf_counter() - begun)
            self._exchange_calls.labels(partner, call, outcome).inc()

    def measured(self, job: Job) -> Job:
        """The same job, measured."""

        def run(slot_at: datetime) -> JobResult:
            begun, outcome = perf_counter(), "failed"
            try:
                result = job.run(slot_at)
                outcome = result.state.value.lower()
                return result
            finally:
                self._job_seconds.labels(job.name).observe(perf_counter() - begun)
                self._job_runs.labels(job.name, outcome).inc()

        return replace(job, run=run)

    # ------------------------------------------------------------ what is watched

    def watch_engine(self, engine: Engine) -> None:
        """Measure every statement of the engine by its kind, and count outages."""
        observers = {kind: self._statement_seconds.labels(kind) for kind in (*STATEMENTS, "other")}

        def before(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
            connection.info[_BEGUN] = perf_counter()

        def after(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
            kind = statement[:6].strip().upper().partition(" ")[0]
            seconds = perf_counter() - connection.info[_BEGUN]
            (observers.get(kind) or observers["other"]).observe(seconds)

        def failed(context: ExceptionContext) -> None:
            # It is there only when the handler of outages has made one.
            outage = getattr(context, "chained_exception", None)
            if isinstance(outage, Unavailable):
                self._outages.labels(type(outage).__name__).inc()

        event.listen(engine, "before_cursor_execute", before)
        event.listen(engine, "after_cursor_execute", after)
        event.listen(engine, "handle_error", failed)
        pool = engine.pool
        if isinstance(pool, QueuePool):
            self._in_use.set_function(pool.checkedout)

    def watch_condition(self, watch: Watch) -> None:
        """Add the condition of the whole system, looked at when Prometheus asks."""
        self.registry.register(ConditionCollector(watch))

    @contextmanager
    def served(self, host: str, port: int | None) -> Iterator[None]:
        """Serve the figures while the block runs; without a port, do nothing. Raises OSError if it is taken."""
        if port is None:
            yield
            return
        server, thread = start_http_server(port, host, self.registry)
        try:
            yield
        finally:
            server.shutdown()
            server.server_close()
            thread.join(5.0)
