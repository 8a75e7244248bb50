"""The figures for Prometheus: what is counted, that labels stay few, and that counting changes nothing."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client import generate_latest
from sqlalchemy import text

from yanbao.adapters.clock import FixedClock
from yanbao.adapters.metrics.exchange import MeasuredMinistry, MeasuredSms
from yanbao.adapters.metrics.figures import Metrics
from yanbao.adapters.ministry.twin import TwinMinistry
from yanbao.adapters.sms.twin import TwinSms
from yanbao.application.operations.schedule import Job, JobResult, at_times
from yanbao.application.operations.watch import Watch
from yanbao.application.ports.condition import Condition
from yanbao.application.ports.exchange import PushFailed, RecordKind
from yanbao.application.ports.operations import SlotState
from yanbao.application.ports.unavailable import Unavailable
from yanbao.domain.exchange.duty import DutyState, Topic
from yanbao.graphql.execution.executor import RowExecutor
from yanbao.graphql.schema import SchemaSettings, make_schema
from yanbao.main import asgi
from yanbao.settings import Settings
from yanbao.wiring import System, wire

from ..application.operations.test_watch import WALL, Reader
from ..support.databases import add_tables
from ..support.dates import start_clock
from ..support.system import MORNING


def lines(metrics: Metrics) -> dict[str, float]:
    """Every figure of ours with its labels."""
    text = generate_latest(metrics.registry).decode()
    return {
        name: float(value)
        for name, value in re.findall(r"^(yanbao_\S+(?:\{.*\})?) (\S+)$", text, re.MULTILINE)
    }


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    start_clock(tmp_path)
    system = wire(Settings(var=tmp_path, embedded=False))
    add_tables(system.engine)
    yield system
    system.close()


def ask(system: System, *requests: tuple[str, str, Any]) -> list[httpx.Response]:
    async def go() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app=asgi(system))
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
            return [
                await http.request(method, path, json=body) if body else await http.request(method, path)
                for method, path, body in requests
            ]

    return asyncio.run(go())


def test_requests_root_fields_statements_and_errors_are_counted(system: System) -> None:
    query = {"query": "{ viewer { name } again: viewer { name } __typename }"}
    refused = {"query": "{ labels { name } }"}
    ask(system, ("POST", "/graphql", query), ("POST", "/graphql", refused), ("GET", "/healthz", None))
    with system.engine.connect() as connection:
        connection.execute(text("SELECT 1"))
    found = lines(system.metrics)
    assert found['yanbao_requests_total{method="POST",route="/graphql",status="200"}'] == 2
    assert found['yanbao_request_seconds_count{route="/healthz"}'] == 1
    assert found['yanbao_resolver_seconds_count{field="viewer",operation="query"}'] == 2
    assert found['yanbao_resolver_seconds_count{field="labels",operation="query"}'] == 1
    assert found['yanbao_graphql_errors_total{code="UNAUTHENTICATED"}'] == 1
    assert found['yanbao_statement_seconds_count{kind="SELECT"}'] >= 1
    assert found["yanbao_database_connections_in_use"] == 0


def test_secrets_ids_and_foreign_words_are_no_labels(system: System) -> None:
    ask(
        system,
        ("GET", "/files/secret-ticket", None),
        ("POST", "/callbacks/sms/mas/secret", {"a": 1}),
        ("BREW", "/secret", None),
        ("POST", "/graphql", {"query": "{ secret: viewer { name } secret2: __typename }"}),
    )
    text = generate_latest(system.metrics.registry).decode()
    assert "secret" not in text and "BREW" not in text
    assert 'method="other",route="other"' in text


def test_what_waits_is_a_figure_and_a_database_that_is_away_is_a_zero() -> None:
    reader = Reader(
        Condition(
            writable=True,
            database_time=WALL + timedelta(seconds=2),
            oldest_due={Topic.SMS: MORNING - timedelta(seconds=90)},
            missed_slots=3,
            inbox_waiting=7,
            newest_slot_at=MORNING - timedelta(seconds=30),
        )
    )
    reader.dead = {(Topic.SMS, DutyState.PARKED): 2}
    now = [0.0]
    watch = Watch(reader, FixedClock(MORNING), lambda: WALL, lambda: True, timer=lambda: now[0])
    metrics = Metrics()
    metrics.watch_condition(watch)
    assert reader.asked == [], "nobody has asked yet"
    found = lines(metrics)
    assert found['yanbao_oldest_unsent_duty_seconds{topic="SMS"}'] == 90
    assert found['yanbao_oldest_unsent_duty_seconds{topic="SMS_RECEIPT"}'] == 0
    assert found['yanbao_dead_letters{state="PARKED",topic="SMS"}'] == 2
    names = ("database_up", "database_writable", "redis_up", "missed_slots", "clock_skew_seconds")
    assert [found[f"yanbao_{name}"] for name in names] == [1, 1, 1, 3, 2]
    assert found["yanbao_schedule_silent_seconds"] == 30
    assert found["yanbao_inbox_waiting"] == 7
    now[0], reader.found = 5.0, Unavailable("gone")
    found = lines(metrics)
    assert (found["yanbao_database_up"], found["yanbao_database_writable"]) == (0, 0)
    assert "yanbao_missed_slots" not in found


def test_jobs_are_counted_by_outcome() -> None:
    metrics = Metrics()

    def job(outcome: JobResult | Exception) -> Job:
        def run(slot_at: datetime) -> JobResult:
            if isinstance(outcome, Exception):
                raise outcome
            return outcome

        return metrics.measured(Job("remind", "提醒", at_times(), run))

    job(JobResult("3")).run(MORNING)
    job(JobResult("none", SlotState.SKIPPED)).run(MORNING)
    with pytest.raises(ValueError, match="bad"):
        job(ValueError("bad")).run(MORNING)
    found = lines(metrics)
    assert [
        found[f'yanbao_job_runs_total{{job="remind",outcome="{outcome}"}}']
        for outcome in ("done", "skipped", "failed")
    ] == [1, 1, 1]
    assert found['yanbao_job_seconds_count{job="remind"}'] == 3


def test_calls_to_the_ministry_are_counted_and_handed_on_unchanged(monkeypatch: pytest.MonkeyPatch) -> None:
    metrics, twin = Metrics(), TwinMinistry()
    ministry = MeasuredMinistry(twin, metrics)
    assert ministry.batch_size == twin.batch_size
    held = ministry.receipts(RecordKind.COMMITMENT, MORNING.date())
    assert held == twin.receipts(RecordKind.COMMITMENT, MORNING.date())

    def receipts(kind: RecordKind, business_date: object) -> None:
        raise PushFailed("503", message_id="")

    monkeypatch.setattr(twin, "receipts", receipts)
    with pytest.raises(PushFailed):
        ministry.receipts(RecordKind.COMMITMENT, MORNING.date())
    found = lines(metrics)
    for outcome in ("answered", "failed"):
        name = f'yanbao_exchange_calls_total{{call="receipts",outcome="{outcome}",partner="ministry"}}'
        assert found[name] == 1
    assert MeasuredSms(TwinSms(), metrics).name == TwinSms().name


def test_an_outage_is_counted_by_its_kind(tmp_path: Path) -> None:
    url = "postgresql+psycopg://nobody@127.0.0.1:1/nothing"
    system = wire(Settings(var=tmp_path, database_url=url, embedded=False))
    (answer,) = ask(system, ("GET", "/readyz", None))
    assert answer.status_code == 503
    assert answer.json() == {"code": "NOT_READY", "checks": {"database": "DOWN"}}
    assert lines(system.metrics)['yanbao_database_outages_total{kind="Unavailable"}'] >= 1
    assert ask(system, ("GET", "/healthz", None))[0].text == "ok"
    system.close()


def test_the_figures_have_a_port_of_their_own(system: System) -> None:
    with system.metrics.served("127.0.0.1", None):
        pass  # No port, no server.
    with pytest.raises(OSError, match=r"port|address"), system.metrics.served("203.0.113.1", 1):
        raise AssertionError("nobody can listen there")
    (answer,) = ask(system, ("GET", "/metrics", None))
    assert answer.status_code == 404, "the public port gives no figures away"


def test_readiness_gives_away_neither_numbers_nor_causes(system: System) -> None:
    (answer,) = ask(system, ("GET", "/readyz", None))
    assert answer.status_code == 200
    assert set(answer.json()) == {"code", "checks"}
    assert set(answer.json()["checks"].values()) <= {"OK", "DEGRADED", "DOWN"}
    assert not re.search(r"\d", answer.text)


def test_below_the_root_fields_the_executor_runs_the_same_code_as_without_measuring() -> None:
    told: list[tuple[str, str]] = []
    schema = make_schema(SchemaSettings(resolved=lambda operation, field, _: told.append((operation, field))))
    executor: Any = schema.execution_context_class
    assert issubclass(executor, RowExecutor)
    assert executor.execute_field is RowExecutor.execute_field
    assert executor.execute_fields is RowExecutor.execute_fields
    result = asyncio.run(schema.execute("{ __schema { queryType { name } } again: __typename }"))
    assert result.errors is None
    assert sorted(told) == [("query", "__schema"), ("query", "__typename")]
