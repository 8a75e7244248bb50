"""Check the sessions of all open sockets and streams of a process together, in one task."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Final, Protocol

from graphql import GraphQLError

from ...application.ports.unavailable import Unavailable
from ..execution.errors import Code, make_error, unexpected
from ..live import Session

LEAST: Final = 0.5
"""Seconds from one check to the next, however often somebody asks for it."""

AllWelcome = Callable[[Sequence[Any]], Awaitable[Sequence[Session]]]
"""Checks the session of each context. Raises Unavailable."""
SessionChanges = Callable[[], AbstractAsyncContextManager[asyncio.Event]]
"""Gives an event that is set when sessions must be checked at once."""


class Watched(Protocol):
    """A socket or a stream whose session is checked."""

    context: Any

    async def end(self) -> None:
        """The session has ended."""
        ...

    def move(self) -> None:
        """What the session may see has changed."""
        ...


class SessionWatch:
    """Checks every `seconds`, and at once when `changes` says so; its task lives while something is watched."""

    def __init__(
        self,
        welcome: Callable[[Any], Awaitable[bool]],
        seconds: float,
        *,
        together: AllWelcome | None = None,
        changes: SessionChanges | None = None,
    ) -> None:
        self._welcome = welcome
        self._seconds = seconds
        self._together = together or self._one_by_one
        self._changes = changes or _no_changes
        self._watched: dict[Watched, None] = {}
        self._task: asyncio.Task[None] | None = None

    def add(self, watched: Watched) -> None:
        """Check its session from now on."""
        self._watched[watched] = None
        loop = asyncio.get_running_loop()
        if self._task is None or self._task.done() or self._task.get_loop() is not loop:
            self._task = loop.create_task(self._run())

    def remove(self, watched: Watched) -> None:
        """Check it no more."""
        self._watched.pop(watched, None)
        if not self._watched and self._task is not None:
            self._task.cancel()
            self._task = None

    async def _run(self) -> None:
        async with self._changes() as changed:
            while True:
                await _first_of(changed, self._seconds)
                changed.clear()
                try:
                    await self._check(list(self._watched))
                except Exception as failure:  # noqa: BLE001
                    unexpected(failure)  # Nothing may end this task while somebody is watched.
                await asyncio.sleep(min(LEAST, self._seconds))

    async def _check(self, watched: Sequence[Watched]) -> None:
        try:
            found = await self._together([each.context for each in watched])
        except Unavailable:
            return  # Every operation asks again before it runs, so what is open gives nothing away.
        except Exception as failure:  # noqa: BLE001
            unexpected(failure)  # The sessions cannot be checked: end what is open.
            found = [Session.ENDED] * len(watched)
        for each, session in zip(watched, found, strict=True):
            if session is Session.SAME or each not in self._watched:
                continue  # It goes on, or has ended meanwhile.
            if session is Session.ENDED:
                await each.end()
            else:
                each.move()

    async def _one_by_one(self, contexts: Sequence[Any]) -> Sequence[Session]:
        return [Session.SAME if await self._ask(context) else Session.ENDED for context in contexts]

    async def _ask(self, context: Any) -> bool:
        try:
            return await self._welcome(context)
        except Unavailable:
            return True  # As above.
        except Exception as failure:  # noqa: BLE001
            unexpected(failure)  # As above.
            return False


def session_ended() -> GraphQLError:
    """The error for whoever goes on with a session that has ended."""
    return make_error(Code.UNAUTHENTICATED, "The session has ended.")


@asynccontextmanager
async def _no_changes() -> AsyncIterator[asyncio.Event]:
    yield asyncio.Event()


async def _first_of(changed: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(changed.wait(), seconds)
    except TimeoutError:
        return  # Nobody has asked: this is the regular check.
