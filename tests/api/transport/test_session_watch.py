"""All open sockets and streams have their sessions checked together, by one task, at once when access changes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from yanbao.application.ports.unavailable import Unavailable
from yanbao.graphql.live import Session
from yanbao.graphql.transport import sessions
from yanbao.graphql.transport.sessions import SessionWatch

from ...support.patience import FOR_EVER, PATIENCE


@dataclass
class Context:
    session_key: str | None


@dataclass(eq=False)
class Stream:
    """Something open."""

    context: Context
    happened: list[str] = field(default_factory=list)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def end(self) -> None:
        self.happened.append("ended")
        self.over.set()

    def move(self) -> None:
        self.happened.append("moved")


@dataclass
class Guard:
    """Checks many sessions at once; notes what it was asked."""

    revoked: set[str | None] = field(default_factory=set)
    moved: dict[str | None, str] = field(default_factory=dict)
    fails: Exception | None = None
    asked: list[list[str | None]] = field(default_factory=list)
    checked: asyncio.Event = field(default_factory=asyncio.Event)

    async def together(self, contexts: Sequence[Context]) -> Sequence[Session]:
        self.asked.append([context.session_key for context in contexts])
        self.checked.set()
        if self.fails is not None:
            raise self.fails
        return [self._session(context) for context in contexts]

    def _session(self, context: Context) -> Session:
        if context.session_key in self.revoked:
            return Session.ENDED
        changed = self.moved.pop(context.session_key, None) is not None
        return Session.CHANGED if changed else Session.SAME


async def nobody_asks(context: Any) -> bool:
    raise AssertionError("the sessions are checked together")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "LEAST", 0.0)


def watching(
    act: Callable[[Guard, SessionWatch, asyncio.Event], Awaitable[None]], seconds: float = FOR_EVER
) -> None:
    async def go() -> None:
        changed, guard = asyncio.Event(), Guard()

        @asynccontextmanager
        async def changes() -> AsyncIterator[asyncio.Event]:
            yield changed

        watch = SessionWatch(nobody_asks, seconds, together=guard.together, changes=changes)
        await asyncio.wait_for(act(guard, watch, changed), PATIENCE)

    asyncio.run(go())


async def check_now(guard: Guard, changed: asyncio.Event) -> None:
    guard.checked.clear()
    changed.set()
    await guard.checked.wait()
    for _ in range(10):
        await asyncio.sleep(0)


def test_one_check_for_all_ends_exactly_those_whose_session_has_ended() -> None:
    async def act(guard: Guard, watch: SessionWatch, changed: asyncio.Event) -> None:
        open_ones = [Stream(Context(f"s{number % 3}")) for number in range(9)]
        for one in open_ones:
            watch.add(one)
        guard.revoked.add("s1")
        await check_now(guard, changed)
        assert len(guard.asked) == 1 and len(guard.asked[0]) == 9
        for one in open_ones:
            assert one.happened == (["ended"] if one.context.session_key == "s1" else [])

    watching(act)


def test_it_checks_by_itself_every_few_seconds() -> None:
    async def act(guard: Guard, watch: SessionWatch, changed: asyncio.Event) -> None:
        one = Stream(Context("s"))
        watch.add(one)
        await guard.checked.wait()
        guard.revoked.add("s")
        await one.over.wait()
        assert one.happened[0] == "ended"

    watching(act, seconds=0.02)


def test_whose_jurisdiction_has_changed_moves_and_nobody_else_does() -> None:
    async def act(guard: Guard, watch: SessionWatch, changed: asyncio.Event) -> None:
        one, other = Stream(Context("s")), Stream(Context("t"))
        watch.add(one)
        watch.add(other)
        guard.moved["s"] = "610100"
        await check_now(guard, changed)
        await check_now(guard, changed)
        assert one.happened == ["moved"] and other.happened == []

    watching(act)


def test_while_the_database_is_away_all_stay_and_any_other_failure_ends_them() -> None:
    async def act(guard: Guard, watch: SessionWatch, changed: asyncio.Event) -> None:
        one = Stream(Context("s"))
        watch.add(one)
        guard.fails = Unavailable("gone")
        await check_now(guard, changed)
        assert one.happened == []
        guard.fails = ConnectionError("broken")
        await check_now(guard, changed)
        assert one.happened == ["ended"]

    watching(act)


def test_without_anything_open_nothing_is_checked_and_the_next_is_watched_again() -> None:
    async def act(guard: Guard, watch: SessionWatch, changed: asyncio.Event) -> None:
        first, before = Stream(Context("s")), asyncio.all_tasks()
        watch.add(first)
        watch.remove(first)
        watch.remove(first)
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == before, "only this test runs"
        second = Stream(Context("t"))
        watch.add(second)
        await asyncio.sleep(0)
        await check_now(guard, changed)
        assert guard.asked == [["t"]]

    watching(act)
