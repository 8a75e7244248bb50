"""The served API while its database is read-only, then stands still: it answers, and goes on by itself afterwards."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import create_engine, make_url, text

from yanbao import wiring, worker
from yanbao.adapters.demo.province import build_province
from yanbao.adapters.demo.seeding import seed
from yanbao.domain.deadlines import business_date
from yanbao.settings import Settings
from yanbao.wiring import wire

from ..support.databases import migrated_postgres, postgres_server_url
from ..support.dates import start_clock
from ..support.patience import PATIENCE, until
from ..support.standstill import Line, line_to

pytestmark = [pytest.mark.process, pytest.mark.postgres]

PASSWORD = "Yanbao-demo-2026"
AT_ONCE = 30
"""Far more than the API has threads: those that wait for a thread must be answered, too."""


@dataclass
class Api:
    """A served API, the line to its database, and the database itself."""

    http: httpx.Client
    line: Line
    database: str
    log: Path

    def ask(self, query: str) -> httpx.Response:
        return self.http.post(
            "/graphql", json={"query": query}, headers={"accept": "application/graphql-response+json"}
        )

    def order(self, statement: str) -> None:
        """As an operator of the database, from beside the system."""
        url = make_url(self.database)
        engine = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement.format(name=url.database)))
        engine.dispose()


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    start_clock(tmp_path)
    with migrated_postgres() as database, line_to(database) as (line, url), socket.socket() as probe:
        system = wire(Settings(var=tmp_path, database_url=database))
        now = system.clock.now()
        digest = system.app.identity.hasher.hash(PASSWORD)
        seed(
            system.storage,
            build_province(enterprises=3, today=business_date(now)),
            password_digest=digest,
            at=now,
        )
        system.close()
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        with (
            _serving(tmp_path, url, port),
            httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=PATIENCE) as http,
        ):
            _until_answered(http)
            yield Api(http, line, database, tmp_path / "api.log")


@contextmanager
def _serving(var: Path, url: str, port: int) -> Iterator[None]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("YANBAO_")}
    environment |= {
        "YANBAO_VAR": str(var),
        "YANBAO_DATABASE_URL": url,
        "YANBAO_PORT": str(port),
        "YANBAO_EMBEDDED": "false",
        "PYTHONUTF8": "1",
    }
    command = [sys.executable, "-m", "yanbao", "serve"]
    with (
        (var / "api.log").open("wb") as log,
        subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT) as process,
    ):
        try:
            yield
        finally:
            process.terminate()


def _until_answered(http: httpx.Client) -> None:
    def answers() -> bool:
        try:
            return http.get("/readyz").status_code == 200
        except httpx.TransportError:
            return False  # Not listening yet.

    until(answers, "the API did not start")


READ = "{ viewer { name } }"
CHANGE = "mutation { markMessagesRead { __typename } }"


def code_of(answer: httpx.Response) -> tuple[int, Any]:
    errors = answer.json().get("errors") or [{"extensions": {"code": None}}]
    return answer.status_code, errors[0]["extensions"]["code"]


def test_a_read_only_spell_and_a_standstill_are_survived_without_hands(api: Api) -> None:
    found = api.ask(
        f'mutation {{ logIn(username: "enterprise-head", password: "{PASSWORD}") {{ __typename }} }}'
    )
    assert found.json()["data"]["logIn"]["__typename"] == "LoggedIn", found.text
    assert api.ask(CHANGE).json()["data"]["markMessagesRead"]["__typename"] != ""

    api.order("ALTER DATABASE {name} SET default_transaction_read_only = on")
    api.order("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
    for _ in range(AT_ONCE):
        assert code_of(api.ask(READ)) == (200, None)
        assert code_of(api.ask(CHANGE)) == (200, "TRY_AGAIN")
    until(lambda: api.http.get("/readyz").status_code == 503, "it says that it is ready")
    api.order("ALTER DATABASE {name} RESET default_transaction_read_only")
    for _ in range(AT_ONCE):
        assert code_of(api.ask(CHANGE)) == (200, None)
    until(lambda: api.http.get("/readyz").status_code == 200, "it is not ready again")

    api.line.hold()
    with ThreadPoolExecutor(AT_ONCE) as asking:
        answers: list[httpx.Response] = []

        def refused() -> bool:
            answers[:] = asking.map(api.ask, [READ] * AT_ONCE)
            return {code_of(answer) for answer in answers} == {(503, "TRY_AGAIN")}

        until(refused, "somebody is answered although the session is no longer remembered")
        assert {answer.headers["retry-after"] for answer in answers} == {"5"}
    assert api.http.get("/readyz").json() == {"code": "NOT_READY", "checks": {"database": "DOWN"}}
    assert api.http.get("/healthz").status_code == 200, "a restart would not help"
    api.line.release()
    assert code_of(api.ask(READ)) == (200, None)
    assert code_of(api.ask(CHANGE)) == (200, None)

    said = api.log.read_text(encoding="utf-8")
    assert "database.unavailable" in said
    assert "enterprise-head" not in said and "Traceback" not in said


def test_the_heart_stops_with_the_database_and_beats_again_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "BEAT_SECONDS", 0.01)
    monkeypatch.setattr(wiring, "PING_SECONDS", 0.1)
    start_clock(tmp_path)
    file = tmp_path / "heartbeat"
    failures: list[int] = []
    beaten = threading.Event()
    with line_to(postgres_server_url()) as (line, url):
        system = wire(Settings(var=tmp_path, database_url=url))

        def check() -> None:
            try:
                system.ping()
            except Exception:
                failures.append(1)
                raise

        with worker.heartbeat(file, check, beaten.set):
            until(beaten.is_set, "it does not beat")
            line.hold()
            until(lambda: failures, "nobody has noticed")
            beaten.clear()
            os.utime(file, (0, 0))
            until(lambda: len(failures) > 1, "nobody checks any more")
            assert (file.stat().st_mtime, beaten.is_set()) == (0, False)
            line.release()
            until(beaten.is_set, "it does not beat again")
        system.close()
