"""A process remembers a session for a moment, and forgets it with the first change that it hears of."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import event

from yanbao.adapters.sql.migrations import upgrade
from yanbao.application.access import SYSTEM
from yanbao.application.identity import memory
from yanbao.main import asgi
from yanbao.settings import Settings
from yanbao.wiring import System, wire

from ...support.accounts import an_account
from ...support.builders import a_department_tree, a_person, a_region_tree
from ...support.dates import start_clock
from ...support.settling import settle_in

OFFICER = a_person("赵值班", of=a_department_tree()[4])
PASSWORD = "Right-horse-7-staple"
VIEWER = "{ viewer { name } }"
LOG_OUT = "mutation { logOut { __typename } }"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    start_clock(tmp_path)
    return Settings(var=tmp_path, embedded=False)


@pytest.fixture
def system(settings: Settings) -> Iterator[System]:
    system = wire(settings)
    upgrade(system.engine)
    account = an_account(OFFICER)
    account.password_digest = system.app.identity.hasher.hash(PASSWORD)
    settle_in(system.storage, SYSTEM, *a_region_tree(), *a_department_tree(), OFFICER, account)
    yield system
    system.close()


@pytest.fixture
def other(system: System, settings: Settings) -> Iterator[System]:
    """Another process on the same database; without Redis it hears of nothing."""
    other = wire(settings)
    yield other
    other.close()


class Asking:
    """A client of one process."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._app = asgi(system)

    def ask(self, query: str, token: str | None = None) -> Any:
        return asyncio.run(self._ask(query, {"authorization": f"Bearer {token}"} if token else {}))

    async def _ask(self, query: str, headers: dict[str, str]) -> Any:
        transport = httpx.ASGITransport(app=self._app)
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
            answer = await http.post("/graphql", json={"query": query}, headers=headers)
        return answer.json()["data"]

    def statements(self, query: str, token: str) -> int:
        """How many statements the query takes."""
        seen: list[str] = []

        def note(connection: object, cursor: object, statement: str, *_: object) -> None:
            seen.append(statement)

        event.listen(self._system.engine, "before_cursor_execute", note)
        try:
            self.ask(query, token)
        finally:
            event.remove(self._system.engine, "before_cursor_execute", note)
        return len(seen)


def logged_in(asking: Asking, username: str) -> str:
    found = asking.ask(
        f'mutation {{ logIn(username: "{username}", password: "{PASSWORD}", client: APP) '
        "{ ... on LoggedIn { token } } }"
    )
    token: str = found["logIn"]["token"]
    return token


def test_who_asks_again_is_not_looked_up_again(system: System) -> None:
    here = Asking(system)
    token = logged_in(here, an_account(OFFICER).username)
    assert here.statements("{ __typename }", token) == 1
    assert here.statements("{ __typename }", token) == 0


def test_a_session_that_ends_in_this_process_is_forgotten_at_once(system: System) -> None:
    here = Asking(system)
    token = logged_in(here, an_account(OFFICER).username)
    assert here.ask(VIEWER, token)["viewer"]
    here.ask(LOG_OUT, token)
    assert here.ask(VIEWER, token)["viewer"] is None


def test_a_session_that_ends_in_another_process_is_forgotten_within_a_second(
    system: System, other: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1_000.0]
    monkeypatch.setattr(memory, "monotonic", lambda: now[0])
    here, there = Asking(system), Asking(other)
    token = logged_in(here, an_account(OFFICER).username)
    assert there.ask(VIEWER, token)["viewer"]
    here.ask(LOG_OUT, token)
    now[0] += memory.SECONDS
    assert there.ask(VIEWER, token)["viewer"] is None
