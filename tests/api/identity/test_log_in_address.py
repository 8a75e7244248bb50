"""Failed log-ins are counted by the address that they come from, through the real routes and a real database."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from typer.testing import CliRunner

from yanbao.application.access import SYSTEM
from yanbao.application.ports.paging import Page
from yanbao.cli.main import app as command_line
from yanbao.main import asgi
from yanbao.settings import Settings
from yanbao.wiring import System, wire

from ...support.databases import add_tables
from ...support.dates import start_clock

LOG_IN = """mutation { logIn(username: "nobody", password: "x") { ... on Refusal { code message } } }"""


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    start_clock(tmp_path)
    system = wire(Settings(var=tmp_path, embedded=False, address_failures=2))
    add_tables(system.engine)
    yield system
    system.close()


def knock(system: System, address: str | None) -> str:
    """The code of an attempt to log in."""

    async def call() -> dict[str, Any]:
        transport = httpx.ASGITransport(app=asgi(system), client=(address, 1) if address else None)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
            answer: dict[str, Any] = (await http.post("/graphql", json={"query": LOG_IN})).json()
            return answer

    answer = asyncio.run(call())
    return str(answer["data"]["logIn"]["code"])


def test_an_address_is_shut_out_and_no_other_one(system: System) -> None:
    assert [knock(system, "10.61.1.7") for _ in range(3)] == [
        "LOG_IN_REFUSED",
        "LOG_IN_REFUSED",
        "RATE_LIMITED",
    ]
    assert knock(system, "10.61.1.8") == "LOG_IN_REFUSED"
    trail = system.storage.readers().operations.audit_entries(Page(9)).rows
    assert [(line.action, line.detail["address"]) for line in trail] == [
        ("LogInFailed", "10.61.1.8"),
        ("LogInFailed", "10.61.1.7"),
        ("LogInFailed", "10.61.1.7"),
    ]
    assert {line.actor_name for line in trail} == {SYSTEM.name}


def test_where_no_address_is_known_nobody_is_shut_out(system: System) -> None:
    assert {knock(system, None) for _ in range(4)} == {"LOG_IN_REFUSED"}


def test_the_server_believes_the_proxies_of_the_settings(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    served: dict[str, Any] = {}
    monkeypatch.setattr(uvicorn, "run", lambda _, **options: served.update(options))
    monkeypatch.setenv("YANBAO_VAR", str(tmp_path))
    monkeypatch.setenv("YANBAO_TRUSTED_PROXIES", "10.0.0.0/8")
    assert CliRunner().invoke(command_line, ["migrate"]).exit_code == 0
    assert CliRunner().invoke(command_line, ["serve"]).exit_code == 0
    assert served["forwarded_allow_ips"] == "10.0.0.0/8"
