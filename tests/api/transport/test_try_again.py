"""While the database cannot be used, every address asks to try again: with a code, a sentence and a time."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from yanbao.application.ports.unavailable import OutcomeUnknown, Unavailable, WritesRefused
from yanbao.application.waiting import seconds_left
from yanbao.graphql import threads
from yanbao.graphql.threads import run_in_thread

from ...support.patience import PATIENCE
from ...support.system import Client, TwinSystem, codes, make_system

RESPONSE = "application/graphql-response+json"


@pytest.fixture
def system() -> TwinSystem:
    return make_system().seeded()


def break_(monkeypatch: pytest.MonkeyPatch, system: TwinSystem, failure: Unavailable) -> None:
    """The database fails at the first question of every request: whose session it is."""

    def session(self: Any, digest: str) -> None:
        raise failure

    monkeypatch.setattr(type(system.readers.access), "session", session)


async def post(system: TwinSystem, accept: str = RESPONSE) -> httpx.Response:
    transport = httpx.ASGITransport(app=system.asgi())
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
        return await http.post(
            "/graphql",
            json={"query": "{ viewer { name } }"},
            headers={"authorization": "Bearer any", "accept": accept},
        )


@pytest.mark.parametrize("accept", [RESPONSE, "application/json", "text/event-stream"])
def test_a_request_is_answered_503_with_code_sentence_and_time(
    system: TwinSystem, monkeypatch: pytest.MonkeyPatch, accept: str
) -> None:
    break_(monkeypatch, system, Unavailable("gone"))
    answer = asyncio.run(post(system, accept))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert codes(answer.json()) == ["TRY_AGAIN"]
    assert "请稍后重试" in answer.json()["errors"][0]["extensions"]["sentence"]
    assert "gone" not in answer.text


def test_an_address_of_files_is_answered_503_too(system: TwinSystem, monkeypatch: pytest.MonkeyPatch) -> None:
    break_(monkeypatch, system, Unavailable("gone"))

    async def go(method: str) -> httpx.Response:
        transport = httpx.ASGITransport(app=system.asgi())
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
            return await http.request(method, "/files/any", headers={"authorization": "Bearer any"})

    for method in ("PUT", "GET"):
        answer = asyncio.run(go(method))
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert answer.json()["code"] == "TRY_AGAIN"


def test_a_change_that_cannot_be_stored_says_so_and_the_reads_beside_it_are_answered(
    system: TwinSystem,
) -> None:
    async def go() -> tuple[dict[str, Any], dict[str, Any]]:
        client = await Client(system).log_in("enterprise-head")
        system.storage.refuses_writes = True  # type: ignore[attr-defined]
        changed = await client.send("mutation { markMessagesRead { __typename } }")
        return changed, await client.send("{ viewer { name unreadCount } }")

    changed, read = asyncio.run(go())
    assert codes(changed) == ["TRY_AGAIN"]
    assert "不能保存" in changed["errors"][0]["extensions"]["sentence"]
    assert "errors" not in read and read["data"]["viewer"]["name"]


@pytest.mark.parametrize("kind", [Unavailable, WritesRefused, OutcomeUnknown])
def test_every_outage_has_the_one_code_and_a_sentence_of_its_own(kind: type[Unavailable]) -> None:
    assert kind("x").code == "TRY_AGAIN"
    assert len({each.sentence for each in (Unavailable, WritesRefused, OutcomeUnknown)}) == 3


@pytest.fixture
def busy() -> Iterator[threading.Event]:
    """What keeps every thread busy until it is set."""
    freed = threading.Event()
    yield freed
    freed.set()


def test_whoever_finds_all_threads_waiting_for_the_database_is_asked_to_try_again(
    busy: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "CONNECTING_SECONDS", 8.9)  # So that a thread is waited for half a second.

    async def go() -> list[Any]:
        threads.anyio.to_thread.current_default_thread_limiter().total_tokens = 2
        taken = [asyncio.create_task(run_in_thread(lambda: busy.wait(PATIENCE))) for _ in range(2)]
        await asyncio.sleep(0)
        late = await asyncio.gather(*(run_in_thread(int) for _ in range(3)), return_exceptions=True)
        busy.set()
        return [*late, *await asyncio.gather(*taken), await run_in_thread(int)]

    found = asyncio.run(go())
    assert [type(each) for each in found] == [Unavailable] * 3 + [bool, bool, int]


def test_a_call_in_a_thread_knows_when_its_request_ends() -> None:
    assert 0 < asyncio.run(run_in_thread(seconds_left)) <= 9
    assert seconds_left() == float("inf")
